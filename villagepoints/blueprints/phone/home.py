"""首页: how many points, why, what can still be earned, what they buy."""

from flask import Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from villagepoints.access import access
from villagepoints.blueprints import compression, device, language
from villagepoints.blueprints.headers import PERSONAL
from villagepoints.blueprints.language import reason_words
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.blueprints.phone.kept import KEPT, VARY, edition_of, name_of, packing_of, tag_of
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import gathering_list, household_page, village, welfare_list


@blueprint.get("/")
@access("phone", "read")
def home() -> ResponseReturnValue:
    """The household's home page; carries nothing of the session, so that it may be kept."""
    view = device.view()
    name = name_of(at_home(), g.now, language.chosen(), view, edition_of(current_app))
    encoding = compression.chosen(request.headers.get("Accept-Encoding", ""))
    body = b"" if request.if_none_match.contains_weak(name) else KEPT.get(name, encoding)
    if body is None:
        page = household_page.load(db.session(), at_home(), village_date(g.now))
        written = render_template("phone/home.html" if view == device.PLAIN else "phone/home_elder.html", page=page)
        body = compression.packed(written.encode(), encoding)
        if not request.script_root:
            KEPT.put(name, encoding, body)
    response = Response(body, 200 if body else 304, mimetype="text/html")
    response.headers.extend(packing_of(encoding if body else ""))
    response.headers["ETag"] = tag_of(name)
    response.headers["Cache-Control"] = PERSONAL
    response.headers["Vary"] = VARY
    return response


@blueprint.get("/earn")
@access("phone", "read")
def earn() -> ResponseReturnValue:
    """Everything that can still be earned this month, with what the caps leave."""
    session, home = db.session(), at_home()
    return render_template(
        "phone/earn.html",
        page=household_page.load(session, home, village_date(g.now)),
        may_claim=village.lets_claim(session, home.village_id),
        soon=gathering_list.soon(session, home.village_id, g.now),
        welfare=welfare_list.of_household(session, home.village_id, home.household_id, village_date(g.now).year - 1),
        reason_words=reason_words,
    )
