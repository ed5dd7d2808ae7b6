"""A household's statement as a workbook, and how any list becomes one."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from uuid import UUID

from flask import Response, send_file
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.entry_sheet import entry_sheet
from villagepoints.blueprints.public_seals import download
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import export as service
from villagepoints.services import household as households
from villagepoints.services import household_file, statement

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/households/<uuid:household_id>/statement.xlsx")
@access("desk", "read", roles=OFFICE)
def export_statement(household_id: UUID) -> Response:
    """A household's whole statement."""
    session, village_id = db.session(), current_actor().village_id
    household = households.get(session, village_id, household_id)
    entries = entry_sheet(
        _("积分账 %(number)s", number=household.number), statement.whole(session, village_id, household_id)
    )
    return as_workbook(entries.title, entries.heads, entries.lines)


@blueprint.get("/households/<uuid:household_id>/account.json")
@access("desk", "read", roles=OFFICE)
def export_account(household_id: UUID) -> Response:
    """A household's account as it was hashed, for who has no phone and wants it checked."""
    return download(household_file.whole(db.session(), current_actor().village_id, household_id))


def residency_name(residency: str) -> str:
    """What a workbook calls one of the two kinds of households."""
    return str(_("动迁上楼") if residency == "relocated" else _("常住"))


def as_workbook(title: str, heads: Sequence[str], lines: Iterable[service.Line]) -> Response:
    """A list as a download: plain cells, named after its title and the day."""
    content = BytesIO(service.workbook(title, heads, lines))
    name = f"{title} {village_date(clock.now()).isoformat()}.xlsx"
    return send_file(content, mimetype=XLSX, as_attachment=True, download_name=name)


def as_workbook_of(title: str, sheets: Iterable[service.Sheet]) -> Response:
    """Several lists as one download, a sheet each."""
    name = f"{title} {village_date(clock.now()).isoformat()}.xlsx"
    return send_file(BytesIO(service.workbook_of(sheets)), mimetype=XLSX, as_attachment=True, download_name=name)
