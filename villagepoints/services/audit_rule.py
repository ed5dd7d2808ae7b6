"""How large a village draws its samples: the supervision group's own decision, for the audits that are opened after it.

One member may set it, and the trail keeps who did: whoever opens an audit sees the sizes before two of them give their
PINs, so that two agree to what is drawn.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.audit_draw import Sizes, check_sizes
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput
from villagepoints.models import AuditRule, User, Village
from villagepoints.services import activity, once, supervisor
from villagepoints.services.transaction import transaction

DUE_DAYS = range(3, 61)  # to put a problem right


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for the next audit."""

    sizes: Sizes = field(default_factory=Sizes)
    due_days: int = 14
    next_salt: bytes | None = None
    changed_at: datetime | None = None
    changed_by: str = ""  # name


def of_village(session: Session, village_id: UUID) -> Rule:
    """The village's rule, or the defaults; up to two statements."""
    row = session.get(AuditRule, village_id, populate_existing=True)
    if row is None:
        return Rule()
    by = session.get(User, (village_id, row.changed_by)) if row.changed_by else None
    return Rule(sizes_of(row), row.due_days, row.next_salt, row.changed_at, by.name if by else "")


def sizes_of(row: AuditRule) -> Sizes:
    """The sizes that a row of the rule holds."""
    return Sizes(**{name: getattr(row, name) for name in Sizes().as_json()})


@transaction
def change(session: Session, actor: Actor, *, sizes: Sizes, due_days: int, key: str, now: datetime) -> None:
    """Set the sizes of the samples and the days to put a problem right.

    Raises BadInput beside the field that is beyond its bounds, NotAllowed outside the group.
    """
    asked = {"audit_rule": sizes.as_json(), "due_days": due_days, "by": actor.user_id}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    supervisor.current(session, actor, village_date(now))
    check_sizes(sizes)
    if due_days not in DUE_DAYS:
        values = {"least": DUE_DAYS[0], "most": DUE_DAYS[-1]}
        raise BadInput(N_("这里要填 %(least)s 到 %(most)s。没有改。"), **values).at("due_days")
    row = locked(session, actor.village_id)
    before = {name: getattr(row, name) for name in (*sizes.as_json(), "due_days")}
    after = {**sizes.as_json(), "due_days": due_days}
    if before != after:
        for name, value in after.items():
            setattr(row, name, value)
        row.changed_by, row.changed_at = actor.user_id, now
        changed = [name for name in after if before[name] != after[name]]
        detail = {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
        activity.record(session, actor, "audit.rule_changed", now, detail=detail)
    once.answer(session, actor.village_id, key, {})


def locked(session: Session, village_id: UUID) -> AuditRule:
    """The village's row of the rule, made where there is none, for a transaction that changes it."""
    # the village's row first: two that find no rule would both make one
    session.get_one(Village, village_id, with_for_update={"key_share": True}, populate_existing=True)
    row = session.get(AuditRule, village_id, populate_existing=True)
    if row is None:
        row = AuditRule(village_id=village_id)
        session.add(row)
        session.flush()
    return row
