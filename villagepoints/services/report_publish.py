"""Publishing a month's report: an edition keeps its very file, so that its SHA-256 stays true.

An edition may be published before the group has signed, and says 未签 in large letters: a village has to publish its
books every quarter, and nobody should be able to hold them back by not signing. Signing later makes the next edition.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import ADMIN, CLERK, Actor
from villagepoints.domain.audit import LEAST_SIGNATURES
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, Conflict, NotAllowed, NotFound
from villagepoints.domain.report import MonthReport
from villagepoints.models import Audit, AuditSignature, News, PublishedReport, Village
from villagepoints.services import activity, once, report, report_document, report_pdf, supervisor
from villagepoints.services import audit as audits
from villagepoints.services import village as villages
from villagepoints.services.print_words import month_name, words
from villagepoints.services.report_tables import Source
from villagepoints.services.transaction import transaction

TOLD = timedelta(days=30)  # how long the village's page says that the report is out


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition before it is published: everything that takes long is done outside the transaction."""

    month: Month
    seal_number: int
    audit_id: UUID | None
    is_signed: bool
    document: Mapping[str, Any]
    made_at: datetime
    pdf: bytes


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition as lists and the notice board show it; `made_at` is the instant written into its file."""

    edition: int
    seal_number: int
    made_at: datetime
    sha256: bytes
    published_at: datetime


def publish(
    session: Session,
    actor: Actor,
    *,
    month: Month,
    url: str,
    key: str,
    now: datetime,
    seal: int | None = None,
) -> int:
    """Publish the next edition of a month on a seal; its number. A member of the group may once it is signed.

    Raises Conflict where no seal covers the month, or where the last edition says the same; NotAllowed; NotFound for
    no such seal; PdfUnavailable.
    """
    asked = {"act": "publish_report", "month": str(month), "seal": seal, "by": actor.user_id}
    if (earlier := once.repeated(session, actor.village_id, key, asked)) is not None:
        return int(earlier["edition"])
    draft = drafted(session, actor.village_id, month, now=now, url=url, seal=seal)
    return _publish(session, actor, draft, asked, key, now)


def drafted(
    session: Session, village_id: UUID, month: Month, *, now: datetime, url: str, seal: int | None = None
) -> Draft:
    """The edition that would be published now. Raises Conflict where no seal covers the month."""
    village = session.get_one(Village, village_id)
    made = report.month_report(session, village_id, month, village_date(now), seal, at=now)
    if made.parts.basis is None:
        raise Conflict(
            N_("这个月过完以后还没有封过账，报告没有公布。请先到「封账」里封一次：封了账，公布出去的数才不会再变。")
        )
    document = report_document.document(made, Source(village.name, now, url))
    return Draft(
        month=month,
        seal_number=made.parts.basis.number,
        audit_id=_audit_id(session, village_id, made),
        is_signed=bool(document["is_signed"]),
        document=document,
        made_at=now,
        pdf=report_pdf.typeset(document, now),
    )


def _audit_id(session: Session, village_id: UUID, made: MonthReport) -> UUID | None:
    found = audits.of_month(session, village_id, str(made.month)) if made.parts.audit else None
    return found.id if found else None


@transaction
def _publish(session: Session, actor: Actor, draft: Draft, asked: Mapping[str, Any], key: str, now: datetime) -> int:
    if (earlier := once.claim(session, actor.village_id, key, asked, now)) is not None:
        return int(earlier["edition"])
    _check_may(session, actor, draft, now)
    villages.touch(session, actor.village_id)  # the village's row is ours: one edition after the other
    last = _last(session, actor.village_id, draft.month)
    document_hash, sha256 = _document_hash(draft.document), hashlib.sha256(draft.pdf)
    if last is not None and last.document_hash == document_hash:
        raise Conflict(N_("和已经公布的第 %(edition)s 版一个字不差，没有再公布。"), edition=last.edition)
    edition = 1 + (last.edition if last else 0)
    row = PublishedReport(
        village_id=actor.village_id,
        month=str(draft.month),
        edition=edition,
        audit_id=draft.audit_id,
        seal_number=draft.seal_number,
        made_at=draft.made_at,
        pdf=draft.pdf,
        sha256=sha256.digest(),
        document_hash=document_hash,
        published_by=actor.user_id,
        published_at=now,
    )
    session.add_all([row, _told(actor.village_id, draft, edition, now)])
    detail = {
        "month": str(draft.month),
        "edition": edition,
        "seal": draft.seal_number,
        "signed": draft.is_signed,
        "sha256": sha256.hexdigest(),
    }
    activity.record(session, actor, "report.published", now, subject=draft.audit_id, detail=detail)
    once.answer(session, actor.village_id, key, {"edition": edition})
    return edition


def may(actor: Actor, *, is_signed: bool) -> bool:
    """Whether the actor's office lets them publish: clerk and administrator always, others once it is signed."""
    return actor.is_any(CLERK, ADMIN) or is_signed


def _check_may(session: Session, actor: Actor, draft: Draft, now: datetime) -> None:
    if actor.is_any(CLERK, ADMIN):
        return
    supervisor.current(session, actor, village_date(now))
    if not draft.is_signed:
        raise NotAllowed(N_("要两户人家的成员都签了字，监督小组才能公布。报告没有公布；没签字的可以请文书先公布。"))


def _told(village_id: UUID, draft: Draft, edition: int, now: datetime) -> News:
    """A line on the village's page, in the village's language."""
    today = village_date(now)
    said = words("report_board")
    title = said["news"] % {"month": month_name(draft.month)}
    body = said["news_body"] % {"mark": draft.document["mark"], "edition": edition}
    return News(village_id=village_id, title=title, body=body, shown_on=today, until_on=today + TOLD)


def _document_hash(document: Mapping[str, Any]) -> bytes:
    """What tells two documents apart; the PDF does not, it has its own instant in it."""
    return hashlib.sha256(json.dumps(document, ensure_ascii=False, sort_keys=True).encode()).digest()


def one(session: Session, village_id: UUID, month: Month, edition: int | None = None) -> PublishedReport:
    """An edition of a month, the last unless another is asked for; NotFound."""
    wanted = select(PublishedReport).where(
        PublishedReport.village_id == village_id, PublishedReport.month == str(month)
    )
    if edition is not None:
        if not 0 < edition < 2**31:  # no column holds more
            raise NotFound(N_("这个月的报告还没有公布。"))
        wanted = wanted.where(PublishedReport.edition == edition)
    found = session.scalars(wanted.order_by(PublishedReport.edition.desc()).limit(1)).one_or_none()
    if found is None:
        raise NotFound(N_("这个月的报告还没有公布。"))
    return found


def editions(session: Session, village_id: UUID, month: Month) -> Sequence[Edition]:
    """The editions of a month, the last one first; one statement."""
    row = PublishedReport
    rows = session.execute(
        select(row.edition, row.seal_number, row.made_at, row.sha256, row.published_at)
        .where(row.village_id == village_id, row.month == str(month))
        .order_by(row.edition.desc())
    )
    return [Edition(*found) for found in rows]


def _last(session: Session, village_id: UUID, month: Month) -> PublishedReport | None:
    try:
        return one(session, village_id, month)
    except NotFound:
        return None


@dataclass(frozen=True, slots=True)
class State:
    """How far a month's report is: `audit` is None, open or concluded; `edition` the last one published."""

    audit: str | None = None
    is_signed: bool = False
    edition: int | None = None
    published_at: datetime | None = None


def states(session: Session, village_id: UUID, months: Sequence[Month]) -> dict[Month, State]:
    """How far the reports of these months are; two statements."""
    names = [str(month) for month in months]
    signed = (
        select(func.count(AuditSignature.household_id.distinct()))
        .where(AuditSignature.village_id == Audit.village_id, AuditSignature.audit_id == Audit.id)
        .scalar_subquery()
    )
    of = session.execute(
        select(Audit.month, Audit.status, signed).where(Audit.village_id == village_id, Audit.month.in_(names))
    )
    found = {name: State(status, int(homes) >= LEAST_SIGNATURES) for name, status, homes in of}
    published = (
        select(PublishedReport.month, PublishedReport.edition, PublishedReport.published_at)
        .where(PublishedReport.village_id == village_id, PublishedReport.month.in_(names))
        .order_by(PublishedReport.edition)
    )
    for name, edition, at in session.execute(published):
        found[name] = replace(found.get(name, State()), edition=edition, published_at=at)
    return {Month.parse(name): state for name, state in found.items()}
