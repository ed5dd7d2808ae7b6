"""What the audit's report says beside the books: tracks, goods and money, objections, the audit, earlier months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from villagepoints.domain.audit import AGREE, CLOSED, DIFFER, LEAST_SIGNATURES, UNCLEAR
from villagepoints.domain.calendar import Month
from villagepoints.domain.seal import spoken


@dataclass(frozen=True, slots=True)
class Basis:
    """The seal that a report's books stand on; nothing here changes with what is recorded after it."""

    number: int
    root: bytes
    fingerprint: str  # 7F3A-91C4-…, as the notice board prints it
    taken_at: datetime
    households: int
    entries: int

    @property
    def words(self) -> str:
        """The fingerprint to be read aloud."""
        return spoken(self.root)

    @property
    def qr(self) -> str:
        """What a code beside it holds where there is no address to print: number and fingerprint, in capitals."""
        return f"{self.number} {self.fingerprint}"


@dataclass(frozen=True, slots=True)
class Track:
    """The month of one group or one residency: `name` is the group's number (None: no group) or resident/relocated.

    Households that had not left by the month's end; points as in Totals, `deducted` and `redeemed` positive.
    """

    name: int | str | None
    households: int
    generated: int
    deducted: int
    redeemed: int
    other: int
    outstanding: int


@dataclass(frozen=True, slots=True)
class Goods:
    """One kind of goods taken in the month: pieces, points, and what they cost the village, in 分 of a yuan.

    `cost_cents` is of all pieces; None where nobody wrote down what one costs. Given back is taken off.
    """

    name: str
    pieces: int
    points: int
    cost_cents: int | None


@dataclass(frozen=True, slots=True)
class Shop:
    """Goods and money of the month. Costs are of the pieces whose cost is known; the others are counted and said."""

    goods: tuple[Goods, ...]
    pieces: int
    points: int
    cost_cents: int
    unknown_pieces: int  # taken, cost not known
    bought_pieces: int  # came in during the month
    bought_cents: int
    bought_unknown: int  # pieces that came in without a price


@dataclass(frozen=True, slots=True)
class ObjectionLine:
    """An objection filed in the month: whom it concerns is masked; `about` is claim, finding or entry."""

    number: int
    household: str
    about: str
    filed_on: date
    status: str  # of domain/objection: open, upheld, rejected, withdrawn
    decided_on: date | None
    days: int | None  # from filing to the answer
    is_late: bool  # after its limit, or not answered by it


@dataclass(frozen=True, slots=True)
class Objections:
    """The objections filed in the month and how they ended; `earlier` were open when it began, `earlier_ended` ended.

    `median_days` is of those answered (upheld or rejected); None where none was.
    """

    lines: tuple[ObjectionLine, ...]
    filed: int
    open: int
    upheld: int
    rejected: int
    withdrawn: int
    late: int
    median_days: float | None
    earlier: int
    earlier_ended: int


@dataclass(frozen=True, slots=True)
class Persuasions:
    """劝导 of the month, by the day something was found: persuaded is the sum of the four after it and of withdrawn.

    `counted_at_once` are findings that counted without a persuasion, because the household knew already.
    """

    persuaded: int
    rectified: int  # put right by the date agreed on
    rectified_late: int
    waiting: int
    counted: int
    withdrawn: int
    counted_at_once: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """What was drawn of one kind for one reason, and what was seen; `unseen` has not been looked at."""

    kind: str  # of domain/audit.KINDS
    reason: str  # of domain/audit.REASONS
    drawn: int
    agree: int
    differ: int
    unclear: int

    @property
    def unseen(self) -> int:
        """Drawn and not looked at."""
        return self.drawn - self.agree - self.differ - self.unclear


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the sample of one kind can tell: `found_from` percent of wrong ones would be found out with 95 % certainty.

    `frame` is how many there were to draw from; None for `found_from` where nothing was drawn.
    """

    kind: str
    drawn: int
    frame: int
    found_from: Decimal | None


@dataclass(frozen=True, slots=True)
class Prompted:
    """The prompts of one kind by what became of them; never more than numbers."""

    kind: str
    open: int
    explained: int
    problem: int


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """A problem and its way: `owner` is an office (a role of domain/actor), never a name.

    `text`, `answer` and `outcome` are the group's and the owner's own words and may name people: the page and the PDF
    for the village show them to the group and the office only.
    """

    month: Month  # of the audit that found it
    number: int
    text: str
    remedy: str  # of domain/audit.REMEDIES
    owner: str
    due_on: date
    status: str  # of domain/audit.PROBLEM_STATES
    is_overdue: bool
    answer: str
    outcome: str
    closed_on: date | None

    @property
    def is_closed(self) -> bool:
        """Whether the group rechecked and closed it."""
        return self.status == CLOSED


@dataclass(frozen=True, slots=True)
class Signed:
    """A member's signature: the member's name (they hold an office), the household's head masked, and when."""

    member: str
    household: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class AuditPart:
    """The month's audit. Seed and frame hash are hex; `carried` are problems of earlier audits open when it began."""

    month: Month
    status: str  # open or concluded: only a concluded one can be signed
    opened_on: date
    walked_on: tuple[date, ...]  # village dates on which something was looked at
    lot: str
    seed_seal: int | None  # number of the seal whose root went into the seed
    seed: str
    frame_hash: str
    witnesses: int
    sample: tuple[Sampled, ...]
    meanings: tuple[Meaning, ...]
    blind: int  # households scored again before the original was shown
    blind_differ: int
    prompts: tuple[Prompted, ...]
    problems: tuple[ProblemLine, ...]
    carried: tuple[ProblemLine, ...]
    opinion: str
    concluded_at: datetime | None
    sealed_number: int | None  # the seal that the signatures cover
    findings_hash: str
    signatures: tuple[Signed, ...]
    is_signed: bool  # by enough members of different households; until then the report says 未签

    @property
    def drawn(self) -> int:
        """Everything in the sample."""
        return sum(line.drawn for line in self.sample)

    @property
    def seen(self) -> int:
        """What of the sample was looked at."""
        return self.drawn - sum(line.unseen for line in self.sample)

    @property
    def differing(self) -> int:
        """What was looked at and differs from the books."""
        return sum(line.differ for line in self.sample)


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A month among those it is compared with. None is a month without: no redemptions, no audit looked at.

    Shares are in percent, one place.
    """

    month: Month
    generated: int
    deducted: int
    redeemed: int
    outstanding: int
    self_share: Decimal | None
    objections: int
    persuaded: int
    rectified: int
    differing_share: Decimal | None  # of what the month's audit looked at


@dataclass(frozen=True, slots=True)
class LateMonth:
    """补记: entries of an earlier month that its own report did not have yet, and their points (signed)."""

    month: Month
    entries: int
    points: int


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the report says beside its books; `basis` is None where it was made from the books as they stand."""

    basis: Basis | None
    groups: tuple[Track, ...]  # by number, those without a group last
    residencies: tuple[Track, ...]
    shop: Shop
    objections: Objections
    persuasions: Persuasions
    audit: AuditPart | None
    late: tuple[LateMonth, ...]
    history: tuple[MonthFigures, ...]  # up to twelve, this month last; none before the first entry


def sampled(rows: Sequence[tuple[str, str, str | None, int]], order: Sequence[Any]) -> tuple[Sampled, ...]:
    """Kind, reason, result and number added up to lines, kinds and reasons in `order`; result None: not looked at."""
    found: dict[tuple[str, str], dict[str | None, int]] = {}
    for kind, reason, result, number in rows:
        by = found.setdefault((kind, reason), {})
        by[result] = by.get(result, 0) + number
    keys = sorted(found, key=lambda key: tuple(order.index(word) for word in key))
    return tuple(
        Sampled(
            *key,
            sum(found[key].values()),
            *(found[key].get(result, 0) for result in (AGREE, DIFFER, UNCLEAR)),
        )
        for key in keys
    )


def is_signed(signatures: Sequence[Any]) -> bool:
    """Whether signatures (each with its `household_id`) of enough different households are there."""
    return len({one.household_id for one in signatures}) >= LEAST_SIGNATURES
