"""The rule of rank: which share of the households is at least as good."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def percents(merits: Mapping[K, int]) -> dict[K, int]:
    """For each household the top per cent it is in, 1 to 100; equal merit is equal rank, the better of the two."""
    places: dict[int, int] = {}
    for place, merit in enumerate(sorted(merits.values(), reverse=True), 1):
        places.setdefault(merit, place)
    return {household: -(-100 * places[merit] // len(merits)) for household, merit in merits.items()}
