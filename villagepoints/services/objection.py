"""Objections: filed by a household, at the desk or from paper, answered by somebody else, and put right at once."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain import objection as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, DomainError, NotAllowed, NotFound
from villagepoints.models import Claim, Notice, Objection, Village
from villagepoints.services import (
    activity,
    allowed,
    claim,
    evidence,
    objection_outcome,
    once,
    posting,
    rulebook,
    working_days,
)
from villagepoints.services import household as households
from villagepoints.services import objection_subject as subjects
from villagepoints.services.evidence import Photo
from villagepoints.services.objection_subject import About, Kept
from villagepoints.services.transaction import transaction

MOST_NAME = 40


@transaction
def file(
    session: Session,
    actor: Actor,
    *,
    key: str,
    about: About,
    words: str,
    now: datetime,
    via: str = rules.PHONE,
    filed_on: date | None = None,
    household_id: UUID | None = None,
    objector: str = "",
    photos: Sequence[Photo] = (),
) -> UUID:
    """Keep an objection with the days by which it is answered; its id.

    A household's phone files for itself today; staff files for a household or a person named, `filed_on` the day that
    stands on the paper. Raises RuleBroken outside the window, Conflict where the same is open already, BadInput,
    NotAllowed for one's own household, NotFound for a thing that is not there or not theirs.
    """
    request = {
        "object_to": str(about),
        "by": actor.user_id,
        "for": actor.household_id or household_id,
        "objector": objector,
        "words": words,
        "via": via,
        "filed_on": filed_on,
        "photos": [photo.sha256.hex() for photo in photos],
    }
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    today = village_date(now)
    day = filed_on if via == rules.PAPER and filed_on else today
    rules.check_words(words)
    rules.check_filed_on(day, today)
    row = _kept(session, actor, about, via, day, household_id, objector, now)
    row.words = words.strip()
    session.add(row)
    session.flush()
    evidence.attach(session, actor, photos, row.household_id or row.about_household_id, now, objection_id=row.id)
    _touch(session, row)
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


def _kept(
    session: Session,
    actor: Actor,
    about: About,
    via: str,
    day: date,
    household_id: UUID | None,
    objector: str,
    now: datetime,
) -> Objection:
    """The objection without its words, if it may be filed on that day."""
    village_id = actor.village_id
    if about.claim_id is not None:
        claim.locked(session, village_id, about.claim_id)  # its notice cannot be posted meanwhile
    subject = subjects.load(session, village_id, about)
    subjects.check_reach(actor, subject)
    by_household, by_name = _objector(session, actor, household_id, objector)
    concerned = {subject.household_id, by_household or subject.household_id}
    _lock(session, village_id, concerned)
    book = rulebook.in_force(session, village_id, day)
    subjects.check_window(session, village_id, book, subject, day)
    for household in concerned:
        allowed.check_people(session, village_id, household, [actor.user_id])
    _check_only_one(session, village_id, subject.household_id, about, by_household, by_name)
    due_on, limit_on = rules.answer_by(book, day, working_days.exceptions(session, village_id))
    last = session.scalar(select(func.max(Objection.number)).where(Objection.village_id == village_id))
    return Objection(
        village_id=village_id,
        number=(last or 0) + 1,
        household_id=by_household,
        objector=by_name,
        about_household_id=subject.household_id,
        claim_id=about.claim_id,
        finding_id=about.finding_id,
        entry_seq=about.entry_seq,
        via=via,
        filed_on=day,
        filed_at=now,
        filed_by=actor.user_id,
        due_on=due_on,
        limit_on=limit_on,
        status=rules.OPEN,
    )


def _objector(session: Session, actor: Actor, household_id: UUID | None, objector: str) -> tuple[UUID | None, str]:
    """Who objects: the household whose phone it is, else the household or the person that staff names."""
    if actor.household_id is not None:
        return actor.household_id, ""
    if household_id is not None:
        return households.get(session, actor.village_id, household_id).id, ""
    name = " ".join(objector.split())
    if not 1 <= len(name) <= MOST_NAME:
        raise BadInput(N_("请写是谁提的：户号，或者姓名（最多 %(most)s 个字）。没有登记。"), most=MOST_NAME)
    return None, name


def _check_only_one(
    session: Session, village_id: UUID, about_household_id: UUID, about: About, household_id: UUID | None, name: str
) -> None:
    same = select(Objection.number).where(
        Objection.village_id == village_id,
        Objection.status == rules.OPEN,
        Objection.about_household_id == about_household_id,
        Objection.claim_id == about.claim_id,
        Objection.finding_id == about.finding_id,
        Objection.entry_seq == about.entry_seq,
        Objection.household_id == household_id,
        Objection.objector == name,
    )
    if (number := session.scalar(same.limit(1))) is not None:
        raise Conflict(N_("对这一条的异议已经提过（第 %(number)s 号），正等着答复，没有再提。"), number=number)


def _lock(session: Session, village_id: UUID, household_ids: set[UUID]) -> None:
    """The village, then the accounts: one objection of a village at a time, so that numbers run without a gap and no
    month closes meanwhile."""
    session.execute(select(Village.id).where(Village.id == village_id).with_for_update(key_share=True))
    posting.lock(session, village_id, household_ids)


@transaction
def decide(
    session: Session,
    actor: Actor,
    *,
    key: str,
    objection_id: UUID,
    is_right: bool,
    reason: str,
    now: datetime,
    points: int | None = None,
) -> str:
    """Answer an objection with a reason; one that is right is put right in the same step. Its status afterwards.

    `points` is what a base item should have given. An entry so large that it took two people is reversed by two:
    the first leaves it open, the second decides. Raises NotAllowed for whoever had a hand in it or is concerned,
    Conflict where it is answered already or the month is just being closed, BadInput, NotFound.
    """
    request = {
        "answer_objection": str(objection_id),
        "by": actor.user_id,
        "right": is_right,
        "reason": reason,
        "points": points,
    }
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return str(earlier["status"])
    rules.check_reason(reason)
    row = _locked(session, actor.village_id, objection_id)
    subject = subjects.load(session, actor.village_id, About.of(row))
    check_decider(session, actor, row, subject)
    if is_right and objection_outcome.takes_two(session, subject, now) and row.proposed_by is None:
        row.proposed_by, row.reason = actor.user_id, reason.strip()
        _end(session, actor, row, "objection.supported", now)
    else:
        if is_right and row.proposed_by == actor.user_id:
            raise NotAllowed(N_("你已经认为提得对，还要另一个人也同意才能改。异议还开着，什么都没有动。"))
        if is_right:
            row.reversal_seq = objection_outcome.put_right(session, actor, row, subject, reason.strip(), points, now)
        row.status = rules.UPHELD if is_right else rules.REJECTED
        row.decided_by, row.decided_on, row.decided_at = actor.user_id, village_date(now), now
        row.reason = reason.strip()
        _end(session, actor, row, f"objection.{row.status}", now)
    once.answer(session, actor.village_id, key, {"status": row.status})
    return row.status


def check_decider(session: Session, actor: Actor, row: Kept, subject: subjects.Subject) -> None:
    """Refuse whoever may not answer it: it is answered already, they had a hand in it, or are concerned (Conflict,
    NotAllowed)."""
    rules.check_open(row.status)
    rules.check_decider(actor.user_id, subject.involved, row.filed_by)
    for household_id in _concerned(row):
        allowed.check_people(session, actor.village_id, household_id, [actor.user_id])


def hindrance(session: Session, actor: Actor, row: Kept, subject: subjects.Subject) -> DomainError | None:
    """Why this person may not answer it, if so: a page says it before they write an answer."""
    try:
        check_decider(session, actor, row, subject)
    except DomainError as refusal:
        return refusal
    return None


@transaction
def withdraw(session: Session, actor: Actor, *, key: str, objection_id: UUID, now: datetime, reason: str = "") -> None:
    """Whoever objected takes it back; what was taken down at the desk or from paper is taken back there, with a reason.

    Raises Conflict where it is answered, NotAllowed for staff where the household filed it itself or they had a hand
    in the thing, NotFound for another household's.
    """
    request = {"withdraw_objection": str(objection_id), "by": actor.user_id, "household": actor.household_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    row = _locked(session, actor.village_id, objection_id)
    if actor.household_id is not None and actor.household_id != row.household_id:
        raise NotFound(N_("没有这件异议。"))
    rules.check_open(row.status)
    if actor.household_id is None:
        if row.via == rules.PHONE:
            raise NotAllowed(N_("这件异议是村民自己在手机上提的，只能由他自己撤回。什么都没有动。"))
        subject = subjects.load(session, actor.village_id, About.of(row))
        check_decider(session, actor, row, subject)
        rules.check_reason(reason)
    row.status, row.decided_on, row.decided_at = rules.WITHDRAWN, village_date(now), now
    row.decided_by, row.reason = actor.user_id, reason.strip()
    _end(session, actor, row, "objection.withdrawn", now)
    once.answer(session, actor.village_id, key, {})


def _locked(session: Session, village_id: UUID, objection_id: UUID) -> Objection:
    """The objection, locked after its notice, claim and accounts; NotFound where the village has none of that id."""
    row = session.get(Objection, (village_id, objection_id))
    if row is None:
        raise NotFound(N_("没有这件异议。"))
    if row.claim_id is not None:
        _lock_notice(session, village_id, row.claim_id)
        claim.locked(session, village_id, row.claim_id)
    _lock(session, village_id, _concerned(row))
    return session.get_one(Objection, (village_id, objection_id), with_for_update=True, populate_existing=True)


def _lock_notice(session: Session, village_id: UUID, claim_id: UUID) -> None:
    """Before its claim, as whoever posts it does: with the answer nothing of the notice may wait any more."""
    of_claim = select(Claim.notice_id).where(Claim.village_id == village_id, Claim.id == claim_id)
    mine = (Notice.village_id == village_id, Notice.id == of_claim.scalar_subquery())
    session.execute(select(Notice.id).where(*mine).with_for_update())


def _concerned(row: Kept) -> set[UUID]:
    """The household that objects and the one it is about."""
    return {row.about_household_id, row.household_id or row.about_household_id}


def _end(session: Session, actor: Actor, row: Objection, act: str, now: datetime) -> None:
    session.flush()
    _touch(session, row)
    activity.record(session, actor, act, now, subject=row.id, detail={"number": row.number})


def _touch(session: Session, row: Objection) -> None:
    for household_id in sorted(_concerned(row)):
        households.touch(session, row.village_id, household_id)
