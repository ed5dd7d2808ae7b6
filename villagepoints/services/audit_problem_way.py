"""Problems of an audit as their owners see to them: talk to the household, deduct, reverse, put right otherwise.

Each way is the staff's own: a finding, a claim, a reversal like any other, with the same second people and notices.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain import audit as audits
from villagepoints.domain import audit_problem as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.rulebook import PENALTY
from villagepoints.models import Audit, AuditProblem, Claim
from villagepoints.services import allowed, claim, evidence, finding, once, rulebook
from villagepoints.services import household as households
from villagepoints.services.allowed import Item
from villagepoints.services.audit_problem import locked, step
from villagepoints.services.evidence import Photo
from villagepoints.services.finding import Seen
from villagepoints.services.transaction import transaction

# What is done about a problem, said under the audit's name: the step it is, and the day that was set with it.
Do = Callable[[AuditProblem, str], tuple[str, date | None]]


@transaction
def persuade(
    session: Session,
    actor: Actor,
    *,
    key: str,
    problem_id: UUID,
    seen: Seen,
    found_on: date,
    words: str,
    now: datetime,
) -> None:
    """Talk to the household: a finding like any other, whose first of a kind has a day to be put right.

    Raises what `finding.record_all` raises, NotAllowed for who does not own it, Conflict where it is seen to already.
    """

    def talk(row: AuditProblem, note: str) -> tuple[str, date | None]:
        found = finding.record_in(session, actor, _home(row), seen, found_on, note, now)
        row.finding_id = found.id
        households.touch(session, actor.village_id, _home(row))
        return rules.PERSUADED, found.rectify_by

    said = [seen.code, seen.count, found_on.isoformat(), *_hashes(seen.photos)]
    _see_to(session, actor, key, problem_id, ["persuade", *said], words, now, talk)


@transaction
def deduct(
    session: Session,
    actor: Actor,
    *,
    key: str,
    problem_id: UUID,
    wanted: Item,
    photos: Sequence[Photo] = (),
    now: datetime,
) -> None:
    """Propose the deduction that the rule book has for it: it goes through review and notice; the audit's photos are
    its evidence. An item for false claims takes back the entry that the problem names.

    Raises what `claim.propose` and `claim.propose_claw_back` raise, BadInput for an item that is no deduction.
    """

    def ask(row: AuditProblem, note: str) -> tuple[str, date | None]:
        row.claim_id = _deduction(session, actor, row, replace(wanted, note=note), photos, now).id
        return rules.DEDUCTED, None

    said = [str(getattr(wanted, name)) for name in wanted.__slots__] + _hashes(photos)
    _see_to(session, actor, key, problem_id, ["deduct", *said], wanted.note, now, ask)


@transaction
def reverse(session: Session, actor: Actor, *, key: str, problem_id: UUID, reason: str, now: datetime) -> None:
    """Propose the reversal of the entry that the problem names; another person decides on it.

    Raises what `claim.propose_reversal` raises.
    """

    def ask(row: AuditProblem, note: str) -> tuple[str, date | None]:
        row.claim_id = claim.propose_reversal_in(session, actor, _home(row), row.entry_seq or 0, note, now).id
        return rules.REVERSED, None

    _see_to(session, actor, key, problem_id, ["reverse"], reason, now, ask)


@transaction
def answer(
    session: Session,
    actor: Actor,
    *,
    key: str,
    problem_id: UUID,
    words: str,
    photos: Sequence[Photo] = (),
    now: datetime,
) -> None:
    """Say how it was put right otherwise, with photos if there are any; nothing is posted.

    Raises NotAllowed for who does not own it or is concerned, Conflict where it is seen to already, BadInput.
    """

    def tell(row: AuditProblem, _note: str) -> tuple[str, date | None]:
        if row.household_id is not None:
            allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id])
        evidence.attach(session, actor, photos, row.household_id, now, audit_problem_id=row.id)
        return audits.ANSWERED, None

    _see_to(session, actor, key, problem_id, ["answer", *_hashes(photos)], words, now, tell)


def _see_to(
    session: Session,
    actor: Actor,
    key: str,
    problem_id: UUID,
    said: list[Any],
    words: str,
    now: datetime,
    do: Do,
) -> None:
    """Do it for a problem of the actor's own that waits for them, and hand it back to the group."""
    request = {"see_to": str(problem_id), "by": actor.user_id, "said": [*said, words]}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    row = locked(session, actor.village_id, problem_id)
    rules.check_turn(row.status, row.owner_id, actor.user_id)
    written = rules.check_words(words, N_("请写明看到了什么、怎么办的，村民和监督小组会看到。什么都没有动。"))
    audit = session.get_one(Audit, (row.village_id, row.audit_id))
    act, due_on = do(row, rules.named(audit.month, row.number, written))
    row.status, row.answer, row.answered_by, row.answered_at = audits.ANSWERED, written, actor.user_id, now
    session.flush()
    step(session, row, act, actor, now, written, due_on)
    once.answer(session, actor.village_id, key, {})


def _deduction(
    session: Session, actor: Actor, row: AuditProblem, wanted: Item, photos: Sequence[Photo], now: datetime
) -> Claim:
    item = rulebook.in_force(session, actor.village_id, wanted.occurred_on).item(wanted.code)
    if item.kind != PENALTY:
        raise BadInput(N_("%(code)s 不是扣分的项目，什么都没有记。请选一项扣分的。"), code=item.code).at("code")
    if item.claws_back and row.entry_seq is not None:
        asked = (wanted.document or wanted.note[:80], wanted.note, now, photos)
        return claim.propose_claw_back_in(session, actor, _home(row), row.entry_seq, *asked)
    return claim.propose_in(session, actor, _home(row), wanted, now, photos)


def _home(row: AuditProblem) -> UUID:
    """The household that a problem is about."""
    if row.household_id is None:
        raise BadInput(N_("这个问题没有写明是哪一户，不能劝导、扣分或冲正。什么都没有动，请用“别的改正”。"))
    return row.household_id


def _hashes(photos: Sequence[Photo]) -> list[str]:
    return [photo.sha256.hex() for photo in photos]
