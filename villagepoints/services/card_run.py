"""Door cards for many households: a few codes are drawn and read back a request, and kept until the sheets are made."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from villagepoints import qr
from villagepoints.domain.errors import N_, BadInput
from villagepoints.services import door_card, pdf, print_file
from villagepoints.services.door_card import DoorCard, Heading
from villagepoints.services.print_file import Printed, Sheets

WORTH = 0.6  # seconds of drawing in one request: 1,046 codes take half a minute, and the desk has eight threads
PART = 200  # cards of one file: to typeset as many takes two seconds
MOST = 1500  # cards at once: more are printed group by group


@dataclass(frozen=True, slots=True)
class Part:
    """One file: from which household's card to which, and by number what its fonts cannot draw."""

    first: str
    last: str
    printed: Printed
    gaps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Run:
    """How far the cards are: codes drawn, then files made; `is_done` with the last file."""

    drawn: int
    total: int
    parts: tuple[Part, ...] = ()
    is_done: bool = False


def go_on(
    place: Path,
    heading: Heading,
    cards: Sequence[DoorCard],
    dated: datetime,
    *,
    per_sheet: int = 4,
    translate: Callable[[str], str] = str,
    draw: Callable[[str], bytes] = qr.emblem_png,
) -> Run:
    """Draw the next codes, at least one; once all are there, typeset the next file.

    Raises PdfUnavailable, BadInput for none or too many, UnreadableCode: such a code is not kept, and no file made.
    """
    pdf.require()
    door_card.check(cards, per_sheet)
    if len(cards) > MOST:
        raise BadInput(N_("一次最多印 %(most)s 张码牌，没有生成。请一组一组地印。"), most=MOST)
    left = _draw(place, cards, draw)
    if left:
        return Run(len(cards) - left, len(cards))
    parts: list[Part] = []
    is_fresh = False
    for start in range(0, len(cards), PART):
        if is_fresh:  # one file a request
            return Run(len(cards), len(cards), tuple(parts))
        some = cards[start : start + PART]
        codes = (_code(place, card).read_bytes() for card in some)
        files, data = door_card.content(heading, some, codes, per_sheet=per_sheet, translate=translate)
        sheets = Sheets(name="cards", template=door_card.TEMPLATE, data=data, dated=dated, files=files)
        found = print_file.find(place, sheets)
        is_fresh = found is None
        printed = found or print_file.made(place, sheets)
        parts.append(Part(some[0].number, some[-1].number, printed, tuple(door_card.gaps(data).items())))
    return Run(len(cards), len(cards), tuple(parts), is_done=True)


def _draw(place: Path, cards: Sequence[DoorCard], draw: Callable[[str], bytes]) -> int:
    """Draw and keep codes as long as a request may take; how many are left."""
    missing = [card for card in cards if not _code(place, card).is_file()]
    until = time.monotonic() + WORTH
    for done, card in enumerate(missing, 1):
        print_file.keep(_code(place, card), door_card.printed_code(card, draw))
        if time.monotonic() > until:
            return len(missing) - done
    return 0


def _code(place: Path, card: DoorCard) -> Path:
    return place / f"{hashlib.sha256(card.url.encode()).hexdigest()}.png"
