"""`villagepoints user`: staff accounts and their one-time sign-in links."""

from secrets import token_hex

import click
from flask import current_app
from sqlalchemy import select

from villagepoints.commands import shared
from villagepoints.domain.actor import ROLES, Actor
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import User
from villagepoints.services import user as users


@click.group(help="工作人员的账号")
def user() -> None:
    """Staff accounts."""


@user.command(help="添加一个人，并给他一条登录链接")
@click.argument("login_name")
@click.argument("name")
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, required=True, help="角色，可以写几个")
@click.option("--household", default="", help="本人的户号：自家的分自己不能审")
@shared.village_option
def add(login_name: str, name: str, roles: tuple[str, ...], household: str, code: str | None) -> None:
    """Add a member of staff and print a one-time sign-in link."""
    with shared.opened() as session:
        actor = Actor(shared.the_village(session, code).id)
        user_id = users.add_user(
            session,
            actor,
            login_name=login_name,
            name=name,
            roles=roles,
            household_number=household,
            key=token_hex(16),
            now=shared.now(),
        )
        url = sign_in_url(users.make_link(session, actor, user_id=user_id, now=shared.now()))
    click.echo(f"已添加 {name}（{login_name}）。登录链接，24 小时内用一次：\n{url}")


@user.command(help="给一个人一条新的登录链接，旧的作废")
@click.argument("login_name")
@shared.village_option
def link(login_name: str, code: str | None) -> None:
    """Print a new one-time sign-in link."""
    with shared.opened() as session:
        village_id = shared.the_village(session, code).id
        user_id = session.scalar(
            select(User.id).where(User.village_id == village_id, User.login_name == login_name.strip().lower())
        )
        if user_id is None:
            raise NotFound(N_("没有登录名是「%(login)s」的人。"), login=login_name)
        url = sign_in_url(users.make_link(session, Actor(village_id), user_id=user_id, now=shared.now()))
    click.echo(f"登录链接，24 小时内用一次：\n{url}")


def sign_in_url(token: str) -> str:
    """The address that signs in once with this token."""
    return f"{current_app.config['PUBLIC_URL']}/auth/link/{token}"
