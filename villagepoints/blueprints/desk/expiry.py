"""快到期的积分: who loses points on the first of next month unless they are spent, to tell those without a phone."""

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.listing import Cell, Column, Table, listed, show
from villagepoints.blueprints.desk.navigation import is_open
from villagepoints.domain import expiry as rules
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_
from villagepoints.extensions import db
from villagepoints.services import expiry as service
from villagepoints.services.expiry import Expiring

EXPIRING = listed("desk.expiring", N_("快到期的积分"))


@blueprint.get("/expiring")
@access("desk", "read", roles=DESK)
def expiring() -> ResponseReturnValue:
    """The households, elders first."""
    session, village_id, today = db.session(), current_actor().village_id, village_date(clock.now())
    day = rules.next_day(today)
    phone: Column[Expiring] = Column(_("电话"), lambda row: row.phone, look="nowrap")
    table: Table[Expiring] = Table(
        columns=[
            Column(_("户号"), lambda row: row.number, "number", "nowrap"),
            Column(_("户主"), lambda row: row.head_name),
            Column(_("组"), lambda row: row.group_no, "group", is_named=True),
            Column(_("老人户"), lambda row: Cell(_("是") if row.is_elder else "", look="mark gold"), is_named=True),
            *([phone] if is_open("desk.ledger") else []),
            Column(_("余额"), lambda row: row.balance, "balance", "num", total="balance"),
            Column(_("到期的分"), lambda row: row.points, "points", "num", total="points"),
            Column(_("哪天到期"), lambda _row: day, look="nowrap", is_named=True),
        ],
        opens=lambda row: url_for("desk.household", household_id=row.household_id),
        id_of=lambda row: row.household_id,
    )
    return show(
        EXPIRING,
        "desk/expiring.html",
        table,
        lambda wanted: service.soon(session, village_id, today, wanted)[1],
        day=day,
        empty="",
    )
