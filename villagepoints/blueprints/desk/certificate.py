"""荣誉证书: the certificate of an honour, as PDF to print and hand over."""

from uuid import UUID

from flask import Response
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import certificate as service


@blueprint.get("/households/<uuid:household_id>/entries/<int(max=2147483647):seq>/certificate.pdf")
@access("desk", "read", roles=OFFICE)
def certificate(household_id: UUID, seq: int) -> ResponseReturnValue:
    """The certificate of one entry."""
    now = clock.now()
    found = service.of_entry(db.session(), current_actor().village_id, household_id, seq)
    made = service.as_pdf(found, village_date(now), now)
    headers = {"Content-Disposition": f'inline; filename="certificate-{seq}.pdf"', "Cache-Control": "no-store"}
    return Response(made, mimetype="application/pdf", headers=headers)
