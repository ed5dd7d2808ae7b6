"""What a household tells or asks the village: filed by its phone or typed in at the desk, withdrawn, answered."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain import service_request as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, NotAllowed, NotFound
from villagepoints.models import ServiceRequest, Village
from villagepoints.services import allowed, evidence, once, reward, service_request_list
from villagepoints.services import household as households
from villagepoints.services.evidence import Photo
from villagepoints.services.transaction import transaction


@transaction
def file(
    session: Session,
    actor: Actor,
    *,
    key: str,
    kind: str,
    words: str,
    now: datetime,
    choice: str = "",
    household_id: UUID | None = None,
    reward_id: UUID | None = None,
    photos: Sequence[Photo] = (),
) -> UUID:
    """Keep what a household says, under the village's next number; its id.

    A household's phone speaks for itself; staff names the household that said it. Raises BadInput where words are
    missing or too many of it wait, Conflict where the same waits already, NotFound for an unknown kind or goods.
    """
    request = {
        "service_request": kind,
        "by": actor.user_id,
        "for": actor.household_id or household_id,
        "choice": choice,
        "words": words,
        "reward": reward_id,
        "photos": [photo.sha256.hex() for photo in photos],
    }
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    row = _kept(session, actor, kind, actor.household_id or household_id, reward_id, now)
    found = rules.kind_of(kind)
    row.words = rules.told(found, choice, words, names_goods=row.reward_id is not None, photos=len(photos))
    session.add(row)
    session.flush()
    evidence.attach(session, actor, photos, row.household_id, now, service_request_id=row.id)
    households.touch(session, actor.village_id, row.household_id)
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


def _kept(
    session: Session, actor: Actor, kind: str, household_id: UUID | None, reward_id: UUID | None, now: datetime
) -> ServiceRequest:
    """The request without its words, if the household may file it now; the village is locked, so that numbers run
    without a gap and of two at once the second sees the first."""
    village_id = actor.village_id
    if household_id is None:
        raise BadInput(N_("请先选是哪一户说的。还没有记下。"))
    households.get(session, village_id, household_id)
    if reward_id is not None:
        reward.one(session, village_id, reward_id)
    session.execute(select(Village.id).where(Village.id == village_id).with_for_update(key_share=True))
    of_kind = rules.kind_of(kind)
    if of_kind.is_single or reward_id is not None:
        same = service_request_list.open_one(session, village_id, household_id, kind, reward_id)
        rules.check_single(same.number if same else None)
    rules.check_room(service_request_list.count_open(session, village_id, household_id))
    last = session.scalar(select(func.max(ServiceRequest.number)).where(ServiceRequest.village_id == village_id))
    return ServiceRequest(
        village_id=village_id,
        number=(last or 0) + 1,
        household_id=household_id,
        kind=kind,
        reward_id=reward_id if kind == rules.GOODS else None,
        filed_on=village_date(now),
        filed_at=now,
        filed_by=actor.user_id,
        status=rules.OPEN,
    )


@transaction
def withdraw(session: Session, actor: Actor, *, key: str, request_id: UUID, now: datetime) -> None:
    """The household takes back what nobody has answered; NotFound for another household's, Conflict once answered."""
    request = {"withdraw_request": str(request_id), "household": actor.household_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    row = _locked(session, actor.village_id, request_id)
    if row.household_id != actor.household_id:
        raise NotFound(N_("没有这一件。"))
    rules.check_open(row.status)
    row.status = rules.WITHDRAWN
    _end(session, row)
    once.answer(session, actor.village_id, key, {})


@transaction
def answer(
    session: Session,
    actor: Actor,
    *,
    key: str,
    request_id: UUID,
    words: str,
    now: datetime,
    with_same: bool = False,
) -> int:
    """Answer in words that the household reads; that ends it. How many were answered.

    `with_same` answers with it whoever else waits for the same goods, but one's own and relatives' households.

    Whoever typed it in may answer too: nothing is decided here that moves points. Raises NotAllowed for one's own or
    a relative's household, Conflict where it is answered or withdrawn, BadInput for no words, NotFound.
    """
    request = {"answer_request": str(request_id), "by": actor.user_id, "words": words, "with_same": with_same}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return int(earlier["answered"])
    rules.check_answer(words)
    row = _locked(session, actor.village_id, request_id)
    rules.check_open(row.status)
    if is_concerned(session, actor, row.household_id):
        raise NotAllowed(N_("这是你自己家或亲属家说的，要请别的同事来答复。还没有答复。"))
    rows = [row, *(_others(session, actor, row) if with_same else ())]
    for one in rows:
        one.status, one.answer = rules.ANSWERED, words.strip()
        one.answered_by, one.answered_on, one.answered_at = actor.user_id, village_date(now), now
        _end(session, one)
    once.answer(session, actor.village_id, key, {"answered": len(rows)})
    return len(rows)


def _others(session: Session, actor: Actor, row: ServiceRequest) -> list[ServiceRequest]:
    """The open wishes of other households for the same goods that this actor may answer; locked."""
    same = service_request_list.same_wish(row.village_id, row.id, row.reward_id)
    others = session.scalars(select(ServiceRequest).where(*same).order_by(ServiceRequest.id).with_for_update()).all()
    mine = allowed.concerned_by(session, row.village_id, [one.household_id for one in others], [actor.user_id])
    return [one for one in others if one.household_id not in mine]


def is_concerned(session: Session, actor: Actor, household_id: UUID) -> bool:
    """Whether the household is the actor's own or a declared relative's; one statement."""
    return bool(allowed.concerned(session, actor.village_id, household_id, [actor.user_id]))


def _locked(session: Session, village_id: UUID, request_id: UUID) -> ServiceRequest:
    row = session.get(ServiceRequest, (village_id, request_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(N_("没有这一件。"))
    return row


def _end(session: Session, row: ServiceRequest) -> None:
    session.flush()
    households.touch(session, row.village_id, row.household_id)
