"""What problems of audits are called, on the pages of the group and of the desk alike."""

from typing import Any

from villagepoints.domain.audit import PROBLEM_STATES, REMEDIES
from villagepoints.domain.audit_problem import STAGES, STEPS
from villagepoints.domain.errors import N_
from villagepoints.services.audit_problem_list import ALL, UNDER_WAY

NARROWED = {UNDER_WAY: N_("没了结的"), **PROBLEM_STATES, ALL: N_("全部")}


def words() -> dict[str, Any]:
    """The words for ways, steps and stages, for a template."""
    return {"remedies": REMEDIES, "steps": STEPS, "stages": STAGES}
