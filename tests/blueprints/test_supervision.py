"""The group's pages of PIN, conclusion and signatures; the desk's of who is in it and who sits in the committee."""

from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from tests.audits import give_pin, make_audit, make_supervisors
from tests.factories import TODAY, Made
from tests.pages import Client
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.models import AuditItem, CommitteeMember, Supervisor, User

PIN = "730518"


def browser(app: Flask, user: User) -> Client:
    client: Client = app.test_client()  # type: ignore[assignment]
    client.sign_in(user)
    return client


def as_member(app: Flask, session: Session, member: Supervisor) -> Client:
    return browser(app, session.get_one(User, (member.village_id, member.user_id)))


def text(client: Client, page: str) -> str:
    return str(client.get(page).get_data(as_text=True))


def test_two_members_end_an_audit_and_sign_it(app: Flask, session: Session, village: Made) -> None:
    members = make_supervisors(session, village)
    audit = make_audit(session, village, members)
    for member in members[1:]:
        give_pin(session, member, PIN, app.config["CARD_KEY"])
    place = f"/supervision/audits/{audit.id}"
    first, second, third = (as_member(app, session, member) for member in members)
    assert first.get(f"{place}/sign").status_code == 302  # nothing to sign yet
    refused = first.submit(f"{place}/conclude", opinion="都对得上。")
    assert refused.status_code == 422
    assert "都对得上。" in refused.get_data(as_text=True)
    assert first.submit(f"{place}/conclude", opinion="都对得上。", unseen_reason="下大雨").status_code == 303
    page = text(first, f"{place}/sign")
    assert "未签" in page
    assert "先设签字密码" in page
    assert second.submit(f"{place}/sign", action="/sign", pin="111222").status_code == 422
    assert second.submit(f"{place}/sign", action="/sign", pin=PIN).status_code == 303
    assert "还要等另一户的人来签" in text(second, f"{place}/sign?done=1")
    assert "/reopen" not in text(third, f"{place}/sign")
    assert third.submit(f"{place}/sign", action="/sign", pin=PIN).status_code == 303
    assert "已经签好" in text(first, f"{place}/sign")


def test_a_member_chooses_and_changes_the_signing_pin(app: Flask, session: Session, village: Made) -> None:
    (member,) = make_supervisors(session, village, 1)
    client = as_member(app, session, member)
    assert client.submit("/supervision/pin", pin="123456", again="123456").status_code == 422
    assert client.submit("/supervision/pin", pin=PIN, again=PIN).status_code == 303
    assert "现在的 6 位密码" in text(client, "/supervision/pin")


def test_an_audit_is_opened_again_before_anybody_signed(app: Flask, session: Session, village: Made) -> None:
    members = make_supervisors(session, village)
    audit = make_audit(session, village, members)
    session.query(AuditItem).one().result = "agree"
    session.commit()
    client, place = as_member(app, session, members[0]), f"/supervision/audits/{audit.id}"
    client.submit(f"{place}/conclude", opinion="都对得上。")
    assert client.submit(f"{place}/sign", action="/reopen", reason=" ").status_code == 422
    client.submit(f"{place}/sign", action="/reopen", reason="漏看一户")
    session.refresh(audit)
    assert audit.status == "open"
    assert "都对得上。" in text(client, f"{place}/conclude")  # what was written is not lost


def test_a_blank_is_no_size_of_a_sample(app: Flask, session: Session, village: Made) -> None:
    (member,) = make_supervisors(session, village, 1)
    client = as_member(app, session, member)
    assert client.submit("/supervision/settings", households=" ", action="/settings").status_code == 422


def test_whose_term_is_over_does_not_see_what_was_drawn(app: Flask, session: Session, village: Made) -> None:
    members = make_supervisors(session, village)
    audit = make_audit(session, village, members)
    client, names = as_member(app, session, members[0]), f"/supervision/audits/{audit.id}/names"
    assert village.household.head_name in text(client, names)
    members[0].until_on = TODAY - timedelta(days=1)
    session.commit()
    assert village.household.head_name not in text(client, names)
    assert client.get(names).status_code == 403


def test_the_desk_chooses_a_member_and_says_who_may_not(app: Flask, session: Session, village: Made) -> None:
    admin = browser(app, village.users[ADMIN])
    clerk = session.get_one(User, (village.id, village.users[CLERK].id))
    clerk.household_id = village.households[1].id
    session.commit()
    assert "要 3 到 7 个" in text(admin, "/desk/supervisors")
    assert "一家人不能自己查自己" in text(admin, "/desk/supervisors?who=002")
    assert "沈文书" in text(admin, f"/desk/supervisors/new/{village.households[1].id}")
    new = f"/desk/supervisors/new/{village.household.id}"
    term = {"from_on": "2026-06-15", "until_on": "2029-06-14", "assembly": "representatives", "document": "决议 3 号"}
    assert admin.submit(new, **{**term, "until_on": "2036-06-14"}).status_code == 422
    assert admin.submit(new, **term, contact="021-57300009").status_code == 302
    member = session.query(Supervisor).one()
    assert session.get_one(User, (village.id, member.user_id)).login_name == "zhangjianguo"
    public = text(app.test_client(), f"/v/{village.code}/supervision")  # type: ignore[arg-type]
    assert "张建国" in public
    assert "021-57300009" in public
    ending = f"/{member.id}/end"
    assert admin.submit("/desk/supervisors", action=ending, reason="").status_code == 422
    assert admin.submit("/desk/supervisors", action=ending, reason="搬走了").status_code == 302
    assert "张建国" not in text(app.test_client(), f"/v/{village.code}/supervision")  # type: ignore[arg-type]


def test_the_desk_records_the_committee_and_their_relatives(app: Flask, session: Session, village: Made) -> None:
    client = browser(app, village.users[CLERK])
    sits = {"name": "盛国梁", "position": "主任", "since_on": "2026-01-01"}
    assert client.submit("/desk/committee", **sits, number="999").status_code == 422
    assert client.submit("/desk/committee", **sits, number="001").status_code == 302
    member = session.query(CommitteeMember).one()
    kin = {"action": f"/{member.id}/relatives", "relation": "child"}
    assert client.submit("/desk/committee", **kin, number="001").status_code == 422
    assert client.submit("/desk/committee", **kin, number="002").status_code == 302
    assert "盛国梁" in text(client, "/desk/supervisors?who=002")
    assert client.submit("/desk/committee", action=f"/{member.id}/leave").status_code == 302
    assert "/leave" not in text(client, "/desk/committee")
