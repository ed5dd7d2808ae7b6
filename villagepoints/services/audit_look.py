"""On the spot: what a member of the supervision group saw of one item of the sample, once for each key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain import audit as words
from villagepoints.domain import audit_look as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.audit import CONCLUDED, ENTRY, GOODS
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.rulebook import BASE
from villagepoints.models import Audit, AuditItem, AuditLook, LedgerEntry, Reward, Supervisor
from villagepoints.services import audit_books, evidence, once, supervisor
from villagepoints.services.audit_task import IN_BOOKS
from villagepoints.services.audit_task_reads import hidden_homes
from villagepoints.services.evidence import Photo
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Said:
    """What was told of an item: agrees or not, what was found (by item code) or counted; `looked_at` by the phone."""

    result: str = ""
    note: str = ""
    scores: Mapping[str, int] | None = None
    counted: int | None = None
    looked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of it; whether the phone's clock was corrected, and whether a later look of the item stands."""

    look_id: UUID
    result: str
    is_corrected: bool
    is_overtaken: bool

    @classmethod
    def of(cls, answer: Mapping[str, str | bool]) -> Self:
        """The same as it was answered before."""
        corrected, overtaken = bool(answer["is_corrected"]), bool(answer["is_overtaken"])
        return cls(UUID(str(answer["look_id"])), str(answer["result"]), corrected, overtaken)


@transaction
def record(
    session: Session,
    actor: Actor,
    *,
    key: str,
    audit_id: UUID,
    item_id: UUID,
    said: Said,
    photos: Sequence[Photo] = (),
    now: datetime,
) -> Recorded:
    """Record a look at an item. The item's result is that of its last look, by when somebody looked.

    Of a household to be scored blind the first look is the score; what the books say is not told before. Raises
    Conflict once the audit is concluded, NotAllowed out of term or for what is too near to the member, BadInput where
    something is missing, NotFound.
    """
    request = _request(actor, item_id, said, photos)
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return Recorded.of(earlier)
    member = supervisor.current(session, actor, village_date(now))
    audit, item = _open_item(session, actor.village_id, audit_id, item_id)
    check_free(session, member, item)
    looked_at, is_corrected = rules.moment(said.looked_at, audit.opened_at, now)
    result, scores = _result(session, audit, item, said, looked_at)
    rules.check_told(result, said.note, is_shown=bool(photos) or said.counted is not None)
    look = AuditLook(
        village_id=actor.village_id,
        item_id=item.id,
        supervisor_id=member.id,
        result=result,
        note=said.note.strip(),
        scores=scores,
        counted=said.counted,
        looked_at=looked_at,
        recorded_at=now,
    )
    session.add(look)
    is_overtaken = item.looked_at is not None and item.looked_at > looked_at
    if not is_overtaken:
        # scored blind otherwise than in the books: it is left until somebody says what that means
        is_open = scores is not None and result == words.UNCLEAR
        item.result, item.looked_by, item.looked_at = (None if is_open else result), member.id, looked_at
    session.flush()
    evidence.attach(session, actor, photos, item.household_id, now, audit_look_id=look.id)
    recorded = Recorded(look.id, result, is_corrected, is_overtaken)
    told = {"result": result, "is_corrected": is_corrected, "is_overtaken": is_overtaken}
    once.answer(session, actor.village_id, key, {"look_id": str(look.id), **told})
    return recorded


def _request(actor: Actor, item_id: UUID, said: Said, photos: Sequence[Photo]) -> dict[str, object]:
    return {
        "look": str(item_id),
        "by": actor.user_id,
        "said": [said.result, said.note, said.scores and dict(said.scores), said.counted, said.looked_at],
        "photos": [photo.sha256.hex() for photo in photos],
    }


def _open_item(session: Session, village_id: UUID, audit_id: UUID, item_id: UUID) -> tuple[Audit, AuditItem]:
    """The item and its audit, which is not concluded until the transaction ends; Conflict, NotFound."""
    # shared: whoever concludes takes the row alone and finds every look, or none that comes later
    is_it = (Audit.village_id == village_id, Audit.id == audit_id)
    fresh = {"populate_existing": True}
    audit = session.scalars(select(Audit).where(*is_it).with_for_update(read=True).execution_options(**fresh)).first()
    is_of_it = (AuditItem.village_id == village_id, AuditItem.id == item_id, AuditItem.audit_id == audit_id)
    item = session.scalars(select(AuditItem).where(*is_of_it).with_for_update().execution_options(**fresh)).first()
    if audit is None or item is None:
        raise NotFound(N_("这次审核没有抽到这一样。"))
    if audit.status == CONCLUDED:
        raise Conflict(N_("这次审核已经写了结论，不能再补看。什么都没有记；要补，请组里先把结论撤回。"))
    return audit, item


def check_free(session: Session, member: Supervisor, item: AuditItem) -> None:
    """Refuse a look at one's own or a relative's household, or at what one recorded (NotAllowed)."""
    if item.kind == GOODS:
        return
    people: dict[str, UUID | None] = {}
    if item.kind == ENTRY:
        entry = session.get_one(LedgerEntry, (item.village_id, item.household_id, item.entry_seq))
        people = {"recorded_by": entry.recorded_by, "approved_by": entry.approved_by}
    supervisor.check_free(session, member, household_id=item.household_id, **people)


def _result(
    session: Session, audit: Audit, item: AuditItem, said: Said, looked_at: datetime
) -> tuple[str, dict[str, int] | None]:
    """What the look comes to: as told, or where something was scored or counted as that compares with the books; and
    the scores, or how many pieces the books had, to be kept with it."""
    if item.kind == GOODS:
        return _counted(session, item, said, looked_at)
    if said.counted is not None or (said.scores is not None and not item.is_blind):
        raise BadInput(N_("这一样不用打分也不用点数。还没有记，请重新打开这一页。"))
    if item.kind == ENTRY:
        _check_seen(session, audit, item)
        return said.result, None
    if said.scores is not None:  # also where another member's score came first: this one was told without a look at it
        book = audit_books.book_of(session, audit)
        now = audit_books.base_of(session, audit, book, [_home(item)])[_home(item)]
        original = audit_books.when_drawn(item, now)
        return rules.of_scores(rules.points_of(book, said.scores), original), dict(said.scores)
    if said.result != words.UNCLEAR and item.household_id in hidden_homes(session, audit):
        raise BadInput(N_("这户要先自己打分，打完再看账上的。还没有记；进不了门的，请点说不准。"))
    return said.result, None


def _counted(session: Session, item: AuditItem, said: Said, looked_at: datetime) -> tuple[str, dict[str, int] | None]:
    if said.counted is None:
        if said.result != words.UNCLEAR:
            raise BadInput(N_("请填数出来的件数；数不清就点说不准。还没有记。"))
        return said.result, None
    reward_id = item.reward_id
    if reward_id is None:
        raise NotFound(N_("没有这样商品。"))
    # locked: stock and what waits for collection are of one moment
    session.execute(
        select(Reward.id).where(Reward.village_id == item.village_id, Reward.id == reward_id).with_for_update()
    )
    shelf = audit_books.on_the_shelf(session, item.village_id, [reward_id], looked_at)
    return rules.of_count(said.counted, shelf[reward_id]), {IN_BOOKS: shelf[reward_id]}


def _check_seen(session: Session, audit: Audit, item: AuditItem) -> None:
    """Refuse to look at a month's base entry whose household has yet to be scored blind (Conflict): it would tell."""
    entry = session.get_one(LedgerEntry, (item.village_id, item.household_id, item.entry_seq))
    if entry.item_code not in [one.code for one in audit_books.book_of(session, audit).of_kind(BASE)]:
        return
    if item.household_id in hidden_homes(session, audit):
        raise Conflict(N_("这户还要先盲打分，打完才能看它的基础分记录。没有记，请先打分。"))


def _home(item: AuditItem) -> UUID:
    if item.household_id is None:
        raise NotFound(N_("没有这一户。"))
    return item.household_id
