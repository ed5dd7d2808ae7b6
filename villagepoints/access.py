"""Who may call what: every view declares its audience and kind of access, and what declares nothing is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from villagepoints.domain.actor import (
    ADMIN,
    CLERK,
    COUNTER,
    GRID_WORKER,
    NEIGHBOURHOOD,
    REVIEWER,
    ROLES,
    SUPERVISOR,
    Actor,
)

Audience = Literal["public", "card", "phone", "desk", "supervision", "visit", "town", "auth"]
Kind = Literal["read", "write", "approve"]  # to approve is to write as the second person
View = TypeVar("View", bound=Callable[..., Any])

OFFICE = frozenset({CLERK, REVIEWER, ADMIN})  # sees every household
DESK = frozenset({CLERK, REVIEWER, ADMIN, COUNTER, GRID_WORKER})  # has a desk at all
BOOKS = frozenset({CLERK, REVIEWER})  # writes points
LANE = frozenset({CLERK, REVIEWER, GRID_WORKER})  # walks the lanes: records, rechecks and withdraws findings
BLOCKS = frozenset({CLERK, REVIEWER, ADMIN, GRID_WORKER, NEIGHBOURHOOD})  # relocated households; a committee its own
SHOP = frozenset({CLERK, COUNTER})  # hands over goods
SUPERVISION = frozenset({SUPERVISOR})  # audits the books every month; whose term is over is refused by the services
STAFF_AUDIENCES = ("desk", "supervision", "visit", "town")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a view declared: for whom it is, whether it writes or approves, which roles of staff may call it."""

    audience: Audience
    kind: Kind
    roles: frozenset[str]


def access(audience: Audience, kind: Kind, roles: frozenset[str] = frozenset(ROLES)) -> Callable[[View], View]:
    """Declare a view's audience, whether it reads, writes or approves, and for staff the roles that may call it."""

    def declare(view: View) -> View:
        view.access = Rule(audience, kind, roles)  # type: ignore[attr-defined]
        return view

    return declare


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """The rule that an endpoint's view declared; Flask's own static files are public to read."""
    if endpoint == "static":
        return Rule("public", "read", frozenset(ROLES))
    return getattr(app.view_functions[endpoint], "access", None)


def current_actor() -> Actor:
    """The actor of this request; views of staff and phones may rely on it being there."""
    actor: Actor = g.actor
    return actor


def guard(app: Flask) -> None:
    """Refuse every request whose view declares nothing or whose caller its rule does not admit."""

    @app.before_request
    def check() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None  # Flask answers 404 or 405 itself
        rule = rule_of(app, request.endpoint)
        if rule is None:
            abort(403)
        if rule.audience in STAFF_AUDIENCES:
            return _check_staff(rule)
        return None

    def _check_staff(rule: Rule) -> ResponseReturnValue | None:
        if not current_user.is_authenticated:
            return redirect(url_for("auth.sign_in", next=request.full_path if request.method == "GET" else None))
        g.actor = current_user.actor
        if rule.roles.isdisjoint(g.actor.roles):
            abort(403)
        if rule.kind == "approve" and request.method not in ("GET", "HEAD"):
            current_user.check_may_approve()
        return None
