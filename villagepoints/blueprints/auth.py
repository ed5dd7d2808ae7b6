"""Signing in to the desk: by a one-time link or by village code, login name and password."""

from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from villagepoints import clock
from villagepoints.access import DESK, access
from villagepoints.blueprints.language import said
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import DomainError
from villagepoints.extensions import db, limiter, login
from villagepoints.forms.base import KeyedForm
from villagepoints.forms.user import PasswordForm, SignInForm
from villagepoints.services import user as users

blueprint = Blueprint("auth", __name__, url_prefix="/auth")
# "strong" signs people out when the phone moves from Wi-Fi to 4G: WeChat's user agent names the network
login.session_protection = None


class Staff:
    """What Flask-Login keeps of a signed-in member of staff."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, user: users.SignedIn) -> None:
        self.user = user

    @property
    def actor(self) -> Actor:
        """The actor to hand to services."""
        return self.user.actor

    def get_id(self) -> str:
        """Village, user and session number: one more of the last signs out everywhere."""
        return f"{self.user.village_id}:{self.user.user_id}:{self.user.session_no}"


def load(name: str) -> Staff | None:
    """Who a session cookie belongs to; None for anything we did not write, closed accounts and ended sessions."""
    try:
        village_id, user_id, session_no = name.split(":")
        found = users.find(db.session(), UUID(village_id), UUID(user_id), int(session_no))
    except ValueError:
        return None
    return Staff(found) if found else None


def sign_in_as(signed_in: users.SignedIn) -> None:
    """Begin a fresh session for somebody; nothing of the session before stays (fixation)."""
    session.clear()
    login_user(Staff(signed_in))


def local_path(target: str | None) -> str | None:
    """`target` if it is a path on this server, else None: no open redirect."""
    if not target or not target.startswith("/") or not target.isprintable() or "\\" in target:
        return None
    if target.startswith("//"):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def _home(signed_in: users.SignedIn) -> str:
    return url_for("desk.home") if signed_in.roles & DESK else url_for("auth.password")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("60 per minute", methods=["POST"])  # one office shares an address; accounts have their own throttle
@access("auth", "write")
def sign_in() -> ResponseReturnValue:
    """The sign-in page and its answer."""
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(local_path(request.args.get("next")) or _home(current_user.user))
    form = SignInForm(village=request.args.get("village", ""), next=local_path(request.args.get("next")) or "")
    sentence, status = "", 200
    if form.validate_on_submit():
        try:
            signed_in = users.sign_in(
                db.session(),
                village_code=form.village.data or "",
                login_name=form.login_name.data or "",
                password=form.password.data or "",
                now=clock.now(),
            )
        except DomainError as error:
            sentence, status = said(error), error.status
        else:
            sign_in_as(signed_in)
            return redirect(local_path(form.next.data) or _home(signed_in))
    return render_template("auth/sign_in.html", form=form, sentence=sentence), 422 if form.errors else status


@blueprint.route("/link/<token>", methods=["GET", "POST"])
@access("auth", "write")
def link(token: str) -> ResponseReturnValue:
    """A one-time link: GET shows a button, so that a chat's preview does not burn it; POST signs in."""
    form = KeyedForm()
    if form.validate_on_submit():
        signed_in = users.open_link(db.session(), token, clock.now())
        sign_in_as(signed_in)
        if not signed_in.has_password:
            flash(_("已经进来了。想下次用密码登录，可以点右上的「密码」设一个。"), "note")
        return redirect(_home(signed_in))
    found = users.look_at_link(db.session(), token, clock.now())
    return render_template("auth/link.html", form=form, name=found.name, village=found.village_name)


@blueprint.post("/sign-out")
@access("auth", "write")
def sign_out() -> ResponseReturnValue:
    """Sign out on this device."""
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
    users.sign_out_everywhere(db.session(), current_user.actor)
    session.clear()
    flash(_("所有电脑和手机上都已经退出。"))
    return redirect(url_for("auth.sign_in"))


@blueprint.route("/password", methods=["GET", "POST"])
@access("auth", "write")
def password() -> ResponseReturnValue:
    """Set or change one's own password."""
    if not current_user.is_authenticated:
        return unauthorized()
    signed_in: users.SignedIn = current_user.user
    form, sentence, status = PasswordForm(), "", 200
    if form.validate_on_submit():
        typed = {"old": form.old_password.data or "", "new": form.password.data or "", "again": form.again.data or ""}
        try:
            fresh = users.set_password(db.session(), signed_in, **typed, now=clock.now())
        except DomainError as error:
            sentence, status = said(error), error.status
        else:
            sign_in_as(fresh)
            flash(_("密码存下了。别的电脑和手机上已经退出。"))
            return redirect(_home(fresh))
    page = render_template(
        "auth/password.html",
        form=form,
        sentence=sentence,
        has_password=signed_in.has_password,
        code=signed_in.village_code,
        login_name=signed_in.login_name,
        home=_home(signed_in),
    )
    return page, 422 if form.errors else status


def unauthorized() -> ResponseReturnValue:
    """Whoever is not signed in signs in first and then comes back."""
    if request.method not in ("GET", "HEAD"):
        abort(403)
    return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))


login.user_loader(load)
login.unauthorized_handler(unauthorized)
