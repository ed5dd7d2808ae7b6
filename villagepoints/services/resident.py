"""The people of a household: who comes, who leaves and why, who is its head; each change in the trail."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict
from villagepoints.domain.succession import MEMBER_REASONS
from villagepoints.domain.user import check_name
from villagepoints.services import once
from villagepoints.services.household_edit import (
    Particulars,
    changed,
    check_lives_here,
    create,
    difference,
    take,
)
from villagepoints.services.red_line_base import check_not_closing, hold
from villagepoints.services.resident_rows import (
    HEAD,
    HEADS,
    asked,
    check_has_come,
    chosen,
    lead,
    new,
    next_line,
    of_household,
    present,
    shown,
    write,
)
from villagepoints.services.resident_rows import Person as Person
from villagepoints.services.transaction import transaction


@transaction
def register(
    session: Session,
    actor: Actor,
    *,
    key: str,
    wanted: Particulars,
    people: Sequence[Person],
    joined_on: date,
    identity_key: bytes,
    now: datetime,
) -> UUID:
    """Register a new household with its people at once, the head first or named so; its id.

    Raises BadInput (nobody, no name, an identity number that cannot be right, a day that has not come), Conflict for
    a number or a person that is there already and while a month is being closed.
    """
    request: dict[str, Any] = {
        "register": [str(getattr(wanted, n)) for n in wanted.__slots__],
        "joined_on": str(joined_on),
    }
    request["people"] = asked(people, identity_key)
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    if not people:
        raise BadInput(N_("至少写上户主的姓名。什么都没有动。"))
    hold(session, actor.village_id)
    check_not_closing(session, actor.village_id)
    in_order = sorted(people, key=lambda person: person.relation not in HEADS)
    household = create(session, actor, wanted, check_name(in_order[0].name), joined_on, now)
    for line, person in enumerate(in_order):
        row = new(session, household, person, line, identity_key, village_date(now))
        row.relation = HEAD if line == 0 else row.relation
    detail = {"after": {"head_name": household.head_name, "people": len(people), "joined_on": joined_on}}
    changed(session, actor, household, "household.registered", detail, now)
    once.answer(session, actor.village_id, key, {"id": str(household.id)})
    return household.id


@transaction
def add(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    person: Person,
    identity_key: bytes,
    now: datetime,
) -> UUID:
    """Add a person to a household; raises as `register`, NotAllowed for one's own household, NotFound."""
    request = {"add": str(household_id), "person": asked([person], identity_key)}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    (household,) = take(session, actor, household_id)
    check_lives_here(household)
    row = new(session, household, person, next_line(session, household), identity_key, village_date(now))
    if row.line == 0:  # a household whose people had all left
        lead(session, household, row)
    changed(session, actor, household, "resident.added", {"name": row.name, "after": shown(row)}, now)
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


@transaction
def change(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    resident_id: UUID,
    person: Person,
    identity_key: bytes,
    now: datetime,
) -> None:
    """Put right what is written of a person; an empty identity number leaves the one that is kept. Raises as `add`."""
    request = {"resident": str(resident_id), "of": str(household_id), "person": asked([person], identity_key)}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    (household,) = take(session, actor, household_id)
    check_lives_here(household)
    row = of_household(session, household, resident_id)
    before, had_identity = shown(row), row.identity_hash
    write(session, row, person, identity_key, village_date(now))
    if row.line == 0 and row.left_on is None:
        row.relation, household.head_name = HEAD, row.name
    detail: dict[str, Any] = {"name": row.name, **difference(before, shown(row))}
    if row.identity_hash != had_identity:
        detail["after"]["identity"] = True
    if detail["after"]:
        changed(session, actor, household, "resident.changed", detail, now)
    once.answer(session, actor.village_id, key, {})


@transaction
def leave(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    resident_id: UUID,
    reason: str,
    left_on: date,
    head_id: UUID | None = None,
    now: datetime,
) -> int:
    """A person is no longer in the household; how many still are. A head is followed by `head_id`, or the next.

    Raises BadInput for an unknown reason or a day that has not come, Conflict where they have left, NotAllowed,
    NotFound.
    """
    request = {"leaves": str(resident_id), "of": str(household_id), "head": head_id}
    if (
        earlier := once.claim(session, actor.village_id, key, {**request, "why": reason, "on": left_on}, now)
    ) is not None:
        return int(earlier["left"])
    if reason not in MEMBER_REASONS:
        raise BadInput(N_("请选是为什么不在这户了。什么都没有动。")).at("reason")
    check_has_come(left_on, now)
    (household,) = take(session, actor, household_id)
    check_lives_here(household)
    row = of_household(session, household, resident_id)
    if row.left_on is not None:
        raise Conflict(N_("%(name)s 已经登记过不在这户了，没有再登记。"), name=row.name)
    row.left_on, row.left_reason = left_on, reason
    session.flush()
    staying = present(session, household)
    if row.line == 0 and staying:
        lead(session, household, chosen(staying, head_id))
    detail = {"name": row.name, "after": {"left_reason": reason, "left_on": left_on}}
    changed(session, actor, household, "resident.left", detail, now)
    once.answer(session, actor.village_id, key, {"left": len(staying)})
    return len(staying)


@transaction
def come_back(
    session: Session, actor: Actor, *, key: str, household_id: UUID, resident_id: UUID, now: datetime
) -> None:
    """A person who had left is in the household again, or never had left; raises as `leave`."""
    request = {"comes_back": str(resident_id), "of": str(household_id)}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    (household,) = take(session, actor, household_id)
    check_lives_here(household)
    row = of_household(session, household, resident_id)
    if row.left_on is None:
        raise Conflict(N_("%(name)s 就在这户，没有再登记。"), name=row.name)
    detail = {"name": row.name, "before": {"left_reason": row.left_reason, "left_on": row.left_on}}
    is_alone = not present(session, household)
    row.left_on, row.left_reason = None, ""
    if is_alone:
        lead(session, household, row)
    changed(session, actor, household, "resident.returned", detail, now)
    once.answer(session, actor.village_id, key, {})


@transaction
def make_head(
    session: Session, actor: Actor, *, key: str, household_id: UUID, resident_id: UUID, now: datetime
) -> None:
    """Make one of its people the head of a household; raises Conflict where they have left, NotAllowed, NotFound."""
    request = {"head": str(resident_id), "of": str(household_id)}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    (household,) = take(session, actor, household_id)
    check_lives_here(household)
    row = of_household(session, household, resident_id)
    if row.left_on is not None:
        raise Conflict(N_("%(name)s 已经不在这户，不能当户主。什么都没有动。"), name=row.name)
    before = household.head_name
    lead(session, household, row)
    changed(session, actor, household, "resident.head", difference({"head_name": before}, {"head_name": row.name}), now)
    once.answer(session, actor.village_id, key, {})
