"""Keeps the secrets in addresses, tokens of cards, posters and sign-in links, out of every log line."""

import logging
import re

from flask import Flask

SECRET = re.compile(r"(/[qg]/[^/\s]+/|/auth/link/)[^\s\]?\"']+", re.IGNORECASE)


class Redact(logging.Filter):
    """Puts … where a token stood."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record pass, rewritten."""
        record.msg, record.args = SECRET.sub(r"\1…", record.getMessage()), ()
        return True


def init_app(app: Flask) -> None:
    """Watch the application's own logger, which names the path of every request that failed."""
    app.logger.addFilter(Redact())
