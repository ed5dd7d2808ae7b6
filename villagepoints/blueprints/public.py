"""What anybody may read: the village's page, rules, notices, seals and reports, and whether the server is well."""

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from villagepoints import clock
from villagepoints.access import access
from villagepoints.blueprints import device, language, report_page
from villagepoints.domain import audit as audits
from villagepoints.domain.calendar import village_date
from villagepoints.domain.deliberation import ASSEMBLIES
from villagepoints.domain.rule_diff import diff
from villagepoints.domain.seal import fingerprint
from villagepoints.extensions import db, limiter
from villagepoints.models import Village
from villagepoints.services import (
    audit_overview,
    audit_public,
    audit_signature,
    deliberation,
    notice_list,
    rulebook,
    schema,
    seal,
    slip,
    supervisor_term,
    village_page,
)
from villagepoints.services import village as villages
from villagepoints.services.paging import Wanted

GUESSES = "120 per minute"  # a whole village shares one carrier address; 65 bits are not guessed at any pace
blueprint = Blueprint("public", __name__)
blueprint.context_processor(device.frame)


def _village(code: str) -> Village:
    return villages.by_code(db.session(), code)


@blueprint.get("/")
@access("public", "read")
def index() -> ResponseReturnValue:
    """The one village's page, or the list of villages."""
    everyone = villages.everyone(db.session())
    if len(everyone) == 1:
        return redirect(url_for("public.village", code=everyone[0].code))
    return render_template("public/villages.html", villages=everyone)


@blueprint.get("/v/<code>/")
@access("public", "read")
def village(code: str) -> ResponseReturnValue:
    """The village's page: totals, notices, rules, the clerk's phone."""
    found, now = _village(code), clock.now()
    return render_template(
        "public/village.html",
        village=found,
        totals=village_page.totals(db.session(), found.id, now),
        news=village_page.news(db.session(), found.id, village_date(now)),
        notices=notice_list.standing(db.session(), found.id, village_date(now)),
        months=village_page.months(db.session(), found.id, village_date(now)),
        is_remembered=device.credential() is not None,
    )


@blueprint.get("/v/<code>/supervision")
@access("public", "read")
def supervision(code: str) -> ResponseReturnValue:
    """Who supervises the points, until when, and how to reach them."""
    found, today = _village(code), village_date(clock.now())
    terms = supervisor_term.terms(db.session(), found.id, today)
    members = [term for term in terms if term.runs(today) and term.barred is None]
    past = audit_overview.listed(db.session(), found.id, Wanted(size=12), concluded=True).rows
    return render_template("public/supervision.html", village=found, members=members, past=past)


@blueprint.get("/v/<code>/notices")
@access("public", "read")
def notices(code: str) -> ResponseReturnValue:
    """The public notices, the latest first."""
    found = _village(code)
    page = notice_list.listed(db.session(), found.id, _wanted(20))
    return render_template("public/notices.html", village=found, page=page)


@blueprint.get("/v/<code>/notices/<int(max=2147483647):number>")
@access("public", "read")
def notice(code: str, number: int) -> ResponseReturnValue:
    """One public notice: masked names for gains, none for losses; long after it closed only how much of what."""
    session, found, today = db.session(), _village(code), village_date(clock.now())
    one = notice_list.by_number(session, found.id, number)
    language.rule_names(found.id)  # an English page asks for them here, not in its template
    has_names = one.shows_names(today)
    return render_template(
        "public/notice.html",
        village=found,
        notice=one,
        book=rulebook.in_force(session, found.id, one.opened_on),
        page=notice_list.public_lines(session, found.id, one.id, _wanted(50)) if has_names else None,
        sums=[] if has_names else notice_list.sums(session, found.id, one.id),
    )


def _wanted(size: int) -> Wanted:
    """Which page of a list the query asks for; the first for what it cannot mean."""
    return Wanted(min(max(request.args.get("page", 1, type=int), 1), 100_000), size)


@blueprint.get("/v/<code>/rules")
@access("public", "read")
def rules(code: str) -> ResponseReturnValue:
    """A version of the rule book, item by item: the one in force, or (`version=`) a coming or a past one."""
    found, session = _village(code), db.session()
    versions = rulebook.timeline(session, found.id, village_date(clock.now()))
    asked = request.args.get("version", type=int)
    current = next(one for one in versions if one.status == rulebook.CURRENT)
    shown = next((one for one in versions if one.version == asked), current)
    return render_template(
        "public/rules.html",
        village=found,
        book=shown.book,
        shown=shown,
        versions=versions,
        decision=deliberation.decided(session, found.id, shown.version),
        assemblies=ASSEMBLIES,
    )


@blueprint.get("/v/<code>/rules/<int:version>/changes")
@access("public", "read")
def rule_changes(code: str, version: int) -> ResponseReturnValue:
    """What a version changes against the one before it."""
    found = _village(code)
    before, after = rulebook.with_the_one_before(db.session(), found.id, version)
    page = {"village": found, "before": before, "after": after, "diff": diff(before, after)}
    return render_template("public/rule_changes.html", **page)


@blueprint.get("/v/<code>/reports/<month>")
@access("public", "read")
def report(code: str, month: str) -> ResponseReturnValue:
    """A month's report as it hangs on the notice board: sums of the village, nobody's name."""
    found = _village(code)
    shown = village_page.report(db.session(), found.id, month, clock.now())
    page = report_page.public(shown, found)
    return render_template("report/month_public.html", village=found, edition=shown.edition, **page)


@blueprint.get("/v/<code>/seals")
@access("public", "read")
def seals(code: str) -> ResponseReturnValue:
    """Every seal with its fingerprint, the latest first, and what a seal is."""
    found = _village(code)
    page = seal.listed(db.session(), found.id, _wanted(20))
    return render_template("public/seals.html", village=found, page=page, fingerprint=fingerprint)


@blueprint.get("/v/<code>/audits/<month>")
@access("public", "read")
def audit(code: str, month: str) -> ResponseReturnValue:
    """A month's audit once it is over: how its sample was drawn, and what was found in sums; nobody's name."""
    session, found = db.session(), _village(code)
    shown = audit_public.one(session, found.id, month)
    return render_template(
        "public/audit.html",
        village=found,
        audit=shown,
        overview=audit_overview.overview(session, found.id, shown.id),
        is_signed=audit_signature.are_enough(audit_signature.signatures(session, shown)),
        fingerprint=fingerprint,
        kinds=audits.KINDS,
        reasons=audits.REASONS,
        results=audits.RESULTS,
    )


@blueprint.get("/v/<code>/audits/<month>/frame.json")
@limiter.limit("30 per minute")
@access("public", "read")
def audit_frame(code: str, month: str) -> ResponseReturnValue:
    """What a month's sample was drawn from, under pseudonyms, with all that is needed to draw it again."""
    session, found = db.session(), _village(code)
    shown = audit_public.one(session, found.id, month)
    name = f"frame-{found.code}-{shown.month}.json"
    headers = {"Content-Type": "application/json", "Content-Disposition": f"attachment; filename={name}"}
    return audit_public.frame_file(session, found, shown), 200, headers


@blueprint.get("/v/<code>/check")
@limiter.limit(GUESSES, exempt_when=lambda: "slip" not in request.args)
@access("public", "read")
def check_slip(code: str) -> ResponseReturnValue:
    """Whether a statement's check code belongs to a seal; nothing of whose it is."""
    found, typed = _village(code), request.args.get("slip", "")
    verdict = slip.check(db.session(), found.id, typed) if typed.strip() else None
    page = {"village": found, "typed": typed[:40], "verdict": verdict, "fingerprint": fingerprint}
    return render_template("public/check.html", **page)


@blueprint.get("/view/<any(elder, largest, plain):view>")
@access("public", "read")
def view(view: str) -> ResponseReturnValue:
    """Write pages large, largest or plain from now on in this browser."""
    response = make_response(redirect(_back()))
    device.keep_view(response, view)
    return response


@blueprint.get("/language/<any(zh, en):tongue>")
@access("public", "read")
def tongue(tongue: str) -> ResponseReturnValue:
    """Write pages in this language from now on in this browser."""
    response = make_response(redirect(_back()))
    device.keep(response, language.COOKIE, tongue)
    return response


def _back() -> str:
    """A page of ours named in the query, never another host."""
    path = request.args.get("next", "")
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours else url_for("public.index")


@blueprint.get("/healthz")
@limiter.exempt
@access("public", "read")
def healthz() -> ResponseReturnValue:
    """The process is up."""
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


@blueprint.get("/readyz")
@limiter.exempt
@access("public", "read")
def readyz() -> ResponseReturnValue:
    """The database answers and has the newest schema."""
    headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    try:
        db.session().execute(text("SELECT 1"))
        has, newest = schema.current(db.engine), schema.newest(current_app.extensions["migrate"].directory)
    except Exception:  # whatever it is, the answer is the same: not ready
        current_app.logger.exception("not ready")
        return "database unreachable\n", 503, headers
    if has != newest:
        return "schema out of date: run villagepoints upgrade\n", 503, headers
    return "ready\n", 200, headers
