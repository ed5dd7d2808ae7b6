"""The sample of an audit: drawn from a seed over a frame without names, so that anyone can draw it again.

The byte formats are frozen and written down in docs/audit.md, with thirty lines that draw a sample anew: a change is a
new FORMAT beside the old one.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from heapq import nsmallest
from typing import Any, NamedTuple

from villagepoints.domain.audit import CLERK, ENTRY, GOODS, GROUP, HOUSEHOLD, ITEM, LARGE, NEVER, PROXY
from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.ledger import EXPIRY, REDEMPTION, REFUND

FORMAT = 1
LOT_DIGITS = range(6, 21)  # how many digits a number drawn by lot has: a million possible samples at least
NAME_LENGTH = 20  # hexadecimal digits of a pseudonym: 80 bits
ROTATION = 5  # one in so many households is drawn among all, so that nobody who was visited is safe from a visit
# Goods given for points are looked at by share, as proxies of elders, and by counting; expiry is nobody's decision.
NOT_LARGE = (REDEMPTION, REFUND, EXPIRY)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a sample is: the members' own decision, within BOUNDS."""

    households: int = 30
    goods: int = 8
    large_from: int = 100  # points
    share_percent: int = 3
    share_least: int = 2
    share_most: int = 6
    proxy_from: int = 200  # points
    blind_percent: int = 20

    def as_json(self) -> dict[str, int]:
        """The sizes as the frame's file and the audit keep them."""
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Sizes":
        """What `as_json` gave, whatever else was kept beside it; KeyError where one is missing."""
        return cls(**{name: kept[name] for name in cls().as_json()})

    def of(self, lines: int) -> int:
        """How many of a clerk's or an item's `lines` entries are drawn."""
        share = -(-lines * self.share_percent // 100)
        return min(lines, max(self.share_least, min(share, self.share_most)))


# From where to where each size may be set: a sample can be made cheaper, but not to nothing.
BOUNDS = {
    "households": (5, 300),
    "goods": (1, 50),
    "large_from": (10, 500),
    "share_percent": (1, 100),
    "share_least": (1, 20),
    "share_most": (2, 100),
    "proxy_from": (10, 1000),
    "blind_percent": (0, 100),
}


def check_sizes(sizes: Sizes) -> None:
    """Refuse a size beyond its bounds, or a least above the most: BadInput beside its field."""
    for name, value in sizes.as_json().items():
        least, most = BOUNDS[name]
        if not least <= value <= most:
            raise BadInput(N_("这里要填 %(least)s 到 %(most)s。没有改。"), least=least, most=most).at(name)
    if sizes.share_least > sizes.share_most:
        raise BadInput(N_("最少的条数不能比最多的还多。没有改。")).at("share_least")


class HouseholdLine(NamedTuple):
    """A household of the frame."""

    name: str  # its pseudonym
    group: int | None
    residency: str
    is_new: bool  # no audit has visited it yet


class EntryLine(NamedTuple):
    """An entry of the frame: with a pseudonym of its own, so that nobody can put one household's entries together."""

    name: str
    points: int
    kind: str
    item: str  # the item's code; without one the entry's kind
    recorder: str  # the recorder's pseudonym; empty where nobody recorded it: a household's own phone, a job
    is_proxy: bool  # an elder's redemption by proxy


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything that could be drawn."""

    households: Sequence[HouseholdLine] = ()
    entries: Sequence[EntryLine] = ()
    goods: Sequence[str] = ()  # codes

    def as_bytes(self) -> bytes:
        """The frozen bytes that the SHA-256 covers: JSON without spaces, each list in the order of its names."""
        # names are unique, so that no line is compared further than by its name
        return _json(
            {
                "entries": sorted(self.entries),
                "format": FORMAT,
                "goods": sorted(self.goods),
                "households": sorted(self.households),
            }
        )

    @classmethod
    def parse(cls, text: bytes) -> "Frame":
        """What `as_bytes` wrote; ValueError, KeyError or TypeError for anything else."""
        raw = json.loads(text)
        return cls(
            [HouseholdLine(*line) for line in raw["households"]],
            [EntryLine(*line) for line in raw["entries"]],
            raw["goods"],
        )


class Drawn(NamedTuple):
    """One thing of the sample, in the order of drawing."""

    kind: str  # household, entry, goods
    reason: str
    stratum: str
    name: str
    is_blind: bool = False


def pseudonym(salt: bytes, of: str) -> str:
    """The name that something has in a frame: without the salt it leads back to nobody."""
    # keyed BLAKE2b (RFC 7693): a hundred thousand names in a tenth of a second, where HMAC takes six times as long
    return hashlib.blake2b(of.encode(), digest_size=NAME_LENGTH // 2, key=salt).hexdigest()


def check_lot(lot: str) -> None:
    """Refuse what is not 6 to 20 digits: BadInput."""
    if len(lot) not in LOT_DIGITS or not (lot.isascii() and lot.isdigit()):
        raise BadInput(
            N_("抽到的数要 %(least)s 位以上的数字，照着签上的一位一位填。审核没有开。"), least=LOT_DIGITS[0]
        ).at("lot")


def seed(seal_root: bytes, lot: str, month: str) -> bytes:
    """What everything is drawn from: the last published seal's root, the number as drawn by lot, the month 2026-01."""
    return hashlib.sha256(b"villagepoints audit\n" + _json([FORMAT, seal_root.hex(), lot, month])).digest()


def frame_hash(frame: bytes) -> bytes:
    """The SHA-256 of a frame's bytes."""
    return hashlib.sha256(frame).digest()


def sample_hash(sample: Sequence[Drawn]) -> bytes:
    """The SHA-256 of a sample: of the JSON of its lines, in the order of drawing."""
    return hashlib.sha256(_json([list(one) for one in sample])).digest()


def rank(of_seed: bytes, stratum: str, name: str) -> bytes:
    """Where a line stands in the queue of its stratum: the least are drawn first."""
    return hashlib.sha256(b"%b\n%b\n%b" % (of_seed, stratum.encode(), name.encode())).digest()


def draw(of_seed: bytes, frame: Frame, sizes: Sizes) -> list[Drawn]:
    """The sample: households, then entries, then goods; the same whatever order the lines of the frame come in."""
    goods = _first(of_seed, "goods", frame.goods, sizes.goods)
    return [
        *_households(of_seed, frame.households, sizes),
        *_entries(of_seed, frame.entries, sizes),
        *(Drawn(GOODS, GOODS, "", code) for code in goods),
    ]


def share_out(of_seed: bytes, reason: str, counts: Mapping[str, int], wanted: int) -> dict[str, int]:
    """How many of each stratum are drawn when `wanted` are drawn of all: its share, rounded up or down by the seed.

    Largest remainders would never draw a small stratum. Rounded along one line of all strata with a start that the
    seed decides (systematic sampling, Madow 1949), each gets its share on the average and the sum is always right.
    """
    total = sum(counts.values())
    wanted = min(wanted, total)
    if not wanted:
        return dict.fromkeys(counts, 0)
    start = int.from_bytes(rank(of_seed, f"start {reason}", "")) % total
    found, passed, before = {}, 0, 0
    for stratum in sorted(counts, key=lambda name: rank(of_seed, f"order {reason}", name)):
        passed += counts[stratum]
        up_to = (wanted * passed + start) // total
        found[stratum], before = up_to - before, up_to
    return found


def _households(of_seed: bytes, lines: Sequence[HouseholdLine], sizes: Sizes) -> list[Drawn]:
    wanted = min(sizes.households, len(lines))
    of_all = -(-wanted // ROTATION)
    new = _stratified(of_seed, NEVER, [line for line in lines if line.is_new], wanted - of_all)
    there = {name for _, name in new}
    rest = [line for line in lines if line.name not in there]
    others = _stratified(of_seed, GROUP, rest, wanted - len(new))
    chosen = [(NEVER, *one) for one in new] + [(GROUP, *one) for one in others]
    blind_wanted = -(-len(chosen) * sizes.blind_percent // 100)
    blind = set(_first(of_seed, "blind", [name for *_, name in chosen], blind_wanted))
    return [Drawn(HOUSEHOLD, reason, stratum, name, name in blind) for reason, stratum, name in chosen]


def _stratified(of_seed: bytes, reason: str, lines: Sequence[HouseholdLine], wanted: int) -> list[tuple[str, str]]:
    strata: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        strata[stratum_of(line)].append(line.name)
    shares = share_out(of_seed, reason, {stratum: len(names) for stratum, names in strata.items()}, wanted)
    return [
        (stratum, name)
        for stratum in sorted(strata)
        for name in _first(of_seed, f"{reason} {stratum}", strata[stratum], shares[stratum])
    ]


def stratum_of(line: HouseholdLine) -> str:
    """Group and residency, as `3 resident`; a dash for no group."""
    return f"{'-' if line.group is None else line.group} {line.residency}"


def _entries(of_seed: bytes, lines: Sequence[EntryLine], sizes: Sizes) -> list[Drawn]:
    """One that is drawn for several reasons stands once, for the first of them."""
    by_name = sorted(lines)
    reasons: list[tuple[str, str, str]] = [
        (LARGE, "", line.name) for line in by_name if is_large(line, sizes.large_from)
    ]
    reasons += [(PROXY, "", line.name) for line in by_name if line.is_proxy and abs(line.points) >= sizes.proxy_from]
    for reason, strata in ((CLERK, _grouped(by_name, "recorder")), (ITEM, _grouped(by_name, "item"))):
        for stratum in sorted(filter(None, strata)):
            names = strata[stratum]
            drawn = _first(of_seed, f"{reason} {stratum}", names, sizes.of(len(names)))
            reasons += [(reason, stratum, name) for name in drawn]
    once: dict[str, Drawn] = {}
    for reason, stratum, name in reasons:
        once.setdefault(name, Drawn(ENTRY, reason, stratum, name))
    return list(once.values())


def is_large(line: EntryLine, large_from: int) -> bool:
    """Whether an entry is looked at for its size alone: gains, deductions, reversals and what was handed on."""
    return abs(line.points) >= large_from and line.kind not in NOT_LARGE


def _grouped(lines: Iterable[EntryLine], by: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        found[getattr(line, by)].append(line.name)
    return found


def _first(of_seed: bytes, stratum: str, names: Sequence[str], wanted: int) -> list[str]:
    return nsmallest(wanted, names, key=lambda name: rank(of_seed, stratum, name))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
