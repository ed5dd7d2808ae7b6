"""活动: plan one, print its poster, keep its list, ask for the points."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import date, datetime, time
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import LANE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.desk.listing import Cell, Column, Field, Table, listed, show
from villagepoints.blueprints.language import rule_text, said
from villagepoints.domain import gathering as rules
from villagepoints.domain.calendar import SHANGHAI, village_date
from villagepoints.domain.errors import N_, BadInput, DomainError, Refusal
from villagepoints.domain.rulebook import RuleItem
from villagepoints.extensions import db
from villagepoints.forms.gathering import GatheringForm, HandForm, TimesForm
from villagepoints.models import Gathering, Village
from villagepoints.services import attendance, gathering_close, gathering_list, rulebook
from villagepoints.services import gathering as service
from villagepoints.services.gathering_list import GatheringRow

GATHERINGS = listed("desk.gatherings", N_("活动"))


@blueprint.get("/gatherings")
@access("desk", "read", roles=LANE)
def gatherings() -> ResponseReturnValue:
    """The activities to come, or those that are over."""
    session, village_id, past = db.session(), current_actor().village_id, request.args.get("past") == "1"
    now = clock.now()
    names = {code: item.name for code, item in rulebook.in_force(session, village_id, village_date(now)).items.items()}
    return show(
        GATHERINGS,
        "desk/gatherings.html",
        _table(names, past),
        lambda wanted: gathering_list.listed(session, village_id, past=past, now=now, wanted=wanted),
        [Field("past", _("办过的"), "1", kind="kept")] if past else [],
        past=past,
        empty=_("还没有办过活动。") if past else _("近期没有活动。点「办一个活动」，就有一张能扫码签到的海报。"),
    )


def _table(names: Mapping[str, str], past: bool) -> Table[GatheringRow]:
    def state(row: GatheringRow) -> Cell:
        if row.status == "cancelled":
            return Cell(_("已取消"), look="mark plain")
        if not past or not row.people:
            return Cell("")
        if row.people > row.claimed:
            return Cell(_("还有人没报分"), look="mark gold")
        return Cell(_("已报完"), look="mark")

    return Table(
        columns=[
            Column(_("活动"), lambda row: row.title, "title", "wide"),
            Column(_("开始"), lambda row: row.starts_at, "starts", "nowrap"),
            Column(_("结束"), lambda row: row.ends_at, look="nowrap", is_named=True),
            Column(_("在哪里"), lambda row: row.place),
            Column(
                _("按哪一项记分"), lambda row: f"{row.item_code} {rule_text(names.get(row.item_code))}", "item", "wide"
            ),
            Column(_("签到"), lambda row: row.people, look="num"),
            Column(_("已报分"), lambda row: row.claimed, look="num"),
            Column(_("情况"), state),
        ],
        opens=lambda row: url_for("desk.gathering", gathering_id=row.id),
        is_struck=lambda row: row.status == "cancelled",
    )


@blueprint.route("/gatherings/new", methods=["GET", "POST"])
@access("desk", "write", roles=LANE)
def new_gathering() -> ResponseReturnValue:
    """Plan an activity."""
    session, actor, sentence, today = db.session(), current_actor(), "", village_date(clock.now())
    items = rules.items_for(rulebook.in_force(session, actor.village_id, today))
    form = GatheringForm(held_on=today, item_code=items[0].code if items else None)
    form.item_code.choices = [(item.code, rule_text(item.name)) for item in items]
    if form.validate_on_submit():
        try:
            gathering_id = service.create(
                session,
                actor,
                key=form.key.data,
                plan=_plan(form),
                card_key=current_app.config["CARD_KEY"],
                now=clock.now(),
            )
        except DomainError as error:
            sentence = said(error)
        else:
            flash(_("活动建好了。把海报打印出来贴在现场，来的人扫码签到。"))
            return redirect(url_for("desk.gathering", gathering_id=gathering_id))
    page = render_template("desk/gathering_form.html", form=form, items=items, sentence=sentence)
    return page, 422 if sentence or form.errors else 200


def _plan(form: GatheringForm) -> service.Plan:
    on = form.held_on.data or village_date(clock.now())
    starts_at, ends_at = _instant(on, form.starts.data), _instant(on, form.ends.data)
    named = {"title": form.title.data, "item_code": form.item_code.data, "place": form.place.data}
    return service.Plan(**named, starts_at=starts_at, ends_at=ends_at)


@blueprint.get("/gatherings/<uuid:gathering_id>")
@access("desk", "read", roles=LANE)
def gathering(gathering_id: UUID) -> ResponseReturnValue:
    """One activity and who was there."""
    found, now = _found(gathering_id), clock.now()
    arrived = now if rules.phase(found, now) == rules.ON else found.starts_at
    left = None if now <= found.ends_at else _clock(found.ends_at)
    return _page(found, HandForm(formdata=None, arrived=_clock(arrived), left=left), "")


@blueprint.post("/gatherings/<uuid:gathering_id>")
@access("desk", "write", roles=LANE)
def enter_attendance(gathering_id: UUID) -> ResponseReturnValue:
    """Write somebody without a phone on the list."""
    found, form = _found(gathering_id), HandForm()
    if not form.validate_on_submit():
        return _page(found, form, "")
    try:
        attendance.enter(
            db.session(),
            current_actor(),
            key=form.key.data,
            gathering_id=gathering_id,
            household_number=form.household.data,
            person=form.person.data,
            arrived=_instant(village_date(found.starts_at), form.arrived.data),
            left=_instant(village_date(found.starts_at), form.left.data) if form.left.data else None,
            now=clock.now(),
        )
    except DomainError as error:
        return _page(_found(gathering_id), form, said(error))
    flash(_("已记上 %(who)s。", who=form.person.data or form.household.data))
    return redirect(url_for("desk.gathering", gathering_id=gathering_id))


@blueprint.get("/gatherings/<uuid:gathering_id>/poster")
@access("desk", "read", roles=LANE)
def gathering_poster(gathering_id: UUID) -> ResponseReturnValue:
    """The activity's poster with its code, an A4 page to print."""
    found, config = _found(gathering_id), current_app.config
    village = db.session().get_one(Village, found.village_id)
    token = rules.token_of(config["CARD_KEY"], found.village_id, found.id)
    picture = b64encode(service.poster_code(service.url_of(config["PUBLIC_URL"], village.code, token))).decode()
    return render_template(
        "desk/gathering_poster.html",
        gathering=found,
        village=village,
        item=_item(found),
        opens_at=found.starts_at - rules.BEFORE,
        picture=f"data:image/png;base64,{picture}",
    )


@blueprint.post("/gatherings/<uuid:gathering_id>/close")
@access("desk", "write", roles=LANE)
def close_gathering(gathering_id: UUID) -> ResponseReturnValue:
    """Ask for the points of everybody who was there."""
    key = request.form.get("key", "")
    done = gathering_close.close(db.session(), current_actor(), key=key, gathering_id=gathering_id, now=clock.now())
    if done.made:
        flash(_("已给 %(count)s 人报分，放到「审核」里了：另一个人同意、公示没有异议后入账。", count=done.made))
    if done.refused:
        flash(_("有 %(count)s 人没有报，原因写在名字后面。", count=done.refused), "note")
    elif not done.made:
        flash(_("没有要报的人，什么都没有动。"), "note")
    return redirect(url_for("desk.gathering", gathering_id=gathering_id))


@blueprint.post("/gatherings/<uuid:gathering_id>/cancel")
@access("desk", "write", roles=LANE)
def cancel_gathering(gathering_id: UUID) -> ResponseReturnValue:
    """Call it off."""
    key = request.form.get("key", "")
    service.cancel(db.session(), current_actor(), key=key, gathering_id=gathering_id, now=clock.now())
    flash(_("活动取消了，扫海报的人会看到。"))
    return redirect(url_for("desk.gatherings"))


@blueprint.route("/gatherings/<uuid:gathering_id>/attendances/<uuid:attendance_id>", methods=["GET", "POST"])
@access("desk", "write", roles=LANE)
def attendance_times(gathering_id: UUID, attendance_id: UUID) -> ResponseReturnValue:
    """Put somebody's times right, or take who was not there off the list."""
    session, village_id = db.session(), current_actor().village_id
    found, sentence = _found(gathering_id), ""
    row = gathering_list.attendance(session, village_id, gathering_id, attendance_id)
    left = _clock(row.checked_out_at) if row.checked_out_at else None
    form = TimesForm(arrived=_clock(row.checked_in_at), left=left)
    if form.validate_on_submit():
        try:
            _change(found, attendance_id, form)
        except Refusal as error:
            sentence = said(error)
        else:
            return redirect(url_for("desk.gathering", gathering_id=gathering_id))
    page = render_template("desk/attendance.html", gathering=found, row=row, form=form, sentence=sentence)
    return page, 422 if sentence or form.errors else 200


def _change(found: Gathering, attendance_id: UUID, form: TimesForm) -> None:
    session, actor, now, reason = db.session(), current_actor(), clock.now(), form.reason.data or ""
    which = {"gathering_id": found.id, "attendance_id": attendance_id}
    if request.form.get("act") == "remove":
        attendance.remove(session, actor, key=form.key.data, **which, reason=reason, now=now)
        flash(_("已从签到表里删去。"))
        return
    on = village_date(found.starts_at)
    arrived, left = _instant(on, form.arrived.data), _instant(on, form.left.data) if form.left.data else None
    attendance.correct(session, actor, key=form.key.data, **which, arrived=arrived, left=left, reason=reason, now=now)
    flash(_("时间改好了，原因记在旁边。"))


def _found(gathering_id: UUID) -> Gathering:
    return gathering_list.one(db.session(), current_actor().village_id, gathering_id)


def _item(found: Gathering) -> RuleItem:
    on = village_date(found.starts_at)
    return rulebook.in_force(db.session(), found.village_id, on).item(found.item_code)


def _clock(instant: datetime) -> time:
    return instant.astimezone(SHANGHAI).time()


def _instant(on: date, at: time | None) -> datetime:
    if at is None:  # nothing but spaces was typed
        raise BadInput(N_("请填几点几分，例如 8:30。什么都没有动。"))
    return rules.instant(on, at)


def _page(found: Gathering, form: HandForm, sentence: str) -> ResponseReturnValue:
    session, now = db.session(), clock.now()
    page = render_template(
        "desk/gathering.html",
        gathering=found,
        item=_item(found),
        page=gathering_list.attendances(session, found.village_id, found.id, wanted()),
        unclaimed=gathering_list.open_count(session, found.village_id, found.id),
        phase=rules.phase(found, now),
        is_over=now >= found.ends_at,
        hours=rules.hours,
        form=form,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200
