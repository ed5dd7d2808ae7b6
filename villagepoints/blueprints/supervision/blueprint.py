"""The supervision group's blueprint, apart from its pages so that each page's module can import it."""

from flask import Blueprint

blueprint = Blueprint("supervision", __name__, url_prefix="/supervision")
