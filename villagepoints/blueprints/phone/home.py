"""首页: how many points, why, what can still be earned, what they buy; unchanged pages cost one statement."""

from collections import OrderedDict
from hashlib import sha256
from threading import Lock

from flask import Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from villagepoints.access import access
from villagepoints.blueprints import device, language
from villagepoints.blueprints.headers import PERSONAL, digest_of
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import household_page

TEMPLATES = 1  # one more whenever the home page's template says something else
MOST_KEPT = 256


class Kept:
    """The last home pages as they were sent, by the name of their state; a few megabytes at most."""

    def __init__(self, most: int) -> None:
        self._pages: OrderedDict[str, bytes] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def get(self, name: str) -> bytes | None:
        """The page of that state, if it is still kept."""
        with self._lock:
            page = self._pages.get(name)
            if page is not None:
                self._pages.move_to_end(name)
            return page

    def put(self, name: str, page: bytes) -> None:
        """Keep a page and let the one asked for longest ago go."""
        with self._lock:
            self._pages[name] = page
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)


KEPT = Kept(MOST_KEPT)


@blueprint.get("/")
@access("phone", "read")
def home() -> ResponseReturnValue:
    """The household's home page; carries nothing of the session, so that it may be kept."""
    today = village_date(g.now)
    state = household_page.state_of(
        at_home(), today, language.chosen(), device.is_elder_view(), TEMPLATES, digest_of("css/phone.css")
    )
    name = sha256(repr((current_app.config["SQLALCHEMY_DATABASE_URI"], state)).encode()).hexdigest()[:32]
    if name in request.if_none_match:
        return _answer(b"", name, 304)
    body = KEPT.get(name)
    if body is None:
        page = household_page.load(db.session(), at_home(), today)
        template = "phone/home_elder.html" if device.is_elder_view() else "phone/home.html"
        body = render_template(template, page=page).encode()
        KEPT.put(name, body)
    return _answer(body, name)


def _answer(body: bytes, name: str, status: int = 200) -> Response:
    response = Response(body, status, mimetype="text/html")
    response.headers["ETag"] = f'"{name}"'
    response.headers["Cache-Control"] = PERSONAL
    response.headers["Vary"] = "Cookie"
    return response


@blueprint.get("/earn")
@access("phone", "read")
def earn() -> ResponseReturnValue:
    """Everything that can still be earned this month, with what the caps leave."""
    page = household_page.load(db.session(), at_home(), village_date(g.now))
    return render_template("phone/earn.html", page=page)
