"""The embedded server: waitress, listening before it answers."""

import errno
import logging

from flask import Flask
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

from villagepoints.domain.errors import N_, Conflict

THREADS = 8


def listen(app: Flask, host: str, port: int, threads: int = THREADS) -> BaseWSGIServer | MultiSocketServer:
    """A server bound to its port, to be run; Conflict where the port is taken.

    Waitress writes no access log, so no token of a card or a link can stand in one.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        return create_server(
            app,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            # the application itself believes as many proxies as VILLAGEPOINTS_TRUSTED_PROXIES says
            clear_untrusted_proxy_headers=not app.config["TRUSTED_PROXIES"],
        )
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise Conflict(N_("端口 %(port)s 已经有程序在用。请换一个，例如：PORT=8001 make run"), port=port) from None
