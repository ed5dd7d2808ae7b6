"""民主议定: a draft before the village, its six steps, and the rules it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from villagepoints.domain import deliberation as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.deliberation import Votes
from villagepoints.domain.errors import N_, BadInput, Conflict, RuleBroken
from villagepoints.domain.rule_diff import diff
from villagepoints.domain.rule_draft import what_is_wrong
from villagepoints.domain.rulebook import adopted
from villagepoints.models import Deliberation, RuleDraft
from villagepoints.services import activity, once, rule_draft, rulebook
from villagepoints.services.transaction import transaction


@transaction
def start(session: Session, actor: Actor, *, draft_id: UUID, key: str, now: datetime) -> None:
    """Put a draft before the village: from now on its text stands still.

    RuleBroken where something is wrong with it or nothing differs; Conflict where another version came meanwhile.
    """
    if once.claim(session, actor.village_id, key, {"start": str(draft_id), "by": actor.user_id}, now) is not None:
        return
    draft = rule_draft.locked(session, actor.village_id, draft_id)
    rule_draft.check_status(draft, rules.DRAFT)
    _check_whole(session, draft)
    draft.status = rules.DELIBERATION
    rule_draft.touch(draft, now)
    activity.record(session, actor, "rule_draft.started", now, subject=draft.id, detail=_text_of(draft))
    once.answer(session, actor.village_id, key, {})


def _check_whole(session: Session, draft: RuleDraft) -> None:
    versions = rulebook.versions(session, draft.village_id)
    newest = rule_draft.newest_of(versions)
    if newest.version != draft.based_on:
        raise Conflict(
            N_("这份草案是照第 %(base)s 版起草的，现在已经有第 %(newest)s 版了，没有动。请照它新起一份，再对照一遍。"),
            base=draft.based_on,
            newest=newest.version,
        )
    if problems := what_is_wrong(draft.body):
        raise problems[0]
    if not diff(newest, adopted(draft.body, newest.version)):
        raise RuleBroken(N_("草案和现行办法一字不差，没有要议的，没有提交。"))


def _text_of(draft: RuleDraft) -> dict[str, Any]:
    return {"title": draft.title, "body_sha256": rulebook.body_sha256(draft.body)}


@transaction
def reopen(session: Session, actor: Actor, *, draft_id: UUID, key: str, now: datetime) -> None:
    """Take a draft back to be changed, as the discussion wanted; Conflict once the assembly has decided on it."""
    if once.claim(session, actor.village_id, key, {"reopen": str(draft_id), "by": actor.user_id}, now) is not None:
        return
    draft = rule_draft.locked(session, actor.village_id, draft_id)
    if draft.status != rules.DELIBERATION:
        raise Conflict(N_("这份草案不在议定中，没有退回。"))
    if rules.DECIDE in _days(session, draft):
        raise Conflict(N_("会议已经表决过这份草案，文字不能再改。要改请照它新起一份草案。"))
    draft.status = rules.DRAFT
    rule_draft.touch(draft, now)
    activity.record(session, actor, "rule_draft.reopened", now, subject=draft.id, detail=_text_of(draft))
    once.answer(session, actor.village_id, key, {})


@transaction
def drop(session: Session, actor: Actor, *, draft_id: UUID, key: str, now: datetime) -> None:
    """Give a draft up; it stays readable. Conflict where it is adopted or given up already."""
    if once.claim(session, actor.village_id, key, {"drop": str(draft_id), "by": actor.user_id}, now) is not None:
        return
    draft = rule_draft.locked(session, actor.village_id, draft_id)
    rule_draft.check_status(draft, rules.DRAFT, rules.DELIBERATION)
    draft.status = rules.DROPPED
    rule_draft.touch(draft, now)
    activity.record(session, actor, "rule_draft.dropped", now, subject=draft.id, detail=_text_of(draft))
    once.answer(session, actor.village_id, key, {})


# ------------------------------------------------------------------ the six steps


@dataclass(frozen=True, slots=True)
class Taken:
    """What is recorded of a step: the day, who took part, what was said; the votes where it decides."""

    step: str
    held_on: date
    people: str
    minutes: str
    votes: Votes | None = None


def steps(session: Session, village_id: UUID, draft_id: UUID) -> dict[str, Deliberation]:
    """The steps a draft has taken, by name, in their order; one statement."""
    rows = session.scalars(
        select(Deliberation).where(Deliberation.village_id == village_id, Deliberation.draft_id == draft_id)
    )
    return {row.step: row for row in sorted(rows, key=lambda row: rules.STEPS.index(row.step))}


def votes_of(row: Deliberation) -> Votes | None:
    """The votes of a step that decided."""
    if row.step != rules.DECIDE:
        return None
    counted = (row.entitled, row.present, row.in_favour, row.against, row.abstained)
    return Votes(row.assembly, *(count or 0 for count in counted))


def decided(session: Session, village_id: UUID, version: int) -> Deliberation | None:
    """How the village decided on a version, where it was deliberated on here; one statement."""
    return session.scalars(
        select(Deliberation)
        .join(RuleDraft, and_(RuleDraft.village_id == Deliberation.village_id, RuleDraft.id == Deliberation.draft_id))
        .where(
            Deliberation.village_id == village_id,
            Deliberation.step == rules.DECIDE,
            RuleDraft.adopted_version == version,
        )
    ).one_or_none()


def _days(session: Session, draft: RuleDraft) -> dict[str, date]:
    return {name: row.held_on for name, row in steps(session, draft.village_id, draft.id).items()}


@transaction
def record_step(session: Session, actor: Actor, *, draft_id: UUID, taken: Taken, key: str, now: datetime) -> bool:
    """Record one of the six steps; whether the draft has passed (always, but for a vote that was lost).

    Raises BadInput (day, people, minutes, numbers), RuleBroken (out of turn, quorum), Conflict (recorded before).
    """
    request = {"step": str(draft_id), "taken": [str(getattr(taken, n)) for n in taken.__slots__], "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return bool(earlier["passed"])
    draft = rule_draft.locked(session, actor.village_id, draft_id)
    rules.check_step(taken.step, taken.held_on, _days(session, draft), draft.status, village_date(now))
    if not taken.people.strip() or not taken.minutes.strip():
        raise BadInput(N_("请写上有谁参加、说了什么，以后才说得清。没有记。"))
    row = Deliberation(
        village_id=actor.village_id,
        draft_id=draft.id,
        step=taken.step,
        held_on=taken.held_on,
        people=taken.people.strip(),
        minutes=taken.minutes.strip(),
        recorded_by=actor.user_id,
        recorded_at=now,
    )
    if taken.step == rules.DECIDE:
        _put_votes(row, taken.votes)
    session.add(row)
    draft.changed_at = now
    passed = taken.votes is None or taken.votes.has_passed
    detail = {**_text_of(draft), "step": taken.step, "held_on": taken.held_on.isoformat(), "passed": passed}
    activity.record(session, actor, "rule_draft.deliberated", now, subject=draft.id, detail=detail)
    once.answer(session, actor.village_id, key, {"passed": passed})
    return passed


def _put_votes(row: Deliberation, votes: Votes | None) -> None:
    if votes is None:
        raise BadInput(N_("民决要写应到、实到和表决的票数。没有记。"))
    rules.check_votes(votes)
    row.assembly = votes.assembly
    row.entitled, row.present = votes.entitled, votes.present
    row.in_favour, row.against, row.abstained = votes.in_favour, votes.against, votes.abstained


@transaction
def adopt(session: Session, actor: Actor, *, draft_id: UUID, effective_on: date, key: str, now: datetime) -> int:
    """Put a draft that has passed in force from the first day of a coming month, as the next version; its number.

    Raises RuleBroken where it has not passed, BadInput for the day, Conflict where another version came meanwhile.
    """
    request: Mapping[str, Any] = {"adopt": str(draft_id), "from": effective_on, "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return int(earlier["version"])
    draft = rule_draft.locked(session, actor.village_id, draft_id)
    if draft.status != rules.DELIBERATION:
        raise Conflict(N_("这份草案不在议定中，没有生效。"))
    decision = steps(session, actor.village_id, draft.id).get(rules.DECIDE)
    votes = None if decision is None else votes_of(decision)
    if votes is None or not votes.has_passed:
        raise RuleBroken(N_("这份草案还没有经会议表决通过，不能生效。"))
    _check_whole(session, draft)
    last = max(book.effective_on for book in rulebook.versions(session, actor.village_id))
    rules.check_force(effective_on, last, village_date(now))
    source = {**draft.body, "effective_on": effective_on.isoformat()}
    version = rulebook.adopt(session, actor, source, now).version
    draft.status, draft.adopted_version = rules.ADOPTED, version
    rule_draft.touch(draft, now)
    once.answer(session, actor.village_id, key, {"version": version})
    return version
