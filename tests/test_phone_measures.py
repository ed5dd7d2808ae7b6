"""Every page of a villager on a phone of 360 × 640: the size of targets and type, contrast, and what it weighs.

The pages come from the application itself, so that a new one is measured on the day it is written.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests import phones
from tests.factories import NOW, Made
from tests.safety.test_route_role_village import Side, side, url
from villagepoints.access import access, rule_of
from villagepoints.services import card

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
MEASURES = (Path(__file__).parent / "measures.js").read_text("utf-8")
FIRST_LOAD, LATER_SCAN = 60_000, 15_000  # bytes as they go over the wire, headers included
# what a page needs in its query to be what it is; `{…}` as in the routes
QUERIES = {
    "phone.new_claim": ["item=B5", "item=D1"],
    "phone.new_objection": ["entry=2", "finding={finding_id}"],
    "phone.check_redeem": ["want={reward_id}&pieces-{reward_id}=1"],
    "public.rules": ["version=1"],
}
# no pages: files, answers to machines, what only leads on; and changes of rules, of which there is one version here
NO_PAGES = {"static", "offline.worker", "public.healthz", "public.readyz", "public.view", "public.tongue"}
NO_PAGES |= {"public.rule_changes", "public.audit"}  # an audit that is over: tests/test_pages.py


def paths(app: Flask, ours: Side) -> Iterator[str]:
    """The address of every page for a villager or for anybody."""
    for route in app.url_map.iter_rules():
        rule = rule_of(app, route.endpoint)
        if rule is None or rule.audience not in ("phone", "public") or rule.kind == "write":
            continue
        if "GET" not in (route.methods or ()) or route.endpoint in NO_PAGES or "." in route.rule.rpartition("/")[2]:
            continue
        for query in QUERIES.get(route.endpoint, [""]):
            path = url(app, route, ours.values)
            yield f"{path}?{query.format(**ours.values)}" if query else path


class Scale:
    """Weighs what a page brings over the wire; what the browser has already weighs what it weighed the first time."""

    def __init__(self, page: Any) -> None:
        self._wire = page.context.new_cdp_session(page)
        self._wire.send("Network.enable")
        self._asked: dict[str, str] = {}
        self.weights: dict[str, int] = {}
        self._wire.on(
            "Network.responseReceived", lambda event: self._asked.update({event["requestId"]: event["response"]["url"]})
        )
        self._wire.on("Network.loadingFinished", self._weigh)

    def _weigh(self, event: dict[str, Any]) -> None:
        address, weight = self._asked.get(event["requestId"], ""), int(event["encodedDataLength"])
        self.weights[address] = max(weight, self.weights.get(address, 0))


def measure(page: Any, served: str, wanted: list[str], view: str) -> list[str]:
    """What is wrong with these pages, a line each."""
    scale, faults, hosts = Scale(page), list[str](), set[str]()
    page.on("request", lambda request: hosts.add("/".join(request.url.split("/")[:3])))
    for path in wanted:
        answer = page.goto(served + path)
        if answer.status != 200:
            faults.append(f"{path}: {answer.status}")
            continue
        if "html" not in answer.headers["content-type"]:
            continue
        found = page.evaluate(MEASURES, {"isElder": view == "elder"})
        loaded = page.evaluate("() => performance.getEntriesByType('resource').map(one => one.name)")
        itself = scale.weights.get(page.url.partition("#")[0], 0)
        total = itself + sum(scale.weights.get(name, 0) for name in set(loaded))
        assert itself > 500, f"{path} was not weighed"
        if itself > LATER_SCAN or total > FIRST_LOAD:
            found.append(f"{itself} bytes, {total} with all it needs")
        faults += [f"{path}: {fault}" for fault in dict.fromkeys(found)]
    return faults + [f"asks another host: {host}" for host in hosts if host not in (served, "data:")]


@pytest.mark.parametrize("view", ["plain", "elder"])
def test_every_page_is_large_clear_and_light_enough(
    view: str, app: Flask, served: str, chromium: Any, session: Session, village: Made
) -> None:
    ours = side(app, session, village, "本村")
    wanted = list(paths(app, ours))
    assert len(wanted) > 25
    context = phones.context(chromium, served, {"home": ours.phone, "view": view}, service_workers="block")
    found = measure(context.new_page(), served, wanted, view)
    context.close()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("view", ["plain", "elder"])
def test_the_door_and_the_first_pin_are_too(
    view: str, app: Flask, served: str, chromium: Any, session: Session, village: Made
) -> None:
    asked = {"household_id": village.household.id, "card_key": app.config["CARD_KEY"], "key": "c", "now": NOW}
    printed = card.issue(session, village.clerk, **asked)  # type: ignore[arg-type]
    context = phones.context(chromium, served, {"view": view}, service_workers="block")
    page = context.new_page()
    found = measure(page, served, [f"/q/sx/{printed.token}"], view)
    page.locator("#code").fill(printed.opening_code)
    page.get_by_role("button", name="打开").first.click()
    found += page.evaluate(MEASURES, {"isElder": view == "elder"})
    context.close()
    assert not found, "\n".join(found)


def test_what_is_small_pale_tight_or_heavy_is_seen(app: Flask, served: str, chromium: Any, village: Made) -> None:
    """The planted bugs."""
    heavy = access("public", "read")(lambda: f"<!doctype html><title>x</title><p>{secrets.token_hex(20_000)}")
    app.add_url_rule("/heavy", "heavy", heavy)
    page = phones.context(chromium, served).new_page()
    assert any("bytes" in line for line in measure(page, served, ["/heavy"], "plain"))
    page.goto("about:blank")  # whose styles no policy forbids
    page.set_content(
        """<body style="background: #fff"><button style="width: 30px; height: 30px">x</button>
        <p>in a sentence <a href="/">a link</a> may be low</p><p><a href="/">alone it may not</a></p>
        <p style="font-size: 12px">small</p><p style="color: #999">pale</p>
        <p style="font-size: 20px">not <span class="least">aside</span></p>
        <p style="line-height: 1; width: 40px">words on several lines</p></body>"""
    )
    found = page.evaluate(MEASURES, {"isElder": True})
    for fault in ("target 30 × 30", "alone it may not", "type 12.0", "type 20.0", "contrast 2.85", "lines 1.00"):
        assert any(fault in line for line in found), (fault, found)
    assert not any("<a" in line and "target" in line and "a link" in line for line in found)
    page.context.close()
