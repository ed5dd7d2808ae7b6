"""The walk of an audit by plain forms, and what a phone that kept its forms is answered."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.audits import make_audit, make_supervisors
from tests.factories import Made, make_reward
from tests.pages import Client
from tests.services.test_red_line import post_base
from villagepoints.models import Audit, AuditItem, AuditLook, Supervisor, User

JSON = {"Accept": "application/json"}


@pytest.fixture
def members(session: Session, village: Made) -> list[Supervisor]:
    return make_supervisors(session, village)


@pytest.fixture
def audit(session: Session, village: Made, members: list[Supervisor]) -> Audit:
    """A household to be scored blind with one of its base entries, a second household, and salt."""
    post_base(session, village, {"A1": 15})
    first, second = (household.id for household in village.households[:2])
    salt = make_reward(session, village.id, stock=20, name="食盐 1包")
    drawn: list[dict[str, Any]] = [{"household_id": first, "is_blind": True}, {"household_id": second}]
    drawn.append({"kind": "entry", "household_id": first, "entry_seq": 1})
    drawn.append({"kind": "goods", "reason": "goods", "reward_id": salt.id})
    return make_audit(session, village, members, *drawn)


@pytest.fixture
def member(client: Client, session: Session, members: list[Supervisor]) -> Client:
    client.sign_in(session.get_one(User, (members[0].village_id, members[0].user_id)))
    return client


def pages(session: Session, audit: Audit) -> list[str]:
    ids = session.scalars(select(AuditItem.id).order_by(AuditItem.position))
    return [f"/supervision/audits/{audit.id}/items/{id_}" for id_ in ids]


def looks(session: Session) -> list[tuple[str, Any]]:
    session.rollback()
    return [(look.result, look.scores) for look in session.scalars(select(AuditLook).order_by(AuditLook.id))]


def text(client: Client, page: str) -> str:
    return client.get(page).get_data(as_text=True)


def test_plain_forms_lead_from_one_item_to_the_next(member: Client, audit: Audit, session: Session) -> None:
    blind, second, entry, goods = pages(session, audit)
    walk = f"/supervision/audits/{audit.id}/walk"
    assert "账上 2026年5月的基础分" not in text(member, blind)
    assert not re.search(r"A1[^<]*<[^>]*>\s*＋15", text(member, walk) + text(member, entry))
    scored = member.submit(blind, **{"result": "score", "found-A1": "1"})
    assert scored.location == blind, "somebody has yet to say what the difference means"
    assert ">20<" in text(member, blind)
    assert member.submit(blind, result="agree").location == entry
    assert "＋15" in text(member, entry)
    assert member.submit(entry, result="agree").location == second
    refused = member.submit(second, result="differ")
    assert refused.status_code == 422
    assert "对不上的，请写一句" in refused.get_data(as_text=True)
    assert member.submit(second, result="differ", note="院子里有柴").location == walk
    assert "点商品" in text(member, walk)
    assert member.submit(goods, result="count", counted="18").location == walk
    assert "账上 20 件，数出来 18 件" in text(member, walk)
    assert [result for result, _ in looks(session)] == ["unclear", "agree", "agree", "differ", "differ"]
    assert looks(session)[0][1]["A1"] == 1
    assert looks(session)[4][1] == {"in_books": 20}
    assert "这一段都看完了" in text(member, walk)
    assert "院子里有柴" in text(member, f"{walk}?show=all&part=household")


def test_a_phone_that_kept_a_form_is_answered_with_what_there_is_to_show(
    member: Client, audit: Audit, session: Session, app: Flask, members: list[Supervisor]
) -> None:
    blind, second, *_ = pages(session, audit)
    state = member.get("/outbox")
    assert state.get_json()["who"] == str(members[0].user_id)
    assert state.headers["Cache-Control"] == "no-store"
    given = {"csrf_token": state.get_json()["token"], "looked_at": "2026-06-15T02:00:00.000Z"}
    scores = {"key": "k1", "result": "score", "found-A1": "0", **given}
    answer = member.post(blind, data=scores, headers=JSON)
    assert "和账上的不一样" in answer.get_json()["sentence"]
    assert ">15<" in answer.get_json()["html"]
    assert member.post(blind, data=scores, headers=JSON).get_json() == answer.get_json(), "the same again"
    assert len(looks(session)) == 1
    early = {**given, "key": "k2", "result": "agree", "looked_at": "2020-01-01T00:00:00Z"}
    corrected = member.post(second, data=early, headers=JSON).get_json()
    assert corrected["matters"]
    assert "手机的时间不准" in corrected["sentence"]
    refused = member.post(second, data={**given, "key": "k3", "result": "differ"}, headers=JSON)
    assert refused.status_code == 422
    assert "还没有记" in refused.get_json()["sentence"]
    strange = member.post(f"{second[:-4]}0000", data={**given, "key": "k4", "result": "agree"}, headers=JSON)
    assert strange.status_code == 404
    assert "没有抽到" in strange.get_json()["sentence"]
    stale = member.post(second, data={**given, "csrf_token": "x", "key": "k5", "result": "agree"}, headers=JSON)
    assert (stale.status_code, stale.is_json) == (400, False)
    stranger: Client = app.test_client()  # type: ignore[assignment]
    assert stranger.get("/outbox").get_json() == {"who": None}
    assert len(looks(session)) == 2
