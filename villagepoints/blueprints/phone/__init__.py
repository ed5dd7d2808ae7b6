"""A household's own pages under /my: home, records, redemption, claims, objections, help."""

from villagepoints.blueprints.phone import (
    claim,
    data,
    evidence,
    help,
    home,
    lists,
    news,
    objection,
    pieces,
    records,
    red_line,
    redeem,
    request,
    year,
)
from villagepoints.blueprints.phone.blueprint import blueprint

__all__ = [
    "blueprint",
    "claim",
    "data",
    "evidence",
    "help",
    "home",
    "lists",
    "news",
    "objection",
    "pieces",
    "records",
    "red_line",
    "redeem",
    "request",
    "year",
]
