"""A household's own pages under /my: home, records, redemption, help."""

from villagepoints.blueprints.phone import evidence, help, home, records, red_line, redeem
from villagepoints.blueprints.phone.blueprint import blueprint

__all__ = ["blueprint", "evidence", "help", "home", "records", "red_line", "redeem"]
