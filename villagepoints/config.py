"""The settings: one typed list of name, default and help, read from VILLAGEPOINTS_* variables."""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from villagepoints.domain.errors import N_, BadInput

PREFIX = "VILLAGEPOINTS_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; its variable is VILLAGEPOINTS_ and its name."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting("INSTANCE", "instance", "folder for the database, keys and evidence; make copies of it"),
    Setting("DATABASE_URL", "", "SQLAlchemy URL of the database; empty: SQLite in the instance folder"),
    Setting("SECRET_KEY", "", "signs cookies; empty: made once and kept in the instance folder"),
    Setting("PUBLIC_URL", "http://127.0.0.1:8000", "what the door cards print, with scheme and host, no path"),
    Setting("TRUSTED_PROXIES", "0", "how many reverse proxies stand before the server"),
    Setting("RATE_LIMIT", "1", "0 switches the limit on bursts of requests off"),
)


def read(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Every setting by its name, from the variables or its default."""
    return {setting.name: environ.get(PREFIX + setting.name, "") or setting.default for setting in SETTINGS}


def flask_config(settings: Mapping[str, str]) -> dict[str, Any]:
    """What Flask and its extensions are configured with; makes the instance folder and its keys if missing."""
    folder = Path(settings["INSTANCE"]).resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    url = settings["DATABASE_URL"] or f"sqlite:///{folder / 'villagepoints.db'}"
    secure = settings["PUBLIC_URL"].startswith("https://")
    return {
        "INSTANCE": folder,
        "PUBLIC_URL": settings["PUBLIC_URL"].rstrip("/"),
        "TRUSTED_PROXIES": _number(settings, "TRUSTED_PROXIES"),
        "SECRET_KEY": settings["SECRET_KEY"] or key(folder, "secret.key"),
        "CARD_KEY": bytes.fromhex(key(folder, "card.key")),  # back it up apart from the database
        "IDENTITY_KEY": bytes.fromhex(key(folder, "identity.key")),  # by it people are known again
        "FACTOR_KEY": bytes.fromhex(key(folder, "factor.key")),  # makes the secrets of staff's one-time codes
        "SQLALCHEMY_DATABASE_URI": database_url(url),
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": not url.startswith("sqlite")},
        "SESSION_COOKIE_NAME": "session",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": secure,
        "PERMANENT_SESSION_LIFETIME": 180 * 24 * 3600,
        "WTF_CSRF_TIME_LIMIT": None,
        "MAX_CONTENT_LENGTH": 32 * 1024 * 1024,
        "BABEL_DEFAULT_LOCALE": "zh",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "RATELIMIT_ENABLED": settings["RATE_LIMIT"] != "0",
        "TEMPLATES_AUTO_RELOAD": False,
    }


def _number(settings: Mapping[str, str], name: str) -> int:
    if not settings[name].isdecimal():
        raise BadInput(
            N_("设置 %(name)s 要写一个整数，现在写的是「%(value)s」。"), name=PREFIX + name, value=settings[name]
        )
    return int(settings[name])


def database_url(url: str) -> str:
    """The URL with the driver this program carries: psycopg 3 for PostgreSQL."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def key(folder: Path, name: str) -> str:
    """A secret kept in the instance folder, readable by its owner only; made at the first use, 256 bits as hex."""
    path = folder / name
    if not path.exists():
        fresh = folder / f"{name}.{secrets.token_hex(4)}"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(fresh, path)  # all or nothing: whoever comes second reads what the first one made
        fresh.unlink()
    kept = path.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", kept):
        raise BadInput(N_("钥匙文件 %(file)s 坏了。有备份就恢复它；没有就删掉，程序会换一把新的。"), file=path)
    return kept
