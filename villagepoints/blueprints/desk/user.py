"""人员: who works with the books; add somebody, give a sign-in link, close an account."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.language import said
from villagepoints.domain.actor import ADMIN
from villagepoints.domain.errors import DomainError
from villagepoints.extensions import db
from villagepoints.forms.user import ROLE_NAMES, UserForm
from villagepoints.services import relative
from villagepoints.services import user as service

ADMINS = frozenset({ADMIN})


@blueprint.route("/users", methods=["GET", "POST"])
@access("desk", "write", roles=ADMINS)
def users() -> ResponseReturnValue:
    """The staff accounts, and the form for one more."""
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
    rows = service.list_users(session, actor.village_id)
    page = render_template(
        "desk/users.html",
        rows=rows,
        relatives=relative.counts(session, actor.village_id),
        form=form,
        sentence=sentence,
        role_names=ROLE_NAMES,
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.post("/users/<uuid:user_id>/link")
@access("desk", "write", roles=ADMINS)
def user_link(user_id: UUID) -> ResponseReturnValue:
    """Make a one-time sign-in link and show it once."""
    return _link_page(user_id)


def _link_page(user_id: UUID) -> ResponseReturnValue:
    token = service.make_link(db.session(), current_actor(), user_id=user_id, now=clock.now())
    url = current_app.config["PUBLIC_URL"] + url_for("auth.link", token=token)
    return render_template("desk/user_link.html", url=url)


@blueprint.post("/users/<uuid:user_id>/active")
@access("desk", "write", roles=ADMINS)
def user_active(user_id: UUID) -> ResponseReturnValue:
    """Close an account or open it again."""
    is_active = request.form.get("is_active") == "1"
    service.set_active(
        db.session(),
        current_actor(),
        user_id=user_id,
        is_active=is_active,
        key=request.form.get("key", ""),
        now=clock.now(),
    )
    flash(_("账号已重新开通。") if is_active else _("账号已停用，在所有地方退出了。"))
    return redirect(url_for("desk.users"))
