"""What a villager's browser keeps: the household it is open for, how large it reads, what it calls itself."""

import secrets
from datetime import datetime
from typing import Any

from flask import Response, current_app, g, request, session

from villagepoints import clock
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_
from villagepoints.extensions import db
from villagepoints.services import phone
from villagepoints.services.phone import REMEMBERED, Credential, Home

COOKIE = "home"
FOUND = "villagepoints.home"  # in the WSGI environment: who is at home, where that was asked before
VIEW = "view"
ELDER, LARGEST, PLAIN = "elder", "largest", "plain"
VIEWS = (ELDER, LARGEST, PLAIN)
BROWSERS = (
    ("MicroMessenger", N_("微信")),
    ("Alipay", N_("支付宝")),
    ("Edg", "Edge"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
MACHINES = (
    ("iPhone", N_("苹果手机")),
    ("iPad", N_("平板")),
    ("HarmonyOS", N_("鸿蒙手机")),
    ("Android", N_("安卓手机")),
    ("Windows", N_("Windows 电脑")),
)


def credential() -> Credential | None:
    """What this browser shows of being remembered, if anything."""
    return Credential.read(request.cookies.get(COOKIE, ""))


def at_home(now: datetime) -> Home | None:
    """The household this browser is open for; one statement, none where it shows nothing or was found at the door."""
    if FOUND in request.environ:
        found: Home | None = request.environ[FOUND]
        return found
    shown = credential()
    return phone.identify(db.session(), shown, now) if shown else None


def new_secret() -> str:
    """A secret for this browser, fresh at every opening: whoever put one there before or copied it learns nothing."""
    return secrets.token_urlsafe(24)


def former_secret() -> str:
    """The secret it shows so far, under which the other households it knows are remembered; empty without one."""
    shown = credential()
    return shown.secret if shown else ""


def name() -> str:
    """Under which this browser's wrong guesses are counted before it is remembered."""
    if "device" not in session:
        session["device"] = secrets.token_hex(8)
    device: str = session["device"]
    return device


def label() -> str:
    """How a person would call this phone."""
    agent = request.user_agent.string
    machine = next((words for mark, words in MACHINES if mark in agent), N_("电脑或其他"))
    browser = next((words for mark, words in BROWSERS if mark in agent), "")
    return f"{machine} · {browser}" if browser else machine


def remember(response: Response, shown: Credential) -> None:
    """Have the browser keep what opens the household's page."""
    _set(response, COOKIE, str(shown), httponly=True)


def forget(response: Response) -> None:
    """Have the browser forget the household: what opens it, and every page, draft and worker kept for it."""
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    response.delete_cookie(COOKIE, samesite="Lax", httponly=True, secure=_secure())


def keep_view(response: Response, view: str) -> None:
    """Have the browser keep how large it reads."""
    _set(response, VIEW, view, httponly=True)


def keep(response: Response, cookie: str, value: str) -> None:
    """Have the browser keep a choice that is no secret."""
    _set(response, cookie, value, httponly=True)


def view(is_elder: bool = False) -> str:
    """How large pages are written: this browser's choice, else what suits the household."""
    home: Home | None = g.get("home")
    return view_of(request.cookies.get(VIEW), home.is_elder if home else is_elder)


def view_of(chosen: str | None, is_elder: bool) -> str:
    """The same from a browser's choice and whether the household is an elder's."""
    return chosen if chosen in VIEWS else ELDER if is_elder else PLAIN


def frame(is_elder: bool = False) -> dict[str, Any]:
    """What the frame of every villager's page is told: which view it is written for, and the day."""
    shown = view(is_elder)
    return {"view": shown, "elder": shown != PLAIN, "today": village_date(clock.now())}


def _secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def _set(response: Response, cookie: str, value: str, *, httponly: bool) -> None:
    response.set_cookie(
        cookie, value, max_age=REMEMBERED, samesite="Lax", httponly=httponly, secure=_secure(), path="/"
    )
