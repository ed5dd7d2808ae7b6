"""Red lines at the desk: recorded, confirmed by another person, shortened step by step, lifted, printed."""

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_user, make_village
from tests.pages import Client
from villagepoints.domain.actor import ADMIN, COUNTER, GRID_WORKER, REVIEWER
from villagepoints.models import Evidence, Household, RedLineCase
from villagepoints.services import red_line
from villagepoints.services.red_line import Crossed

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # the services run on both

PAPER = "公安处罚决定书 12 号"


@pytest.fixture
def waiting(session: Session, village: Made) -> str:
    household_id, crossed = village.household.id, Crossed("R2", TODAY, PAPER, "聚众赌博")
    id_ = red_line.record(session, village.clerk, key="p", household_id=household_id, crossed=crossed, now=NOW)
    return f"/desk/red-lines/{id_}"


def status(session: Session) -> str:
    session.rollback()
    return session.scalars(select(RedLineCase.status)).one()


def photo() -> tuple[BytesIO, str]:
    content = BytesIO()
    Image.new("RGB", (40, 30), "red").save(content, "JPEG")
    content.seek(0)
    return content, "paper.jpg"


def test_it_is_recorded_with_its_paper_and_waits_for_another_person(
    session: Session, village: Made, clerk: Client
) -> None:
    page = f"/desk/red-lines/new/{village.household.id}"
    answer = clerk.submit(page, code="R2", found_on="2026/6/3", document=PAPER, note="聚众赌博", photos=photo())
    told = clerk.get(answer.location).get_data(as_text=True)
    assert "等另一个人认定" in told
    assert "要请另一个人认定" in told
    assert "第 1 张照片" in told
    assert session.scalars(select(Evidence.red_line_case_id)).one() is not None
    assert "聚众赌博" in clerk.get("/desk/red-lines").get_data(as_text=True)


def test_what_is_missing_is_asked_for_and_what_was_typed_stays(session: Session, village: Made, clerk: Client) -> None:
    page = f"/desk/red-lines/new/{village.household.id}"
    answer = clerk.submit(page, code="R2", note="聚众赌博")
    assert answer.status_code == 422
    assert "要有书面文书" in answer.get_data(as_text=True)
    assert "聚众赌博" in answer.get_data(as_text=True)
    answer = clerk.submit(page, document=PAPER)
    assert "请选是哪一条红线" in answer.get_data(as_text=True)
    assert session.scalars(select(RedLineCase)).all() == []


def test_another_person_confirms_it_and_is_told_until_when(
    session: Session, village: Made, as_role, waiting: str
) -> None:  # type: ignore[no-untyped-def]
    reviewer: Client = as_role(REVIEWER)
    answer = reviewer.submit(waiting, decision="confirmed")
    assert "兑换停到 2026年9月15日" in reviewer.get(answer.location).get_data(as_text=True)
    assert status(session) == "confirmed"
    letter = reviewer.get(f"{waiting}/letter").get_data(as_text=True)
    assert "红线告知书" in letter
    assert "每做 10 小时义工" in letter


def test_refusing_without_a_reason_is_explained(session: Session, as_role, waiting: str) -> None:  # type: ignore[no-untyped-def]
    reviewer: Client = as_role(REVIEWER)
    answer = reviewer.submit(waiting, decision="refused")
    assert answer.status_code == 422
    assert "请写明为什么不认定" in answer.get_data(as_text=True)
    assert reviewer.submit(waiting, decision="refused", reason="是隔壁的事").status_code == 302
    assert status(session) == "refused"


def test_the_way_back_is_recorded_by_one_and_confirmed_by_another(
    session: Session, village: Made, clerk: Client, as_role, waiting: str
) -> None:  # type: ignore[no-untyped-def]
    reviewer: Client = as_role(REVIEWER)
    reviewer.submit(waiting, decision="confirmed")
    for kind, hours in (("put_right", ""), ("pledge", ""), ("service", "10")):
        clerk.submit(waiting, action="/steps", kind=kind, done_on="2026-06-15", hours=hours)
        assert "等另一个人核实" in clerk.get(waiting).get_data(as_text=True)
        said = reviewer.submit(waiting, action="/steps/", counts="yes")
    assert "2026年8月15日 起可以再兑换" in reviewer.get(said.location).get_data(as_text=True)
    session.rollback()
    until = session.scalars(select(Household.redeem_paused_until).where(Household.id == village.household.id)).one()
    assert str(until) == "2026-08-15"
    wrong = clerk.submit(waiting, action="/steps", kind="service", done_on="2026-06-15", hours="99")
    assert "1 到 24 小时" in wrong.get_data(as_text=True)


def test_whoever_confirmed_it_is_not_offered_to_lift_it(session: Session, clerk: Client, as_role, waiting: str) -> None:  # type: ignore[no-untyped-def]
    reviewer: Client = as_role(REVIEWER)
    reviewer.submit(waiting, decision="confirmed")
    assert "认定错了" not in reviewer.get(waiting).get_data(as_text=True)
    assert clerk.submit(waiting, decision="lifted", reason="处罚决定撤销了").status_code == 302
    assert status(session) == "lifted"
    assert "撤销告知书" in clerk.get(f"{waiting}/letter").get_data(as_text=True)


def test_a_grid_worker_records_and_sees_only_what_he_recorded(
    session: Session, village: Made, as_role, waiting: str
) -> None:  # type: ignore[no-untyped-def]
    village.users[GRID_WORKER] = make_user(session, village.id, GRID_WORKER)
    grid: Client = as_role(GRID_WORKER)
    assert "聚众赌博" not in grid.get("/desk/red-lines").get_data(as_text=True)
    assert grid.get(waiting).status_code == 404
    assert grid.get(f"{waiting}/letter").status_code == 403
    page = f"/desk/red-lines/new/{village.households[1].id}"
    answer = grid.submit(page, code="R1", found_on="2026-06-03", note="焚烧秸秆")
    assert grid.get(answer.location).status_code == 200
    assert "焚烧秸秆" in grid.get("/desk/red-lines").get_data(as_text=True)


def test_other_roles_and_other_villages_do_not_get_at_it(
    session: Session, village: Made, clerk: Client, as_role, waiting: str
) -> None:  # type: ignore[no-untyped-def]
    assert as_role(COUNTER).get("/desk/red-lines").status_code == 403
    assert "decision" not in as_role(ADMIN).get(waiting).get_data(as_text=True)
    other = make_village(session, "qt")
    crossed = Crossed("R1", TODAY, note="外村的事")
    asked = {"household_id": other.household.id, "crossed": crossed, "now": NOW}
    id_ = red_line.record(session, other.clerk, key="o", **asked)  # type: ignore[arg-type]
    assert clerk.get(f"/desk/red-lines/{id_}").status_code == 404
    assert clerk.get(f"/desk/red-lines/new/{other.household.id}").status_code == 404
    assert "外村的事" not in clerk.get("/desk/red-lines").get_data(as_text=True)


def test_the_counter_says_so_before_anything_is_chosen(
    session: Session, village: Made, clerk: Client, as_role, waiting: str
) -> None:  # type: ignore[no-untyped-def]
    as_role(REVIEWER).submit(waiting, decision="confirmed")
    assert "兑换停到 2026年9月15日" in clerk.get(f"/desk/counter/{village.household.id}").get_data(as_text=True)
    assert "停到 2026年9月15日" in clerk.get(f"/desk/households/{village.household.id}").get_data(as_text=True)
