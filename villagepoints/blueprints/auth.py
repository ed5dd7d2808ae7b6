"""The door of the desk: signing in by a one-time link or by village code, login name, password and one-time code."""

from contextlib import suppress
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from sqlalchemy.exc import OperationalError

from villagepoints import clock
from villagepoints.access import BLOCKS, DESK, SUPERVISION, access
from villagepoints.blueprints import device
from villagepoints.blueprints.filters import day
from villagepoints.blueprints.language import said
from villagepoints.blueprints.trail_words import words_of
from villagepoints.domain import user as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import DomainError, Refusal
from villagepoints.extensions import db, limiter, login
from villagepoints.forms.user import LinkForm, SignInForm
from villagepoints.services import signing_in, staff_device, staff_rule, trail

blueprint = Blueprint("auth", __name__, url_prefix="/auth")
# "strong" signs people out when the phone moves from Wi-Fi to 4G: WeChat's user agent names the network
login.session_protection = None


class Staff:
    """What Flask-Login keeps of a signed-in member of staff."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, user: staff_device.SignedIn) -> None:
        self.user = user

    @property
    def actor(self) -> Actor:
        """The actor to hand to services."""
        return self.user.actor

    def check_may_approve(self) -> None:
        """Refuse an approval where the village demands a second factor and there is none: NotAllowed."""
        staff_rule.check_may_approve(db.session(), self.actor, village_date(clock.now()))

    def get_id(self) -> str:
        """Village, user, session number (one more signs out everywhere) and device (ending it signs out here)."""
        return f"{self.user.village_id}:{self.user.user_id}:{self.user.session_no}:{self.user.device_id}"


def load(name: str) -> Staff | None:
    """Who a session cookie belongs to; None for anything we did not write, closed accounts and ended sessions."""
    now = clock.now()
    try:
        village_id, user_id, session_no, device_id = name.split(":")
        ids = UUID(village_id), UUID(user_id), int(session_no), UUID(device_id)
        found = staff_device.find(db.session(), *ids, now)
    except ValueError:
        return None
    if found and found.seen_at <= now - staff_device.SEEN_EVERY:
        with suppress(OperationalError):  # a full disk keeps nobody from looking
            staff_device.seen(db.session(), found, now)
        tell(found, found.seen_at)
    return Staff(found) if found else None


def tell(user: staff_device.SignedIn, since: datetime, *, by_link: bool = False) -> None:
    """Tell somebody what others did to their account since then. Every sign-in tells the last 30 days again: whoever
    came in through a link made behind the person's back cannot make it unsaid."""
    done = trail.done_to(db.session(), user.village_id, user.user_id, since)
    if told := [act for act in done if not (by_link and act.action == trail.LINK_MADE)]:
        act = told[0]
        flash(
            _(
                "别人动过你的账号：%(day)s %(who)s%(did)s。不是你要办的，马上到「我的账号」里看看。",
                day=day(village_date(act.at)),
                who=act.who or _("装系统的人"),
                did=words_of(act),
            ),
            "wrong",
        )


def remind(user: staff_device.SignedIn) -> None:
    """Ask somebody who approves for a second factor: where the village demands one, with the day; else gently."""
    if not user.roles & rules.APPROVERS or not staff_rule.lacks_factor(db.session(), user.actor):
        return
    if begins := staff_rule.of_village(db.session(), user.village_id).second_factor_from:
        flash(_("%(day)s 起，没开动态码的不能审核。请到「我的账号」里开。", day=day(begins)), "wrong")
    elif user.has_password:
        flash(_("你能审核或者管账号，请到「我的账号」里开动态码，别人猜到密码也进不来。"), "note")


def sign_in_as(signed_in: staff_device.SignedIn) -> None:
    """Begin a fresh session for somebody; nothing of the session before stays (fixation)."""
    session.clear()
    login_user(Staff(signed_in))


def caller(code: str | None) -> signing_in.Caller:
    """What the browser of this request brings along."""
    return signing_in.Caller(code or "", current_app.config["FACTOR_KEY"], device.label())


def home_of(signed_in: staff_device.SignedIn) -> str:
    """Where somebody lands who signed in: at the desk, if they have one; a neighbourhood committee at its list."""
    if signed_in.roles & DESK:
        return url_for("desk.home")
    if signed_in.roles & SUPERVISION:
        return url_for("supervision.home")
    return url_for("desk.relocated") if signed_in.roles & BLOCKS else url_for("account.account")


def local_path(target: str | None) -> str | None:
    """`target` if it is a path on this server, else None: no open redirect."""
    if not target or not target.startswith("/") or not target.isprintable() or "\\" in target:
        return None
    if target.startswith("//"):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("60 per minute", methods=["POST"])  # one office shares an address; accounts have their own throttle
@access("auth", "write")
def sign_in() -> ResponseReturnValue:
    """The sign-in page and its answer."""
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(local_path(request.args.get("next")) or home_of(current_user.user))
    form = SignInForm(village=request.args.get("village", ""), next=local_path(request.args.get("next")) or "")
    sentence, status = "", 200
    if form.validate_on_submit():
        try:
            entered = signing_in.sign_in(
                db.session(),
                village_code=form.village.data or "",
                login_name=form.login_name.data or "",
                password=form.password.data or "",
                now=clock.now(),
                caller=caller(form.code.data),
            )
        except DomainError as error:
            sentence, status = said(error), error.status
        else:
            sign_in_as(entered)
            tell(entered, clock.now() - trail.TOLD_FOR)
            remind(entered)
            return redirect(local_path(form.next.data) or home_of(entered))
    return render_template("auth/sign_in.html", form=form, sentence=sentence), 422 if form.errors else status


@blueprint.route("/link/<token>", methods=["GET", "POST"])
@access("auth", "write")
def link(token: str) -> ResponseReturnValue:
    """A one-time link: GET shows a button, so that a chat's preview does not burn it; POST signs in."""
    form, sentence, status = LinkForm(), "", 200
    if form.validate_on_submit():
        try:
            entered = signing_in.open_link(db.session(), token, clock.now(), caller(form.code.data))
        except Refusal as error:
            sentence, status = said(error), error.status
        else:
            sign_in_as(entered)
            tell(entered, clock.now() - trail.TOLD_FOR, by_link=True)
            remind(entered)
            if not entered.has_password:
                flash(_("已经进来了。想下次用密码登录，可以到标题下面的「我的账号」里设一个。"), "note")
            return redirect(home_of(entered))
    found = signing_in.look_at_link(db.session(), token, clock.now())
    return render_template("auth/link.html", form=form, sentence=sentence, link=found), status


@blueprint.post("/sign-out")
@access("auth", "write")
def sign_out() -> ResponseReturnValue:
    """Sign out on this device: the session's cookie and every copy of it."""
    if current_user.is_authenticated:
        user: staff_device.SignedIn = current_user.user
        staff_device.end_device(db.session(), user.actor, device_id=user.device_id, now=clock.now())
    logout_user()
    session.clear()
    flash(_("已经退出。"))
    return redirect(url_for("auth.sign_in"))


@blueprint.post("/sign-out-everywhere")
@access("auth", "write")
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of the person who asks."""
    if not current_user.is_authenticated:
        return unauthorized()
    staff_device.sign_out_everywhere(db.session(), current_user.actor, clock.now())
    session.clear()
    flash(_("所有电脑和手机上都已经退出。"))
    return redirect(url_for("auth.sign_in"))


def unauthorized() -> ResponseReturnValue:
    """Whoever is not signed in signs in first and then comes back."""
    if request.method not in ("GET", "HEAD"):
        abort(403)
    return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))


login.user_loader(load)
login.unauthorized_handler(unauthorized)
