"""Which thing an address asks to object to: `entry`, `finding` or `claim` in its query."""

from uuid import UUID

from flask import abort, request

from villagepoints.services.objection_subject import About

MOST_SEQ = 2**31


def asked(household_id: UUID) -> About:
    """The thing of the query, an entry being the household's; 404 where it names none or what cannot be one."""
    try:
        if (finding := request.args.get("finding")) is not None:
            return About(finding_id=UUID(finding))
        if (claim := request.args.get("claim")) is not None:
            return About(claim_id=UUID(claim))
        seq = int(request.args.get("entry", "0"))
    except ValueError:
        abort(404)
    if not 0 < seq < MOST_SEQ:
        abort(404)
    return About(household_id=household_id, entry_seq=seq)
