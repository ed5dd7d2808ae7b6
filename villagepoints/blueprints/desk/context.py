"""What every page of the desk knows: the village, the navigation with its counts, today, and who works here."""

from typing import Any
from urllib.parse import urlencode

from flask import g, request, url_for

from villagepoints import clock
from villagepoints.access import OFFICE, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.navigation import is_open, lines, tabs
from villagepoints.blueprints.language import rule_names
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import paging, waiting

TAKEN = ("out", "only")  # a list on paper or as a workbook: no state that links go on with


def here(**changes: Any) -> str:
    """The address of this page with some of its query changed; None takes a value out."""
    state = {name: value for name, value in request.args.to_dict().items() if name not in TAKEN}
    query = {**state, **changes}
    kept = {name: value for name, value in query.items() if value not in (None, "")}
    # not as arguments of url_for: a query may be called endpoint or _scheme, or as a part of the path
    # a list may be shown at another address than its own
    endpoint = g.get("listed_at", request.endpoint) or "desk.home"
    place = request.view_args or {} if endpoint == request.endpoint else {}
    return url_for(endpoint, **place) + (f"?{urlencode(kept)}" if kept else "")


def as_typed() -> bool:
    """Whether the page asks again while somebody types: then a single find is shown, not opened."""
    return "HX-Request" in request.headers


def wanted(sort: str = "", size: int = 50) -> paging.Wanted:
    """Which page of a list the query asks for; what it cannot mean is read as the first page."""
    asked = request.args.get("size", type=int)
    number = request.args.get("page", 1, type=int)
    return paging.Wanted(
        number=min(max(number, 1), 100_000),
        size=asked if asked in paging.SIZES else size,
        sort=request.args.get("sort", sort)[:20],
    )


@blueprint.context_processor
def shared() -> dict[str, Any]:
    """One statement on every page: the village's name and what waits in it."""
    if "actor" not in g:
        return {}
    actor = current_actor()
    rule_names()  # an English page asks for them here, not in its template
    today = village_date(clock.now())
    counts = waiting.count(db.session(), actor.village_id, today)
    names = (
        "claims",
        "redemptions",
        "findings_due",
        "joint",
        "low_stock",
        "notices",
        "objections",
        "public",
        "red_lines",
        "requests",
        "successions",
        "accounts",
        "roles",
        "unused_look",
        "problems",
    )
    numbers = {name: getattr(counts, name) for name in names}
    if not is_open("desk.home"):
        numbers["joint"] = 0  # counted over all neighbourhood committees: none of one's business
    if not actor.is_any(*OFFICE):
        numbers["problems"] = 0  # counted over everybody's: their own stand on the first page
    if not is_open("desk.successions"):
        numbers["successions"] = 0  # stands at the households, where the others would find nothing that waits
    return {
        "village": counts,
        "tabs": tabs(counts.code, numbers),
        "navigation": list(lines(counts.code, numbers)),
        "today": today,
        "actor": actor,
        "may_search": is_open("desk.households"),
        "may": is_open,
        "here": here,
    }
