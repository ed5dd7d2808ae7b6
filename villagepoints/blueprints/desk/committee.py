"""村委会成员: who sits in the committee and the branch, and where their relatives live: they do not supervise."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.supervisor import RECORDS
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import DomainError
from villagepoints.extensions import db
from villagepoints.forms.base import beside, printable
from villagepoints.forms.supervision import CommitteeForm, KinForm
from villagepoints.forms.user import RELATION_NAMES
from villagepoints.services import committee as service


@blueprint.get("/committee")
@access("desk", "read", roles=OFFICE)
def committee() -> ResponseReturnValue:
    """Everybody who sits in it, and who did."""
    return _page(CommitteeForm(formdata=None), KinForm(formdata=None), None, "")


@blueprint.post("/committee")
@access("desk", "write", roles=RECORDS)
def record_committee() -> ResponseReturnValue:
    """One member more."""
    form, sentence = CommitteeForm(), ""
    if form.validate_on_submit() and form.since_on.data is not None:
        try:
            service.record(
                db.session(),
                current_actor(),
                name=form.name.data or "",
                position=form.position.data or "",
                number=form.number.data or "",
                since_on=form.since_on.data,
                key=form.key.data,
                now=clock.now(),
            )
        except DomainError as error:
            sentence = beside(form, error.field or "number", said(error))
        else:
            flash(_("登记好了。%(name)s和住一户的人不能再办监督的事。请接着登记近亲属家。", name=form.name.data))
            return redirect(url_for("desk.committee"))
    return _page(form, KinForm(formdata=None), None, sentence)


@blueprint.post("/committee/<uuid:member_id>/relatives")
@access("desk", "write", roles=RECORDS)
def add_committee_kin(member_id: UUID) -> ResponseReturnValue:
    """One household of relatives more."""
    form, sentence = KinForm(), ""
    if form.validate_on_submit():
        try:
            service.add_kin(
                db.session(),
                current_actor(),
                member_id=member_id,
                number=form.number.data or "",
                relation=form.relation.data or "",
                key=form.key.data,
                now=clock.now(),
            )
        except DomainError as error:
            sentence = beside(form, error.field or "number", said(error))
        else:
            flash(_("登记好了。这一户的人不能再办监督的事。"))
            return redirect(url_for("desk.committee"))
    return _page(CommitteeForm(formdata=None), form, member_id, sentence)


@blueprint.post("/committee/<uuid:member_id>/relatives/<uuid:household_id>/remove")
@access("desk", "write", roles=RECORDS)
def remove_committee_kin(member_id: UUID, household_id: UUID) -> ResponseReturnValue:
    """Take back a household that was recorded by mistake."""
    key, ids = printable(request.form.get("key")), {"member_id": member_id, "household_id": household_id}
    service.remove_kin(db.session(), current_actor(), **ids, key=key, now=clock.now())
    flash(_("已去掉，这件事留了记录。"))
    return redirect(url_for("desk.committee"))


@blueprint.post("/committee/<uuid:member_id>/leave")
@access("desk", "write", roles=RECORDS)
def leave_committee(member_id: UUID) -> ResponseReturnValue:
    """Somebody no longer sits in it."""
    key = printable(request.form.get("key"))
    service.leave(db.session(), current_actor(), member_id=member_id, key=key, now=clock.now())
    flash(_("记下了：今天是最后一天。"))
    return redirect(url_for("desk.committee"))


def _page(form: CommitteeForm, kin: KinForm, member_id: UUID | None, sentence: str) -> ResponseReturnValue:
    session, village_id, today = db.session(), current_actor().village_id, village_date(clock.now())
    rows = service.listed(session, village_id)
    page = render_template(
        "desk/committee.html",
        rows=[row for row in rows if not row.is_over(today)],
        former=[row for row in rows if row.is_over(today)],
        relation_names=RELATION_NAMES,
        form=form,
        kin=kin,
        adding_to=member_id,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors or kin.errors else 200
