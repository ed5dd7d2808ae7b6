"""Prompts kept with an audit: read from the books in a fixed number of statements, answered by members who are free."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageEnhance
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tests.audits import as_supervisor, make_audit, make_prompt, make_supervisors
from tests.factories import NOW, TODAY, Made, make_household, make_user
from villagepoints.domain import ledger
from villagepoints.domain import prompt as kinds
from villagepoints.domain.actor import CLERK
from villagepoints.domain.audit import EXPLAINED, PROBLEM
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from villagepoints.domain.ledger import Draft
from villagepoints.domain.rulebook import BASE
from villagepoints.models import (
    Activity,
    Audit,
    AuditPrompt,
    Evidence,
    Finding,
    LedgerEntry,
    Relative,
    SheetRow,
    Supervisor,
)
from villagepoints.models.base import new_id
from villagepoints.services import evidence, finding, picture_hash, posting, prompt, prompt_books, prompt_rows, rulebook
from villagepoints.services.paging import Wanted
from villagepoints.services.posting import Item

JUNE = Month(2026, 6)


def scene(seed: int) -> Image.Image:
    """Something to photograph, the same for the same seed."""
    lot = Random(seed)
    picture = Image.new("RGB", (640, 480), (150, 160, 170))
    pen = ImageDraw.Draw(picture)
    for _ in range(25):
        x, y = lot.randint(0, 600), lot.randint(0, 440)
        shade = tuple(lot.randint(0, 255) for _ in range(3))
        pen.rectangle([x, y, x + lot.randint(30, 250), y + lot.randint(30, 200)], fill=shade)
    return picture


def as_file(picture: Image.Image, quality: int = 90, **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality, **options)
    return out.getvalue()


def copies() -> list[bytes]:
    """One scene six times: as it was, packed harder, smaller, brighter, turned by its EXIF, cut a little."""
    one, turned = scene(1), Image.Exif()
    turned[0x0112] = 6
    return [
        as_file(one),
        as_file(one, 40),
        as_file(one.resize((400, 300))),
        as_file(ImageEnhance.Brightness(one).enhance(1.2)),
        as_file(one.rotate(90, expand=True), exif=turned),
        as_file(one.crop((3, 3, 637, 477))),
    ]


def found_at(session: Session, made: Made, number: int, upload: bytes, instance: Path) -> None:
    """A finding with a photo at a household of its own, on a day of its own."""
    home, at = make_household(session, made.id), NOW - timedelta(days=number)
    with evidence.prepared(instance, [upload]) as photos:
        seen = {"household_id": home.id, "code": "A1", "found_on": TODAY - timedelta(days=number), "now": at}
        finding.record(session, made.clerk, key=f"f{home.number}", photos=photos, **seen)


def live(session: Session, made: Made) -> dict[str, kinds.Prompt]:
    session.rollback()
    return {one.kind: one for one in prompt.live(session, made.id, JUNE, NOW)}


def test_one_photo_used_at_six_doors_is_found_among_others(session: Session, village: Made, tmp_path: Path) -> None:
    for number, upload in enumerate([*copies(), as_file(scene(2)), as_file(scene(3))]):
        found_at(session, village, number, upload, tmp_path)
    one = live(session, village)[kinds.PHOTO]
    assert (one.figures["uses"], one.figures["homes"]) == (6, 6)
    members = make_supervisors(session, village)
    audit = make_audit(session, village, members, month=str(JUNE))
    prompt.write(session, audit, NOW)
    session.commit()
    kept = next(row for row in prompt.of_audit(session, village.id, audit.id) if row.kind == kinds.PHOTO)
    page = prompt_rows.page(session, kept, Wanted(number=1, size=4))
    assert (len(page.rows), page.total) == (4, 6)
    assert {row.item_code for row in page.rows} == {"A1"}
    assert all(row.photo_id and row.number and row.who == "沈文书" for row in page.rows)


def test_photos_from_before_get_their_fingerprint_later(session: Session, village: Made, tmp_path: Path) -> None:
    found_at(session, village, 0, as_file(scene(1)), tmp_path)
    found_at(session, village, 1, as_file(Image.new("RGB", (640, 480), (20, 20, 20))), tmp_path)
    rows = session.scalars(select(Evidence).order_by(Evidence.recorded_at.desc())).all()
    first, plain = (row.picture_hash for row in rows)
    assert first not in (None, picture_hash.PLAIN)
    assert plain == picture_hash.PLAIN
    session.execute(update(Evidence).values(picture_hash=None))
    session.commit()
    (tmp_path / evidence.FOLDER / rows[1].file).unlink()
    assert picture_hash.fill(session, village.id, instance=tmp_path) == 2
    assert picture_hash.fill(session, village.id, instance=tmp_path) == 0
    session.expire_all()
    assert [row.picture_hash for row in rows] == [first, picture_hash.PLAIN]


def test_a_lenient_scorer_shows_beside_another_of_the_same_lane(session: Session, village: Made) -> None:
    other = make_user(session, village.id, CLERK, name="李文书")
    homes = [make_household(session, village.id, group_no=1).id for _ in range(40)]
    clerk = village.users[CLERK].id
    of = {"village_id": village.id}
    rows = [
        {**of, "month": month, "household_id": home, "saved_by": who, "saved_at": NOW}
        for month, who in (("2026-05", other.id), ("2026-06", clerk))
        for home in homes
    ]
    session.execute(insert(SheetRow), rows)
    noted = {"rulebook_version": 1, "item_code": "A1", "status": "counted", "from_sheet": True, "recorded_at": NOW}
    found = [(home, other.id, date(2026, 5, 20)) for home in homes[:16]]
    session.execute(
        insert(Finding),
        [
            {**of, **noted, "id": new_id(), "household_id": home, "recorded_by": who, "found_on": on, "counts_on": on}
            for home, who, on in found
        ],
    )
    session.commit()
    one = live(session, village)[kinds.LENIENT]
    assert one.subject_id == clerk
    assert (one.figures["scored"], one.figures["found"], one.figures["expected"]) == (40, 0, 8)


def test_what_was_reversed_or_replaced_counts_no_more(session: Session, village: Made) -> None:
    book = rulebook.in_force(session, village.id, TODAY)
    common = {"household_id": village.household.id, "kind": ledger.AWARD, "origin": ledger.PAGE}
    common |= {"rulebook_version": 1, "occurred_on": JUNE.last, "recorded_by": village.clerk.user_id}
    points = {item.code: item.points for item in book.of_kind(BASE)} | {"A1": 15}
    drafts = [Draft(**common, points=given, item_code=code) for code, given in points.items()]  # type: ignore[arg-type]
    posting.post(session, village.id, drafts, NOW)
    session.commit()
    wanted = Item(code="D1", occurred_on=TODAY, quantity=2)
    said = {"household_id": village.household.id, "now": NOW}
    for key in ("d1", "d2"):
        posting.record(session, village.clerk, key=key, wanted=wanted, **said)  # type: ignore[arg-type]
    posting.reverse(session, village.clerk, key="r", seq=12, reason="记重了", **said)  # type: ignore[arg-type]
    books = prompt_books.read(session, village.id, JUNE, NOW)
    (sums,) = books.sums
    assert (sums.points, sums.month_base, sums.month_entries, sums.lower_on) == (90 + 10, 90, 10, JUNE.last)
    assert [(deed.item_code, deed.seq) for deed in books.deeds] == [("D1", 11)]
    assert [edit.what for edit in books.edits if edit.what != "setting"] == ["reversal"]
    original = session.scalars(select(LedgerEntry).where(LedgerEntry.item_code == "A1")).one()
    people = {"recorded_by": village.clerk.user_id, "approved_by": village.reviewer.user_id}
    posting.replace_base(session, village.id, original, 25, "看错了", NOW, **people)
    session.commit()
    books = prompt_books.read(session, village.id, JUNE, NOW)
    (sums,) = books.sums
    assert (sums.points, sums.month_base, sums.month_entries, sums.lower_on) == (110, 100, 10, None)
    assert sorted(edit.what for edit in books.edits if edit.what != "setting") == ["base", "reversal"]


def test_reading_takes_as_many_statements_for_many_households(
    session: Session, village: Made, statements: list[str]
) -> None:
    live(session, village)
    statements.clear()
    live(session, village)
    few = len(statements)
    for number in range(8):
        posting.record(
            session,
            village.clerk,
            key=f"k{number}",
            household_id=make_household(session, village.id).id,
            wanted=Item(code="D1", occurred_on=TODAY),
            now=NOW,
        )
    statements.clear()
    live(session, village)
    assert len(statements) == few <= 17


@pytest.fixture
def members(session: Session, village: Made) -> list[Supervisor]:
    return make_supervisors(session, village)


@pytest.fixture
def opened(session: Session, village: Made, members: list[Supervisor]) -> Audit:
    return make_audit(session, village, members)


@pytest.fixture
def answer(session: Session, members: list[Supervisor]) -> Callable[..., AuditPrompt]:
    def give(row: AuditPrompt, member: int = 0, **said: Any) -> AuditPrompt:
        said = {"status": EXPLAINED, "note": "去看过，说得通", "key": f"a{member}", "now": NOW, **said}
        prompt.answer(session, as_supervisor(session, members[member]), prompt_id=row.id, **said)
        return session.get_one(AuditPrompt, (row.village_id, row.id), populate_existing=True)

    return give


def test_a_member_says_what_explains_it_and_another_may_correct_them(
    session: Session, village: Made, members: list[Supervisor], opened: Audit, answer: Callable[..., AuditPrompt]
) -> None:
    row = make_prompt(session, village, opened)
    for _ in range(2):  # the second click is the first
        kept = answer(row)
    assert (kept.status, kept.note, kept.answered_by) == (EXPLAINED, "去看过，说得通", members[0].id)
    assert prompt.answered_by(session, kept) == "监督员0"
    assert prompt.counts(session, village.id, opened.id) == {("never_scored", EXPLAINED): 1}
    assert answer(row, 1, status=PROBLEM, note="没有人来过").answered_by == members[1].id
    acts = session.scalars(select(Activity).where(Activity.action == "audit.prompt_answered")).all()
    assert [act.subject for act in acts] == [row.id, row.id]
    for said in ({"note": " "}, {"status": "open"}, {"note": "长" * 401}):
        with pytest.raises(BadInput):
            answer(row, key=str(said)[:40], **said)


def test_members_leave_what_is_about_their_own_to_others(
    session: Session, village: Made, members: list[Supervisor], opened: Audit, answer: Callable[..., AuditPrompt]
) -> None:
    own, home = str(members[0].household_id), village.household
    whole = make_prompt(session, village, opened, behind=[["home", own]])
    few = make_prompt(session, village, opened, position=2, kind=kinds.CAP, behind=[["entry", own, 1]])
    theirs = make_prompt(session, village, opened, position=3, kind=kinds.CAP, behind=[["entry", str(home.id), 1]])
    answer(whole, key="w")  # the whole village is meant
    with pytest.raises(NotAllowed):
        answer(few, key="f")
    session.add(
        Relative(village_id=village.id, user_id=members[0].user_id, household_id=home.id, declared_at=NOW, relation="")
    )
    session.commit()
    with pytest.raises(NotAllowed):
        answer(theirs, key="t")
    assert answer(theirs, 1).status == answer(few, 1, key="o").status == EXPLAINED


def test_nothing_is_answered_after_the_conclusion_nor_by_others(
    session: Session, village: Made, members: list[Supervisor], opened: Audit, answer: Callable[..., AuditPrompt]
) -> None:
    row = make_prompt(session, village, opened)
    said: dict[str, Any] = {"status": EXPLAINED, "note": "说得通", "now": NOW}
    with pytest.raises(NotAllowed):
        prompt.answer(session, village.clerk, prompt_id=row.id, key="c", **said)
    with pytest.raises(NotFound):
        prompt.answer(session, as_supervisor(session, members[0]), prompt_id=new_id(), key="n", **said)
    opened.status = "concluded"
    session.commit()
    with pytest.raises(Conflict):
        answer(row)
    assert session.get_one(AuditPrompt, (row.village_id, row.id), populate_existing=True).status == "open"
