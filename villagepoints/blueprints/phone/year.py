"""今年: a household's year as a curve and as a table, month by month."""

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from villagepoints.access import access
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.blueprints.phone.curve import curve, height
from villagepoints.domain.calendar import YEARS, Month, village_date
from villagepoints.extensions import db
from villagepoints.services import year as service


@blueprint.get("/year")
@access("phone", "read")
def year() -> ResponseReturnValue:
    """The year asked for, or this one; years to come are this one."""
    home, this_month = at_home(), Month.of(village_date(g.now))
    wanted = request.args.get("year", this_month.year, type=int)
    number = min(wanted, this_month.year) if wanted in YEARS else this_month.year
    page = service.of_household(db.session(), home.village_id, home.household_id, year=number, until=this_month)
    return render_template("phone/year.html", year=page, curve=curve, height=height, this_year=this_month.year)
