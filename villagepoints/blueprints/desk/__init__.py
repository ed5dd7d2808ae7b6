"""The committee's desk: one module per feature, each adding its pages to the same blueprint."""

from villagepoints.blueprints.desk import (
    card,
    context,
    counter,
    entry,
    evidence,
    export,
    finding,
    home,
    household,
    importing,
    lane,
    redemption,
    report,
    review,
    reward,
    statement,
    user,
)
from villagepoints.blueprints.desk.blueprint import blueprint

__all__ = [
    "blueprint",
    "card",
    "context",
    "counter",
    "entry",
    "evidence",
    "export",
    "finding",
    "home",
    "household",
    "importing",
    "lane",
    "redemption",
    "report",
    "review",
    "reward",
    "statement",
    "user",
]
