"""Every route says for whom it is and whether it writes, and no address that was ever printed stops working."""

from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from villagepoints.access import STAFF_AUDIENCES, access, rule_of
from villagepoints.domain.actor import ROLES

PRINTED = [
    line.split()
    for line in (Path(__file__).parent / "printed_urls.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def wrong(app: Flask) -> list[str]:
    """Routes that declare nothing, or something other than they do."""
    return [f"{route.rule}: {fault}" for route in app.url_map.iter_rules() if (fault := _fault(app, route))]


def _fault(app: Flask, route: Rule) -> str:
    rule = rule_of(app, route.endpoint)
    if rule is None:
        return "declares no audience"
    if (route.methods or set()) & UNSAFE and rule.kind == "read":
        return "is declared to read and takes a POST"
    if rule.kind != "read" and not (route.methods or set()) & UNSAFE:
        return "is declared to write and takes no POST"
    if rule.audience in STAFF_AUDIENCES and not (rule.roles and rule.roles < set(ROLES)):
        return "is for staff and names no roles"
    place = {"desk": "/desk/", "phone": "/my/", "auth": "/auth/"}.get(rule.audience, "/")
    return "" if route.rule.startswith(place) else f"is for {rule.audience} and does not stand under {place}"


def test_every_route_declares_its_audience_and_kind(app: Flask) -> None:
    assert wrong(app) == []


def test_routes_that_declare_nothing_or_the_wrong_thing_are_seen(app: Flask) -> None:
    """The planted bugs."""
    app.add_url_rule("/nothing", "nothing", lambda: "")
    app.add_url_rule("/desk/reads", "reads", access("desk", "read", frozenset(["clerk"]))(lambda: ""), methods=["POST"])
    app.add_url_rule("/desk/all", "all", access("desk", "read")(lambda: ""))
    app.add_url_rule("/elsewhere", "elsewhere", access("desk", "read", frozenset(["clerk"]))(lambda: ""))
    assert [line.split(":")[0] for line in wrong(app)] == ["/nothing", "/desk/reads", "/desk/all", "/elsewhere"]


def test_a_view_that_declares_nothing_is_refused(app: Flask) -> None:
    app.add_url_rule("/nothing", "nothing", lambda: "secret")
    answer = app.test_client().get("/nothing")
    assert answer.status_code == 403
    assert b"secret" not in answer.data


@pytest.mark.parametrize(("address", "endpoint"), PRINTED, ids=[line[0] for line in PRINTED])
def test_a_printed_address_still_opens_its_page(address: str, endpoint: str, app: Flask) -> None:
    found, _ = app.url_map.bind("village.example").match(address, "GET")
    assert found == endpoint
