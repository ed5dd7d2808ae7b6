"""货架标签: choose goods and copies, and print them with their codes."""

from uuid import UUID

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.goods import drawing
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import pdf, print_file, print_labels, reward_list
from villagepoints.services.print_labels import Sources
from villagepoints.services.print_run import Done
from villagepoints.services.print_words import SIZES

TITLE = N_("货架标签")


@blueprint.get("/shelf-labels")
@access("desk", "read", roles=OFFICE)
def shelf_labels() -> ResponseReturnValue:
    """The goods on offer, to be ticked, with how many labels of each."""
    session, village_id = db.session(), current_actor().village_id
    goods = reward_list.on_offer(session, village_id, village_date(clock.now()))[: print_labels.MOST]
    return render_template("desk/shelf_labels.html", goods=goods, everything="all" in request.args, pdf=pdf.available())


@blueprint.get("/shelf-labels/made")
@access("desk", "read", roles=OFFICE)
def shelf_labels_made() -> ResponseReturnValue:
    """The labels as a file, each code read back first."""
    village = db.session().get_one(Village, current_actor().village_id)
    pdf.require()
    instance, size = current_app.config["INSTANCE"], request.args.get("paper", "a4")
    size = size if size in SIZES else "a4"
    sources = Sources(instance, lambda reward_id: _address(village.code, reward_id), drawing)
    try:
        sheets = print_labels.labels(db.session(), village, _copies(), sources, paper=size)
    except BadInput as error:
        flash(said(error), "wrong")
        return redirect(url_for("desk.shelf_labels"))
    printed = print_file.made(print_file.folder(instance, "papers", village.id), sheets)
    done = Done("labels", printed.key, printed.sha256, printed.gaps)
    response = make_response(render_template("desk/labels_made.html", done=[(done, TITLE, None)], left=0, size=size))
    response.headers["Cache-Control"] = "no-store"
    return response


def _address(code: str, reward_id: UUID) -> str:
    public_url: str = current_app.config["PUBLIC_URL"]
    return public_url + url_for("public_goods.goods", code=code, reward_id=reward_id)


def _copies() -> dict[UUID, int]:
    """How many labels of each of the ticked goods the query asks for; what is no number is one."""
    copies: dict[UUID, int] = {}
    for name in request.args.getlist("want")[: print_labels.MOST]:
        try:
            copies[UUID(name)] = max(0, request.args.get(f"copies-{name}", 1, type=int))
        except ValueError:
            continue
    return copies
