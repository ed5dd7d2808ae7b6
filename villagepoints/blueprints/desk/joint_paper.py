"""联席会的议程和记录: on paper and as PDF, with room for what is agreed and lines to sign."""

from uuid import UUID

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from villagepoints.access import BLOCKS, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.joint_session import whole_of
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import joint_paper, pdf


@blueprint.get("/joint-sessions/<uuid:joint_session_id>/agenda")
@access("desk", "read", roles=BLOCKS)
def joint_agenda(joint_session_id: UUID) -> ResponseReturnValue:
    """The agenda on paper, with room for what is agreed and a sheet to sign."""
    return _paper("desk/joint_agenda.html", joint_session_id)


@blueprint.get("/joint-sessions/<uuid:joint_session_id>/minutes")
@access("desk", "read", roles=BLOCKS)
def joint_minutes(joint_session_id: UUID) -> ResponseReturnValue:
    """The minutes on paper, with a line for each signature."""
    return _paper("desk/joint_minutes.html", joint_session_id)


@blueprint.get("/joint-sessions/<uuid:joint_session_id>/<any(agenda, minutes):sheet>.pdf")
@access("desk", "read", roles=BLOCKS)
def joint_file(joint_session_id: UUID, sheet: str) -> ResponseReturnValue:
    """The same two as PDF."""
    village = db.session().get_one(Village, current_actor().village_id)
    whole = whole_of(joint_session_id)
    made = joint_paper.as_pdf(whole, village, is_agenda=sheet == "agenda")
    name = f"{village.code}-{whole.session.quarter}-{sheet}.pdf"
    return Response(made, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def _paper(template: str, joint_session_id: UUID) -> ResponseReturnValue:
    village = db.session().get_one(Village, current_actor().village_id)
    return render_template(template, whole=whole_of(joint_session_id), village=village, pdf=pdf.available())
