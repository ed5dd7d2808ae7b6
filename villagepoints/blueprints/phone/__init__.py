"""A household's own pages under /my: home, records, redemption, help."""

from villagepoints.blueprints.phone import claim, evidence, help, home, records, red_line, redeem
from villagepoints.blueprints.phone.blueprint import blueprint

__all__ = ["blueprint", "claim", "evidence", "help", "home", "records", "red_line", "redeem"]
