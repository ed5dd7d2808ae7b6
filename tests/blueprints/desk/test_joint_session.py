"""A quarter with the neighbourhood committee at the desk: households given away, a session from agenda to minutes, and
the committee's account, which sees its own and nothing else."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import TODAY, Made, make_household, make_user
from tests.pages import Client
from villagepoints.domain.actor import CLERK, NEIGHBOURHOOD
from villagepoints.models import Finding, JointItem, JointSession, Neighbourhood

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def desk(app: Flask, client: Client, session: Session, village: Made) -> Client:
    """The desk of a clerk, with two committees and a household for each."""
    for number in ("101", "102"):
        home = {"residency": "relocated", "address": f"新枫公寓1号{number}室", "head": f"户主{number}"}
        village.households.append(make_household(session, village.id, number, **home))
    client.sign_in(village.users[CLERK])
    for name in ("甲居委会", "乙居委会"):
        assert client.submit("/desk/neighbourhoods", name=name, contact_phone="10000000001").status_code == 302
    first, second = ids(session)
    for household, committee in zip(village.households[3:], (first, second), strict=True):
        page = f"/desk/relocated/assign?household={household.id}"
        assert client.submit(page, target=committee).status_code == 303
    return client


def ids(session: Session) -> list[str]:
    found = [str(id_) for id_ in session.scalars(select(Neighbourhood.id).order_by(Neighbourhood.name.desc()))]
    session.rollback()  # what it read is no obstacle to the pages' writing
    return found


def text(client: Client, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200, page
    return answer.get_data(as_text=True)


def test_a_quarter_from_the_agenda_to_what_became_of_it(desk: Client, session: Session, village: Made) -> None:
    opened = desk.submit("/desk/joint-sessions", neighbourhood=ids(session)[0], quarter="2026-Q2")
    page = opened.location
    assert "还有 1 户动迁上楼户没有分到居委会" in text(desk, page)
    # whatever the button, everything typed is kept: a point, a finding made together, what was agreed
    typed = {"subject": "楼道照明", "household": "101", "number": "101", "code": "A1", "note": "楼道堆物"}
    wrong = desk.submit(page, action=page, **{**typed, "number": "102"}, **{"line-1-agreed": "下周分好"}, what="save")
    assert wrong.status_code == 422
    assert "没有户号「102」" in wrong.get_data(as_text=True)
    assert desk.submit(page, action=page, number="101", code="A1", note="楼道堆物", what="save").status_code == 303
    session.rollback()
    kept = session.execute(select(JointItem.kind, JointItem.agreed).order_by(JointItem.position)).all()
    assert [tuple(row) for row in kept] == [("unassigned", "下周分好"), ("other", ""), ("joint", "")]
    assert session.scalars(select(Finding.note)).all() == ["楼道堆物"]
    desk.submit(page, action=page, what="remove-2")
    refused = desk.submit(page, action=page, what="close", **{"line-3-agreed": "清掉", "line-3-due": "2026/6/30"})
    assert "请填哪天开的会" in refused.get_data(as_text=True)
    came = {"held_on": TODAY.isoformat(), "attended_village": "俞文书", "attended_committee": "许主任"}
    assert desk.submit(page, action=page, what="close", **came).status_code == 303
    assert "line-1-agreed" not in text(desk, page)
    assert desk.submit(page, action="settle", line="9223372036854775808", outcome="done").status_code == 404
    assert desk.submit(page, action="settle", line="3", outcome="done").status_code == 303
    session.rollback()
    ended = session.scalars(select(JointItem.status).order_by(JointItem.position)).all()
    assert ended == ["open", "done"]
    for paper, words in (("agenda", "签到表"), ("minutes", "许主任")):
        assert words in text(desk, f"{page}/{paper}")
    assert desk.post(page, data={}).status_code in (400, 422)
    assert session.scalars(select(JointSession.status)).one() == "closed"


def test_a_committee_s_account_lands_on_its_households_and_finds_no_others(
    desk: Client, app: Flask, session: Session, village: Made
) -> None:
    ours, theirs = ids(session)
    sessions = [
        desk.submit("/desk/joint-sessions", neighbourhood=one, quarter="2026-Q2").location for one in (ours, theirs)
    ]
    user = make_user(session, village.id, NEIGHBOURHOOD, name="许主任")
    mine: Client = app.test_client()  # type: ignore[assignment]
    mine.sign_in(user)
    assert mine.get("/desk/relocated").status_code == 403  # it belongs to no committee yet
    admin: Client = app.test_client()  # type: ignore[assignment]
    admin.sign_in(village.users["admin"])
    assert admin.submit(f"/desk/neighbourhoods/{ours}", action="members", users=str(user.id)).status_code == 302
    assert mine.get("/auth/sign-in").location == "/desk/relocated"
    page = text(mine, "/desk/relocated?whose=" + theirs)  # whatever it asks for
    assert "户主101" in page
    assert "户主102" not in page
    assert "李秀英" not in page
    assert "/desk/households" not in page
    own, resident, nobody, other = (village.households[place].id for place in (3, 0, 1, 4))
    assert "户主101" in text(mine, f"/desk/relocated/{own}")
    for foreign in (resident, nobody, other):
        assert mine.get(f"/desk/relocated/{foreign}").status_code == 404
    for paper in ("", "/agenda", "/minutes"):
        assert mine.get(sessions[0] + paper).status_code == 200
        assert mine.get(sessions[1] + paper).status_code == 404
    assert "甲居委会" in text(mine, "/desk/joint-sessions")
    assert "乙居委会" not in text(mine, "/desk/joint-sessions")
    assert mine.submit(sessions[0], subject="想请人修路灯").status_code == 303
    assert "想请人修路灯" in text(desk, sessions[0])
    for closed in ("/desk/", "/desk/households", "/desk/neighbourhoods", f"/desk/households/{own}"):
        assert mine.get(closed).status_code == 403
    assert "line-1-agreed" not in text(mine, sessions[0])
