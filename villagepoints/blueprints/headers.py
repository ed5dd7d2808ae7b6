"""What every answer carries: a strict content policy, no sniffing, no framing, caching by kind."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = (
    ("Content-Security-Policy", POLICY),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(self), geolocation=(), microphone=()"),
)
FOREVER = "public, max-age=31536000, immutable"
PERSONAL = "private, no-cache"  # kept by the browser for its ETag, asked again every time
HASH_LENGTH = 12


@cache
def _digest(folder: str, filename: str, modified_ns: int) -> str:
    return sha256(Path(folder, filename).read_bytes()).hexdigest()[:HASH_LENGTH]


def digest_of(filename: str) -> str:
    """The first twelve hexadecimal digits of a static file's SHA-256; FileNotFoundError if there is none."""
    folder = current_app.static_folder or ""
    modified_ns = Path(folder, filename).stat().st_mtime_ns if current_app.debug else 0
    return _digest(folder, filename, modified_ns)


_URLS: dict[tuple[str, str], str] = {}  # building one takes as long as reading a household's balance


def static_url(filename: str) -> str:
    """The address of a static file with its content's hash in it, so that browsers may keep it for good."""
    if current_app.debug:
        return url_for("static", filename=filename, v=digest_of(filename))
    key = (request.script_root, filename)
    if key not in _URLS:
        _URLS[key] = url_for("static", filename=filename, v=digest_of(filename))
    return _URLS[key]


def _cache_policy() -> str:
    if request.method == "POST":
        return "no-store"  # an answer may show a secret once: an opening code, a sign-in link
    if request.endpoint != "static":
        return PERSONAL
    filename = (request.view_args or {}).get("filename", "")
    try:
        current = request.args.get("v") == digest_of(filename)
    except (OSError, ValueError):
        return "no-cache"
    return FOREVER if current else "no-cache"


class Sessions(SecureCookieSessionInterface):
    """Flask's own, without "Vary: Cookie": answers are private and asked for anew each time, so nobody needs it; and a
    browser that goes back to a form would not find it by another cookie, fetch it with a new key and do it twice."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie where the session changed."""
        super().save_session(app, session, response)
        response.vary.discard("cookie")  # in small letters: it does not find others


def fixed(app: Flask) -> tuple[tuple[str, str], ...]:
    """What every answer of this application carries."""
    if app.config.get("SESSION_COOKIE_SECURE"):
        return (*HEADERS, ("Strict-Transport-Security", "max-age=31536000"))
    return HEADERS


def init_app(app: Flask) -> None:
    """Add the headers to every answer and `static_url` to the templates."""
    app.jinja_env.globals["static_url"] = static_url
    app.session_interface = Sessions()
    always = fixed(app)

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        headers.extend(always)
        if request.endpoint == "static" or "Cache-Control" not in headers:
            headers["Cache-Control"] = _cache_policy()
        return response
