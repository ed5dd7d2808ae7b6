"""No lots are stored, and what expires is what lots would say."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_rulebook import source
from villagepoints.domain.expiry import cutoff, due
from villagepoints.domain.rule_check import parse


def test_points_are_good_for_twenty_four_whole_months():
    book = parse(source(), 1)
    assert cutoff(book, date(2027, 8, 31)) == date(2025, 8, 1)
    assert cutoff(book, date(2027, 9, 1)) == date(2025, 9, 1)


class Lots:
    """The slow way: keep every gain, and take what goes from the oldest."""

    def __init__(self) -> None:
        self.gains: list[list[int]] = []  # [day, points left]
        self.debt = 0

    @property
    def balance(self) -> int:
        return sum(left for _, left in self.gains) - self.debt

    def gain(self, day: int, points: int) -> None:
        paid = min(self.debt, points)
        self.debt -= paid
        self.gains.append([day, points - paid])

    def take(self, points: int) -> None:
        for gain in self.gains:
            taken = min(gain[1], points)
            gain[1] -= taken
            points -= taken
        self.debt += points

    def expire(self, before: int) -> int:
        gone = sum(left for day, left in self.gains if day < before)
        for gain in self.gains:
            if gain[0] < before:
                gain[1] = 0
        return gone


MOVES = st.lists(
    st.tuples(st.sampled_from(["gain", "spend", "lose", "expire"]), st.integers(1, 50), st.integers(0, 3)), max_size=40
)


@given(MOVES)
def test_what_expires_is_what_counting_every_lot_would_say(moves: list[tuple[str, int, int]]):
    lots, day = Lots(), 0
    gains: list[tuple[int, int]] = []
    spent = lost = expired = 0
    for what, points, days in moves:
        day += days
        if what == "gain":
            lots.gain(day, points)
            gains.append((day, points))
        elif what == "spend" and lots.balance >= points:
            lots.take(points)
            spent += points
        elif what == "lose":
            lots.take(points)
            lost += points
        elif what == "expire":
            before = day - 5
            gained = sum(p for d, p in gains if d < before)
            now = due(balance=lots.balance, gained_before=gained, spent=spent, lost=lost, expired=expired)
            assert now == lots.expire(before)
            expired += now
        assert lots.balance == sum(p for _, p in gains) - spent - lost - expired
