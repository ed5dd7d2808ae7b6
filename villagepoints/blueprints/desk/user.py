"""人员: who works with the books, with which roles and how they sign in; add somebody, give a link, stop an account."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock, qr
from villagepoints.access import access, current_actor
from villagepoints.blueprints.desk import role_table
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.language import said
from villagepoints.domain.actor import ADMIN
from villagepoints.domain.errors import DomainError, Refusal
from villagepoints.extensions import db
from villagepoints.forms.user import ROLE_NAMES, RolesForm, UserForm
from villagepoints.services import relative, role, second_factor, staff_device
from villagepoints.services import user as service

ADMINS = frozenset({ADMIN})


@blueprint.route("/users", methods=["GET", "POST"])
@access("desk", "approve", roles=ADMINS)
def users() -> ResponseReturnValue:
    """The staff accounts, what waits for a second administrator, and the form for one more."""
    session, actor, form, sentence = db.session(), current_actor(), UserForm(), ""
    if form.validate_on_submit():
        typed = {"login_name": form.login_name.data, "name": form.name.data, "roles": form.roles.data or []}
        try:
            user_id = service.add_user(
                session, actor, **typed, household_number=form.household.data, key=form.key.data, now=clock.now()
            )
        except DomainError as error:
            sentence = said(error)
        else:
            flash(_("已加上 %(name)s。把下面的登录链接交给本人。", name=form.name.data))
            return _link_page(user_id)
    page = render_template(
        "desk/users.html",
        rows=service.list_users(session, actor.village_id, clock.now()),
        waiting=role.waiting(session, actor.village_id),
        relatives=relative.counts(session, actor.village_id),
        form=form,
        sentence=sentence,
        role_names=ROLE_NAMES,
        role_table=role_table.lines(),
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.route("/users/<uuid:user_id>", methods=["GET", "POST"])
@access("desk", "approve", roles=ADMINS)
def user(user_id: UUID) -> ResponseReturnValue:
    """One account: its roles to be changed, its link, devices and second factor, and stopping it."""
    session, actor, form, sentence = db.session(), current_actor(), RolesForm(), ""
    if form.validate_on_submit():
        roles = form.roles.data or []
        try:
            is_done = role.change(session, actor, user_id=user_id, roles=roles, key=form.key.data, now=clock.now())
        except Refusal as error:
            sentence = said(error)
        else:
            flash(
                _("角色改好了。") if is_done else _("记下了，等另一位管理员同意才生效。"),
                "message" if is_done else "note",
            )
            return redirect(url_for("desk.user", user_id=user_id))
    row = service.one(session, actor.village_id, user_id, clock.now())
    if not form.is_submitted():
        form.roles.data = list(row.roles)
    page = render_template(
        "desk/user.html",
        row=row,
        waiting=[change for change in role.waiting(session, actor.village_id) if change.user_id == user_id],
        devices=staff_device.devices(session, actor.village_id, user_id, clock.now()),
        relatives=relative.counts(session, actor.village_id).get(user_id, 0),
        form=form,
        sentence=sentence,
        role_names=ROLE_NAMES,
    )
    return page, 422 if sentence else 200


@blueprint.post("/users/roles/<uuid:change_id>")
@access("desk", "approve", roles=ADMINS)
def decide_roles(change_id: UUID) -> ResponseReturnValue:
    """Agree to roles that another administrator asked for, or not."""
    agrees = request.form.get("decision") == "agree"
    key = request.form.get("key", "")
    role.decide(db.session(), current_actor(), change_id=change_id, agrees=agrees, key=key, now=clock.now())
    flash(_("同意了，角色马上生效。") if agrees else _("没有同意，角色没有变。"))
    return redirect(url_for("desk.users"))


@blueprint.post("/users/<uuid:user_id>/link")
@access("desk", "approve", roles=ADMINS)
def user_link(user_id: UUID) -> ResponseReturnValue:
    """Make a one-time sign-in link and show it once."""
    return _link_page(user_id)


def _link_page(user_id: UUID) -> ResponseReturnValue:
    session, actor, now = db.session(), current_actor(), clock.now()
    token = service.make_link(session, actor, user_id=user_id, now=now)
    url = current_app.config["PUBLIC_URL"] + url_for("auth.link", token=token)
    row = service.one(session, actor.village_id, user_id, now)
    return render_template("desk/user_link.html", url=url, row=row, code=qr.svg(url, _("登录链接的二维码")))


@blueprint.post("/users/<uuid:user_id>/link/withdraw")
@access("desk", "approve", roles=ADMINS)
def withdraw_link(user_id: UUID) -> ResponseReturnValue:
    """Take a sign-in link back that nobody has used."""
    key = request.form.get("key", "")
    service.withdraw_link(db.session(), current_actor(), user_id=user_id, key=key, now=clock.now())
    flash(_("登录链接收回了，点开也进不来。"))
    return redirect(url_for("desk.user", user_id=user_id))


@blueprint.post("/users/<uuid:user_id>/second-factor")
@access("desk", "approve", roles=ADMINS)
def reset_factor(user_id: UUID) -> ResponseReturnValue:
    """Take away the second factor of somebody who lost their phone and their recovery codes."""
    key = request.form.get("key", "")
    second_factor.reset(db.session(), current_actor(), user_id=user_id, key=key, now=clock.now())
    flash(_("动态码关掉了，他在所有地方都退出了。请他用密码或者登录链接进来，重新开一个。"))
    return redirect(url_for("desk.user", user_id=user_id))


@blueprint.post("/users/<uuid:user_id>/active")
@access("desk", "approve", roles=ADMINS)
def user_active(user_id: UUID) -> ResponseReturnValue:
    """Close an account or open it again."""
    is_active = request.form.get("is_active") == "1"
    key = request.form.get("key", "")
    service.set_active(db.session(), current_actor(), user_id=user_id, is_active=is_active, key=key, now=clock.now())
    flash(_("账号已重新开通。") if is_active else _("账号已停用，在所有地方退出了。"))
    return redirect(url_for("desk.user", user_id=user_id))
