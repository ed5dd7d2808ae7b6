"""村级福利: schemes that look at merit, the list each of them gives, on paper and as a workbook."""

from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.desk.export import as_workbook, residency_name
from villagepoints.blueprints.language import reason_words, said
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import DomainError
from villagepoints.domain.welfare import Conditions
from villagepoints.extensions import db
from villagepoints.forms.entry import ReasonForm
from villagepoints.forms.welfare import SchemeForm
from villagepoints.models import Village
from villagepoints.services import welfare as service
from villagepoints.services import welfare_list

MAKERS = frozenset({CLERK, ADMIN})
CHOICES = {"yes": True, "no": False}


@blueprint.get("/welfare")
@access("desk", "read", roles=OFFICE)
def welfare() -> ResponseReturnValue:
    """The schemes."""
    page = welfare_list.schemes(db.session(), current_actor().village_id, wanted(size=25))
    return render_template("desk/welfare.html", page=page)


@blueprint.route("/welfare/new", methods=["GET", "POST"])
@access("desk", "write", roles=MAKERS)
def new_welfare() -> ResponseReturnValue:
    """Set a scheme up; its list is counted at once and shown before it stands."""
    form, sentence, now = SchemeForm(), "", clock.now()
    if form.validate_on_submit():
        try:
            scheme_id = service.create(db.session(), current_actor(), key=form.key.data, scheme=_typed(form), now=now)
        except DomainError as error:
            sentence = said(error)
        else:
            flash(_("名单算好了，请先看一遍，没有问题再定下来。"))
            return redirect(url_for("desk.welfare_scheme", scheme_id=scheme_id))
    elif request.method == "GET":
        form.year.data = village_date(now).year
    page = render_template("desk/welfare_form.html", form=form, sentence=sentence)
    return page, 422 if sentence or form.errors else 200


def _typed(form: SchemeForm) -> service.Scheme:
    assert form.resolved_on.data is not None  # required by the form, as the year is
    assert form.year.data is not None
    return service.Scheme(
        name=form.name.data,
        benefit=form.benefit.data,
        resolution_no=form.resolution_no.data,
        resolved_on=form.resolved_on.data,
        year=form.year.data,
        residency=form.residency.data,
        conditions=Conditions(form.least_merit.data, form.top_percent.data, form.excludes_red_line.data),
    )


@blueprint.get("/welfare/<uuid:scheme_id>")
@access("desk", "read", roles=OFFICE)
def welfare_scheme(scheme_id: UUID) -> ResponseReturnValue:
    """One scheme and its list, each household with the reason."""
    return _scheme_page(scheme_id, ReasonForm(formdata=None), "")


def _scheme_page(scheme_id: UUID, form: ReasonForm, sentence: str) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    which, words = request.args.get("which", "yes"), request.args.get("q", "")
    page = render_template(
        "desk/welfare_scheme.html",
        scheme=welfare_list.one(session, village_id, scheme_id),
        counts=welfare_list.counts(session, village_id, scheme_id),
        page=welfare_list.lines(
            session, village_id, scheme_id, wanted("number"), qualifies=CHOICES.get(which), words=words
        ),
        which=which,
        words=words,
        form=form,
        sentence=sentence,
        reason_words=reason_words,
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.post("/welfare/<uuid:scheme_id>/count")
@access("desk", "write", roles=MAKERS)
def count_welfare(scheme_id: UUID) -> ResponseReturnValue:
    """Count a draft's list anew."""
    key = request.form.get("key", "")
    service.count_again(db.session(), current_actor(), key=key, scheme_id=scheme_id, now=clock.now())
    flash(_("名单按上个月底的文明分重新算过了。"))
    return redirect(url_for("desk.welfare_scheme", scheme_id=scheme_id))


@blueprint.post("/welfare/<uuid:scheme_id>/list")
@access("desk", "write", roles=MAKERS)
def list_welfare(scheme_id: UUID) -> ResponseReturnValue:
    """Let the list stand."""
    service.enlist(db.session(), current_actor(), key=request.form.get("key", ""), scheme_id=scheme_id, now=clock.now())
    flash(_("名单定了。每户在自己的手机上看得到自己家符不符合、为什么。"))
    return redirect(url_for("desk.welfare_scheme", scheme_id=scheme_id))


@blueprint.post("/welfare/<uuid:scheme_id>/withdraw")
@access("desk", "write", roles=MAKERS)
def withdraw_welfare(scheme_id: UUID) -> ResponseReturnValue:
    """Take a scheme back, with a reason."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _scheme_page(scheme_id, form, "")
    try:
        service.withdraw(
            db.session(),
            current_actor(),
            key=form.key.data,
            scheme_id=scheme_id,
            reason=form.reason.data or "",
            now=clock.now(),
        )
    except DomainError as error:
        return _scheme_page(scheme_id, form, said(error))
    flash(_("这项福利已经撤回，村民不再看到。"))
    return redirect(url_for("desk.welfare"))


@blueprint.get("/welfare/<uuid:scheme_id>/paper")
@access("desk", "read", roles=OFFICE)
def welfare_paper(scheme_id: UUID) -> ResponseReturnValue:
    """The list for the notice board: names only of households that agreed to stand on lists."""
    session, village_id = db.session(), current_actor().village_id
    rows = welfare_list.all_lines(session, village_id, scheme_id, qualifies=True)
    return render_template(
        "report/welfare.html",
        scheme=welfare_list.one(session, village_id, scheme_id),
        named=[row for row in rows if row.shows_on_lists],
        unnamed=sum(not row.shows_on_lists for row in rows),
        village=session.get_one(Village, village_id),
        now=clock.now(),
    )


@blueprint.get("/welfare/<uuid:scheme_id>.xlsx")
@access("desk", "read", roles=OFFICE)
def export_welfare(scheme_id: UUID) -> Response:
    """Every household with its figures and reasons, for the office."""
    session, village_id = db.session(), current_actor().village_id
    scheme = welfare_list.one(session, village_id, scheme_id)
    heads = [_("户号"), _("户主"), _("组"), _("类型"), _("文明分"), _("前百分之几"), _("符合"), _("原因")]
    lines = [
        [
            row.number,
            row.head_name,
            row.group_no,
            residency_name(row.residency),
            row.merit,
            row.percent,
            _("是") if row.qualifies else _("否"),
            _("；").join(reason_words(reason) for reason in row.reasons),
        ]
        for row in welfare_list.all_lines(session, village_id, scheme_id, qualifies=None)
    ]
    return as_workbook(scheme.name, heads, lines)
