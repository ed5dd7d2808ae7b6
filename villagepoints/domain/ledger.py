"""The ledger's law: what an entry is, how it follows the one before, and the frozen bytes its hash covers."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from uuid import UUID

from villagepoints.domain.errors import N_, AlreadyReversed, BadInput, NotEnoughPoints, RuleBroken

AWARD, PENALTY, REDEMPTION, REFUND = "award", "penalty", "redemption", "refund"
REVERSAL, EXPIRY, OPENING, TRANSFER = "reversal", "expiry", "opening", "transfer"
KINDS = {
    AWARD: N_("加分"),
    PENALTY: N_("扣分"),
    REDEMPTION: N_("兑换"),
    REFUND: N_("退回"),
    REVERSAL: N_("冲正"),
    EXPIRY: N_("过期"),
    OPENING: N_("上年结转"),
    TRANSFER: N_("转账"),
}
PAGE, IMPORT, JOB = "page", "import", "job"
ORIGINS = (PAGE, IMPORT, JOB)
FORMAT = 1
MOST_POINTS = 10_000_000  # of one entry or balance: far above any village, far below what an integer column holds


@dataclass(frozen=True, slots=True)
class Head:
    """Where an account stands: its balance in points and the number and hash of its last entry."""

    balance: int
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry to be posted; `points` signed, + is the household's gain; `occurred_on` a village date."""

    household_id: UUID
    kind: str
    points: int
    occurred_on: date
    origin: str
    rulebook_version: int | None = None
    item_code: str | None = None
    grade: str | None = None
    quantity: int = 1
    occasion: str | None = None
    recorded_by: UUID | None = None
    approved_by: UUID | None = None
    acted_for: UUID | None = None
    reverses_seq: int | None = None
    redemption_id: UUID | None = None
    batch_id: UUID | None = None
    counter_household_id: UUID | None = None
    note: str = ""
    recorder: str = ""
    evidence: tuple[str, ...] = ()


class Entry(Protocol):
    """What the hash covers; a row of `ledger_entry` and a `PostedEntry` both are one."""

    @property
    def village_id(self) -> UUID: ...
    @property
    def household_id(self) -> UUID: ...
    @property
    def seq(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def points(self) -> int: ...
    @property
    def balance_after(self) -> int: ...
    @property
    def occurred_on(self) -> date: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def rulebook_version(self) -> int | None: ...
    @property
    def item_code(self) -> str | None: ...
    @property
    def grade(self) -> str | None: ...
    @property
    def quantity(self) -> int: ...
    @property
    def occasion(self) -> str | None: ...
    @property
    def origin(self) -> str: ...
    @property
    def recorded_by(self) -> UUID | None: ...
    @property
    def approved_by(self) -> UUID | None: ...
    @property
    def acted_for(self) -> UUID | None: ...
    @property
    def reverses_seq(self) -> int | None: ...
    @property
    def redemption_id(self) -> UUID | None: ...
    @property
    def batch_id(self) -> UUID | None: ...
    @property
    def counter_household_id(self) -> UUID | None: ...
    @property
    def commitment(self) -> bytes | None: ...
    @property
    def prev_hash(self) -> bytes: ...


@dataclass(slots=True)
class PostedEntry:
    """An entry as it is written, with its place in the chain."""

    village_id: UUID
    household_id: UUID
    seq: int
    kind: str
    points: int
    balance_after: int
    occurred_on: date
    recorded_at: datetime
    rulebook_version: int | None
    item_code: str | None
    grade: str | None
    quantity: int
    occasion: str | None
    origin: str
    recorded_by: UUID | None
    approved_by: UUID | None
    acted_for: UUID | None
    reverses_seq: int | None
    redemption_id: UUID | None
    batch_id: UUID | None
    counter_household_id: UUID | None
    commitment: bytes | None
    prev_hash: bytes
    hash: bytes = b""
    format: int = FORMAT


def entry_bytes(entry: Entry) -> bytes:
    """The frozen byte format, version 1: a JSON array of the fields below, ids and dates as text, bytes as hex."""
    fields = [
        FORMAT,
        str(entry.village_id),
        str(entry.household_id),
        entry.seq,
        entry.kind,
        entry.points,
        entry.balance_after,
        entry.occurred_on.isoformat(),
        instant_text(entry.recorded_at),
        entry.rulebook_version,
        entry.item_code,
        entry.grade,
        entry.quantity,
        entry.occasion,
        entry.origin,
        _text(entry.recorded_by),
        _text(entry.approved_by),
        _text(entry.acted_for),
        entry.reverses_seq,
        _text(entry.redemption_id),
        _text(entry.batch_id),
        _text(entry.counter_household_id),
        None if entry.commitment is None else entry.commitment.hex(),
        entry.prev_hash.hex(),
    ]
    return _json(fields)


def entry_hash(entry: Entry) -> bytes:
    """The SHA-256 that the next entry carries on."""
    return hashlib.sha256(b"villagepoints entry\n" + entry_bytes(entry)).digest()


def commit_to(salt: bytes, note: str, recorder: str, evidence: Sequence[str]) -> bytes:
    """The salted commitment to an entry's personal words, so that these can be deleted and the chain still holds."""
    return hashlib.sha256(b"villagepoints text\n" + salt + _json([note, recorder, list(evidence)])).digest()


def append(village_id: UUID, head: Head, draft: Draft, recorded_at: datetime, salt: bytes) -> tuple[PostedEntry, Head]:
    """The entry that follows `head`, and the head after it.

    Raises NotEnoughPoints where a redemption would go below zero, or what is handed on to another household
    (penalties and reversals may: 待抵扣), BadInput for amounts no village has.
    """
    balance = head.balance + draft.points
    if draft.points < 0 and balance < 0 and draft.kind in (REDEMPTION, TRANSFER):
        raise not_enough(head.balance, -draft.points)
    if abs(draft.points) > MOST_POINTS or abs(balance) > MOST_POINTS:
        raise BadInput(N_("分值 %(points)s 太大了，没有记账。请核对后重填。"), points=draft.points)
    has_text = draft.note or draft.recorder or draft.evidence
    entry = PostedEntry(
        village_id,
        draft.household_id,
        head.seq + 1,
        draft.kind,
        draft.points,
        balance,
        draft.occurred_on,
        recorded_at,
        draft.rulebook_version,
        draft.item_code,
        draft.grade,
        draft.quantity,
        draft.occasion,
        draft.origin,
        draft.recorded_by,
        draft.approved_by,
        draft.acted_for,
        draft.reverses_seq,
        draft.redemption_id,
        draft.batch_id,
        draft.counter_household_id,
        commit_to(salt, draft.note, draft.recorder, draft.evidence) if has_text else None,
        head.hash,
    )
    entry.hash = entry_hash(entry)
    return entry, Head(balance, entry.seq, entry.hash)


def not_enough(balance: int, needed: int) -> NotEnoughPoints:
    """The refusal of a redemption of `needed` points from `balance`."""
    return NotEnoughPoints(
        N_("积分不够：要 %(needed)s 分，现在有 %(balance)s 分，还差 %(missing)s 分。积分和库存都没有动。"),
        needed=needed,
        balance=balance,
        missing=needed - balance,
    )


class Reversible(Protocol):
    """What a reversal looks at."""

    @property
    def kind(self) -> str: ...
    @property
    def seq(self) -> int: ...


def check_reversible(entry: Reversible, reversed_by: int | None) -> None:
    """Refuse a second reversal, and the reversal of what has a way back of its own.

    Raises AlreadyReversed with the number of the reversal, RuleBroken for kinds that are not reversed.
    """
    if reversed_by is not None:
        raise AlreadyReversed(
            N_("第 %(seq)s 条记录已经由第 %(by)s 条冲正过了，没有再冲。"), seq=entry.seq, by=reversed_by
        )
    if entry.kind == REDEMPTION:
        raise RuleBroken(N_("兑换记录不能冲正。请到「兑换」里取消这笔兑换，积分和库存会一起退回。"))
    if entry.kind not in (AWARD, PENALTY, OPENING):
        raise RuleBroken(N_("这条记录是冲正、退回或结转，不能再冲正。写错了请重新记一条。"))


def occasion_hash(household_id: UUID, occasion: str) -> str | None:
    """What an entry keeps of the deed, person or case that counts once: a short hash, never the words."""
    words = "".join(occasion.split()).casefold()
    if not words:
        return None
    return hashlib.sha256(household_id.bytes + words.encode()).hexdigest()[:32]


def instant_text(instant: datetime) -> str:
    """A UTC instant as the frozen format writes it: always with microseconds and Z."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _json(value: object) -> bytes:
    return _ENCODER.encode(value).encode()
