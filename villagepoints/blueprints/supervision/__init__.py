"""监督: what the supervision group opens on a phone: the audit, its sample, prompts, problems, signatures."""

from villagepoints.blueprints.supervision import context, home
from villagepoints.blueprints.supervision.blueprint import blueprint

__all__ = ["blueprint", "context", "home"]
