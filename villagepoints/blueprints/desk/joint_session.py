"""居委会联席: a quarter's session with a neighbourhood committee, from its agenda to what became of each point."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import BLOCKS, BOOKS, LANE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.listing import Cell, Column, Table, listed, show
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, DomainError, NotFound
from villagepoints.domain.finding import can_be_found
from villagepoints.domain.joint_session import OPEN, Quarter, quarters
from villagepoints.extensions import db
from villagepoints.forms.base import Words, beside, narrow, printable
from villagepoints.forms.joint_session import JointFindingForm, LineForm, MinutesForm, OpenForm
from villagepoints.services import finding, joint_session_list, neighbourhood, relocated, rulebook
from villagepoints.services import joint_session as service
from villagepoints.services.joint_session import Minutes, Said
from villagepoints.services.joint_session_list import SessionRow

SESSIONS = listed("desk.joint_sessions", N_("居委会联席"), sort="-quarter")
LINE = "line-"  # what was agreed stands in line-3-agreed, who sees to it in line-3-owner, until when in line-3-due


@blueprint.get("/joint-sessions")
@access("desk", "read", roles=BLOCKS)
def joint_sessions() -> ResponseReturnValue:
    """The sessions there were, the latest first."""
    return _list_page(OpenForm(formdata=None), "")


@blueprint.post("/joint-sessions")
@access("desk", "write", roles=BOOKS)
def open_joint_session() -> ResponseReturnValue:
    """Open the session of a committee and a quarter; its agenda is drawn."""
    form, sentence = OpenForm(), ""
    _offer(form)
    if form.validate_on_submit():
        of, quarter, now = UUID(form.neighbourhood.data), Quarter.parse(form.quarter.data), clock.now()
        asked: dict[str, Any] = {"neighbourhood_id": of, "quarter": quarter, "now": now}
        try:
            opened = service.open_session(db.session(), current_actor(), key=form.key.data, **asked)
        except DomainError as error:
            sentence = beside(form, error.field, said(error))
        else:
            return redirect(url_for("desk.joint_session", joint_session_id=opened))
    return _list_page(form, sentence)


@blueprint.get("/joint-sessions/<uuid:joint_session_id>")
@access("desk", "read", roles=BLOCKS)
def joint_session(joint_session_id: UUID) -> ResponseReturnValue:
    """One session: its agenda, and what was agreed on each point."""
    return _page(joint_session_id)


@blueprint.post("/joint-sessions/<uuid:joint_session_id>")
@access("desk", "write", roles=BOOKS)
def save_joint_session(joint_session_id: UUID) -> ResponseReturnValue:
    """Keep what was written, add what was typed below it, then do what the button says: close, or change the agenda."""
    minutes, line, found, sentence = MinutesForm(), LineForm(), _finding_form(), ""
    is_found = bool(found.number.data or found.note.data)
    if minutes.validate_on_submit() and line.validate() and (not is_found or found.validate()):
        try:
            _save(joint_session_id, minutes)
            if line.subject.data or line.household.data:
                _add_line(joint_session_id, line, f"{minutes.key.data[:60]}-2")
            if is_found:
                _record(joint_session_id, found, f"{minutes.key.data[:56]}-3")
            _do(joint_session_id, minutes, request.form.get("what", ""), f"{minutes.key.data[:60]}-4")
        except DomainError as error:
            sentence = said(error)
            minutes.key.process(None)  # what was kept is kept: the mended form is another request
            for form in (minutes, line, found):
                sentence = beside(form, error.field, sentence) if sentence else ""
        else:
            return _back(joint_session_id)
    return _page(joint_session_id, minutes=minutes, line=line, found=found, sentence=sentence)


def _save(joint_session_id: UUID, form: MinutesForm) -> None:
    asked: dict[str, Any] = {"key": form.key.data, "joint_session_id": joint_session_id, "now": clock.now()}
    service.save(db.session(), current_actor(), written=_written(form), **asked)


def _do(joint_session_id: UUID, form: MinutesForm, what: str, key: str) -> None:
    session, actor = db.session(), current_actor()
    asked: dict[str, Any] = {"key": key, "joint_session_id": joint_session_id, "now": clock.now()}
    act, _dash, line = what.partition("-")
    if act == "close":
        service.close(session, actor, written=_written(form), **asked)
        flash(_("联席会结束了。商定的事办好一件，就在这里记一件；没办完的会带到下一次。"))
    elif act == "redraw":
        service.redraw(session, actor, **asked)
    elif act in ("up", "down", "remove"):
        service.rearrange(session, actor, line=_number(line), act=act, **asked)
    else:
        flash(_("已存下，还没有结束。开完会写好记录，再点「结束联席会」。"), "note")


@blueprint.post("/joint-sessions/<uuid:joint_session_id>/lines")
@access("desk", "write", roles=BLOCKS)
def add_joint_line(joint_session_id: UUID) -> ResponseReturnValue:
    """Write one more point on the agenda."""
    form, sentence = LineForm(), ""
    if form.validate_on_submit():
        try:
            _add_line(joint_session_id, form, form.key.data)
        except DomainError as error:
            sentence = beside(form, error.field, said(error))
        else:
            return _back(joint_session_id)
    return _page(joint_session_id, line=form, sentence=sentence)


def _add_line(joint_session_id: UUID, form: LineForm, key: str) -> None:
    home = _home(joint_session_id, form.household) if form.household.data else None
    asked: dict[str, Any] = {"joint_session_id": joint_session_id, "subject": form.subject.data or "", "key": key}
    service.add_line(db.session(), current_actor(), household_id=home, now=clock.now(), **asked)
    form.subject.data = form.household.data = ""  # a page that is shown again does not add it twice
    flash(_("议题加上了。"))


@blueprint.post("/joint-sessions/<uuid:joint_session_id>/findings")
@access("desk", "write", roles=LANE)
def joint_finding(joint_session_id: UUID) -> ResponseReturnValue:
    """Keep what both sides found together as a finding like any other, and put it on the agenda."""
    form, sentence = _finding_form(), ""
    if form.validate_on_submit():
        try:
            _record(joint_session_id, form, form.key.data)
        except DomainError as error:
            sentence = beside(form, error.field, said(error))
        else:
            return _back(joint_session_id)
    return _page(joint_session_id, found=form, sentence=sentence)


def _record(joint_session_id: UUID, form: JointFindingForm, key: str) -> None:
    session, actor, now = db.session(), current_actor(), clock.now()
    home = _home(joint_session_id, form.number)
    service.check_open(session, actor, joint_session_id, home, village_date(now))
    found = {"household_id": home, "code": form.code.data, "note": form.note.data or ""}
    kept = finding.record(session, actor, key=key, found_on=village_date(now), now=now, **found)
    # a second step under a key of its own: broken off between the two, the same request goes on here
    line = {"joint_session_id": joint_session_id, "finding_id": kept}
    service.add_finding(session, actor, key=f"{key[:60]}-on", now=now, **line)
    form.number.data = form.note.data = ""
    flash(_("记成检查发现了，也写进了议题。"))


@blueprint.post("/joint-sessions/<uuid:joint_session_id>/settle")
@access("desk", "write", roles=BOOKS)
def settle_joint_line(joint_session_id: UUID) -> ResponseReturnValue:
    """Write how a point ended."""
    line, outcome = _number(request.form.get("line", "")), request.form.get("outcome", "")
    asked: dict[str, Any] = {"joint_session_id": joint_session_id, "line": line, "outcome": outcome}
    key = printable(request.form.get("key"))
    service.settle(db.session(), current_actor(), key=key, now=clock.now(), **asked)
    return _back(joint_session_id)


def whole_of(joint_session_id: UUID) -> joint_session_list.Whole:
    """A session with all its points; NotFound where the actor's committee has none of that id."""
    session, actor = db.session(), current_actor()
    only = neighbourhood.scope(session, actor)
    return joint_session_list.one(session, actor.village_id, joint_session_id, only)


def _home(joint_session_id: UUID, field: Words) -> UUID:
    """The household whose number was typed, of the committee whose session it is."""
    committee = whole_of(joint_session_id).neighbourhood.id
    try:
        return relocated.id_of(db.session(), current_actor().village_id, field.data or "", committee)
    except NotFound as error:
        raise error.at(field.name) from None


def _written(form: MinutesForm) -> Minutes:
    lines = {line for name in request.form if (line := _line_of(name)) is not None}
    said_of = {
        line: Said(
            printable(request.form.get(f"{LINE}{line}-agreed"))[:400],
            printable(request.form.get(f"{LINE}{line}-owner"))[:40],
            _due(request.form.get(f"{LINE}{line}-due")),
        )
        for line in lines
    }
    named = {name: getattr(form, name).data or "" for name in ("place", "attended_village", "attended_committee")}
    return Minutes(held_on=form.held_on.data, minutes=form.minutes.data or "", said=said_of, **named)


def _line_of(name: str) -> int | None:
    line, _dash, field = name.removeprefix(LINE).partition("-")
    return _number(line) if name.startswith(LINE) and field == "agreed" else None


def _number(text: str) -> int:
    """The number of a line; 0, which none has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _due(typed: str | None) -> date | None:
    text = narrow(typed).replace("/", "-").replace(".", "-")
    if not text:
        return None
    try:
        year, month, day = (int(part) for part in text.split("-"))
        return date(year, month, day)
    except (ValueError, OverflowError):
        raise BadInput(N_("「%(typed)s」看不出是哪一天，没有存。请按 2026-01-08 这样填。"), typed=text[:20]) from None


def _offer(form: OpenForm) -> None:
    committees = neighbourhood.choices(db.session(), current_actor().village_id)
    form.neighbourhood.choices = [(str(id_), name) for id_, name in committees]
    form.quarter.choices = [(str(one), _quarter(one)) for one in quarters(village_date(clock.now()))]


def _finding_form(**given: Any) -> JointFindingForm:
    form = JointFindingForm(**given)
    book = rulebook.in_force(db.session(), current_actor().village_id, village_date(clock.now()))
    items = [item for item in book.items.values() if can_be_found(item)]
    form.code.choices = [(item.code, f"{item.code} {item.text_for('relocated')}") for item in items]
    return form


def _back(joint_session_id: UUID) -> Response:
    return redirect(url_for("desk.joint_session", joint_session_id=joint_session_id), 303)  # type: ignore[return-value]


def _list_page(form: OpenForm, sentence: str) -> ResponseReturnValue:
    session, actor = db.session(), current_actor()
    only = neighbourhood.scope(session, actor)
    _offer(form)
    html = show(
        SESSIONS,
        "desk/joint_sessions.html",
        Table(columns=_columns(), opens=lambda row: url_for("desk.joint_session", joint_session_id=row.id)),
        partial(joint_session_list.listed, session, actor.village_id, only, village_date(clock.now())),
        form=form,
        sentence=sentence,
        empty=_("还没有开过联席会。"),
    )
    return (html, 422) if sentence or form.errors else html  # type: ignore[return-value]


def _columns() -> list[Column[SessionRow]]:
    return [
        Column(_("季度"), lambda row: _quarter(Quarter.parse(row.quarter)), "quarter", "nowrap"),
        Column(_("居委会"), lambda row: row.neighbourhood, "committee"),
        Column(_("哪天开的会"), lambda row: row.held_on, "held", "nowrap"),
        Column(_("地点"), lambda row: row.place),
        Column(_("议题"), lambda row: row.lines, look="num"),
        Column(_("没办完"), lambda row: row.left or None, look="num", is_named=True),
        Column(
            _("过期"), lambda row: Cell(str(row.late), look="loss") if row.late else None, look="num", is_named=True
        ),
        Column(_("情况"), lambda row: _status(row.status), "status"),
    ]


def _status(status: str) -> Cell:
    return Cell(_("在准备"), look="mark gold") if status == OPEN else Cell(_("已结束"), look="mark plain")


def _quarter(quarter: Quarter) -> str:
    return str(_("%(year)s年第%(number)s季度", year=quarter.year, number=quarter.number))


def _page(
    joint_session_id: UUID,
    *,
    minutes: MinutesForm | None = None,
    line: LineForm | None = None,
    found: JointFindingForm | None = None,
    sentence: str = "",
) -> ResponseReturnValue:
    whole = whole_of(joint_session_id)
    is_refused = any(form is not None for form in (minutes, line, found))
    page = render_template(
        "desk/joint_session.html",
        whole=whole,
        joint=whole.session,
        minutes=minutes or MinutesForm(formdata=None, obj=whole.session),
        line_form=line or LineForm(formdata=None),
        found_form=found or _finding_form(formdata=None),
        typed=request.form if minutes is not None else {},
        sentence=sentence,
    )
    return page, 422 if is_refused else 200
