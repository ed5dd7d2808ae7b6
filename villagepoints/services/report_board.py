"""The report on one sheet for the notice board: figures, what the group saw, masked names, seal and code."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain.audit import AGREE, DIFFER, KINDS
from villagepoints.domain.calendar import Month
from villagepoints.domain.ledger import AWARD
from villagepoints.domain.names import mask
from villagepoints.domain.report import MonthReport
from villagepoints.domain.report_parts import AuditPart
from villagepoints.domain.rulebook import CONTRIBUTION
from villagepoints.models import Household, LedgerEntry, Village
from villagepoints.models import RuleItem as ItemRow
from villagepoints.services import pdf, report_basis, report_pdf
from villagepoints.services.print_code import readable
from villagepoints.services.print_file import Sheets
from villagepoints.services.print_words import frame, group_name, midnight, month_name, points, signed, words
from villagepoints.services.report_publish import Edition
from villagepoints.services.report_words import money, share
from villagepoints.services.stats import item_join
from villagepoints.services.undone import standing

NAMED = 18  # households on the sheet, those with most contribution points


def sheet(
    session: Session, village: Village, report: MonthReport, edition: Edition | None, *, url: str, paper: str
) -> Sheets:
    """One page of A4 or A3, its code leading to `url`. Two statements; raises UnreadableCode, BadInput."""
    said = words("report_board")
    under = said["under"] % {"village": village.name, "month": month_name(report.month)}
    if edition is not None:
        under += "　" + said["edition"] % {"edition": edition.edition}
    basis = report.parts.basis
    data = {
        **frame(village, "report_board", paper, under=under),
        **_books(report, said),
        **_audit(report.parts.audit, said),
        **_people(report, said),
        "deeds": _deeds(session, village, report.month, basis.number if basis else report_basis.NOW),
        "seal": _seal(report, edition, said),
        "code": "code.png",
    }
    dated = edition.made_at if edition else basis.taken_at if basis else midnight((report.month + 1).first)
    name = f"report-board-{report.month}-{paper}"
    return Sheets(name=name, template="report_board.typ", data=data, dated=dated, files={"code.png": readable(url)})


def typeset(found: Sheets) -> bytes:
    """The sheet as PDF, 〓 for signs that no font draws; raises PdfUnavailable."""
    pdf.require()
    return pdf.typeset(found.template, report_pdf.printable(found.data), found.dated, found.files)


def _books(report: MonthReport, said: Mapping[str, Any]) -> dict[str, Any]:
    now, shop = report.now, report.parts.shop
    values = (now.generated, now.deducted, now.redeemed, now.outstanding)
    lines = [*((group.line.name, group.line.now) for group in report.groups), (said["all"], report.total.now)]
    homes = {
        "households": f"{report.all_households:,}",
        "entries": f"{report.entries:,}",
        "share": share(report.self_share),
    }
    spent = said["money"] % {"cost": money(shop.cost_cents)} if shop.cost_cents else ""
    return {
        "figures": [[name, points(value)] for name, value in zip(said["figures"], values, strict=True)],
        "homes": said["homes"] % homes + spent,
        "categories": [[name, points(of.base), points(of.contribution), points(of.deduction)] for name, of in lines],
    }


def _audit(audit: AuditPart | None, said: Mapping[str, Any]) -> dict[str, Any]:
    if audit is None:
        return {"sample": [], "found": said["no_audit"], "signed": "", "drawn": ""}
    rows = []
    for kind, name in KINDS.items():
        of = [one for one in audit.sample if one.kind == kind]
        drawn, agree, differ = (sum(getattr(one, figure) for one in of) for figure in ("drawn", AGREE, DIFFER))
        rows.append([str(name), *(points(number) for number in (drawn, agree, differ, drawn - agree - differ))])
    found = {
        "problems": len(audit.problems),
        "closed": sum(one.is_closed for one in audit.problems),
        "carried": len(audit.carried),
        "ended": sum(one.is_closed for one in audit.carried),
    }
    names = {"names": "、".join(one.member for one in audit.signatures)}
    drawn_from = {"seal": audit.seed_seal, "lot": audit.lot}
    return {
        "sample": rows,
        "found": said["found"] % found + (said["carried"] % found if audit.carried else ""),
        "drawn": said["drawn"] % drawn_from if audit.lot and audit.seed_seal is not None else "",
        "signed": said["signed"] % names if audit.is_signed else "",
    }


def _people(report: MonthReport, said: Mapping[str, Any]) -> dict[str, str]:
    persuaded, objected = report.parts.persuasions, report.parts.objections
    counts = {
        "persuaded": persuaded.persuaded,
        "rectified": persuaded.rectified + persuaded.rectified_late,
        "counted": persuaded.counted,
    }
    ended = {name: getattr(objected, name) for name in ("filed", "upheld", "rejected", "withdrawn", "open")}
    return {
        "persuaded": said["persuaded"] % counts,
        "objected": said["objected"] % ended if objected.filed else said["no_objection"],
    }


def _deeds(session: Session, village: Village, month: Month, seal: int) -> list[list[str]]:
    """The households with most contribution points of the month, masked, as the report's seal knew them."""
    stand = report_basis.choose(session, village.id, month, seal)
    sums = func.sum(LedgerEntry.points)
    columns = (Household.head_name, Household.group_no, Household.number)
    of_home = and_(Household.village_id == LedgerEntry.village_id, Household.id == LedgerEntry.household_id)
    rows = session.execute(
        stand.up_to(select(*columns, sums.label("points")))
        .join(ItemRow, item_join())
        .join(Household, of_home)
        .where(
            LedgerEntry.village_id == village.id,
            LedgerEntry.kind == AWARD,
            LedgerEntry.occurred_on.between(month.first, month.last),
            ItemRow.kind == CONTRIBUTION,
            standing(),
        )
        .group_by(Household.id, *columns)
        .order_by(sums.desc(), Household.number)
        .limit(NAMED)
    )
    return [[mask(row.head_name), group_name(row.group_no), signed(row.points)] for row in rows]


def _seal(report: MonthReport, edition: Edition | None, said: Mapping[str, Any]) -> list[str]:
    basis = report.parts.basis
    lines = [said["no_seal"]]
    if basis is not None:
        lines = [
            said["seal"] % {"number": basis.number, "fingerprint": basis.fingerprint},
            said["spoken"] % {"words": basis.words},
        ]
    sha = edition.sha256.hex() if edition else ""
    grouped = " ".join(sha[at : at + 8] for at in range(0, len(sha), 8))
    return [*lines, said["sha"] % {"sha": grouped} if sha else said["no_sha"]]
