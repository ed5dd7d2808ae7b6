"""The last home pages as they were sent; while nothing has changed they are answered before Flask wakes up."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import parse_cookie

from villagepoints import clock
from villagepoints.blueprints import compression, device, language
from villagepoints.blueprints.headers import PERSONAL, digest_of, fixed
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import household_page, phone
from villagepoints.services.phone import Credential, Home

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/my/"
PACKAGE = Path(__file__).parent.parent.parent
LINKED = ("css/tokens.css", "css/phone.css", "js/phone.js")
MOST_KEPT = 256
VARY = "Accept-Encoding"  # not Cookie: see headers.Sessions
ALSO = (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", PERSONAL), ("Vary", VARY))


class Kept:
    """Pages, packed as they are sent, by the name of their state and by the packing; a few megabytes at most."""

    def __init__(self, most: int) -> None:
        self._pages: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def get(self, name: str, encoding: str) -> bytes | None:
        """The page of that state packed so, if it is still kept."""
        key = (name, encoding)
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, name: str, encoding: str, page: bytes) -> None:
        """Keep a packed page and let the one asked for longest ago go."""
        with self._lock:
            self._pages[name, encoding] = page
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)


KEPT = Kept(MOST_KEPT)


def name_of(home: Home, now: datetime, tongue: str, view: str, edition: str) -> str:
    """The name of the page as it would be written now: the ETag, and under which it is kept."""
    state = household_page.state_of(home, village_date(now), tongue, view, edition)
    return sha256(repr(state).encode()).hexdigest()[:32]


def tag_of(name: str) -> str:
    """The ETag of the page of that name: weak, for it is one page however it is packed."""
    return f'W/"{name}"'


def packing_of(encoding: str) -> tuple[tuple[str, str], ...]:
    """The header that says what a page is packed with, if anything."""
    return (("Content-Encoding", encoding),) if encoding else ()


def edition_of(app: Flask) -> str:
    """What else a page depends on: the database, the program's templates and the files it links."""
    return f"{app.config['SQLALCHEMY_DATABASE_URI']} {_words()} {' '.join(map(digest_of, LINKED))}"


@cache
def _words() -> str:
    """A hash of the program, its templates and translations, so that a new version says everything anew: a number that
    was mended stands in the code."""
    kinds = ("**/*.py", "templates/**/*.html", "translations/*/LC_MESSAGES/*.mo")
    files = [path for kind in kinds for path in PACKAGE.glob(kind)]
    return sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()[:16]


class Doorstep:
    """WSGI middleware: one statement finds who is at home; an unchanged page goes out from here, all else goes on."""

    def __init__(self, app: Flask, inner: "WSGIApplication") -> None:
        self._app, self._inner = app, inner
        with app.app_context():
            self._engine = db.engine
        # the door's question goes to the driver itself, and so may come the driver's own error
        self._failures = (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error)
        with app.test_request_context():
            self._edition = edition_of(app)
        self._headers = [*fixed(app), *ALSO]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer what is kept and hand on everything else."""
        if environ.get("PATH_INFO") == PATH and environ["REQUEST_METHOD"] == "GET" and not environ.get("SCRIPT_NAME"):
            try:
                found = self._find(environ)
            except self._failures:
                found = None  # the application itself says what is wrong
            if found is not None:
                name, encoding, body = found
                tag = ("ETag", tag_of(name))
                if name in environ.get("HTTP_IF_NONE_MATCH", ""):
                    start_response("304 NOT MODIFIED", [*self._headers[:-3], *ALSO[1:], tag])
                    return []
                length = ("Content-Length", str(len(body)))
                start_response("200 OK", [*self._headers, tag, *packing_of(encoding), length])
                return [body]
        return self._inner(environ, start_response)

    def _find(self, environ: "WSGIEnvironment") -> tuple[str, str, bytes] | None:
        """The name of the page, what it is packed with and its bytes; None where it is not kept."""
        cookies = parse_cookie(environ.get("HTTP_COOKIE"))
        shown = Credential.read(cookies.get(device.COOKIE, ""))
        if shown is None:
            return None
        now = clock.of(self._app)
        home = phone.identify(self._engine, shown, now)
        environ[device.FOUND] = home
        if home is None:
            return None
        tongue = language.read(cookies.get(language.COOKIE))
        name = name_of(home, now, tongue, device.view_of(cookies.get(device.VIEW), home.is_elder), self._edition)
        encoding = compression.chosen(environ.get("HTTP_ACCEPT_ENCODING", ""))
        body = KEPT.get(name, encoding)
        return None if body is None else (name, encoding, body)


def init_app(app: Flask) -> None:
    """Put the doorstep before the application."""
    app.wsgi_app = Doorstep(app, app.wsgi_app)  # type: ignore[method-assign]
