"""The certificate of an honour that stands in the ledger, handed to the household: A4, landscape."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain.errors import N_, NotFound, RuleBroken
from villagepoints.domain.ledger import AWARD
from villagepoints.models import Village
from villagepoints.services import pdf, rulebook, statement

# A certificate is in Chinese, whoever prints it.
TITLE = N_("荣誉证书")
HOLDER = N_("%(name)s 家庭：")
TEXT = N_("%(year)s年%(month)s月%(day)s日，村里给你家记下「%(item)s」这份荣誉。%(why)s特发此证，以资鼓励。")
WHY = N_("事由：%(reason)s。")
ISSUER = N_("%(village)s村民委员会")
DATED = N_("%(year)s年%(month)s月%(day)s日")
NUMBER = N_("证书编号 %(number)s")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says; its number leads back to the entry."""

    number: str
    village: str
    holder: str
    item: str
    reason: str
    occurred_on: date


def codes(session: Session, village_id: UUID) -> frozenset[str]:
    """The items of any version that are honours; one statement."""
    books = rulebook.versions(session, village_id)
    return frozenset(item.code for book in books for item in book.items.values() if item.is_honour)


def of_entry(session: Session, village_id: UUID, household_id: UUID, seq: int) -> Certificate:
    """The certificate of an entry; NotFound where there is none, RuleBroken where it is no honour or was undone."""
    line = statement.one(session, village_id, household_id, seq)
    if line is None:
        raise NotFound(N_("没有第 %(seq)s 条记录，没有证书。"), seq=seq)
    if line.kind != AWARD or line.item_code not in codes(session, village_id):
        raise RuleBroken(N_("第 %(seq)s 条不是荣誉，没有证书。"), seq=seq)
    if line.reversed_by is not None:
        raise RuleBroken(N_("第 %(seq)s 条已经冲正，不能再发证书。"), seq=seq)
    village = session.get_one(Village, village_id)
    return Certificate(
        number=f"{village.code.upper()}-{line.occurred_on.year}-{line.number}-{seq}",
        village=village.name,
        holder=line.head_name,
        item=(line.item_name or line.item_code) + (f"（{line.grade}）" if line.grade else ""),
        reason=line.note.strip().rstrip("。"),
        occurred_on=line.occurred_on,
    )


def as_pdf(one: Certificate, issued_on: date, now: datetime) -> bytes:
    """The certificate as PDF, dated on a village date; raises PdfUnavailable without the extra `pdf`."""
    return pdf.typeset("certificate.typ", words(one, issued_on), now)


def words(one: Certificate, issued_on: date) -> dict[str, str]:
    """Every line of it, as it is printed."""
    why = WHY % {"reason": one.reason} if one.reason else ""
    return {
        "title": TITLE,
        "holder": HOLDER % {"name": one.holder},
        "text": TEXT % {**_day(one.occurred_on), "item": one.item, "why": why},
        "issuer": ISSUER % {"village": one.village},
        "dated": DATED % _day(issued_on),
        "number": NUMBER % {"number": one.number},
    }


def _day(on: date) -> dict[str, int]:
    return {"year": on.year, "month": on.month, "day": on.day}
