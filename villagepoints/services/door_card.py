"""Door cards as sheets to print and cut, each code read back before it is offered."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from villagepoints import qr, qr_reader
from villagepoints.domain.errors import N_, BadInput, Refusal
from villagepoints.domain.names import mask
from villagepoints.models import Card, Household, Village
from villagepoints.services import card, household, pdf

PER_SHEET = (1, 4, 6)  # 1: a plate of its own on A6
TEMPLATE = "door_card.typ"
GROUP_NUMBERS = range(10_000)  # beyond them no column holds what was typed
WORDS = {
    "title": N_("门牌码"),
    "subtitle": N_("村民积分 · 门牌码"),
    "how": N_("微信扫一扫"),
    "what": N_("看积分、看缘由、换东西"),
    "call": N_("不会扫，请打文书电话"),
    "slip": N_("这一条撕下来自己收好，不要贴在门上"),
    "opening": N_("开门码"),
    "opening_help": N_("第一次扫码时输入，只能用一次；接着自己定一个 6 位密码。"),
    "opened_help": N_("这户已经开过，用自己的 6 位密码；忘了请找文书。"),
    "group": N_("%(number)s组"),
}


class UnreadableCode(Refusal):
    """A drawn code did not read back as the text it was drawn from."""

    status = 500


@dataclass(frozen=True, slots=True)
class DoorCard:
    """What one card prints: no name and no points on the door; `holder` (masked) and the 8 digits only on the slip."""

    number: str
    group_no: int | None
    holder: str
    url: str
    opening_code: str  # empty once the household has opened its card


@dataclass(frozen=True, slots=True)
class Heading:
    """What every card of a village has in common."""

    village: str
    clerk_phone: str


@dataclass(frozen=True, slots=True)
class Sheets:
    """The PDF, and by household number the characters that no font here could draw."""

    pdf: bytes
    gaps: dict[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the village and how far its cards are: households, living cards, opened ones."""

    group_no: int | None
    households: int
    cards: int
    opened: int


def heading_of(village: Village) -> Heading:
    """What the cards of a village have in common."""
    return Heading(village.name, village.clerk_phone)


def cards_of(
    session: Session,
    village: Village,
    *,
    card_key: bytes,
    public_url: str,
    group_no: int | None = None,
    ungrouped: bool = False,
    number: str = "",
    only: Collection[UUID] = (),
) -> list[DoorCard]:
    """The living cards of the village, of one group (`ungrouped`: of households without one), of the household with
    that number or of some households; two statements at most.

    Raises NotFound for a number the village does not have.
    """
    of: list[ColumnElement[bool]] = [Household.left_on.is_(None)]
    if group_no is not None:
        if group_no not in GROUP_NUMBERS:
            return []
        of.append(Household.group_no == group_no)
    if ungrouped:
        of.append(Household.group_no.is_(None))
    if only:
        of.append(Household.id.in_(only))
    if number:
        of.append(Household.id == household.by_number(session, village.id, number).id)
    return [
        DoorCard(
            number=one.household_number,
            group_no=one.group_no,
            holder=mask(one.head_name),
            url=card.url_of(public_url, village.code, one.token, printed=True),
            opening_code=one.opening_code or "",
        )
        for one in card.printed(session, village.id, card_key=card_key, where=of)
    ]


def groups(session: Session, village_id: UUID) -> list[Group]:
    """Every group with its households and cards, in order; one statement."""
    living = and_(Card.village_id == Household.village_id, Card.household_id == Household.id, Card.revoked_at.is_(None))
    rows = session.execute(
        select(Household.group_no, func.count(), func.count(Card.id), func.count(Card.opened_at))
        .outerjoin(Card, living)
        .where(Household.village_id == village_id, Household.left_on.is_(None))
        .group_by(Household.group_no)
    )
    return sorted((Group(*row) for row in rows), key=lambda group: (group.group_no is None, group.group_no or 0))


def printed_code(card: DoorCard, draw: Callable[[str], bytes] = qr.emblem_png) -> bytes:
    """The PNG of a card's code, after it was read back; raises UnreadableCode if it says anything but its URL."""
    picture = draw(card.url)
    if qr_reader.decode_small(picture) != card.url:
        raise UnreadableCode(
            N_("%(number)s 户的码画出来后读不回原来的地址，已停止打印，一张也没有出。请再试一次，还不行就告诉管理员。"),
            number=card.number,
        )
    return picture


def sheets(
    heading: Heading,
    cards: Iterable[DoorCard],
    dated: datetime,
    *,
    per_sheet: int = 4,
    translate: Callable[[str], str] = str,
    draw: Callable[[str], bytes] = qr.emblem_png,
    drawn: Callable[[], None] = lambda: None,
) -> Sheets:
    """A4 sheets of 4 or 6 cards, or A6 plates, each with its tear-off slip; `dated` is written into the file.

    `drawn` is called after each code, for whoever shows how far it is (1,046 cards take about 25 seconds).

    Raises PdfUnavailable without the extra `pdf`, BadInput for no cards or another number per sheet, UnreadableCode.
    """
    pdf.require()
    found = list(cards)
    files, data = content(heading, found, _drawn(found, draw, drawn), per_sheet=per_sheet, translate=translate)
    return Sheets(pdf.typeset(TEMPLATE, data, dated, files), gaps(data))


def pictures(
    heading: Heading, cards: Iterable[DoorCard], dated: datetime, *, per_sheet: int = 4, ppi: int = 144
) -> list[bytes]:
    """The same sheets as PNG pictures of `ppi` dots per inch."""
    pdf.require()
    found = list(cards)
    files, data = content(heading, found, _drawn(found, qr.emblem_png, lambda: None), per_sheet=per_sheet)
    return pdf.pictures(TEMPLATE, data, dated, files, ppi)


def grouped(code: str) -> str:
    """Digits in fours, as a person reads them out: 3141 5926."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def _drawn(cards: Iterable[DoorCard], draw: Callable[[str], bytes], drawn: Callable[[], None]) -> Iterator[bytes]:
    for one in cards:
        yield printed_code(one, draw)
        drawn()


def content(
    heading: Heading,
    cards: Sequence[DoorCard],
    codes: Iterable[bytes],
    *,
    per_sheet: int,
    translate: Callable[[str], str] = str,
) -> tuple[dict[str, bytes], dict[str, object]]:
    """What the sheets are typeset from: a picture for each card, and the data; BadInput as `sheets` raises it."""
    check(cards, per_sheet)
    words = {name: translate(sentence) for name, sentence in WORDS.items()}
    files = {f"{n}.png": code for n, code in enumerate(codes)}
    rows = [_row(card, f"{n}.png", words["group"]) for n, card in enumerate(cards)]
    data = {
        "village": heading.village,
        "phone": heading.clerk_phone,
        "per_sheet": per_sheet,
        "words": words,
        "cards": rows,
    }
    return files, data


def check(cards: Sequence[DoorCard], per_sheet: int) -> None:
    """Refuse to print no cards, or another number of them on a sheet (BadInput)."""
    if per_sheet not in PER_SHEET:
        raise BadInput(N_("一张纸只能排 4 张或 6 张门牌码，或者一张 A6 一户，没有生成。"))
    if not cards:
        raise BadInput(N_("没有可打印的码牌，没有生成文件。请先导入名册、发码牌，或换一个组。"))


def _row(card: DoorCard, picture: str, group: str) -> dict[str, str]:
    return {
        "number": card.number,
        "group": "" if card.group_no is None else group % {"number": card.group_no},
        "holder": card.holder,
        "opening": grouped(card.opening_code),
        "picture": picture,
    }


def gaps(data: Mapping[str, object]) -> dict[str, str]:
    """Which cards print with a gap, because a name has a character that no font here draws."""
    rows: list[dict[str, str]] = data["cards"]  # type: ignore[assignment]
    missing = set(pdf.unprintable("".join(row["number"] + row["group"] + row["holder"] for row in rows)))
    found = {row["number"]: "".join(sorted(missing & set(row["number"] + row["holder"]))) for row in rows}
    return {number: chars for number, chars in found.items() if chars}
