"""The one way into the ledger: post entries by the rules, and reverse them."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import ledger, recording
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.ledger import Draft, Head, PostedEntry
from villagepoints.models import LedgerEntry
from villagepoints.models.household import HOUSEHOLDS
from villagepoints.models.ledger import ENTRIES, TEXTS
from villagepoints.services import allowed, bulk, once, rulebook
from villagepoints.services.allowed import Item as Item
from villagepoints.services.allowed import draft_of as draft_of
from villagepoints.services.transaction import transaction

BETTER = N_("同一件事改记更高的等次：%(grade)s")  # why a lower grade is reversed, as its household reads it
CHUNK = 1000  # households locked or moved by one statement


@dataclass(frozen=True, slots=True)
class Posted:
    """What a person is told after posting: the entry's number, its signed points, the balance after it."""

    seq: int
    points: int
    balance: int


# ------------------------------------------------------------------ the mechanism
# Statements of every posting are built once: building one costs more than SQLite takes to answer it.

_LOCKED = (
    select(HOUSEHOLDS.c.id, HOUSEHOLDS.c.balance, HOUSEHOLDS.c.last_seq, HOUSEHOLDS.c.last_hash)
    .where(HOUSEHOLDS.c.village_id == bindparam("of_village"))
    .order_by(HOUSEHOLDS.c.id)
    .with_for_update()  # nothing on SQLite, where the whole write is one at a time
)
_HEADS = _LOCKED.where(HOUSEHOLDS.c.id.in_(bindparam("households", expanding=True)))
_HEAD = _LOCKED.where(HOUSEHOLDS.c.id == bindparam("household"))  # a list of one costs as much again as its answer


def lock(session: Session, village_id: UUID, household_ids: Iterable[UUID]) -> dict[UUID, Head]:
    """Lock accounts in a fixed order and read their heads; NotFound where one is not of this village."""
    wanted = sorted(set(household_ids))
    heads: dict[UUID, Head] = {}
    session.flush()
    for start in range(0, len(wanted), CHUNK):
        asked = {"of_village": village_id, "households": wanted[start : start + CHUNK], "household": wanted[start]}
        rows = session.connection().execute(_HEAD if len(wanted) == 1 else _HEADS, asked)
        heads.update((id_, Head(balance, seq, hash_)) for id_, balance, seq, hash_ in rows)
    if len(heads) != len(wanted):
        raise NotFound(N_("村里没有这一户，没有记账。"))
    return heads


def post(
    session: Session,
    village_id: UUID,
    drafts: Sequence[Draft],
    now: datetime,
    *,
    locked: Mapping[UUID, Head] | None = None,
) -> list[PostedEntry]:
    """Append entries, in the order given for each household, inside the caller's transaction; `locked` are the heads
    of exactly these households where the caller has locked them already.

    The accounts move only from the very heads the entries were chained to, so nothing can slip in between.
    Raises NotEnoughPoints, BadInput, NotFound; Conflict where an account moved behind the lock's back.
    """
    before = locked or lock(session, village_id, (draft.household_id for draft in drafts))
    heads = dict(before)
    entries: list[PostedEntry] = []
    texts: list[tuple[object, ...]] = []
    for draft in drafts:
        has_text = draft.note or draft.recorder or draft.evidence
        salt = secrets.token_bytes(16) if has_text else b""
        entry, heads[draft.household_id] = ledger.append(village_id, heads[draft.household_id], draft, now, salt)
        entries.append(entry)
        if has_text:
            texts.append(_text_row(entry, draft, salt))
    _insert(session, entries, texts)
    _move(session, village_id, before, heads)
    return entries


def _text_row(entry: PostedEntry, draft: Draft, salt: bytes) -> tuple[object, ...]:
    return entry.village_id, entry.household_id, entry.seq, salt, draft.note, draft.recorder, draft.evidence


_FIELDS = tuple(PostedEntry.__dataclass_fields__)
_TEXT_FIELDS = ("village_id", "household_id", "seq", "salt", "note", "recorder", "evidence")
_values = attrgetter(*_FIELDS)


def _insert(session: Session, entries: list[PostedEntry], texts: list[tuple[object, ...]]) -> None:
    if not entries:
        return
    bulk.insert_rows(session, ENTRIES, _FIELDS, list(map(_values, entries)))
    bulk.insert_rows(session, TEXTS, _TEXT_FIELDS, texts)


_MOVE = (
    update(HOUSEHOLDS)
    .where(
        HOUSEHOLDS.c.village_id == bindparam("of_village"),
        HOUSEHOLDS.c.id == bindparam("of_household"),
        HOUSEHOLDS.c.last_seq == bindparam("from_seq"),
        HOUSEHOLDS.c.last_hash == bindparam("from_hash"),
    )
    .values(balance=bindparam("to_balance"), last_seq=bindparam("to_seq"), last_hash=bindparam("to_hash"))
)


def _move(session: Session, village_id: UUID, before: Mapping[UUID, Head], after: dict[UUID, Head]) -> None:
    moves = [
        {
            "of_village": village_id,
            "of_household": household_id,
            "from_seq": before[household_id].seq,
            "from_hash": before[household_id].hash,
            "to_balance": head.balance,
            "to_seq": head.seq,
            "to_hash": head.hash,
        }
        for household_id, head in after.items()
    ]
    moved = session.connection().execute(_MOVE, moves).rowcount if moves else 0
    if moved != len(moves):
        raise Conflict(N_("账刚刚被别人动过，这次没有记上。请再试一次。"))


# ------------------------------------------------------------------ under the rules


def post_item(
    session: Session,
    actor: Actor,
    household_id: UUID,
    wanted: Item,
    now: datetime,
    *,
    recorded_by: UUID | None,
    approved_by: UUID | None,
    claim_id: UUID | None = None,
) -> PostedEntry:
    """Post one item under every rule that applies, inside the caller's transaction; `claim_id` is its claim.

    Raises RuleBroken (grade, unit, cap, quota, document, persuasion, second approver, closed year, moved out),
    NotAllowed for one's own household, BadInput for a date that has not come, NotFound for a household of elsewhere.
    """
    book = rulebook.in_force(session, actor.village_id, wanted.occurred_on)
    draft = draft_of(book, household_id, wanted)
    allowed.check_people(session, actor.village_id, household_id, (recorded_by, approved_by))
    allowed.check_second(book, draft.points, recorded_by, approved_by)
    if book.item(wanted.code).quota_percent is not None:
        allowed.queue(session, actor.village_id)
    locked: Mapping[UUID, Head] | None = lock(session, actor.village_id, [household_id])
    if claim_id is None:  # a claim's day was checked when it was recorded; its notice may run into the next year
        recording.check_day(book, wanted.occurred_on, village_date(now))
    lower = allowed.check(session, actor.village_id, book, draft, wanted, claim_id).takes_place_of
    if lower is not None:
        people: dict[str, UUID | None] = {"recorded_by": recorded_by, "approved_by": approved_by}
        reverse_entry(session, actor.village_id, household_id, lower, BETTER % {"grade": wanted.grade}, now, **people)
        locked = None  # its head has moved
    return post(session, actor.village_id, [_signed(draft, recorded_by, approved_by)], now, locked=locked)[0]


def _signed(draft: Draft, recorded_by: UUID | None, approved_by: UUID | None) -> Draft:
    return replace(draft, recorded_by=recorded_by, approved_by=approved_by)


@transaction
def record(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    wanted: Item,
    now: datetime,
    approved_by: UUID | None = None,
) -> Posted:
    """Record one contribution or penalty of a household; the same key again gives the same answer."""
    request = {
        "record": str(household_id),
        "by": actor.user_id,
        "wanted": [str(getattr(wanted, n)) for n in wanted.__slots__],
    }
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return Posted(**earlier)
    entry = post_item(session, actor, household_id, wanted, now, recorded_by=actor.user_id, approved_by=approved_by)
    return _answer(session, actor, key, entry)


@transaction
def reverse(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    seq: int,
    reason: str,
    now: datetime,
    approved_by: UUID | None = None,
) -> Posted:
    """Undo an entry by a new one with the opposite points, dated today; once only, and with a reason.

    Raises NotFound, AlreadyReversed, RuleBroken (a second approver is missing), NotAllowed, BadInput without a reason.
    """
    request = {"reverse": str(household_id), "seq": seq, "by": actor.user_id, "reason": reason}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return Posted(**earlier)
    entry = reverse_entry(
        session, actor.village_id, household_id, seq, reason, now, recorded_by=actor.user_id, approved_by=approved_by
    )
    return _answer(session, actor, key, entry)


def reverse_entry(
    session: Session,
    village_id: UUID,
    household_id: UUID,
    seq: int,
    reason: str,
    now: datetime,
    *,
    recorded_by: UUID | None,
    approved_by: UUID | None,
) -> PostedEntry:
    """The reversal itself, inside the caller's transaction; raises as `reverse`."""
    allowed.check_people(session, village_id, household_id, (recorded_by, approved_by))
    lock(session, village_id, [household_id])
    original = reversible(session, village_id, household_id, seq, reason)
    allowed.check_second(
        rulebook.in_force(session, village_id, village_date(now)), original.points, recorded_by, approved_by
    )
    draft = Draft(
        household_id=household_id,
        kind=ledger.REVERSAL,
        points=-original.points,
        occurred_on=village_date(now),
        origin=ledger.PAGE,
        rulebook_version=original.rulebook_version,
        item_code=original.item_code,
        grade=original.grade,
        quantity=original.quantity,
        recorded_by=recorded_by,
        approved_by=approved_by,
        reverses_seq=seq,
        note=reason.strip(),
    )
    return post(session, village_id, [draft], now)[0]


def replace_base(
    session: Session,
    village_id: UUID,
    original: LedgerEntry,
    points: int,
    reason: str,
    now: datetime,
    *,
    recorded_by: UUID | None,
    approved_by: UUID | None,
) -> PostedEntry:
    """Put a base entry right: reverse it and post the item of that month again with other points, in one step.

    A base entry is never just reversed: the month would then earn nothing under the item. Raises as `reverse_entry`,
    and BadInput for points the item cannot give.
    """
    item = rulebook.in_force(session, village_id, original.occurred_on).item(original.item_code or "")
    if not 0 <= points <= item.points:
        raise BadInput(
            N_("%(code)s 每月 0 到 %(most)s 分，填的是 %(points)s。没有改。"),
            code=item.code,
            most=item.points,
            points=points,
        )
    people: dict[str, UUID | None] = {"recorded_by": recorded_by, "approved_by": approved_by}
    reverse_entry(session, village_id, original.household_id, original.seq, reason, now, **people)
    draft = Draft(
        household_id=original.household_id,
        kind=ledger.AWARD,
        points=points,
        occurred_on=original.occurred_on,
        origin=ledger.PAGE,
        rulebook_version=original.rulebook_version,
        item_code=original.item_code,
        note=reason.strip(),
        recorded_by=recorded_by,
        approved_by=approved_by,
    )
    return post(session, village_id, [draft], now)[0]


def reversible(session: Session, village_id: UUID, household_id: UUID, seq: int, reason: str) -> LedgerEntry:
    """The entry, if it can be reversed for that reason; raises NotFound, AlreadyReversed, RuleBroken, BadInput."""
    if not reason.strip():
        raise BadInput(N_("请写明为什么冲正，村民会看到。没有冲正。"))
    of_household = (LedgerEntry.village_id == village_id, LedgerEntry.household_id == household_id)
    original = session.execute(select(LedgerEntry).where(*of_household, LedgerEntry.seq == seq)).scalar_one_or_none()
    if original is None:
        raise NotFound(N_("没有第 %(seq)s 条记录，没有冲正。"), seq=seq)
    undone_by = session.scalar(select(LedgerEntry.seq).where(*of_household, LedgerEntry.reverses_seq == seq))
    ledger.check_reversible(original, undone_by)
    return original


def _answer(session: Session, actor: Actor, key: str, entry: PostedEntry) -> Posted:
    posted = Posted(entry.seq, entry.points, entry.balance_after)
    once.answer(session, actor.village_id, key, {"seq": posted.seq, "points": posted.points, "balance": posted.balance})
    return posted
