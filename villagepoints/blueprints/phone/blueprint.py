"""The phone's blueprint: who is at home is found out before every page, in one statement."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.blueprints import device
from villagepoints.blueprints.language import rule_names
from villagepoints.blueprints.phone.bars import base_bars
from villagepoints.blueprints.phone.words import by, change, what
from villagepoints.services.phone import Home

WORDS = {"base_bars": base_bars, "by": by, "change": change, "what": what}
blueprint = Blueprint("phone", __name__, url_prefix="/my")


@blueprint.before_request
def find_home() -> ResponseReturnValue | None:
    """Let in only a phone that is remembered; others are told to scan the code on their door."""
    g.now = clock.now()
    home = device.at_home(g.now)
    if home is None:
        if "card" in session:
            return redirect(url_for("card.door"), 303)
        return render_template("phone/unknown.html", **device.frame()), 403
    g.home, g.actor = home, home.actor
    return None


def at_home() -> Home:
    """The household of this request."""
    home: Home = g.home
    return home


@blueprint.context_processor
def frame() -> dict[str, Any]:
    """What the frame of every page of the household is told."""
    if "home" not in g:
        return {}
    rule_names()  # an English page asks for them here, not in its template
    return {**WORDS, **device.frame(), "home": g.home}
