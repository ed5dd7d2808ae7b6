"""What is worth a look, as members read and answer it; nobody of the committee sees any of it."""

from flask import Flask
from sqlalchemy.orm import Session

from tests.audits import make_audit, make_prompt, make_supervisors
from tests.factories import Made
from tests.pages import Client
from villagepoints.domain.audit import PROBLEM
from villagepoints.domain.prompt import HELPER, KINDS, LENIENT, RESIDENCY
from villagepoints.models import AuditPrompt, User

FIGURES = {
    "resident": 17,
    "relocated": 16,
    "value": 1,
    "low": -4,
    "high": 6,
    "resident_base": 98,
    "relocated_base": 97,
    "tells": 0,
}


def browser(app: Flask, user: User) -> Client:
    client: Client = app.test_client()  # type: ignore[assignment]
    client.sign_in(user)
    return client


def text(client: Client, page: str) -> str:
    return str(client.get(page).get_data(as_text=True))


def test_a_member_reads_what_there_is_to_see_and_writes_down_what_they_found(
    app: Flask, session: Session, village: Made
) -> None:
    members = make_supervisors(session, village)
    audit = make_audit(session, village, members)
    row = make_prompt(session, village, audit)
    make_prompt(session, village, audit, position=2, kind=RESIDENCY, figures=FIGURES)
    clerk = village.users["clerk"]
    found = {"scored": 40, "found": 0, "expected": 8, "lanes": 1, "chance": 1000}
    make_prompt(session, village, audit, position=3, kind=LENIENT, figures=found, subject_id=clerk.id)
    client = browser(app, session.get_one(User, (village.id, members[0].user_id)))
    page = text(client, f"/supervision/audits/{audit.id}/prompts")
    assert "不是结论" in page
    assert "还有 3 处没看" in page
    assert "相差 ＋1；真正的差在 −4 到 ＋6 之间" in page
    assert "说不准有没有差别" in page
    assert "沈文书评了 40 户次，0 户次查出东西" in page
    one = text(client, f"/supervision/prompts/{row.id}")
    assert "张建国" in one
    assert "怎么算出来的" in one
    refused = client.submit(f"/supervision/prompts/{row.id}", status=PROBLEM, note="")
    assert refused.status_code == 422
    assert "请写一句看到了什么" in refused.get_data(as_text=True)
    assert client.submit(f"/supervision/prompts/{row.id}", status=PROBLEM, note="门上贴了封条").status_code == 303
    session.rollback()
    assert session.get_one(AuditPrompt, (village.id, row.id)).status == PROBLEM
    assert f"prompt_id={row.id}" in text(client, f"/supervision/prompts/{row.id}")
    office = browser(app, clerk)
    assert office.get(f"/supervision/audits/{audit.id}/prompts").status_code == 403
    assert office.get(f"/supervision/prompts/{row.id}").status_code == 403


def test_every_kind_has_the_words_for_its_figures() -> None:
    for kind in KINDS.values():
        shown = {name for name, _ in kind.big} | set(kind.bars or ())
        assert all(f"%({name})s" in kind.says or name == "percent" for name in shown), kind.title


def test_how_helpers_are_counted_is_said_with_how_many_could_not_be(
    app: Flask, session: Session, village: Made
) -> None:
    members = make_supervisors(session, village)
    audit = make_audit(session, village, members)
    figures = {"who": "张三", "homes": 8, "times": 9, "points": 800, "usual": 2, "unnamed": 3}
    row = make_prompt(session, village, audit, kind=HELPER, figures=figures)
    client = browser(app, session.get_one(User, (village.id, members[0].user_id)))
    assert "认不出是谁，有 3 次，没有算" in text(client, f"/supervision/prompts/{row.id}")
