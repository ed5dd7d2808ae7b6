"""监督提的问题: the list, and one with the ways its owner has: talk to the household, deduct, reverse, put right."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import BOOKS, DESK, LANE, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.listing import Cell, Column, Field, Table, listed, search, show, tabs
from villagepoints.blueprints.desk.listing import asked as known
from villagepoints.blueprints.filters import day, month
from villagepoints.blueprints.language import rule_text, said
from villagepoints.blueprints.photos import uploads
from villagepoints.blueprints.problem_words import NARROWED, words
from villagepoints.domain.audit import DEDUCT, OPEN, PERSUADE, PUT_RIGHT, REMEDIES, REVERSE
from villagepoints.domain.audit_problem import STAGES, ways
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, NotFound, Refusal
from villagepoints.domain.finding import can_be_found
from villagepoints.domain.rulebook import PENALTY, RuleItem
from villagepoints.extensions import db
from villagepoints.forms.audit_problem import AnswerForm, PersuadeForm, ReverseForm
from villagepoints.forms.base import KeyedForm, narrow
from villagepoints.forms.entry import EntryForm
from villagepoints.services import audit_problem_list, audit_problem_story, audit_problem_way, evidence, rulebook
from villagepoints.services import household as households
from villagepoints.services.allowed import Item
from villagepoints.services.audit_problem_list import UNDER_WAY, Filter, ProblemRow
from villagepoints.services.audit_problem_story import Whole
from villagepoints.services.finding import Seen

STATES = {state: name for state, name in NARROWED.items() if state != UNDER_WAY}
PROBLEMS = listed("desk.problems", N_("监督提的问题"))
LOOKS = {"do": "gold", "mend": "gold", "books": "gold", "closed": "", "withdrawn": "plain", "recheck": ""}


@blueprint.get("/problems")
@access("desk", "read", roles=DESK)
def problems() -> ResponseReturnValue:
    """The problems of a state, those that wait by their day; whoever is not of the office sees what is theirs."""
    session, actor, today = db.session(), current_actor(), village_date(clock.now())
    status = known("status", STATES, OPEN)
    is_mine = request.args.get("mine") == "1" or not actor.is_any(*OFFICE)
    late = request.args.get("late") == "1" and status == OPEN
    which = Filter(
        status=status,
        late_on=today if late else None,
        owner_id=actor.user_id if is_mine else None,
        words=request.args.get("q", ""),
    )
    mine = Field("mine", _("谁办"), "1" if is_mine else "", [("1", _("归我办的"))])
    overdue = Field("late", _("期限"), "1" if late else "", [("1", _("过了日子的"))])
    return show(
        PROBLEMS,
        "desk/problems.html",
        _table(today),
        partial(audit_problem_list.listed, session, actor.village_id, which),
        [
            tabs("status", _("监督提的问题"), status, STATES, "problems"),
            search("q", _("户号、姓名或问题"), which.words),
            *([mine] if actor.is_any(*OFFICE) else []),
            *([overdue] if status == OPEN else []),
        ],
        empty=_("没有这样的问题。") if which.words or late or status != OPEN else _nothing(),
    )


def _nothing() -> str:
    return str(_("没有等着办的。监督小组审核时提的问题，会排在这里，写明归谁办、哪天前办好。"))


def _table(today: date) -> Table[ProblemRow]:
    def state(row: ProblemRow) -> Cell:
        if late := row.late_since(today):
            return Cell(_("%(day)s到期", day=day(late)), look="mark red")
        return Cell(_(STAGES[row.stage]), look=f"mark {LOOKS[row.stage]}")

    def about(row: ProblemRow) -> Cell:
        if row.household_id is not None:
            return Cell(f"{row.household} {row.head_name}", url_for("desk.household", household_id=row.household_id))
        return Cell(row.reward or "")

    return Table(
        columns=[
            Column(_("哪个月的审核"), lambda row: month(Month.parse(row.month)), "month", "nowrap"),
            Column(_("第几号"), lambda row: row.number, "number", "num"),
            Column(_("哪一户"), about, "household", "nowrap"),
            Column(_("看到了什么"), lambda row: row.text, look="wide"),
            Column(_("先怎么办"), lambda row: _(REMEDIES[row.remedy]), look="nowrap"),
            Column(_("归谁办"), lambda row: row.owner, "owner", "nowrap"),
            Column(_("哪天前办好"), lambda row: row.due_on, "due", "nowrap", is_named=True),
            Column(_("情况"), state, look="nowrap"),
        ],
        opens=lambda row: url_for("desk.problem", problem_id=row.id),
        next_step=lambda row: _("办") if row.stage == "do" and row.owner_id == current_actor().user_id else _("看"),
    )


@blueprint.get("/problems/<uuid:problem_id>")
@access("desk", "read", roles=DESK)
def problem(problem_id: UUID) -> ResponseReturnValue:
    """One problem with its story, and the ways its owner has."""
    return _page(problem_id)


@blueprint.post("/problems/<uuid:problem_id>/persuade")
@access("desk", "write", roles=LANE)
def persuade_problem(problem_id: UUID) -> ResponseReturnValue:
    """Talk to the household: a finding with its day to be put right."""
    form = PersuadeForm()
    form.code.choices = _items()
    if not form.validate_on_submit():
        return _page(problem_id, persuade=form)
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
            audit_problem_way.persuade(
                db.session(),
                current_actor(),
                key=form.key.data,
                problem_id=problem_id,
                seen=Seen(form.code.data, form.count.data or 0, photos),
                found_on=form.found_on.data or village_date(clock.now()),
                words=form.words.data,
                now=clock.now(),
            )
    except Refusal as error:
        return _page(problem_id, sentence=said(error), persuade=form)
    row = _whole(problem_id).row
    if row.rectify_by is not None:
        flash(_("劝导记下了，%(day)s前改好就不扣。到期去复查。", day=day(row.rectify_by)))
    else:
        flash(_("记下了。这一项以前劝导过，这次算数。"))
    return _back(problem_id)


@blueprint.post("/problems/<uuid:problem_id>/deduct")
@access("desk", "write", roles=LANE)
def deduct_problem(problem_id: UUID) -> ResponseReturnValue:
    """Propose the deduction; it goes through review and notice."""
    item, form = _chosen(), EntryForm()
    if item is None:
        raise NotFound(N_("办法里没有这一项扣分。"))
    form.ask_only(item)
    if not form.validate_on_submit():
        return _page(problem_id, deduct=form)
    typed = {name: form[name].data for name in ("grade", "quantity", "occasion", "document") if name in form}
    wanted = Item(
        code=item.code,
        occurred_on=form.occurred_on.data or village_date(clock.now()),
        note=form.note.data or "",
        **{name: value for name, value in typed.items() if value is not None},
    )
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
            asked: dict[str, Any] = {"wanted": wanted, "photos": photos, "now": clock.now()}
            audit_problem_way.deduct(db.session(), current_actor(), key=form.key.data, problem_id=problem_id, **asked)
    except Refusal as error:
        return _page(problem_id, sentence=said(error), deduct=form)
    flash(_("扣分提出来了，放到「审核」里：另一个人同意、公示没有异议后入账。"))
    return _back(problem_id)


@blueprint.post("/problems/<uuid:problem_id>/reverse")
@access("desk", "write", roles=BOOKS)
def reverse_problem(problem_id: UUID) -> ResponseReturnValue:
    """Propose the reversal of the entry that is wrong."""
    form = ReverseForm()
    if not form.validate_on_submit():
        return _page(problem_id, reverse=form)
    asked: dict[str, Any] = {"reason": form.words.data, "now": clock.now()}
    try:
        audit_problem_way.reverse(db.session(), current_actor(), key=form.key.data, problem_id=problem_id, **asked)
    except Refusal as error:
        return _page(problem_id, sentence=said(error), reverse=form)
    flash(_("冲正提出来了，等另一个人审核，同意后马上入账。"))
    return _back(problem_id)


@blueprint.post("/problems/<uuid:problem_id>/answer")
@access("desk", "write", roles=DESK)
def answer_problem(problem_id: UUID) -> ResponseReturnValue:
    """Say how it was put right otherwise."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return _page(problem_id, answer=form)
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
            asked: dict[str, Any] = {"words": form.words.data, "photos": photos, "now": clock.now()}
            audit_problem_way.answer(db.session(), current_actor(), key=form.key.data, problem_id=problem_id, **asked)
    except Refusal as error:
        return _page(problem_id, sentence=said(error), answer=form)
    flash(_("写下了，监督小组会来复查。"))
    return _back(problem_id)


def _whole(problem_id: UUID) -> Whole:
    """The problem; NotFound where it is somebody else's and the actor is not of the office."""
    actor = current_actor()
    whole = audit_problem_story.one(db.session(), actor.village_id, problem_id)
    if not actor.is_any(*OFFICE) and whole.row.owner_id != actor.user_id:
        raise NotFound(N_("没有这个问题。"))
    return whole


def _items() -> list[tuple[str, str]]:
    """What households are talked to about."""
    book = rulebook.in_force(db.session(), current_actor().village_id, village_date(clock.now()))
    found = [item for item in book.items.values() if can_be_found(item)]
    return [("", _("请选")), *((item.code, f"{item.code} {rule_text(item.name)}") for item in found)]


def _penalties() -> list[RuleItem]:
    book = rulebook.in_force(db.session(), current_actor().village_id, village_date(clock.now()))
    return [item for item in book.items.values() if item.kind == PENALTY]


def _chosen() -> RuleItem | None:
    """The deduction that the query asks for."""
    code = narrow(request.args.get("item")).upper()[:8]
    return next((item for item in _penalties() if item.code == code), None)


def _back(problem_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("desk.problem", problem_id=problem_id), 303)


def _page(problem_id: UUID, *, sentence: str = "", **forms: KeyedForm) -> ResponseReturnValue:
    whole, actor, today = _whole(problem_id), current_actor(), village_date(clock.now())
    row, item = whole.row, _chosen()
    offered = ways(household=row.household_id is not None, entry=row.entry_seq is not None)
    deduct = forms.get("deduct")
    if deduct is None and item is not None:
        deduct = EntryForm(formdata=None, occurred_on=today)
        deduct.ask_only(item)
    persuade = forms.get("persuade")
    if persuade is None:
        persuade = PersuadeForm(formdata=None, found_on=today)
        persuade.code.choices = _items()
    home = row.household_id and households.get(db.session(), actor.village_id, row.household_id)
    page = render_template(
        "desk/problem.html",
        whole=whole,
        row=row,
        home=home,
        **words(),
        is_owner=row.owner_id == actor.user_id,
        ways=sorted(offered, key=lambda way: way != row.remedy),
        opened=_opened(row, forms, item),
        item=item,
        penalties=[one for one in _penalties() if row.entry_seq is not None or not one.claws_back],
        persuade=persuade,
        deduct=deduct,
        reverse=forms.get("reverse") or ReverseForm(formdata=None),
        answer=forms.get("answer") or AnswerForm(formdata=None),
        sentence=sentence,
    )
    return page, 422 if forms else 200


def _opened(row: ProblemRow, forms: dict[str, KeyedForm], item: RuleItem | None) -> str:
    """Which way is shown open: the one that was tried, chosen, or comes first."""
    if forms:
        return {"persuade": PERSUADE, "deduct": DEDUCT, "reverse": REVERSE, "answer": PUT_RIGHT}[next(iter(forms))]
    return DEDUCT if item is not None else row.remedy
