"""我的账号: a member of staff's own password, second factor and devices, and what others did to the account."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from villagepoints import clock, qr
from villagepoints.access import DESK, access
from villagepoints.blueprints.auth import home_of, sign_in_as, unauthorized
from villagepoints.blueprints.language import said
from villagepoints.blueprints.trail_words import words_of
from villagepoints.domain import user as rules
from villagepoints.domain.errors import DomainError
from villagepoints.extensions import db
from villagepoints.forms.user import ROLE_NAMES, CodeForm, PasswordForm
from villagepoints.services import relative, second_factor, signing_in, staff_device, staff_rule, trail, village

blueprint = Blueprint("account", __name__, url_prefix="/auth")


@blueprint.get("/account")
@access("auth", "read")
def account() -> ResponseReturnValue:
    """Everything about one's own account in one place."""
    if not current_user.is_authenticated:
        return unauthorized()
    me: staff_device.SignedIn = current_user.user
    session, now = db.session(), clock.now()
    factor = second_factor.of_user(session, me.village_id, me.user_id)
    return render_template(
        "auth/account.html",
        me=me,
        role_names=ROLE_NAMES,
        factor=factor if factor and factor.confirmed_at else None,
        approves=bool(me.roles & rules.APPROVERS),
        demanded_from=staff_rule.of_village(session, me.village_id).second_factor_from,
        devices=staff_device.devices(session, me.village_id, me.user_id, now),
        relatives=relative.counts(session, me.village_id).get(me.user_id, 0),
        told=[(act, words_of(act)) for act in trail.done_to(session, me.village_id, me.user_id, now - trail.TOLD_FOR)],
        home=home_of(me),
        has_desk=bool(me.roles & DESK),
    )


@blueprint.post("/devices/<uuid:device_id>/end")
@access("auth", "write")
def end_device(device_id: UUID) -> ResponseReturnValue:
    """Sign one of one's own devices out."""
    if not current_user.is_authenticated:
        return unauthorized()
    staff_device.end_device(db.session(), current_user.actor, device_id=device_id, now=clock.now())
    flash(_("那台电脑或手机已经退出。"))
    return redirect(url_for("account.account"))


@blueprint.route("/password", methods=["GET", "POST"])
@access("auth", "write")
def password() -> ResponseReturnValue:
    """Set or change one's own password."""
    if not current_user.is_authenticated:
        return unauthorized()
    me: staff_device.SignedIn = current_user.user
    form, sentence, status = PasswordForm(), "", 200
    if form.validate_on_submit():
        typed = {"old": form.old_password.data or "", "new": form.password.data or "", "again": form.again.data or ""}
        try:
            fresh = signing_in.set_password(db.session(), me, **typed, now=clock.now())
        except DomainError as error:
            sentence, status = said(error), error.status
        else:
            sign_in_as(fresh)
            flash(_("密码存下了。别的电脑和手机上已经退出。"))
            return redirect(home_of(fresh))
    page = render_template("auth/password.html", form=form, sentence=sentence, me=me)
    return page, 422 if form.errors else status


@blueprint.route("/second-factor", methods=["GET", "POST"])
@access("auth", "write")
def factor() -> ResponseReturnValue:
    """The second factor: a secret to scan, confirmed by a code, then the recovery codes once; or switching it off."""
    if not current_user.is_authenticated:
        return unauthorized()
    me: staff_device.SignedIn = current_user.user
    form, sentence, status, codes = CodeForm(), "", 200, []
    kept = second_factor.of_user(db.session(), me.village_id, me.user_id)
    is_on = kept is not None and kept.confirmed_at is not None
    if form.validate_on_submit():
        asked = {"code": form.code.data, "factor_key": current_app.config["FACTOR_KEY"], "key": form.key.data}
        try:
            if request.form.get("act") == "off":
                second_factor.drop(db.session(), me.actor, **asked, now=clock.now())
                flash(_("动态码关掉了。以后登录只要密码。"))
                return redirect(url_for("account.account"))
            codes = second_factor.confirm(db.session(), me.actor, **asked, now=clock.now())
        except DomainError as error:
            sentence, status = said(error), error.status
    if codes:
        return render_template("auth/recovery_codes.html", codes=codes, me=me)
    kept = second_factor.of_user(db.session(), me.village_id, me.user_id)
    if kept is None:
        return redirect(url_for("account.account"))
    shown = {} if is_on else _to_scan(me, second_factor.secret_of(current_app.config["FACTOR_KEY"], kept))
    page = render_template("auth/second_factor.html", form=form, sentence=sentence, is_on=is_on, **shown)
    return page, 422 if form.errors else status


@blueprint.post("/second-factor/begin")
@access("auth", "write")
def begin_factor() -> ResponseReturnValue:
    """Make a secret to be scanned."""
    if not current_user.is_authenticated:
        return unauthorized()
    second_factor.begin(db.session(), current_user.actor, key=request.form.get("key", ""), now=clock.now())
    return redirect(url_for("account.factor"))


def _to_scan(me: staff_device.SignedIn, secret: str) -> dict[str, object]:
    """The secret as a code and as text, as long as it is not confirmed: nobody is shown it afterwards."""
    name = village.by_code(db.session(), me.village_code).name
    uri = second_factor.uri_of(secret, login_name=me.login_name, village=name)
    return {"secret": secret, "code": qr.svg(uri, _("动态码的二维码"))}
