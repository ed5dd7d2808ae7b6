"""For pages that go on without a signal: outbox.js keeps what was filled in, asks here who is signed in, sends it."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from villagepoints.access import access

blueprint = Blueprint("outbox", __name__)


@blueprint.get("/outbox")
@access("public", "read")
def state() -> ResponseReturnValue:
    """Who is signed in now, so that nobody sends another's, and a fresh token: that of a page kept for hours may be of
    an earlier session. Other sites cannot read the answer."""
    if not current_user.is_authenticated:
        answer = jsonify(who=None)
    else:
        answer = jsonify(who=str(current_user.user.user_id), token=generate_csrf())
    answer.headers["Cache-Control"] = "no-store"
    return answer


def asks() -> bool:
    """Whether this request came from the outbox, which shows the answer itself."""
    return request.accept_mimetypes.best == "application/json"


def done(sentence: str, *, html: str, matters: bool) -> ResponseReturnValue:
    """It is done: the sentence that says so, what the page shows of it from now on, and whether the sentence has to be
    read by somebody who has gone on to something else."""
    return jsonify(sentence=sentence, html=html, matters=matters)


def refused(sentence: str, status: int) -> ResponseReturnValue:
    """It cannot be done: why, and what to do; the phone keeps it and shows that."""
    return jsonify(sentence=sentence), status
