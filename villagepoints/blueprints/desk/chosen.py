"""先选户: the search that a redemption at the window, an entry, a red line and an objection begin with."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from villagepoints.access import current_actor
from villagepoints.blueprints.desk.context import as_typed
from villagepoints.extensions import db
from villagepoints.services import household
from villagepoints.services.paging import Wanted

MOST = 12  # households offered for a search


def choose_household(template: str, onward: str, **values: Any) -> ResponseReturnValue:
    """The households that the words typed find; a single one leads `onward` at once, with the same `values`."""
    words, found = request.args.get("who", ""), None
    if words.strip():
        which, page = household.Filter(words=words), Wanted(size=MOST, sort="number")
        found = household.search(db.session(), current_actor().village_id, which, page)
        if found.total == 1 and not as_typed():
            return redirect(url_for(onward, household_id=found.rows[0].id, **values))
    return render_template(template, found=found, words=words, onward=onward, values=values)
