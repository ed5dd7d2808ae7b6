"""The group's first page: what is to be done now in this month's audit, and how the last ones ended."""

from datetime import date
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import SUPERVISION, access, current_actor
from villagepoints.blueprints.language import said
from villagepoints.blueprints.supervision.blueprint import blueprint
from villagepoints.domain import audit as words
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import NotAllowed
from villagepoints.extensions import db
from villagepoints.models import Audit
from villagepoints.services import audit as audits
from villagepoints.services import audit_overview, audit_problem_list, audit_signature, supervisor
from villagepoints.services.paging import Wanted

LAST = 4  # audits on the first page


@blueprint.get("/")
@access("supervision", "read", roles=SUPERVISION)
def home() -> ResponseReturnValue:
    """What is open now, overdue problems, the last months."""
    session, actor, today = db.session(), current_actor(), village_date(clock.now())
    member, barred = None, ""
    try:
        member = supervisor.current(session, actor, today)
    except NotAllowed as error:
        barred = said(error)
    last = audits.latest(session, actor.village_id)
    return render_template(
        "supervision/home.html",
        member=member,
        barred=barred,
        audit=last,
        stands=standing(last, member.id if member else None) if last else None,
        months=due_months(last, today),
        problems=audit_problem_list.of_home(session, actor.village_id, today),
        page=audit_overview.listed(session, actor.village_id, Wanted(size=LAST)),
        kinds=words.KINDS,
        today=today,
    )


def due_months(last: Audit | None, today: date) -> tuple[bool, Month | None]:
    """Whether a month that is over waits for its audit, and the month that comes next; None before it has begun."""
    this = Month.of(today)
    if last is None:
        return True, this - 1
    following = Month.parse(last.month) + 1
    return following < this, following if following <= this else None


def standing(audit: Audit, member_id: Any) -> dict[str, Any]:
    """How far an audit is, and which step comes next: walk, prompts, conclude, sign, others (sign), done."""
    session = db.session()
    found = audit_overview.overview(session, audit.village_id, audit.id)
    open_prompts, prompts = audit_overview.open_prompts(session, audit.village_id, audit.id)
    signed = audit_signature.signatures(session, audit)
    step = "done"
    if audit.status == words.OPEN:
        step = "walk" if found.whole.left else "prompts" if open_prompts else "conclude"
    elif not audit_signature.are_enough(signed):
        step = "others" if any(one.supervisor_id == member_id for one in signed) else "sign"
    counts = {"open_prompts": open_prompts, "prompts": prompts}
    return {"overview": found, "signed": signed, "step": step, **counts}
