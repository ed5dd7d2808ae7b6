"""审核: what waits for another person; approve or refuse one, approve many, take back one's own."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import BOOKS, LANE, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.ledger import item_field
from villagepoints.blueprints.desk.listing import (
    Act,
    Column,
    Field,
    Table,
    asked,
    asked_group,
    group_field,
    listed,
    search,
    show,
    tabs,
)
from villagepoints.blueprints.desk.navigation import is_open
from villagepoints.blueprints.desk.row_words import CLAIMS, claimed_of, of_household
from villagepoints.blueprints.filters import signed
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.claim import APPROVED, STATUSES, WAITING
from villagepoints.domain.errors import N_, Refusal
from villagepoints.domain.rulebook import BASE
from villagepoints.extensions import db
from villagepoints.forms.base import printable
from villagepoints.forms.entry import ReasonForm
from villagepoints.services import claim as service
from villagepoints.services import claim_bulk, claim_list, rulebook
from villagepoints.services import household as households
from villagepoints.services.claim_bulk import Done
from villagepoints.services.claim_list import ClaimRow

READERS = OFFICE | LANE  # grid workers follow, and take back, what they recorded
HOUSEHOLDS = "households"  # in the list of recorders: what households claimed themselves
EMPTY = {
    "waiting": N_("没有待审核的。村民申报的、同事记下的，会排在这里。"),
    "approved": N_("没有等着公示和入账的。"),
}
APPROVE = Act(
    "approve",
    N_("同意勾选的"),
    "desk.approve_claims",
    "claim",
    claim_bulk.names,
    says=N_("同意以后放到公示里或入账。有一条不能同意的，只留下这一条，并说明为什么。"),
)
CLAIMS_LIST = listed("desk.claims", N_("审核"), acts=(APPROVE,))


@blueprint.get("/claims")
@access("desk", "read", roles=READERS)
def claims() -> ResponseReturnValue:
    """The claims of a status, what waits first."""
    return _list(None)


@blueprint.post("/claims")
@access("desk", "approve", roles=BOOKS)
def approve_claims() -> ResponseReturnValue:
    """Approve what is ticked; the page says what went through and names what did not."""
    ticked = request.form.getlist("claim", type=UUID)
    key = printable(request.form.get("key"))
    return _list(claim_bulk.approve_many(db.session(), current_actor(), key=key, claim_ids=ticked, now=clock.now()))


def _list(done: Done | None) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    status = asked("status", STATUSES, WAITING)
    which = claim_list.Filter(
        item_code=request.args.get("item", "")[:8],
        group_no=asked_group(),
        recorded_by=request.args.get("recorder", type=UUID),
        by_households=request.args.get("recorder") == HOUSEHOLDS,
        words=request.args.get("who", ""),
    )
    book = rulebook.in_force(session, village_id, village_date(clock.now()))
    people = [(str(id_), name) for id_, name in claim_list.recorders(session, village_id)]
    return show(
        CLAIMS_LIST,
        "desk/claims.html",
        _table(status),
        lambda wanted: claim_list.listed(session, village_id, status, wanted, which=which),
        [
            tabs("status", _("审核"), status, CLAIMS, "claims"),
            search("who", _("户号或姓名"), which.words),
            item_field([item for item in book.items.values() if item.kind != BASE], which.item_code),
            group_field(households.groups(session, village_id), which.group_no),
            Field("recorder", _("谁报的"), _asked_recorder(which), [(HOUSEHOLDS, _("村民自己报的")), *people]),
        ],
        empty=_(EMPTY.get(status, N_("还没有。"))),
        done=done,
    )


def _asked_recorder(which: claim_list.Filter) -> str:
    return HOUSEHOLDS if which.by_households else str(which.recorded_by or "")


def _table(status: str) -> Table[ClaimRow]:
    actor, is_waiting = current_actor(), status == WAITING
    so_far = [Column(_("几人已同意"), _approvals, look="num")] if is_waiting else []
    return Table(
        columns=[
            Column(_("户号"), lambda row: row.number, "number", "nowrap"),
            Column(_("户主"), of_household, "name", "nowrap"),
            Column(_("组"), lambda row: row.group_no, "group", is_named=True),
            Column(_("评分内容"), claimed_of, "item", "wide"),
            Column(_("事由"), lambda row: row.note, look="wide"),
            Column(_("申报日期"), lambda row: village_date(row.claimed_at), "claimed", "nowrap"),
            Column(_("谁报的"), lambda row: row.recorder or _("本户"), look="soft"),
            *so_far,
            Column(_("积分"), lambda row: row.points, "points", "num", total="points", is_change=True),
        ],
        opens=lambda row: url_for("desk.claim", claim_id=row.id),
        may_choose=lambda row: not is_waiting or row.recorded_by != actor.user_id,
        next_step=lambda row: _("审核") if is_waiting and is_open("desk.decide") else _("看"),
        acts=None if is_waiting else (),
    )


def _approvals(row: ClaimRow) -> int | None:
    return row.approvals or None


@blueprint.get("/claims/<uuid:claim_id>")
@access("desk", "read", roles=READERS)
def claim(claim_id: UUID) -> ResponseReturnValue:
    """One claim with its reviews so far."""
    return _page(claim_id, ReasonForm(formdata=None), "")


@blueprint.post("/claims/<uuid:claim_id>")
@access("desk", "approve", roles=BOOKS)
def decide(claim_id: UUID) -> ResponseReturnValue:
    """Approve, which lets it go on a notice, or refuse."""
    session, actor, form = db.session(), current_actor(), ReasonForm()
    if not form.validate_on_submit():
        return _page(claim_id, form, "")
    how = service.approve if request.form.get("decision") == APPROVED else service.refuse
    try:
        decided = how(
            session, actor, key=form.key.data, claim_id=claim_id, reason=form.reason.data or "", now=clock.now()
        )
    except Refusal as error:
        return _page(claim_id, form, said(error))
    _say(decided)
    return redirect(url_for("desk.claims"))


@blueprint.post("/claims/<uuid:claim_id>/withdraw")
@access("desk", "write", roles=LANE)
def withdraw_claim(claim_id: UUID) -> ResponseReturnValue:
    """Take back what one recorded oneself."""
    key = printable(request.form.get("key"))
    service.withdraw(db.session(), current_actor(), key=key, claim_id=claim_id, now=clock.now())
    flash(_("已撤回，积分没有动。"))
    return redirect(url_for("desk.claim", claim_id=claim_id))


def _say(decided: service.Decided) -> None:
    if decided.balance is not None:
        points = signed(decided.points)
        flash(_("已记上，%(points)s 分；这户现在余 %(balance)s 分。", points=points, balance=decided.balance))
    elif decided.status == WAITING:
        flash(_("你已同意，还要另一个人也同意才算。"), "note")
    elif decided.status == APPROVED:
        flash(_("已同意，会放到下一次公示里；公示期满没有异议就入账。"))
    else:
        flash(_("没有同意，原因已留下，积分没有动。"))


def _page(claim_id: UUID, form: ReasonForm, sentence: str) -> ResponseReturnValue:
    details = claim_list.details(db.session(), current_actor(), claim_id)
    page = render_template("desk/claim.html", details=details, form=form, sentence=sentence)
    return page, 422 if sentence or form.errors else 200
