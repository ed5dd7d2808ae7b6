"""The end of an audit: the group's opinion, the seal it stands on, and each member's signature."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import SUPERVISION, access, current_actor
from villagepoints.blueprints.language import said
from villagepoints.blueprints.supervision.blueprint import blueprint
from villagepoints.domain.audit import CONCLUDED, LEAST_SIGNATURES
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import NotAllowed, Refusal
from villagepoints.domain.seal import fingerprint, spoken
from villagepoints.extensions import db
from villagepoints.forms.base import printable
from villagepoints.services import audit as audits
from villagepoints.services import audit_findings, audit_signature, supervisor


@blueprint.route("/audits/<uuid:audit_id>/conclude", methods=["GET", "POST"])
@access("supervision", "write", roles=SUPERVISION)
def conclude(audit_id: UUID) -> ResponseReturnValue:
    """Write the group's opinion; then what was found stands still, on a seal that is taken with it."""
    session, actor, refusal = db.session(), current_actor(), None
    opinion, reason = printable(request.form.get("opinion")), printable(request.form.get("unseen_reason"))
    if request.method == "POST":
        try:
            audit_signature.conclude(
                session,
                actor,
                audit_id=audit_id,
                opinion=opinion,
                unseen_reason=reason,
                key=request.form.get("key", ""),
                now=clock.now(),
            )
        except Refusal as error:
            refusal = error
        else:
            flash(_("审核结束了，账也封好了。下面请小组的人一个一个来签字。"))
            return redirect(url_for("supervision.sign", audit_id=audit_id), 303)
    audit = audits.one(session, actor.village_id, audit_id)
    if audit.status == CONCLUDED:
        return redirect(url_for("supervision.sign", audit_id=audit_id))
    page = render_template(
        "supervision/conclude.html",
        audit=audit,
        left=audit_signature.left(session, audit),
        problems=audit_findings.problems(session, audit),
        unraised=audit_findings.unraised(session, audit),
        opinion=opinion or audit.opinion,
        reason=reason or audit.unseen_reason,
        refusal=said(refusal) if refusal else "",
        at=refusal.field if refusal else "",
    )
    return page, refusal.status if refusal else 200


@blueprint.post("/audits/<uuid:audit_id>/reopen")
@access("supervision", "write", roles=SUPERVISION)
def reopen(audit_id: UUID) -> ResponseReturnValue:
    """Go on with an audit that nobody has signed."""
    try:
        audit_signature.reopen(
            db.session(),
            current_actor(),
            audit_id=audit_id,
            reason=printable(request.form.get("reason")),
            key=request.form.get("key", ""),
            now=clock.now(),
        )
    except Refusal as error:
        return _sign_page(audit_id, error, is_reopening=True)
    flash(_("重新打开了，可以接着看、接着记。看完了要再结束一次。"))
    return redirect(url_for("supervision.home"), 303)


@blueprint.route("/audits/<uuid:audit_id>/sign", methods=["GET", "POST"])
@access("supervision", "write", roles=SUPERVISION)
def sign(audit_id: UUID) -> ResponseReturnValue:
    """What exactly is signed, who has, and the PIN of who has not; afterwards what happens next."""
    if request.method != "POST":
        return _sign_page(audit_id, None)
    try:
        audit_signature.sign(
            db.session(),
            current_actor(),
            audit_id=audit_id,
            findings=request.form.get("findings", ""),
            pin=request.form.get("pin", ""),
            card_key=current_app.config["CARD_KEY"],
            key=request.form.get("key", ""),
            now=clock.now(),
        )
    except Refusal as error:
        return _sign_page(audit_id, error)
    return redirect(url_for("supervision.sign", audit_id=audit_id, done=1), 303)


def _sign_page(audit_id: UUID, refusal: Refusal | None, *, is_reopening: bool = False) -> ResponseReturnValue:
    session, actor, today = db.session(), current_actor(), village_date(clock.now())
    audit = audits.one(session, actor.village_id, audit_id)
    if audit.status != CONCLUDED:
        return redirect(url_for("supervision.conclude", audit_id=audit_id))
    member, barred = supervisor.own_term(session, actor, today), ""
    try:
        supervisor.current(session, actor, today)
    except NotAllowed as error:
        barred = said(error)
    signed = audit_signature.signatures(session, audit)
    page = render_template(
        "supervision/sign.html",
        audit=audit,
        member=member,
        barred=barred,
        signed=signed,
        is_signed=audit_signature.are_enough(signed),
        has_signed=member is not None and any(one.supervisor_id == member.id for one in signed),
        least=LEAST_SIGNATURES,
        under=audit_findings.seal_under(session, audit),
        left=audit_signature.left(session, audit),
        problems=audit_findings.problems(session, audit),
        fingerprint=fingerprint,
        spoken=spoken,
        refusal=said(refusal) if refusal else "",
        is_reopening=is_reopening,
        is_done=request.args.get("done") == "1",
    )
    return page, refusal.status if refusal else 200
