"""What people read: every text is marked, every marked text has its English, and English pages are English."""

import ast
import io
import re
from collections.abc import Iterator
from configparser import ConfigParser
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from jinja2 import Environment
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.pages import Client
from villagepoints.models import Finding
from villagepoints.models.base import Base
from villagepoints.services import claim, posting, redemption, rulebook
from villagepoints.services.posting import Item

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "villagepoints"
POT = PACKAGE / "translations/messages.pot"
PO = PACKAGE / "translations/en/LC_MESSAGES/messages.po"
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
PLACE = re.compile(r"%\(\w+\)[a-z]|%.?")
SENTENCE = re.compile(r"[，。！？；]|请")  # what tells a sentence from a word

# Words that a person must type in Chinese, since the clerk's tables are Chinese.
TYPED = frozenset(["年", "月", "日", "组", "自主", "窗口", "代办", "常住", "动迁上楼", "男", "女", "户主"])

# Chinese that is not a text of a page, and why. Sentences are texts wherever they stand, but for the last ones.
DATA = "invented people and deeds of the demo village"
READ = "words that are looked for in a clerk's tables"
CHECKS = (
    "audit",
    "audit_frame",
    "audit_look",
    "identity",
    "month",
    "notice",
    "red_line",
    "report",
    "role",
    "rulebook",
    "seal",
    "stock",
    "succession",
    "supervisor",
    "welfare",
)
UNMARKED = {
    "services/demo": DATA,
    "services/importing": READ,
    "services/pinyin.py": "surnames",
    "domain/audit_problem.py": "a note that goes with the finding or the reversal as it is",
    "domain/prompt_acts.py": "words that are looked for in a deed's note",
    "domain/rule_text.py": "words that are looked for in a rule book",
    "domain/welfare.py": "words that are looked for in a benefit's name",
    "services/expiry.py": "a note that goes into the ledger as it is",
    "services/red_line.py": "a note that goes into the ledger as it is",
    "services/score_sheet.py": "a note that goes with the finding as it is",
    "domain/seal.py": "how a fingerprint is read aloud",
    "domain/identity.py": "what stands on an identity card",
    "forms/household.py": "what stands on an identity card",
    "forms/reward.py": "signs that are looked for in an amount",
    "services/resident_rows.py": "words that are looked for in a roster",
    "services/stocktake.py": "a note that goes into the stock's history as it is",
    "services/succession_points.py": "a note that goes into the ledger as it is",
    "blueprints/goods.py": "words that are looked for in the name of goods",
    "blueprints/device.py": "the name under which a phone is kept",
    "blueprints/language.py": "a language's own name",
    "commands": "the command line speaks Chinese",
    "cli.py": "the command line speaks Chinese",
    "checks.py": "the command line speaks Chinese",
    "services/verify.py": "the command line speaks Chinese",
    **{f"services/{name}_check.py": "verify speaks on the command line" for name in CHECKS},
    "services/against.py": "the command line speaks Chinese",
    "static/check_points.py": "the command line speaks Chinese",
}
SPEAK = (
    "commands",
    "cli.py",
    "checks.py",
    "services/verify.py",
    "services/against.py",
    "static/check_points.py",
    *(f"services/{name}_check.py" for name in CHECKS),
    "services/demo",
)


def keywords() -> dict[str, Any]:
    """The markers that `make text` looks for."""
    recipe = next(line for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if "pybabel -q extract" in line)
    return {**DEFAULT_KEYWORDS, **dict.fromkeys(re.findall(r"-k (\w+)", recipe))}


def extracted() -> set[str]:
    """Every marked text of the package, as `make text` finds them with babel.cfg."""
    config = ConfigParser()
    config.read(ROOT / "babel.cfg", encoding="utf-8")
    methods = [tuple(reversed(section.split(": "))) for section in config.sections()]
    methods = [(pattern.strip(), kind.strip()) for pattern, kind in methods]
    options = {section.split(": ")[1].strip(): dict(config[section]) for section in config.sections()}
    found = extract_from_dir(ROOT, methods, options, keywords(), directory_filter=_is_ours)
    return {message for _file, _line, message, _comments, _context in found if isinstance(message, str)}


def _is_ours(folder: str | Path) -> bool:
    path = Path(folder).relative_to(ROOT)
    return path.parts[:1] in ((), ("villagepoints",)) and path.name != "__pycache__"


def messages(path: Path) -> list[Message]:
    """What a catalogue holds, its head apart."""
    with path.open("rb") as file:
        return [message for message in read_po(file) if message.id]


def test_the_catalogue_holds_what_the_code_says() -> None:
    """If this is red: `make text`, translate what is new in messages.po, `make text` again."""
    said = extracted()
    assert len(said) > 900
    for path in (POT, PO):
        held = {str(message.id) for message in messages(path)}
        assert sorted(said - held) == [], f"{path.name} lacks them: run make text"
        assert sorted(held - said) == [], f"{path.name} holds what nobody says any more: run make text"


def test_every_text_has_its_english() -> None:
    assert [message.id for message in messages(PO) if not str(message.string).strip() or message.fuzzy] == []


def test_places_for_values_agree() -> None:
    wrong = [m.id for m in messages(PO) if sorted(PLACE.findall(str(m.id))) != sorted(PLACE.findall(str(m.string)))]
    assert wrong == []


def test_english_is_english() -> None:
    """Chinese stands in it only where a table must have a Chinese word in it."""
    assert [m.id for m in messages(PO) if set(HAN.findall(str(m.string))) - TYPED] == []


def test_english_is_safe_in_a_page() -> None:
    """Templates take a translation as it is, in attributes too, so quotation marks are “ ”."""
    assert [m.string for m in messages(PO) if re.search(r"[<>&\"]", str(m.string))] == []


def test_english_ends_as_the_chinese_does() -> None:
    """A sentence stays a sentence, a heading a heading."""
    full = [m for m in messages(PO) if str(m.id).endswith("。")]
    assert [m.string for m in full if not str(m.string).rstrip().endswith((".", ".”", "…", "?"))] == []


def test_the_compiled_catalogue_is_of_this_source() -> None:
    out = io.BytesIO()
    with PO.open("rb") as file:
        write_mo(out, read_po(file))
    assert PO.with_suffix(".mo").read_bytes() == out.getvalue(), "run make text"


def unmarked_in_templates(source: str) -> list[str]:
    """Chinese in a template that is neither a comment nor the first thing in _()."""
    found, before = [], ("", "")
    for _line, kind, text in Environment(extensions=["jinja2.ext.do"]).lex(source):
        if kind == "whitespace":
            continue
        is_marked = kind == "string" and before == ("_", "(")
        if kind in ("data", "string") and not is_marked:
            found += HAN.findall(text)
        before = (before[1], text)
    return [text for text in found if text != "中文"]  # the language's own name


@pytest.mark.parametrize("path", sorted((PACKAGE / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_templates_mark_their_chinese(path: Path) -> None:
    assert unmarked_in_templates(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", sorted((PACKAGE / "templates").rglob("*.typ")), ids=lambda path: path.name)
def test_printed_pages_are_given_their_words(path: Path) -> None:
    assert HAN.findall(re.sub(r"//.*", "", path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", sorted((PACKAGE / "static").rglob("*.js")), ids=lambda path: path.name)
def test_scripts_are_given_their_words(path: Path) -> None:
    assert HAN.findall(path.read_text("utf-8")) == []


def unmarked_in_python(source: str, known: dict[str, Any]) -> Iterator[str]:
    """Chinese literals of a module that no marker holds; docstrings are not shown to anybody."""
    tree = ast.parse(source)
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str) and HAN.search(node.value)):
            continue
        over = above[node]
        is_marked = isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and over.func.id in known
        if not is_marked and not isinstance(over, ast.Expr):
            yield node.value


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_mark_their_chinese(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    texts = list(unmarked_in_python(path.read_text("utf-8"), keywords()))
    if place.startswith(SPEAK):
        return
    if place.startswith(tuple(UNMARKED)):
        texts = [text for text in texts if SENTENCE.search(text) and "[" not in text]  # patterns are no sentences
    assert texts == []


def test_unmarked_chinese_is_seen() -> None:
    """The planted bugs."""
    known = keywords()
    assert unmarked_in_templates("<p>{{ _('好') }}，{# 注 #}</p>") == []
    assert unmarked_in_templates("<p>好</p>{{ '坏' }}{{ f('差') }}{{ _(a or '糟') }}") == ["好", "坏", "差", "糟"]
    assert list(unmarked_in_python('"""文"""\na = N_("好")\nb = _("好")\nc = _l("好")', known)) == []
    bad = 'a = "坏"\nb = f"坏{a}"\nc = g("差")\nd = _x("糟")'
    assert list(unmarked_in_python(bad, known)) == ["坏", "坏", "差", "糟"]


class _Seen(HTMLParser):
    """What of a page somebody reads or hears: its text, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        read = ("aria-label", "alt", "title", "placeholder", "data-say", "value")
        self.texts += [value for name, value in attrs if name in read and value]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def chinese_of(html: str, known: str, named: set[str]) -> set[str]:
    """Chinese of a page that is nobody's data, or a name that the rule book has in English."""
    seen = _Seen()
    seen.feed(html)
    runs = {run for text in seen.texts for run in HAN.findall(text)} - TYPED - {"中文"}
    return {run for run in runs if run in named or run not in known}


def data_of(session: Session) -> str:
    """Everything that the database holds, in one text."""
    tables = Base.metadata.sorted_tables
    return "\n".join(str(tuple(row)) for table in tables for row in session.execute(select(table)))


@pytest.fixture
def lived_in(session: Session, village: factories.Made) -> factories.Made:
    """A village in which points were recorded, wait for review and were redeemed."""
    oil = factories.make_reward(session, village.id, points=20)
    its: dict[str, Any] = {"household_id": village.household.id, "now": factories.NOW}
    talked, told = factories.TODAY - timedelta(days=10), factories.NOW - timedelta(days=10)
    about = {"village_id": village.id, "household_id": village.household.id, "rulebook_version": 1, "item_code": "A7"}
    session.add(Finding(**about, found_on=talked, counts_on=talked, status="counted", recorded_at=told))
    session.commit()
    for item in (
        Item(code="D1", occurred_on=factories.TODAY, quantity=4, note="河道保洁"),
        Item(code="A7", occurred_on=factories.TODAY),
        Item(code="D3", occurred_on=factories.TODAY, grade="调解人"),
    ):
        posting.record(session, village.clerk, key=item.code, wanted=item, **its)
    case = Item(code="C5", occurred_on=factories.TODAY, occasion="处罚书1号", document="处罚书1号")
    claim.propose(session, village.clerk, key="waits for review", wanted=case, **its)
    session.add(
        Finding(
            village_id=village.id,
            household_id=village.household.id,
            rulebook_version=1,
            item_code="A1",
            found_on=factories.TODAY,
            status="persuaded",
            rectify_by=factories.TODAY,
            counts_on=factories.TODAY,
            recorded_at=factories.NOW,
        )
    )
    session.commit()
    redemption.reserve(session, village.villager(), key="r", lines=[(oil.id, 1)], **its)
    return village


DESK = """/desk/ /desk/households /desk/entry /desk/findings /desk/ledger /desk/claims /desk/redemptions
/desk/rewards /desk/rewards/new /desk/imports /desk/reports /desk/reports/2026-06 /desk/cards /desk/counter
/desk/nothing /auth/password"""
PHONE = "/my/ /my/records /my/earn /my/redeem /my/help /my/nothing"
ANYBODY = "/ /v/sx/ /v/sx/rules /auth/sign-in /card /nothing"


def answers(client: Client, places: str) -> Iterator[tuple[str, str]]:
    """The pages in English."""
    client.set_cookie("language", "en")
    for place in places.split():
        answer = client.get(place, follow_redirects=True)
        assert answer.status_code in (200, 404), f"{place}: {answer.status}"
        yield place, answer.get_data(as_text=True)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_english_page_says_nothing_in_chinese_but_data(
    app: Flask, session: Session, lived_in: factories.Made
) -> None:
    desk, phone, stranger = app.test_client(), app.test_client(), app.test_client()
    desk.sign_in(lived_in.users["clerk"])  # type: ignore[attr-defined]
    phone.open_home(factories.remember_phone(session, lived_in.household))  # type: ignore[attr-defined]
    known = data_of(session)
    named = {run for name in rulebook.english_names(session, lived_in.id) for run in HAN.findall(name)}
    named -= {"参军入伍"}  # a grade is called so as well, and grades have no English
    household = f"/desk/households/{lived_in.household.id}"
    of_it = "".join(f" {household}{end}" for end in ("", "/statement", "/entry", "/entry?item=D4", "/card"))
    left = {
        place: chinese
        for client, places in ((desk, DESK + of_it), (phone, PHONE), (stranger, ANYBODY))
        for place, page in answers(client, places)  # type: ignore[arg-type]
        if (chinese := chinese_of(page, known, named))
    }
    assert left == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_refusal_names_its_period_in_english(app: Flask, session: Session, lived_in: factories.Made) -> None:
    desk = app.test_client()
    desk.sign_in(lived_in.users["clerk"])  # type: ignore[attr-defined]
    desk.set_cookie("language", "en")
    page = f"/desk/households/{lived_in.household.id}/entry?item=D1"
    answer = desk.submit(page, quantity="8", note="x", occurred_on="2026-06-15")  # type: ignore[attr-defined]
    assert "That day: at most 20 points" in answer.get_data(as_text=True)
