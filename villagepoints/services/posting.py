"""The one way into the ledger: post entries by the rules, and reverse them."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import caps, ledger
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import period, village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, NotFound, RuleBroken
from villagepoints.domain.ledger import Draft, Head, PostedEntry
from villagepoints.domain.rulebook import PENALTY, RuleBook, RuleItem, points_of
from villagepoints.models import Household, LedgerEntry, Village
from villagepoints.models.household import HOUSEHOLDS
from villagepoints.models.ledger import ENTRIES, TEXTS
from villagepoints.models.user import USERS
from villagepoints.services import bulk, once, rulebook
from villagepoints.services.transaction import transaction

CHUNK = 1000  # households locked or moved by one statement


@dataclass(frozen=True, slots=True)
class Posted:
    """What a person is told after posting: the entry's number, its signed points, the balance after it."""

    seq: int
    points: int
    balance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What somebody wants to record under a rule item; the points follow from the book."""

    code: str
    occurred_on: date
    grade: str | None = None
    quantity: int = 1
    occasion: str = ""
    document: str = ""
    persuaded_on: date | None = None
    note: str = ""


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


_UNDONE = ENTRIES.alias()
_OF_YEAR = ENTRIES.c.occurred_on.between(bindparam("first"), bindparam("last"))
_STANDING = (
    select(ENTRIES.c.item_code, ENTRIES.c.points, ENTRIES.c.occurred_on, ENTRIES.c.occasion)
    .where(
        ENTRIES.c.village_id == bindparam("of_village"),
        ENTRIES.c.household_id == bindparam("of_household"),
        or_(ENTRIES.c.kind == ledger.AWARD, ENTRIES.c.kind == ledger.PENALTY),
        ~select(_UNDONE.c.seq)
        .where(
            _UNDONE.c.village_id == ENTRIES.c.village_id,
            _UNDONE.c.household_id == ENTRIES.c.household_id,
            _UNDONE.c.reverses_seq == ENTRIES.c.seq,
        )
        .exists(),
    )
    .order_by(ENTRIES.c.seq)
)
_PAST_OF_YEAR = _STANDING.where(_OF_YEAR)
_PAST_EVER = _STANDING.where(or_(_OF_YEAR, ENTRIES.c.item_code == bindparam("item")))


def past(session: Session, village_id: UUID, household_id: UUID, item: RuleItem, on: date) -> Sequence[caps.Past]:
    """The contributions and penalties of a household that count for the caps on `on`, reversed ones left out."""
    first, last = period("year", on)
    asked = {"of_village": village_id, "of_household": household_id, "first": first, "last": last}
    session.flush()
    if item.once_per:
        return session.connection().execute(_PAST_EVER, {**asked, "item": item.code}).all()
    return session.connection().execute(_PAST_OF_YEAR, asked).all()


def draft_of(book: RuleBook, household_id: UUID, wanted: Item) -> Draft:
    """The draft the rule book makes of it: kind, points and grade; RuleBroken where the book does not know it so."""
    item = book.item(wanted.code)
    return Draft(
        household_id=household_id,
        kind=ledger.PENALTY if item.kind == PENALTY else ledger.AWARD,
        points=points_of(item, wanted.grade, wanted.quantity),
        occurred_on=wanted.occurred_on,
        origin=ledger.PAGE,
        rulebook_version=book.version,
        item_code=item.code,
        grade=wanted.grade,
        quantity=wanted.quantity,
        occasion=ledger.occasion_hash(household_id, wanted.occasion) if item.once_per else None,
        note=_note(wanted),
    )


def _note(wanted: Item) -> str:
    parts = [wanted.note.strip(), wanted.occasion.strip(), wanted.document.strip()]
    return "；".join(part for part in parts if part)


def post_item(
    session: Session,
    actor: Actor,
    household_id: UUID,
    wanted: Item,
    now: datetime,
    *,
    recorded_by: UUID | None,
    approved_by: UUID | None,
) -> PostedEntry:
    """Post one item under every rule that applies, inside the caller's transaction.

    Raises RuleBroken (grade, unit, cap, quota, document, persuasion, second approver), NotAllowed for one's own
    household, BadInput for a date that has not come, NotFound for a household of elsewhere.
    """
    if wanted.occurred_on > village_date(now):
        raise BadInput(N_("日期 %(day)s 还没到，没有记账。请改成今天或以前。"), day=wanted.occurred_on.isoformat())
    book = rulebook.in_force(session, actor.village_id, wanted.occurred_on)
    draft = draft_of(book, household_id, wanted)
    check_people(session, actor.village_id, household_id, (recorded_by, approved_by))
    check_second(book, draft.points, recorded_by, approved_by)
    locked = lock(session, actor.village_id, [household_id])
    check(session, actor.village_id, book, draft, wanted)
    return post(session, actor.village_id, [_signed(draft, recorded_by, approved_by)], now, locked=locked)[0]


def _signed(draft: Draft, recorded_by: UUID | None, approved_by: UUID | None) -> Draft:
    return replace(draft, recorded_by=recorded_by, approved_by=approved_by)


def check(session: Session, village_id: UUID, book: RuleBook, draft: Draft, wanted: Item) -> None:
    """Refuse what the book does not allow this household as things stand: requirements, caps, quota (RuleBroken)."""
    item = book.item(wanted.code)
    caps.check_requirements(
        book,
        item,
        draft.points,
        wanted.occurred_on,
        document=wanted.document,
        persuaded_on=wanted.persuaded_on,
        occasion=draft.occasion,
    )
    before = past(session, village_id, draft.household_id, item, wanted.occurred_on)
    for broken in caps.breaches(book, item, draft.points, wanted.occurred_on, draft.occasion, before):
        raise broken
    if item.quota_percent is not None:
        households, given = _quota_use(session, village_id, draft.household_id, item, wanted.occurred_on)
        caps.check_quota(item, households, given)


def _quota_use(session: Session, village_id: UUID, household_id: UUID, item: RuleItem, on: date) -> tuple[int, int]:
    """Households of the same residency, and how many of them were given the item in the month."""
    # two awards of the last place at once would both fit: one village at a time
    session.execute(select(Village.id).where(Village.id == village_id).with_for_update(key_share=True))
    same = select(Household.residency).where(Household.village_id == village_id, Household.id == household_id)
    ours = [Household.village_id == village_id, Household.residency == same.scalar_subquery()]
    first, last = period("month", on)
    undone = aliased(LedgerEntry)
    given = (
        select(func.count(func.distinct(LedgerEntry.household_id)))
        .join(Household, and_(Household.village_id == LedgerEntry.village_id, Household.id == LedgerEntry.household_id))
        .where(
            *ours,
            LedgerEntry.village_id == village_id,
            LedgerEntry.kind == ledger.AWARD,
            LedgerEntry.item_code == item.code,
            LedgerEntry.occurred_on.between(first, last),
            ~select(undone.seq)
            .where(
                undone.village_id == LedgerEntry.village_id,
                undone.household_id == LedgerEntry.household_id,
                undone.reverses_seq == LedgerEntry.seq,
            )
            .exists(),
        )
    )
    households = session.scalar(select(func.count()).select_from(Household).where(*ours, Household.left_on.is_(None)))
    return households or 0, session.scalar(given) or 0


_OWN = select(USERS.c.id).where(
    USERS.c.village_id == bindparam("of_village"),
    USERS.c.id.in_(bindparam("people", expanding=True)),
    USERS.c.household_id == bindparam("of_household"),
)


def check_people(session: Session, village_id: UUID, household_id: UUID, people: Iterable[UUID | None]) -> None:
    """Refuse whoever handles their own household (NotAllowed)."""
    named = [person for person in people if person is not None]
    asked = {"of_village": village_id, "of_household": household_id, "people": named}
    if named and session.connection().execute(_OWN, asked).first():
        raise NotAllowed(N_("自己家的积分要请别的同事来办，什么都没有动。"))


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
    check_people(session, village_id, household_id, (recorded_by, approved_by))
    lock(session, village_id, [household_id])
    original = reversible(session, village_id, household_id, seq, reason)
    check_second(rulebook.in_force(session, village_id, village_date(now)), original.points, recorded_by, approved_by)
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


def points_of_entry(session: Session, village_id: UUID, household_id: UUID, seq: int) -> int:
    """The signed points of an entry; 0 where there is none."""
    of_household = (LedgerEntry.village_id == village_id, LedgerEntry.household_id == household_id)
    return session.scalar(select(LedgerEntry.points).where(*of_household, LedgerEntry.seq == seq)) or 0


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


def check_second(book: RuleBook, points: int, recorded_by: UUID | None, approved_by: UUID | None) -> None:
    """Refuse an entry of so many points that no second person approved (RuleBroken)."""
    if book.needs_second_approver(points) and (approved_by is None or approved_by == recorded_by):
        raise RuleBroken(N_("%(points)s 分以上要另一个人审核才能入账，没有记账。"), points=book.second_approver_from)


def _answer(session: Session, actor: Actor, key: str, entry: PostedEntry) -> Posted:
    posted = Posted(entry.seq, entry.points, entry.balance_after)
    once.answer(session, actor.village_id, key, {"seq": posted.seq, "points": posted.points, "balance": posted.balance})
    return posted
