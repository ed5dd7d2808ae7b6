"""首页: how many points, why, what can still be earned, what they buy."""

from functools import cache

from flask import Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from villagepoints.access import access
from villagepoints.blueprints import device, language
from villagepoints.blueprints.headers import PERSONAL
from villagepoints.blueprints.phone.blueprint import WORDS, at_home, blueprint
from villagepoints.blueprints.phone.kept import KEPT, edition_of, name_of
from villagepoints.blueprints.quick import texts
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import household_page
from villagepoints.services.household_page import HomePage


@blueprint.get("/")
@access("phone", "read")
def home() -> ResponseReturnValue:
    """The household's home page; carries nothing of the session, so that it may be kept."""
    is_large = device.is_elder_view()
    name = name_of(at_home(), g.now, language.chosen(), is_large, edition_of(current_app))
    body = b"" if name in request.if_none_match else KEPT.get(name)
    if body is None:
        page = household_page.load(db.session(), at_home(), village_date(g.now))
        body = _written(page, is_large).encode()
        if not request.script_root:
            KEPT.put(name, body)
    response = Response(body, 200 if body else 304, mimetype="text/html")
    response.headers["ETag"] = f'"{name}"'
    response.headers["Cache-Control"] = PERSONAL
    response.headers["Vary"] = "Cookie"
    return response


def _written(page: HomePage, is_large: bool) -> str:
    """The page's two blocks within the frame, which is the same for every household and written once."""
    template = current_app.jinja_env.get_template("phone/home_elder.html" if is_large else "phone/home.html")
    before, between, after = _frame(language.chosen(), is_large, request.script_root)
    values = {
        **WORDS,
        "_": texts(language.chosen()),
        "page": page,
        "home": page.home,
        "today": page.today,
        "book": page.shelf.book,
        "balance": page.home.balance,
        "residency": page.home.residency,
    }
    context = template.new_context(values)
    blocks = template.blocks
    return "".join((before, *blocks["head"](context), between, *blocks["main"](context), after))


@cache
def _frame(_language: str, is_large: bool, _root: str) -> tuple[str, str, str]:
    """What stands before, between and after the blocks, for a language, a size and a place of the application."""
    mark = Markup("<!-- here -->")
    html = render_template("phone/frame.html", mark=mark, elder=is_large)
    before, between, after = html.split(str(mark))
    return before, between, after


@blueprint.get("/earn")
@access("phone", "read")
def earn() -> ResponseReturnValue:
    """Everything that can still be earned this month, with what the caps leave."""
    page = household_page.load(db.session(), at_home(), village_date(g.now))
    return render_template("phone/earn.html", page=page)
