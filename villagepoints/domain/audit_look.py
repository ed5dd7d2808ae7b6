"""What a look on the spot may say: when it was, what a blind score or a count comes to, what has to be told with it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from villagepoints.domain.audit import AGREE, DIFFER, RESULTS, UNCLEAR
from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.finding import MOST_AT_ONCE
from villagepoints.domain.rulebook import BASE, RuleBook, base_points
from villagepoints.domain.stocktake import check_counted

MOST_WORDS = 400
AHEAD = timedelta(minutes=5)  # what phones' clocks differ by without anybody having set them wrong


def moment(told: datetime | None, opened_at: datetime, now: datetime) -> tuple[datetime, bool]:
    """When somebody looked, by the phone's clock where that can be, and whether its clock cannot be right.

    Never later than `now` nor before the audit was opened: then it is when the look was received.
    """
    if told is None:
        return now, False
    if opened_at <= told <= now:
        return told, False
    return now, not now < told <= now + AHEAD


def points_of(book: RuleBook, found: Mapping[str, int]) -> dict[str, int]:
    """What each base item earns by what was found, by item code; BadInput for numbers nobody finds in one visit."""
    for number in found.values():
        if not 0 <= number <= MOST_AT_ONCE:
            raise BadInput(N_("处数要在 0 到 %(most)s 之间。打的分还没有交，请改好再交。"), most=MOST_AT_ONCE)
    return {item.code: base_points(item, found.get(item.code, 0)) for item in book.of_kind(BASE)}


def of_scores(points: Mapping[str, int], original: Mapping[str, int]) -> str:
    """What a blind score says by itself: it agrees, or a person has yet to say what the difference means."""
    return AGREE if all(points[code] == original.get(code) for code in points) else UNCLEAR


def of_count(counted: int, in_books: int) -> str:
    """What a count of pieces says; BadInput where it is no count."""
    check_counted(counted)
    return AGREE if counted == in_books else DIFFER


def check_told(result: str, note: str, *, is_shown: bool) -> None:
    """Refuse a result that is none, and a difference that nobody could follow afterwards (BadInput): it is told in a
    few words, or shown by a photo or a count."""
    if result not in RESULTS:
        raise BadInput(N_("请点一下对得上、对不上还是说不准。还没有记。"))
    if result == DIFFER and not is_shown and not note.strip():
        raise BadInput(N_("对不上的，请写一句哪里对不上，或者拍一张照片。还没有记。"))
    if len(note) > MOST_WORDS:
        raise BadInput(N_("写得太长了，最多 %(most)s 个字。还没有记，请写短一点。"), most=MOST_WORDS)
