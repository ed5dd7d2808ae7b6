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
MOST = 1500  # cards of one file: more are printed group by group


@dataclass(frozen=True, slots=True)
class Run:
    """How far the cards are; with the last code come the file, and by household number what its fonts cannot draw."""

    drawn: int
    total: int
    printed: Printed | None = None
    gaps: tuple[tuple[str, str], ...] = ()


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
    """Draw the next codes, at least one; typeset the sheets once all are there.

    Raises PdfUnavailable, BadInput for none or too many, UnreadableCode: such a code is not kept, and no file made.
    """
    pdf.require()
    door_card.check(cards, per_sheet)
    if len(cards) > MOST:
        raise BadInput(N_("一次最多印 %(most)s 张码牌，没有生成。请一组一组地印。"), most=MOST)
    missing = [card for card in cards if not _code(place, card).is_file()]
    until = time.monotonic() + WORTH
    while missing:
        card = missing.pop(0)
        print_file.keep(_code(place, card), door_card.printed_code(card, draw))
        if time.monotonic() > until and missing:
            return Run(len(cards) - len(missing), len(cards))
    codes = (_code(place, card).read_bytes() for card in cards)
    files, data = door_card.content(heading, cards, codes, per_sheet=per_sheet, translate=translate)
    sheets = Sheets(name="cards", template=door_card.TEMPLATE, data=data, dated=dated, files=files)
    return Run(len(cards), len(cards), print_file.made(place, sheets), tuple(door_card.gaps(data).items()))


def _code(place: Path, card: DoorCard) -> Path:
    return place / f"{hashlib.sha256(card.url.encode()).hexdigest()}.png"
