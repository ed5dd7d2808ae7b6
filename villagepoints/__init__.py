"""villagepoints: the points system of a village. `create_app` wires the parts and decides nothing."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from villagepoints import access, config
from villagepoints.extensions import babel, csrf, db, limiter, login, migrate
from villagepoints.services.transaction import prepare

BLUEPRINTS = (
    "public",
    "public_lists",
    "public_goods",
    "public_objections",
    "public_seals",
    "card",
    "gathering",
    "phone",
    "offline",
    "outbox",
    "auth",
    "account",
    "desk",
    "supervision",
)
WEB = (
    "compression",  # first: what is done after a request runs from the last to the first
    "language",
    "quick",
    "icons",
    "goods",
    "filters",
    "headers",
    "errors",
    "phone.kept",
    "offline",
    "logs",
)  # blueprints/*.py with init_app(app): what all pages share


def create_app(settings: Mapping[str, str] | None = None, **overrides: Any) -> Flask:
    """The WSGI application, from settings (default: the environment) and Flask configuration overrides."""
    app = Flask(__name__)
    app.config.update(config.flask_config({**config.read(), **(settings or {})}))
    app.config.update(overrides)
    for extension in (db, login, csrf, babel, limiter):
        extension.init_app(app)
    migrate.init_app(app, db, directory=str(migrations_folder()))
    with app.app_context():
        prepare(db.engine)
    access.guard(app)
    for name in WEB:
        import_module(f"villagepoints.blueprints.{name}").init_app(app)
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(f"villagepoints.blueprints.{name}").blueprint)
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    return app


def migrations_folder() -> Path:
    """Where the migrations are: inside the package when installed from a wheel, beside it in a checkout."""
    inside = Path(__file__).parent / "migrations"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "migrations"
