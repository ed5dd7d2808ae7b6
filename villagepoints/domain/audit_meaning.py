"""What a sample's size means: how likely wrong records stay unseen, counted exactly (hypergeometric distribution)."""

from fractions import Fraction
from math import comb
from typing import NamedTuple

SURE = Fraction(95, 100)
EXAMPLE = 10  # percent of wrong records in the sentence beside each size


class Meaning(NamedTuple):
    """What `drawn` of `total` tell."""

    total: int
    drawn: int
    wrong: int  # EXAMPLE percent of the total, rounded up
    missed: Fraction  # the chance that none of these is drawn
    found: int | None  # so many wrong ones of the total are met with 95 %; None: not even all of them, nothing is drawn

    @property
    def missed_percent(self) -> int:
        """The chance in percent, rounded up: never said to be less than it is."""
        return -(-self.missed.numerator * 100 // self.missed.denominator)

    @property
    def found_percent(self) -> int | None:
        """`found` as a share of the total in percent, rounded up."""
        return None if self.found is None else -(-self.found * 100 // self.total)


def missed(total: int, wrong: int, drawn: int) -> Fraction:
    """The chance that `drawn` of `total` records, `wrong` of them wrong, are all right: C(N − K, n) / C(N, n)."""
    return Fraction(comb(total - wrong, drawn), comb(total, drawn))


def found(total: int, drawn: int) -> int | None:
    """The fewest wrong records of `total` of which `drawn` meet at least one with 95 %; None if nothing is drawn."""
    if not drawn or not total:
        return None
    least, most = 1, total - drawn + 1  # with so many wrong ones there are too few right ones to draw
    while least < most:
        middle = (least + most) // 2
        if missed(total, middle, drawn) <= 1 - SURE:
            most = middle
        else:
            least = middle + 1
    return least


def meaning(total: int, drawn: int) -> Meaning:
    """All of it for `drawn` of `total`; more than there are cannot be drawn."""
    drawn = min(drawn, total)
    wrong = -(-total * EXAMPLE // 100)
    return Meaning(total, drawn, wrong, missed(total, wrong, drawn), found(total, drawn))
