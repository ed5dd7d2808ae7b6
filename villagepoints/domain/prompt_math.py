"""The statistics behind prompts to look: exact tails, intervals, comparisons by strata and by rank, near pictures."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

Z95 = 1.959964  # 95 % of a normal distribution lie within so many standard deviations of its middle
BITS = 64
NEAR = 5  # bits in which two picture hashes may differ and still be of the same picture
MOST = 1_000_000  # beyond one in a million nobody needs to know more exactly


class Interval(NamedTuple):
    """A difference and the interval that covers the true one in 95 of 100 cases."""

    value: float
    low: float
    high: float

    @property
    def tells(self) -> bool:
        """Whether there is a difference at all, as far as these numbers can tell."""
        return self.low > 0 or self.high < 0


class Stratum(NamedTuple):
    """One lane, scored by one person and by others: households each, and how many of them something was found at."""

    own: int
    own_hits: int
    others: int
    other_hits: int


class Compared(NamedTuple):
    """What was observed and what would be expected if it made no difference who scored; z in standard deviations."""

    observed: int
    expected: float
    z: float


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927); from 0 to 1 where nothing was counted."""
    if of == 0:
        return 0.0, 1.0
    share, square = hits / of, Z95 * Z95
    middle = share + square / (2 * of)
    half = Z95 * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, (middle - half) / (1 + square / of)), min(1.0, (middle + half) / (1 + square / of))


def share_difference(hits: int, of: int, other_hits: int, other_of: int) -> Interval:
    """The first share less the second, with the 95 % interval from both score intervals (Newcombe 1998, method 10)."""
    share, other = hits / of, other_hits / other_of
    (low, high), (other_low, other_high) = wilson(hits, of), wilson(other_hits, other_of)
    value = share - other
    return Interval(
        value,
        value - math.hypot(share - low, other_high - other),
        value + math.hypot(high - share, other - other_low),
    )


def mean_difference(values: Sequence[float], others: Sequence[float]) -> Interval:
    """The first mean less the second, with its 95 % interval (Welch 1938, by the normal distribution: from some 30 on).

    Both need two values at least.
    """
    value = _mean(values) - _mean(others)
    half = Z95 * math.sqrt(_variance(values) / len(values) + _variance(others) / len(others))
    return Interval(value, value - half, value + half)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    mean = _mean(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)


def binomial_tail(hits: int, of: int, share: float) -> float:
    """The chance of `hits` or more among `of` where each is one with chance `share`; the exact sum."""
    if hits <= 0:
        return 1.0
    if share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    log, other = math.log(share), math.log1p(-share)
    return min(1.0, sum(math.exp(_choose(of, k) + k * log + (of - k) * other) for k in range(hits, of + 1)))


def hypergeometric_tail(hits: int, drawn: int, marked: int, of: int) -> float:
    """The chance that `drawn` of `of`, of which `marked` are marked, hold `hits` marked ones or more; the exact sum."""
    every = _choose(of, drawn)
    least = max(hits, drawn - (of - marked), 0)
    terms = (_choose(marked, k) + _choose(of - marked, drawn - k) for k in range(least, min(drawn, marked) + 1))
    return min(1.0, sum(math.exp(term - every) for term in terms))


def _choose(of: int, k: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1)


def poisson_tail(hits: int, mean: float) -> float:
    """The chance of `hits` or more where `mean` is usual (Poisson); 1 less the exact sum below."""
    return max(0.0, 1 - sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(hits)))


def normal_tail(z: float) -> float:
    """The chance to lie z standard deviations or more above the middle."""
    return math.erfc(z / math.sqrt(2)) / 2


def one_in(chance: float) -> int:
    """A chance as people say it: one in so many, at most a million."""
    return MOST if chance * MOST <= 1 else round(1 / chance)


def by_strata(strata: Iterable[Stratum]) -> Compared:
    """One scorer against others of the same lanes (Cochran 1954, Mantel and Haenszel 1959): each lane is compared
    within itself, so that a tidy lane makes nobody lenient; z is 0 where nothing can be compared."""
    observed, expected, variance = 0, 0.0, 0.0
    for one in strata:
        every, hits = one.own + one.others, one.own_hits + one.other_hits
        if not one.own or not one.others:
            continue
        observed += one.own_hits
        expected += one.own * hits / every
        variance += one.own * one.others * hits * (every - hits) / (every * every * (every - 1))
    return Compared(observed, expected, (observed - expected) / math.sqrt(variance) if variance > 0 else 0.0)


def rank_sum(values: Sequence[float], others: Sequence[float]) -> float:
    """How far up some values stand among all, in standard deviations (Wilcoxon 1945, corrected for ties).

    By rank, so that one large value weighs no more than any first place does.
    """
    rank, ties, place = dict[float, float](), 0, 0
    counts: dict[float, int] = defaultdict(int)
    for value in (*values, *others):
        counts[value] += 1
    for value in sorted(counts):
        equal = counts[value]
        rank[value] = place + (equal + 1) / 2
        ties += equal**3 - equal
        place += equal
    own, every = len(values), len(values) + len(others)
    variance = own * len(others) / 12 * (every + 1 - ties / (every * (every - 1))) if every > 1 else 0.0
    if variance <= 0:
        return 0.0
    return (sum(rank[value] for value in values) - own * (every + 1) / 2) / math.sqrt(variance)


def hamming(one: int, other: int) -> int:
    """In how many of 64 bits two picture hashes differ (Hamming 1950); negative ones as two's complement."""
    return ((one ^ other) & (1 << BITS) - 1).bit_count()


def alike(hashes: Sequence[int]) -> list[list[int]]:
    """The places of hashes that are of one picture, in groups of two or more; 0 is too plain to compare.

    Who differs in at most NEAR bits agrees in one of NEAR + 1 parts at least (Norouzi, Punjani and Fleet 2012), so only
    those that share a part are compared: thousands of photos in a moment.
    """
    root = list(range(len(hashes)))

    def top(place: int) -> int:
        while root[place] != place:
            root[place] = place = root[root[place]]
        return place

    parts: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, value in enumerate(hashes):
        for part, key in enumerate(_parts(value)) if value else ():
            for earlier in parts[part, key]:
                if top(earlier) != top(place) and hamming(hashes[earlier], value) <= NEAR:
                    root[top(place)] = top(earlier)
            parts[part, key].append(place)
    groups: dict[int, list[int]] = defaultdict(list)
    for place in range(len(hashes)):
        groups[top(place)].append(place)
    return [group for group in groups.values() if len(group) > 1]


def _parts(value: int) -> Iterable[int]:
    edges = [BITS * part // (NEAR + 1) for part in range(NEAR + 2)]
    unsigned = value & (1 << BITS) - 1
    return ((unsigned >> low) & (1 << high - low) - 1 for low, high in pairwise(edges))
