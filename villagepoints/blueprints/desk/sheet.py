"""评分表: a group's month typed in as a table; without JavaScript a plain form of inputs."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import LANE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import here
from villagepoints.blueprints.desk.household import RESIDENCIES
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import DomainError
from villagepoints.domain.score_sheet import Typed
from villagepoints.extensions import db
from villagepoints.forms.score_sheet import SheetForm, row_ids, typed_rows
from villagepoints.services import month_base, rulebook, score_sheet_list
from villagepoints.services import score_sheet as service
from villagepoints.services.paging import Page
from villagepoints.services.score_sheet import Problems, Saved
from villagepoints.services.score_sheet_list import Filter, GroupCount, Row


@blueprint.get("/sheet")
@access("desk", "read", roles=LANE)
def sheet() -> ResponseReturnValue:
    """A page of households with the ten base items of a month."""
    session, actor, month = db.session(), current_actor(), _asked_month()
    groups = score_sheet_list.groups(session, actor.village_id, month)
    which = _asked_filter(groups)
    number = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    page = score_sheet_list.page(session, actor, month, which, number)
    return _page(month, which, groups, page.rows, SheetForm(formdata=None), page=page)


@blueprint.post("/sheet")
@access("desk", "write", roles=LANE)
def save_sheet() -> ResponseReturnValue:
    """Save the page, or show it again as it was typed with what is wrong."""
    session, actor, month, form = db.session(), current_actor(), _asked_month(), SheetForm()
    codes = month_base.codes(rulebook.in_force(session, actor.village_id, month.last))
    ids = row_ids(request.form)
    typed = typed_rows(request.form, ids, codes)
    problems: Mapping[UUID, Problems] = {}
    if form.validate_on_submit():
        try:
            saved = service.save(session, actor, key=form.key.data, month=month, typed=typed, now=clock.now())
        except service.Refused as error:
            sentence, problems = said(error), error.problems
        except DomainError as error:
            sentence = said(error)
        else:
            _say(saved)
            return redirect(here())
    else:
        sentence = _("这张表收得不全，什么都没有存。请重新打开评分表再填。")
    groups = score_sheet_list.groups(session, actor.village_id, month)
    rows = score_sheet_list.rows_again(session, actor, month, ids)
    page = _page(
        month,
        _asked_filter(groups),
        groups,
        rows,
        form,
        sentence=sentence,
        problems=problems,
        typed=_by_household(typed),
    )
    return page, 422


def _asked_month() -> Month:
    """The month before where it is asked for, else this one."""
    this = Month.of(village_date(clock.now()))
    return this - 1 if request.args.get("month") == str(this - 1) else this


def _asked_filter(groups: Sequence[GroupCount]) -> Filter:
    """What the query asks for; at first the first group, for nobody types a whole village in one go."""
    residency = request.args.get("residency", "")
    group = request.args.get("group", groups[0].group_no if groups and not request.args else None, type=int)
    return Filter(
        group_no=group if group in [one.group_no for one in groups] else None,
        residency=residency if residency in RESIDENCIES else "",
        missing="missing" in request.args,
    )


def _by_household(typed: Sequence[Typed]) -> dict[UUID, Mapping[str, str]]:
    return {row.household_id: row.cells for row in typed}


def _page(
    month: Month,
    which: Filter,
    groups: Sequence[GroupCount],
    rows: Sequence[Row],
    form: SheetForm,
    *,
    page: Page[Row] | None = None,
    sentence: str = "",
    problems: Mapping[UUID, Problems] | None = None,
    typed: Mapping[UUID, Mapping[str, str]] | None = None,
) -> str:
    session, village_id = db.session(), current_actor().village_id
    this = Month.of(village_date(clock.now()))
    return render_template(
        "desk/sheet.html",
        month=month,
        months=(this, this - 1),
        state=month_base.state(session, village_id, month),
        items=rulebook.in_force(session, village_id, month.last).of_kind("base"),
        which=which,
        groups=groups,
        rows=rows,
        page=page,
        form=form,
        sentence=sentence,
        problems=problems or {},
        typed=typed or {},
    )


def _say(saved: Saved) -> None:
    parts = [_("存好了，%(rows)s 户。", rows=saved.rows)]
    if saved.persuaded:
        parts.append(_("第一次查到的 %(count)s 处先劝导，按时改好就不扣。", count=saved.persuaded))
    if saved.counted:
        parts.append(_("再次查到的 %(count)s 处计入本月。", count=saved.counted))
    if saved.withdrawn:
        parts.append(_("改回来 %(count)s 处。", count=saved.withdrawn))
    flash("".join(parts))
