"""A month of the demo village through its pages: walked, scored, reviewed, noticed, objected to, posted, closed."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests import factories
from tests.databases import Databases, connect
from tests.pages import Client, forms
from villagepoints.domain.calendar import Month
from villagepoints.domain.claim import POSTED, REFUSED
from villagepoints.models import Claim, Finding, Household, LedgerEntry, Objection, Review, StaffDevice, User
from villagepoints.services import replay, rulebook, stats, verify
from villagepoints.services.demo import writing
from villagepoints.services.demo.people import SHOWCASE

if TYPE_CHECKING:
    from flask import Flask

MARCH = Month(2026, 3)
BEGUN = datetime(2026, 3, 20, 2, 0, tzinfo=UTC)
KEY = b"k" * 32


def photo() -> tuple[io.BytesIO, str]:
    """A picture as a phone takes it."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "#7a8").save(out, "JPEG")
    return io.BytesIO(out.getvalue()), "photo.jpg"


def done(answer: TestResponse) -> str:
    """Where an answer sends the browser on to; anything else fails with the page's words."""
    assert answer.status_code in (302, 303), re.sub(r"<[^>]+>|\s+", " ", answer.text)[:2000]
    return answer.location


class Month1046:
    """The demo village, its people at their browsers, and the time."""

    def __init__(self, app: "Flask", clock: factories.Clock, session: Session) -> None:
        self.app, self.clock, self.session = app, clock, session
        self.village_id = writing.make(session, card_key=KEY, now=clock.now).village_id

    @property
    def now(self) -> Session:
        """The database as it is at this moment."""
        self.session.rollback()
        return self.session

    def staff(self, login_name: str) -> Client:
        """Somebody's browser, signed in."""
        of_village = (User.village_id == self.village_id, User.login_name == login_name)
        client: Client = self.app.test_client()  # type: ignore[assignment]
        found = self.session.scalars(select(User).where(*of_village)).one()
        since = {"signed_in_at": self.clock.now, "last_seen_at": self.clock.now}
        self.session.merge(StaffDevice(village_id=self.village_id, id=found.id, user_id=found.id, **since))
        self.session.commit()
        client.sign_in(found)
        return client

    def household(self, number: str) -> Household:
        """A household by its number."""
        of_village = (Household.village_id == self.village_id, Household.number == number)
        return self.now.scalars(select(Household).where(*of_village)).one()

    def phone(self, number: str) -> Client:
        """A household's phone, remembered."""
        client: Client = self.app.test_client()  # type: ignore[assignment]
        client.open_home(factories.remember_phone(self.session, self.household(number)))
        return client

    def wait(self, until: datetime) -> None:
        """Time passes."""
        self.clock.now = until

    def figures(self) -> dict[str, object]:
        """What the books add up to."""
        return stats.stats(self.now, self.village_id)

    def count(self, *conditions: object) -> int:
        """Rows of the village that fulfil them."""
        model = conditions[0].left.table  # type: ignore[attr-defined]
        here = model.c.village_id == self.village_id
        return self.now.scalar(select(func.count()).select_from(model).where(here, *conditions)) or 0


@pytest.fixture
def month(databases: Databases, tmp_path: Path) -> Iterator[Month1046]:
    from villagepoints import create_app
    from villagepoints.extensions import db

    url = databases.fresh("sqlite", tmp_path)
    clock = factories.Clock(BEGUN)
    app = create_app(
        {"DATABASE_URL": url, "INSTANCE": str(tmp_path / "i"), "RATE_LIMIT": "0"}, TESTING=True, CLOCK=clock
    )
    app.test_client_class = Client
    engine = connect(url)
    with Session(engine, expire_on_commit=False) as session:
        yield Month1046(app, clock, session)
    engine.dispose()
    with app.app_context():
        db.engine.dispose()


def test_a_month_of_the_whole_village(month: Month1046) -> None:
    before = month.figures()
    numbers = walk_the_lane(month)
    fill_the_sheets(month)
    contribute(month, numbers)
    notice = review_and_publish(month)
    object_and_answer(month, notice, numbers[3])
    recheck(month)
    close(month)
    after = month.figures()
    expected = earned_by_law(month)
    march = MARCH.first, MARCH.last
    assert after["base_score_rows"] == int(str(before["base_score_rows"])) + 1046
    assert after["points_from_base"] == int(str(before["points_from_base"])) + expected
    assert month.count(LedgerEntry.occurred_on == MARCH.last, LedgerEntry.origin == "page") >= 10_460
    close_again(month, after)
    village = month.now.get_one(writing.Village, month.village_id)
    assert list(verify.verify(month.now, village)) == []
    in_force = rulebook.in_force(month.now, month.village_id, MARCH.last)
    same = replay.compare(month.now, month.village_id, in_force, march[1] + timedelta(days=2), 6)
    assert same.is_true
    assert same.winners == same.losers == []


def walk_the_lane(month: Month1046) -> list[str]:
    """A grid worker finds piles at four doors, photographs two; a door shown twice that day is told twice."""
    worker = month.staff("gu")
    page = worker.get("/desk/lane?group=3").text
    doors = list(dict.fromkeys(re.findall(r"/desk/lane/([0-9a-f-]{36})", page)))[5:9]
    homes = [month.now.get_one(Household, (month.village_id, writing.UUID(door))) for door in doors]
    for index, home in enumerate(homes):
        fields: dict[str, object] = {"code": "A2", "A2-count": "1"}
        if index < 2:
            fields["A2-photos"] = photo()
        done(worker.submit(f"/desk/lane/{home.id}", action="/desk/lane", **fields))
    done(worker.submit(f"/desk/lane/{homes[0].id}", action="/desk/lane", code="A2"))
    answer = worker.post(f"/desk/lane/{homes[0].id}", data={"code": "A2"})
    assert answer.status_code == 400  # no token: nothing is recorded
    twice = (Finding.household_id == homes[0].id, Finding.item_code == "A2", Finding.found_on == BEGUN.date())
    assert [month.count(*twice, Finding.status == status) for status in ("persuaded", "counted")] == [2, 0]
    return [home.number for home in homes]


def fill_the_sheets(month: Month1046) -> None:
    """The clerk goes through every group's sheet and saves it; in one household a cell is made smaller."""
    clerk = month.staff("yu")
    groups = re.findall(
        r'<option value="(\d+)"', clerk.get("/desk/sheet").text.split('id="f-group"')[1].split("</select>")[0]
    )
    saved = 0
    for group in groups:
        number = 1
        while True:
            address = f"/desk/sheet?group={group}&page={number}"
            page = clerk.get(address)
            form = next(form for form in forms(page.text) if form.method == "post" and "row" in form.fields)
            data = {name: held for name, held in form.fields.items() if held}
            if group == groups[0] and number == 1:
                cell = next(name for name, held in data.items() if name.endswith(".C1") and held == ["10"])
                data[cell] = ["5"]
            done(clerk.post(address, data=data))
            saved += sum(name.startswith("was.") for name in data)
            number += 1
            if f"page={number}" not in page.text:
                break
    assert saved >= 1044  # the clerk's own household is left to somebody else


def contribute(month: Month1046, numbers: list[str]) -> None:
    """Staff records an hour of service for three; a household claims for itself, with a photo."""
    worker = month.staff("gu")
    for number in numbers[:3]:
        address = f"/desk/households/{month.household(number).id}/entry?item=D1"
        done(worker.submit(address, quantity="2", occurred_on="2026-03-18", note="河道保洁"))
    home = month.phone(numbers[3])
    claim = {"quantity": "2", "occurred_on": "2026-03-19", "note": "照看独居老人", "photos": photo()}
    done(home.submit("/my/claims/new?item=D1", **claim))
    refused = home.submit(
        "/my/claims/new?item=D1", quantity="3", occurred_on="2026-03-19", note="x", photos=(io.BytesIO(b"no"), "a.jpg")
    )
    assert refused.status_code == 422
    assert "不是照片" in refused.text


def review_and_publish(month: Month1046) -> str:
    """Two reviewers agree to what waits; the clerk puts up the notice."""
    for login_name in ("yu", "zhang", "chen"):
        reviewer = month.staff(login_name)
        page = reviewer.get("/desk/claims?size=100").text
        ticked = re.findall(r'name="row" value="([0-9a-f-]{36})"', page)
        if ticked:
            asked = reviewer.submit("/desk/claims?size=100", action="/chosen", row=ticked, act="approve")
            sure = next(form for form in forms(asked.text) if form.method == "post" and "claim" in form.fields)
            assert reviewer.post(sure.action, data=sure.fields).status_code == 200
    assert month.count(Claim.status == "waiting") == 0
    clerk = month.staff("yu")
    notice = done(clerk.submit("/desk/notices/next", action="/desk/notices"))
    names = {row.head_name for row in month.now.scalars(select(Household))}
    public = month.app.test_client().get("/v/sx/notices").text
    assert "公示" in public
    assert not any(name in public for name in names if len(name) > 2)
    return notice


def object_and_answer(month: Month1046, notice: str, number: str) -> None:
    """A household objects to its own item; the rest is posted without it, and it once it was answered."""
    claim = month.now.scalars(
        select(Claim).where(Claim.village_id == month.village_id, Claim.note == "照看独居老人")
    ).one()
    home = month.phone(number)
    filed = home.submit(f"/my/objections/new?claim={claim.id}", words="我做了三个小时，只记了两个小时")
    done(filed)
    clerk = month.staff("yu")
    assert "入账（" not in clerk.get(notice).text  # five whole days first
    month.wait(BEGUN + timedelta(days=6))
    done(clerk.submit(notice, action="/post"))
    objection = month.now.scalars(
        select(Objection).where(Objection.village_id == month.village_id, Objection.claim_id == claim.id)
    ).one()
    month.now.refresh(claim)
    assert claim.status == "approved"
    posted = month.count(Claim.status == POSTED)
    assert posted > 3
    assert "有异议" in clerk.get(notice).text
    address = f"/desk/objections/{objection.id}"
    for reviewer in ("yu", "zhang"):  # whoever approved it leaves the answer to somebody else
        page = month.staff(reviewer).get(address).text
        assert (f"{address}" in [form.action for form in forms(page)]) is (reviewer not in approvers(month, claim))
    done(month.staff("chen").submit(address, reason="签到表上是两个小时", decision="rejected"))
    done(clerk.submit(notice, action="/post"))
    assert month.count(Claim.status == POSTED) == posted + 1
    assert month.count(Claim.status == REFUSED, Claim.id == claim.id) == 0
    assert "签到表上是两个小时" in home.get(f"/my/objections/{objection.id}").text


def approvers(month: Month1046, claim: Claim) -> set[str]:
    """Who agreed to a claim, by login name."""
    of_claim = (Review.village_id == month.village_id, Review.claim_id == claim.id)
    return set(month.now.scalars(select(User.login_name).join(Review, User.id == Review.reviewer_id).where(*of_claim)))


def recheck(month: Month1046) -> None:
    """At the end of the month persuasions are looked at again: one is put right, one is not, the others wait."""
    month.wait(datetime(2026, 3, 31, 2, 0, tzinfo=UTC))
    worker = month.staff("gu")
    due = month.now.scalars(
        select(Finding.id)
        .where(Finding.village_id == month.village_id, Finding.status == "persuaded", Finding.found_on == BEGUN.date())
        .order_by(Finding.id)
        .limit(2)
    ).all()
    for finding_id, answer in zip(due, ("yes", "no"), strict=True):
        fields = {"is_right": answer, "note": "看过了", "photos": photo()}
        done(worker.submit(f"/desk/findings/{finding_id}", action="/recheck", **fields))
    settled = [month.now.get_one(Finding, (month.village_id, id_), populate_existing=True).status for id_ in due]
    assert settled == ["rectified", "counted"]


def close(month: Month1046) -> None:
    """The preview is read and the month closed."""
    clerk = month.staff("yu")
    page = "/desk/months/2026-03"
    assert clerk.submit(page, action=page).status_code == 422  # nobody ticked that the preview was read
    assert "1,046" in clerk.get(done(clerk.submit(page, action=page, seen="y"))).text


def close_again(month: Month1046, figures: dict[str, object]) -> None:
    """Closing twice changes nothing."""
    clerk = month.staff("yu")
    page = clerk.get("/desk/months/2026-03").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    fields = {"csrf_token": token[1], "key": "again", "points": "0", "seen": "y"}
    again = clerk.post("/desk/months/2026-03", data=fields, follow_redirects=True)
    assert "早就结过账了" in again.text
    assert month.figures() == figures
    assert "3月基础分" in month.phone(SHOWCASE).get("/my/records").text


def earned_by_law(month: Month1046) -> int:
    """The month's base by the rule sheet: 100 a household, the step of the item for each finding that counts."""
    book = rulebook.in_force(month.now, month.village_id, MARCH.last)
    rows = month.now.execute(
        select(Finding.household_id, Finding.item_code, func.sum(Finding.count))
        .where(
            Finding.village_id == month.village_id,
            Finding.status == "counted",
            Finding.counts_on.between(MARCH.first, MARCH.last),
        )
        .group_by(Finding.household_id, Finding.item_code)
    )
    lost = sum(
        min(book.item(code).points, book.item(code).step * int(n)) for _, code, n in rows if book.item(code).step
    )
    assert lost > 0
    return 1046 * 100 - lost
