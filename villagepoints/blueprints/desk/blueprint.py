"""The desk's blueprint, apart from its pages so that each page's module can import it."""

from flask import Blueprint

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
