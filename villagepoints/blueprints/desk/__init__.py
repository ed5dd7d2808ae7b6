"""The committee's desk: one module per feature, each adding its pages to the same blueprint."""

from villagepoints.blueprints.desk.blueprint import blueprint

__all__ = ["blueprint"]
