"""The fixtures that all tests share; every test that asks for a database runs on SQLite and on PostgreSQL.

database   URL of a fresh database with the whole schema (to hold a test to one of the two:
           `@pytest.mark.parametrize("database", ["sqlite"], indirect=True)`)
engine     an engine on it, prepared as the application's own
session    a Session on it, for services; `session.rollback(); session.expire_all()` to see others' writes
sessions   a function that gives more Sessions, for threads
statements the SELECTs sent to any database
village    a village with the default rules, three households and staff: see factories.py for all that can be made
clock      the time of the test, to be moved: `clock.now += timedelta(days=1)`; 15 June 2026, 10:00 in the village
app        the real application from create_app on `database`, CSRF on, with `clock`
client     a browser of it: `client.submit(page, **fields)` fills the form of a page, hidden fields included,
           `client.sign_in(user)` signs a member of staff in, `app.test_client()` gives another browser
served     the address at which `app` answers, for real browsers (mark such tests with `@pytest.mark.browser`)
chromium   a Playwright browser
"""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from xdist.scheduler import LoadScopeScheduling

from tests import factories, postgres
from tests.databases import BACKENDS, Databases, connect

if TYPE_CHECKING:
    from flask import Flask

    from tests.pages import Client

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
IN_CI = os.environ.get("CI") == "true"
RUN = "VILLAGEPOINTS_TEST_RUN"

settings.register_profile("default", deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("default")


def compile_routes_once() -> None:
    """Let Werkzeug compile the builder of each of our two hundred routes once a process, not for every test's
    application: the compiled function asks the rule it is called on for everything that may differ."""
    compiled: dict[object, Any] = {}
    compile_builder = Rule._compile_builder

    def remembered(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, repr(rule.defaults), repr(rule._trace), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = remembered  # type: ignore[method-assign]


compile_routes_once()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # workers inherit it from the process that started them
        short = "/tmp" if os.path.isdir("/tmp") else None  # a socket's path may have about 100 characters
        os.environ[RUN] = tempfile.mkdtemp(prefix="vp-", dir=short)
        os.chmod(os.environ[RUN], 0o711)
        # tests start a hundred Pythons: where none may keep what it compiled, each would compile SQLAlchemy anew
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = f"{os.environ[RUN]}/compiled"
        postgres.watch(Path(os.environ[RUN]), os.getpid())


# What is tried on PostgreSQL only in the long run: pages, which tests/safety opens on both every day, and services that
# neither move points nor meet others at once; and the neighbour village, whose keys are the same on both.
LONG_RUN = (
    "tests/blueprints/",
    "tests/services/",
    "tests/safety/test_route_role_village.py::test_nothing_of_another_village",
)
# And on SQLite only there: who may open which page hangs on no database, and most pages are opened on it elsewhere.
ELSEWHERE = ("tests/safety/test_route_role_village.py::test_every_page_opens_for_those_it_is_for[sqlite]",)
EVERY_DAY = tuple(
    f"tests/services/test_{name}.py"
    for name in (
        *("posting", "claim", "claim_caps", "claim_undo", "finding", "month_close", "notice", "objection", "red_line"),
        *("objection_answer", "redemption", "expiry", "opening", "seal"),
    )
)


# Files whose tests share what is slow to make: one worker runs all of them.
TOGETHER = ("tests/test_run.py", "tests/services/test_demo.py")
# The longest tests go first, so that no worker begins one when the others have finished.
FIRST = (
    "tests/safety/test_state_machine",
    "tests/services/test_importing_sample",
    "tests/test_cli",
    "tests/test_month",
)


class Scheduling(LoadScopeScheduling):
    """Tests one by one to whichever worker is free, but for files that stay together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return file if file in TOGETHER else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))
    if os.environ.get("VILLAGEPOINTS_SOAK"):
        return

    ids = {item.nodeid for item in items}

    def is_for_the_long_run(item: pytest.Item) -> bool:
        twin = item.nodeid.replace("postgresql", "sqlite")  # a test for PostgreSQL alone has none
        is_quiet = item.nodeid.startswith(LONG_RUN) and not item.nodeid.startswith(EVERY_DAY)
        return is_quiet and twin != item.nodeid and twin in ids

    left_out = {item for item in items if is_for_the_long_run(item) and "at_once" not in item.name}
    left_out |= {item for item in items if item.nodeid in ELSEWHERE}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and CHROMIUM is None:
        (pytest.fail if IN_CI else pytest.skip)("no Chromium on this machine (Debian: apt install chromium)")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "browser" in report.keywords]
    if skipped:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} browser tests were skipped: no Chromium (Debian: apt install chromium)")


@pytest.fixture(scope="session")
def databases() -> Databases:
    """Where fresh databases come from."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return Databases(Path(os.environ[RUN]), worker)


@pytest.fixture(params=BACKENDS)
def database(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    factories.forget_villages()
    url = databases.fresh(request.param, tmp_path, settled="village" in request.fixturenames)
    yield url
    databases.drop(url)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = connect(database)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def sessions(engine: Engine) -> Callable[[], Session]:
    return lambda: Session(engine, expire_on_commit=False)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """The SELECTs that are sent to any database; clear it before what is to be counted."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def village(session: Session) -> factories.Made:
    return factories.find_village(session)


@pytest.fixture
def clock() -> factories.Clock:
    return factories.Clock()


@pytest.fixture
def app(database: str, clock: factories.Clock, tmp_path: Path) -> Iterator["Flask"]:
    from tests.pages import Client
    from villagepoints import create_app
    from villagepoints.blueprints.phone.kept import KEPT
    from villagepoints.extensions import db

    KEPT._pages.clear()
    settings = {"DATABASE_URL": database, "INSTANCE": str(tmp_path / "instance"), "RATE_LIMIT": "0"}
    app = create_app(settings, TESTING=True, CLOCK=clock, PATIENCE=60)
    app.test_client_class = Client
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(os.environ[RUN])  # each template is compiled once a run
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: "Flask") -> "Client":
    return app.test_client()  # type: ignore[return-value]


@pytest.fixture
def served(app: "Flask") -> Iterator[str]:
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()  # else stopping takes half a second
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
