"""The month's report as JSON, for tools of the office and the group: figures under English names."""

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from villagepoints.domain.calendar import Month
from villagepoints.domain.report import Line, MonthReport, Totals
from villagepoints.services.report_tables import Source


def as_json(report: MonthReport, source: Source) -> dict[str, Any]:
    """The report's figures under English names, points as integers, percent and averages as numbers."""
    return {
        "village": source.village,
        "month": str(report.month),
        "made_at": source.made_at.isoformat(timespec="seconds"),
        "is_over": report.is_over,
        "seal": _seal(report),
        "households": dict(report.households),
        "totals": _totals(report.now),
        "last_month": _totals(report.before),
        "categories": [
            {
                "code": group.line.code,
                "name": group.line.name,
                "items": [_line(report, line) for line in group.items],
                **_line(report, group.line),
            }
            for group in report.groups
        ],
        "channels": {one.name: {"number": one.number, "points": one.points} for one in report.channels},
        "self_service_share": _number(report.self_share),
        "goods": [{"name": one.name, "number": one.number, "points": one.points} for one in report.goods],
        "entries": report.entries,
        "entries_of_100_points_or_more": report.large,
        "recorded_late": dict(report.late),
        "months": [
            {"month": str(month), "generated": generated, "redeemed": redeemed}
            for month, generated, redeemed in report.months
        ],
        "stands_on": None if report.parts.basis is None else report.parts.basis.number,
        "parts": plain(report.parts),
    }


def json_text(report: MonthReport, source: Source) -> str:
    """The same as a text, Chinese as it is."""
    return json.dumps(as_json(report, source), ensure_ascii=False, indent=1) + "\n"


def plain(value: Any) -> Any:
    """A part of the report as JSON holds it: months and days as text, instants in UTC, shares as numbers, bytes hex."""
    if isinstance(value, Month):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return value


def _totals(totals: Totals) -> dict[str, int]:
    return {
        "brought_forward": totals.brought_forward,
        "generated": totals.generated,
        "deducted": totals.deducted,
        "redeemed": totals.redeemed,
        "other": totals.other,
        "outstanding": totals.outstanding,
    }


def _seal(report: MonthReport) -> dict[str, Any] | None:
    if report.seal is None:
        return None
    return {
        "number": report.seal.number,
        "fingerprint": report.seal.fingerprint,
        "taken_at": report.seal.taken_at.isoformat(timespec="seconds"),
        "households": report.seal.households,
        "entries": report.seal.entries,
        "entries_since": report.seal.since,
    }


def _line(report: MonthReport, line: Line) -> dict[str, Any]:
    now = line.now
    return {
        "code": line.code,
        "name": line.name,
        "base": now.base,
        "contribution": now.contribution,
        "deduction": now.deduction,
        "by_residency": {
            residency: {"points": points, "per_household": _number(report.average(now, residency))}
            for residency, points in now.by_residency.items()
        },
        "last_month": line.before.total,
        "change_percent": _number(line.change),
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
