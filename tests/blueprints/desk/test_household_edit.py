"""A clerk registers a household, changes it, lets people come and go, splits, merges, undoes: by the pages alone."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import TODAY, Made, make_household, remember_phone
from tests.pages import Client
from tests.services.test_redemption import give
from villagepoints.domain.actor import COUNTER, REVIEWER
from villagepoints.models import Household, Neighbourhood, Relocation, Resident, StaffRule, Succession

NEW = "/desk/households/new"


def home(session: Session, number: str) -> Household:
    session.rollback()
    return session.scalars(select(Household).where(Household.number == number)).one()


def people(session: Session, household: Household) -> list[tuple[str, str, bool]]:
    session.rollback()
    here = select(Resident).where(Resident.household_id == household.id).order_by(Resident.line, Resident.name)
    return [(one.name, one.relation, one.left_on is None) for one in session.scalars(here)]


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status}"
    return answer.get_data(as_text=True)


def url(household: Household, end: str = "") -> str:
    return f"/desk/households/{household.id}{end}"


def person(session: Session, name: str) -> UUID:
    return session.scalars(select(Resident.id).where(Resident.name == name)).one()


def register(clerk: Client, **more: Any) -> Any:
    first = {"people-0-name": "赵大海", "people-1-name": "赵小海", "people-1-relation": "儿子"}
    return clerk.submit(NEW, **{**first, "people-1-birth_on": "2015-05-01", "group_no": "3", **more})


def test_a_household_is_registered_with_its_people_under_the_next_number(
    session: Session, village: Made, clerk: Client
) -> None:
    assert "空着就用下一个：004" in text(clerk, NEW)
    answer = register(clerk)
    new = home(session, "004")
    assert answer.location == url(new)
    assert (new.head_name, new.group_no, new.joined_on) == ("赵大海", 3, TODAY)
    assert people(session, new) == [("赵大海", "户主", True), ("赵小海", "儿子", True)]
    page = text(clerk, url(new))
    assert "登记了这户" in page
    assert "赵小海" in page
    assert session.scalars(select(Resident.initials).where(Resident.name == "赵小海")).one() == "zxh"


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_registered(
    session: Session, village: Made, clerk: Client
) -> None:
    wrong = {
        "已经是张建国家的了": {"number": "001"},
        "请写姓名": {"people-2-relation": "母亲"},
        "最后一位对不上": {"people-0-identity": "110101199003074578"},
        "至少写上户主": {"people-0-name": "", "people-1-name": "", "people-1-relation": "", "people-1-birth_on": ""},
        "还没到": {"joined_on": "2026-12-01"},
    }
    for sentence, typed in wrong.items():
        answer = register(clerk, **typed)
        assert answer.status_code == 422, sentence
        assert sentence in answer.get_data(as_text=True), sentence
    assert session.scalars(select(Household.number).order_by(Household.number)).all() == ["001", "002", "003"]


def test_particulars_change_with_what_was_before(session: Session, village: Made, clerk: Client) -> None:
    session.add(Neighbourhood(village_id=village.id, name="海棠居委会"))
    session.commit()
    (committee,) = session.scalars(select(Neighbourhood.id)).all()
    typed = {"residency": "relocated", "neighbourhood_id": str(committee), "group_no": "7", "elder": "yes"}
    clerk.submit(url(village.household, "/particulars"), **typed, address="海棠苑 3 号楼")
    changed = home(session, "001")
    assert (changed.residency, changed.group_no, changed.is_elder) == ("relocated", 7, True)
    assert session.scalars(select(Relocation.household_id)).all() == [changed.id]
    page = text(clerk, url(changed, "/changes"))
    for words in ("常住 → <b>动迁上楼", "没写 → <b>7组", "没写 → <b>海棠居委会", "海棠苑 3 号楼", "按年龄算 → <b>是"):
        assert words in page, words
    assert "海棠居委会" in text(clerk, url(changed))
    session.execute(update(Neighbourhood).values(is_active=False))
    session.commit()
    clerk.submit(url(changed, "/particulars"), remark="搬过")
    assert session.scalars(select(Relocation.household_id)).all() == [changed.id], "a committee set aside is kept"
    clerk.submit(url(changed, "/particulars"), residency="resident", elder="")
    assert not home(session, "001").is_elder, "back to the age"
    assert session.scalars(select(Relocation.household_id)).all() == []


def test_people_come_go_come_back_and_lead(session: Session, village: Made, clerk: Client) -> None:
    house = village.household
    clerk.submit(url(house, "/members/new"), name="张小明", relation="儿子", birth_on="1960-01-01")
    clerk.submit(url(house, "/members/new"), name="陈梅", relation="配偶")
    son, head = person(session, "张小明"), person(session, "张建国")
    clerk.submit(url(house, f"/members/{son}"), phone="13900001234", name="张晓明")
    clerk.submit(url(house, f"/members/{head}/leave"), reason="died", head_id=str(son))
    assert home(session, "001").head_name == "张晓明"
    assert people(session, house) == [("张晓明", "户主", True), ("张建国", "户主", False), ("陈梅", "配偶", True)]
    clerk.submit(url(house, f"/members/{person(session, '陈梅')}"), action="head")
    assert home(session, "001").head_name == "陈梅"
    clerk.submit(url(house, f"/members/{head}"), action="back")
    assert all(one[2] for one in people(session, house))
    page = text(clerk, url(house, "/changes"))
    for words in ("张建国不在这户了", "去世了", "张小明 → <b>张晓明", "…1234", "张晓明 → <b>陈梅", "张建国还在这户"):
        assert words in page, words


def test_the_last_one_leaving_leads_on_to_the_household(
    session: Session, village: Made, clerk: Client, app: Any
) -> None:
    head = person(session, "张建国")
    answer = clerk.submit(url(village.household, f"/members/{head}/leave"), reason="died")
    assert answer.location == url(village.household, "/leave?reason=died")
    clerk.submit(answer.location, reason="died")
    give(session, village, 60)
    page = text(clerk, url(village.household))
    assert "起不在村里了：去世了" in page
    assert "发码牌" not in page
    refused = clerk.submit(url(village.household, "/hand-on"), number="003", points="60")
    assert "凭什么" in refused.get_data(as_text=True)
    clerk.submit(url(village.household, "/hand-on"), number="003", points="60", document="公证书 12 号")
    assert (home(session, "001").balance, home(session, "003").balance) == (0, 60)
    assert "继承：001 户转来（公证书 12 号）" in text(clerk, url(village.households[2]))
    phone = app.test_client()
    phone.open_home(remember_phone(session, village.households[2]))
    assert "继承：001 户转来" in text(phone, "/my/records")
    assert "继承：001 户转来" in text(phone, "/my/records/1")
    listed = text(clerk, "/desk/departed")
    assert "001" in listed
    assert "003" in listed


def test_a_split_of_many_points_waits_for_a_colleague(
    session: Session, village: Made, clerk: Client, as_role: Any
) -> None:
    give(session, village, 300)
    clerk.submit(url(village.household, "/members/new"), name="张小明", relation="儿子")
    typed = {"people": str(person(session, "张小明")), "points": "120", "document": "分户协议"}
    answer = clerk.submit(url(village.household, "/split"), **typed)
    new = home(session, "004")
    assert answer.location == url(new)
    assert "等着从 001 户转到 004 户" in text(clerk, url(new))
    row = session.scalars(select(Succession.id)).one()
    page = text(clerk, f"/desk/successions/{row}")
    assert "同意，转过去" not in page, "whoever proposed it does not confirm it"
    reviewer = as_role(REVIEWER)
    assert "户与户转积分，等另一个人定" in text(reviewer, "/desk/")
    assert "分户协议" in text(reviewer, "/desk/successions")
    reviewer.submit(f"/desk/successions/{row}", decision="confirm")
    assert (home(session, "001").balance, home(session, "004").balance) == (180, 120)
    assert "已经转了" in text(clerk, f"/desk/successions/{row}")


def test_a_group_that_no_village_has_is_read_as_none(clerk: Client) -> None:
    assert 'value="1"' in text(clerk, f"{NEW}?group=1")
    for group in ("9223372036854775808", "-1", "x"):
        text(clerk, f"{NEW}?group={group}")
    assert clerk.submit(NEW, **{"people-0-name": "赵大海", "group_no": "99999999999"}).status_code == 422
    assert "没有农户" in clerk.submit("/desk/groups", group_no="99999999999", to_group="5").get_data(as_text=True)


def test_a_number_that_was_emptied_stays(session: Session, village: Made, clerk: Client) -> None:
    clerk.submit(url(village.household, "/particulars"), number="", remark="门口有狗")
    kept = session.execute(select(Household.number, Household.remark).where(Household.id == village.household.id))
    assert kept.one() == ("001", "门口有狗")


def test_who_lets_points_go_over_has_the_second_factor_that_the_village_demands(
    session: Session, village: Made, clerk: Client, as_role: Any
) -> None:
    give(session, village, 300)
    clerk.submit(url(village.household, "/merge"), number="002", points="300")
    row = session.scalars(select(Succession.id)).one()
    session.add(StaffRule(village_id=village.id, second_factor_from=TODAY))
    session.commit()
    answer = as_role(REVIEWER).submit(f"/desk/successions/{row}", decision="confirm")
    assert "要先开动态码" in answer.get_data(as_text=True)
    assert session.scalars(select(Succession.status)).all() == ["waiting"]


def test_a_merger_and_the_way_back(session: Session, village: Made, clerk: Client) -> None:
    give(session, village, 40)
    assert "没有户号「999」" in clerk.submit(url(village.household, "/merge"), number="999").get_data(as_text=True)
    clerk.submit(url(village.household, "/merge"), number="002")
    merged, other = home(session, "001"), home(session, "002")
    assert (merged.left_reason, merged.balance, other.balance) == ("merged", 0, 40)
    assert ("张建国", "", True) in people(session, other)
    clerk.submit(url(merged, "/back"), reason="并错了")
    assert home(session, "001").left_on is None
    typed = {"people": str(person(session, "张建国")), "to": "other", "number": "001"}
    clerk.submit(url(other, "/split"), **typed)
    clerk.submit(url(other, "/hand-on"), number="001", points="40", document="并错了")
    back = home(session, "001")
    assert (back.head_name, back.balance) == ("张建国", 40)
    assert people(session, back) == [("张建国", "户主", True)]


def test_a_group_gets_another_number_in_one_act(session: Session, village: Made, clerk: Client) -> None:
    session.execute(update(Household).where(Household.number.in_(("001", "002"))).values(group_no=3))
    session.commit()
    make_household(session, village.id, "009", group_no=5)
    refused = clerk.submit("/desk/groups", group_no="3", to_group="5")
    assert "已经有 1 户" in refused.get_data(as_text=True)
    clerk.submit("/desk/groups", group_no="3", to_group="8")
    session.rollback()
    assert sorted(session.scalars(select(Household.group_no).where(Household.group_no.is_not(None)))) == [5, 8, 8]
    assert "3组 → <b>8组" in text(clerk, url(village.household, "/changes"))


def test_of_a_child_the_window_sees_the_name_only(session: Session, village: Made, clerk: Client, as_role: Any) -> None:
    child = Resident(village_id=village.id, household_id=village.household.id, line=1, name="张豆豆", relation="孙子")
    child.birth_on = date(2018, 3, 4)
    session.add(child)
    session.commit()
    page = text(as_role(COUNTER), url(village.household))
    assert "张豆豆" in page
    assert "孙子" not in page
    assert "8岁" not in page
    assert "孙子" in text(clerk, url(village.household))
