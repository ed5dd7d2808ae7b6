"""The one place that reads the clock; tests set `CLOCK` in the configuration."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask, current_app


def now() -> datetime:
    """The present UTC instant."""
    return of(current_app)


def of(app: Flask) -> datetime:
    """The same for an application that is not the current one yet."""
    clock: Callable[[], datetime] | None = app.config.get("CLOCK")
    return clock() if clock else datetime.now(UTC)
