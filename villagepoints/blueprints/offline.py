"""For phones on a weak signal: the worker that keeps the last seen home page, and word of which form has arrived."""

import re

from flask import Blueprint, Flask, Response, current_app, g, request

from villagepoints.access import access, rule_of

blueprint = Blueprint("offline", __name__)
ARRIVED = "arrived"  # the cookie that phone.js reads and removes
WHILE = 3600  # seconds; by then a page has been opened, or the tab is gone
KEY = re.compile(r"[\w-]{1,64}", re.ASCII)


@blueprint.get("/sw.js")
@access("public", "read")
def worker() -> Response:
    """The service worker; at the root, for it may only serve what stands below its own address."""
    response = current_app.send_static_file("js/worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _say_what_arrived(response: Response) -> Response:
    """A form that was sent, answered by leading on to the next page, is done: the phone lets go of what it kept."""
    if request.method != "POST" or response.status_code != 303 or request.endpoint is None:
        return response
    rule, key = rule_of(current_app, request.endpoint), request.form.get("key", "")
    if rule is None or (rule.audience == "phone" and "home" not in g):
        return response  # led to the door instead: nothing was done with it
    if rule.audience in ("phone", "card") and KEY.fullmatch(key):
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(ARRIVED, key, max_age=WHILE, samesite="Lax", secure=secure, path="/")
    return response


def init_app(app: Flask) -> None:
    """Say of every form of a villager that it arrived."""
    app.after_request(_say_what_arrived)
