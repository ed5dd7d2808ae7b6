"""The rules of counting the shelves: what should lie there, what the count changes, and when it may be closed."""

from collections.abc import Iterable
from typing import Protocol

from villagepoints.domain.errors import N_, BadInput, Conflict

OPEN, CLOSED, DROPPED = "open", "closed", "dropped"
MOST_COUNTED = 1_000_000
_NOW = {
    CLOSED: N_("这次盘点已经结束了，库存没有再动。"),
    DROPPED: N_("这次盘点已经作废，库存没有动。"),
}


class Line(Protocol):
    """What the rules look at in a line of a stocktake."""

    @property
    def name(self) -> str: ...
    @property
    def counted(self) -> int | None: ...
    @property
    def in_books(self) -> int | None: ...
    @property
    def reason(self) -> str: ...


def on_the_shelf(stock: int, waiting: int) -> int:
    """How many pieces should lie there: what can still be redeemed, and what was redeemed and not collected yet."""
    return stock + waiting


def difference(line: Line) -> int:
    """What the count changes (+ more than the books said); 0 for what was not counted."""
    if line.counted is None or line.in_books is None:
        return 0
    return line.counted - line.in_books


def check_open(status: str) -> None:
    """Refuse to go on with what is over (Conflict)."""
    if status != OPEN:
        raise Conflict(_NOW[status])


def check_counted(counted: int | None) -> None:
    """Refuse a count that is none (BadInput)."""
    if counted is not None and not 0 <= counted <= MOST_COUNTED:
        raise BadInput(N_("数出来的件数要在 0 到 1,000,000 之间，没有存。"))


def check_close(lines: Iterable[Line]) -> None:
    """Refuse to close with nothing counted, or with a difference that nobody explained (BadInput)."""
    counted = [line for line in lines if line.counted is not None]
    if not counted:
        raise BadInput(N_("一样都还没有数，盘点没有结束，库存没有动。"))
    for line in counted:
        if difference(line) and not line.reason.strip():
            sentence = N_("「%(name)s」数的和账上不一样，请写明原因。盘点没有结束，库存没有动。")
            raise BadInput(sentence, name=line.name)
