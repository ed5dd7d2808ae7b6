"""监督: what the supervision group opens on a phone: the audit, its sample, prompts, problems, signatures."""

from villagepoints.blueprints.supervision import (
    audit,
    context,
    evidence,
    home,
    pin,
    problem,
    prompt,
    report,
    seal,
    setting,
    signing,
    walk,
)
from villagepoints.blueprints.supervision.blueprint import blueprint

__all__ = [
    "audit",
    "blueprint",
    "context",
    "evidence",
    "home",
    "pin",
    "problem",
    "prompt",
    "report",
    "seal",
    "setting",
    "signing",
    "walk",
]
