"""What the pages of seals share: the office's and the group's."""

from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock, qr
from villagepoints.access import current_actor
from villagepoints.blueprints.language import said
from villagepoints.domain.errors import Refusal
from villagepoints.domain.seal import fingerprint, spoken
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import seal as service

SHOWN = 31  # checkpoints: a month of them


def take(section: str) -> ResponseReturnValue:
    """Seal the books and show the sheet that is hung up; back to the list with the reason where it could not be."""
    try:
        key = request.form.get("key", "")
        taken = service.take(db.session(), current_actor(), now=clock.now(), key=key)
    except Refusal as error:
        flash(said(error), "wrong")
        return redirect(url_for(f"{section}.seals"), 303)
    return redirect(url_for(f"{section}.seal", number=taken.number), 303)


def sheet(number: int) -> dict[str, Any]:
    """What the sheet of a seal says: the fingerprint in letters and aloud, and a code that opens the public page."""
    actor = current_actor()
    one = service.one(db.session(), actor.village_id, number)
    village = db.session().get_one(Village, actor.village_id)
    plain = fingerprint(one.root)
    path = url_for("public_seals.seal", code=village.code, number=one.number, f=plain)
    return {
        "village": village,
        "seal": one,
        "fingerprint": plain,
        "spoken": spoken(one.root),
        "code": qr.svg(current_app.config["PUBLIC_URL"] + path, _("扫码看这次封账的指纹")),
        "now": clock.now(),
    }
