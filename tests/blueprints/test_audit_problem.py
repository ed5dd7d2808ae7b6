"""Problems of an audit from the page to the books: the group raises and ends them, their owners see to them."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.audits import make_audit, make_supervisors
from tests.factories import NOW, TODAY, Clock, Made, make_user, remember_phone, signed_in
from tests.pages import Client
from villagepoints.domain.actor import CLERK, COUNTER, GRID_WORKER, REVIEWER
from villagepoints.models import (
    AuditItem,
    AuditLook,
    AuditProblem,
    AuditPrompt,
    Claim,
    Evidence,
    Finding,
    Supervisor,
    User,
)
from villagepoints.services import claim, evidence, posting
from villagepoints.services.posting import Item

DUE = str(TODAY + timedelta(days=10))


@pytest.fixture
def members(session: Session, village: Made) -> list[Supervisor]:
    """The group, whose open audit has one household that does not agree."""
    members = make_supervisors(session, village)
    make_audit(session, village, members)
    session.execute(update(AuditItem).values(result="differ", looked_by=members[0].id, looked_at=NOW))
    session.commit()
    return members


@pytest.fixture
def group(app: Flask, session: Session, village: Made, members: list[Supervisor]) -> Client:
    client: Client = app.test_client()  # type: ignore[assignment]
    client.sign_in(session.get_one(User, (village.id, members[0].user_id)))
    return client


@pytest.fixture
def desk(app: Flask, village: Made) -> Any:
    def browser(role: str) -> Client:
        client: Client = app.test_client()  # type: ignore[assignment]
        client.sign_in(village.users[role])
        return client

    return browser


def text(client: Client, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200, answer.status
    return answer.get_data(as_text=True)


def problem(session: Session) -> AuditProblem:
    session.rollback()
    session.expire_all()
    return session.scalars(select(AuditProblem).order_by(AuditProblem.number.desc()).limit(1)).one()


def photo() -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (60, 40)).save(out, "JPEG")
    out.seek(0)
    return out, "photo.jpg"


def photographed(app: Flask, session: Session, village: Made, member: Supervisor) -> UUID:
    """The photo that a member took of the item of the sample."""
    look = AuditLook(village_id=village.id, item_id=only(session, AuditItem.id), supervisor_id=member.id)
    look.result, look.looked_at, look.recorded_at = "differ", NOW, NOW
    session.add(look)
    session.flush()
    with evidence.prepared(app.config["INSTANCE"], [photo()[0].getvalue()]) as photos:
        evidence.attach(session, village.clerk, photos, village.household.id, NOW, audit_look_id=look.id)
        session.commit()
    return only(session, Evidence.id)


def only(session: Session, column: Any) -> Any:
    """The only one there is, as the books are now."""
    session.rollback()
    session.expire_all()
    return session.scalars(select(column)).one()


def raise_one(group: Client, session: Session, owner: User, query: str = "", **fields: str) -> str:
    """The page of a problem that the group raised, as the desk and the group have it below /problems/."""
    item = session.scalars(select(AuditItem.id)).one()
    fields = {"text": "门口堆着木料", "owner": str(owner.id), "due_on": DUE, **fields}
    answer = group.submit(f"/supervision/problems/new?{query or f'item_id={item}'}", **fields)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return f"problems/{problem(session).id}"


def test_a_problem_goes_from_the_group_to_the_desk_and_back(
    app: Flask, group: Client, desk: Any, session: Session, village: Made, members: list[Supervisor], clock: Clock
):
    seen = photographed(app, session, village, members[0])
    page = raise_one(group, session, village.users[CLERK])
    clerk = desk(CLERK)
    assert "监督小组提的问题" in text(clerk, "/desk/")
    assert "门口堆着木料" in text(clerk, "/desk/problems")
    assert "监督员0" not in text(clerk, f"/desk/{page}")  # the desk does not read who of the group it was

    refused = clerk.submit(f"/desk/{page}", action="persuade", code="", words="")
    assert refused.status_code == 422
    answer = clerk.submit(f"/desk/{page}", action="persuade", code="A1", words="说好搬走")
    assert answer.status_code == 303
    assert "前改好就不扣" in text(clerk, answer.location)
    found = only(session, Finding)
    assert (found.status, found.note) == ("persuaded", "2026年5月监督审核第1号：说好搬走")
    assert "劝导了，" in text(group, f"/supervision/{page}")
    phone = app.test_client()
    phone.set_cookie("home", remember_phone(session, village.household))
    at_home = phone.get("/my/").get_data(as_text=True)
    assert "2026年5月监督审核第1号：说好搬走" in at_home
    assert f"/my/evidence/{seen}.jpg" in at_home  # the household sees what the group saw
    assert phone.get(f"/my/evidence/{seen}.jpg").status_code == 200

    clerk.submit(f"/desk/findings/{found.id}", is_right="yes", photos=photo())
    assert "劝导以后改好了，没有扣分。" in text(group, f"/supervision/{page}")
    ended = group.submit(f"/supervision/{page}", action="close", outcome="去看过，搬走了", photos=photo())
    assert ended.status_code == 303
    assert problem(session).status == "closed"
    session.rollback()
    kept = session.scalars(select(Evidence.id).where(Evidence.audit_problem_id.is_not(None))).one()
    assert group.get(f"/supervision/evidence/{kept}.jpg").status_code == 200
    assert "去看过，搬走了" in text(clerk, f"/desk/{page}")
    assert "去看过" not in text(clerk, "/desk/problems")
    assert "门口堆着木料" in text(clerk, "/desk/problems?status=closed")
    assert "没有等着办的" in text(clerk, "/desk/problems")


def test_a_deduction_is_chosen_in_two_steps_and_says_to_the_household_where_it_comes_from(
    app: Flask, group: Client, desk: Any, session: Session, village: Made, clock: Clock
):
    page = raise_one(group, session, village.users[CLERK], remedy="deduct")
    clerk = desk(CLERK)
    assert "?item=B6" in text(clerk, f"/desk/{page}")
    refused = clerk.submit(f"/desk/{page}?item=B6", action="deduct", note="赌博", document="")
    assert refused.status_code == 422  # the book's own refusal: no deduction without its paper
    assert "赌博" in refused.get_data(as_text=True)
    answer = clerk.submit(f"/desk/{page}?item=B6", action="deduct", note="赌博", document="认定书")
    assert "放到「审核」里" in text(clerk, answer.location)
    asked = only(session, Claim)
    assert (asked.item_code, asked.note, asked.status) == ("B6", "2026年5月监督审核第1号：赌博", "waiting")
    assert clerk.post(f"/desk/{page}/deduct?item=NO", data={}).status_code in (400, 404)
    assert "扣分等别人审核" in text(group, f"/supervision/{page}")


def test_a_reversal_is_asked_for_and_the_household_reads_who_brought_it_up(
    app: Flask, group: Client, desk: Any, session: Session, village: Made, clock: Clock
):
    deed = Item(code="D4", grade="义务维修", occurred_on=TODAY, note="修桥")
    home = village.household
    seq = posting.record(session, village.clerk, key="e", household_id=home.id, wanted=deed, now=NOW).seq
    reviewer = village.users[REVIEWER]
    typed = {"household": home.number, "entry": str(seq), "remedy": "reverse"}
    wrong = group.submit(
        "/supervision/problems/new", text="没修", owner=str(village.users[CLERK].id), due_on=DUE, **typed
    )
    assert wrong.status_code == 422
    assert "就是他记的" in wrong.get_data(as_text=True)
    assert "没修" in wrong.get_data(as_text=True)
    nobody = group.submit(
        "/supervision/problems/new", text="没修", owner=str(reviewer.id), due_on=DUE, **{**typed, "household": "没有的"}
    )
    assert "没有户号" in nobody.get_data(as_text=True)
    page = raise_one(group, session, reviewer, query="free=1", **typed)
    desk(REVIEWER).submit(f"/desk/{page}", action="reverse", words="问过人，没修")
    claim.approve(session, village.clerk, key="ok", claim_id=only(session, Claim.id), now=NOW)
    phone = app.test_client()
    phone.set_cookie("home", remember_phone(session, home))
    undone = phone.get(f"/my/records/{seq + 1}").get_data(as_text=True)
    assert "监督小组2026年5月审核时提出来的（第 1 号）" in undone
    assert "监督员0" not in undone
    assert "监督小组2026年" not in phone.get(f"/my/records/{seq}").get_data(as_text=True)


def test_what_was_not_done_well_goes_back_and_what_was_no_problem_is_withdrawn(
    group: Client, desk: Any, session: Session, village: Made, clock: Clock
):
    page = raise_one(group, session, village.users[CLERK], remedy="put_right")
    desk(CLERK).submit(f"/desk/{page}", action="answer", words="改了")
    again = {"reason": "还在那里", "owner": str(village.users[REVIEWER].id)}
    late = group.submit(f"/supervision/{page}", action="back", due_on="2026-01-01", **again)
    assert late.status_code == 422
    assert "改好的日子要从今天起" in late.get_data(as_text=True)
    group.submit(f"/supervision/{page}", action="back", due_on=DUE, **again)
    assert (problem(session).status, problem(session).owner_id) == ("open", village.users[REVIEWER].id)
    assert "归陈" not in text(desk(CLERK), f"/desk/{page}")
    empty = group.submit(f"/supervision/{page}", action="withdraw", reason="")
    assert empty.status_code == 422
    group.submit(f"/supervision/{page}", action="withdraw", reason="看错了")
    assert problem(session).status == "withdrawn"
    clock.now += timedelta(days=30)
    assert "看错了" in text(group, f"/supervision/{page}")
    assert "没有没了结的问题" in text(group, "/supervision/problems")
    assert "门口堆着木料" in text(group, "/supervision/problems?status=withdrawn&month=2026-05")


def test_a_prompt_that_is_a_problem_comes_with_its_words_and_overdue_ones_stand_out(
    group: Client, desk: Any, session: Session, village: Made, members: list[Supervisor], clock: Clock
):
    audit_id = session.scalars(select(AuditItem.audit_id)).one()
    prompt = AuditPrompt(village_id=village.id, audit_id=audit_id, position=1, kind="photos", figures={}, behind=[])
    prompt.status, prompt.note = "problem", "同一张照片用了六次"
    session.add(prompt)
    session.commit()
    query = f"prompt_id={prompt.id}"
    assert "同一张照片用了六次" in text(group, f"/supervision/problems/new?{query}")
    page = raise_one(group, session, village.users[CLERK], query=query, text="同一张照片用了六次", remedy="put_right")
    clock.now += timedelta(days=11)
    clerk = desk(CLERK)
    assert "1 件过了日子" in text(clerk, "/desk/")
    assert "同一张照片" in text(clerk, "/desk/problems?late=1")
    assert "就到期了" in text(group, f"/supervision/{page}")
    assert "这一条已经提过问题" in text(group, f"/supervision/problems/new?{query}")


def test_who_is_not_of_the_office_sees_what_is_theirs(
    group: Client, app: Flask, desk: Any, session: Session, village: Made
):
    walker = make_user(session, village.id, GRID_WORKER, name="顾网格员")
    page = raise_one(group, session, walker)
    client: Client = app.test_client()  # type: ignore[assignment]
    client.sign_in(walker)
    assert "监督小组提的问题" in text(client, "/desk/")
    assert "门口堆着木料" in text(client, "/desk/problems")
    assert text(client, f"/desk/{page}").count('<details class="card-box way"') == 3
    shop = desk(COUNTER)
    assert shop.get(f"/desk/{page}").status_code == 404
    assert "门口堆着木料" not in text(shop, "/desk/problems?mine=")
    assert "监督小组提的问题" not in text(shop, "/desk/")
    assert "归顾网格员办" in text(desk(CLERK), f"/desk/{page}")


@pytest.mark.browser
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_whole_way_in_a_browser(
    chromium: Any, served: str, session: Session, village: Made, members: list[Supervisor], app: Flask
):
    def browser(user: User, **size: int) -> Any:
        client = app.test_client()
        with client.session_transaction() as kept:
            kept.update(signed_in(user))
        context = chromium.new_context(viewport=size, locale="zh-CN", java_script_enabled=size["width"] > 400)
        cookie = client.get_cookie("session")
        context.add_cookies([{"name": "session", "value": cookie.value, "url": served}])
        return context.new_page()

    item: UUID = session.scalars(select(AuditItem.id)).one()
    group = browser(session.get_one(User, (village.id, members[0].user_id)), width=360, height=640)
    group.goto(f"{served}/supervision/problems/new?item_id={item}")
    group.fill("#text", "门口堆着木料")
    group.get_by_role("button", name="提出来，交人办").click()
    where = group.url.rsplit("/", 1)[1]
    clerk = browser(village.users[CLERK], width=1366, height=768)
    clerk.goto(f"{served}/desk/")
    clerk.get_by_role("link", name="监督小组提的问题").click()
    clerk.get_by_role("link", name="办", exact=True).click()
    clerk.select_option("#code", "B1")
    clerk.fill("#words", "两家说好了")
    clerk.get_by_role("button", name="记下劝导").click()
    clerk.get_by_role("link", name="去复查").click()
    clerk.fill("#note", "看过，好了")
    clerk.get_by_role("button", name="改好了，不扣分").click()
    group.goto(f"{served}/supervision/problems/{where}")
    group.fill("#outcome", "问过两家，好了")
    group.get_by_role("button", name="办好了，了结").click()
    assert "了结了，会写进报告。" in group.inner_text("main")
    assert problem(session).status == "closed"
    for page in (group, clerk):
        page.context.close()
