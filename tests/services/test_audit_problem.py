"""What follows from an audit: every way from a problem to its end, and who must keep out of it."""

from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.audits import as_supervisor, make_audit, make_supervisors
from tests.factories import NOW, TODAY, Made, make_household, make_reward, make_user
from villagepoints.domain import audit as audits
from villagepoints.domain import audit_problem as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import BadInput, Conflict, DomainError, NotAllowed, NotFound
from villagepoints.models import (
    Activity,
    Audit,
    AuditItem,
    AuditLook,
    AuditProblem,
    AuditPrompt,
    Claim,
    Finding,
    LedgerEntry,
    Relative,
)
from villagepoints.services import audit as audit_reads
from villagepoints.services import (
    audit_problem,
    audit_problem_check,
    audit_problem_list,
    audit_problem_story,
    audit_problem_subject,
    audit_problem_way,
    claim,
    evidence,
    finding,
    notice,
    posting,
    record_page,
)
from villagepoints.services.audit_problem_list import ALL, UNDER_WAY, Filter
from villagepoints.services.audit_problem_subject import About
from villagepoints.services.evidence import Photo
from villagepoints.services.finding import Seen
from villagepoints.services.paging import Wanted
from villagepoints.services.posting import Item

DUE = TODAY + timedelta(days=14)


class Case:
    """An open audit of three members whose first item is the first household, looked at and not agreeing."""

    def __init__(self, session: Session, made: Made, *items: dict[str, Any]) -> None:
        self.session, self.made = session, made
        self.members = make_supervisors(session, made)
        self.audit = make_audit(session, made, self.members, *items)
        session.execute(update(AuditItem).values(result=audits.DIFFER, looked_by=self.members[0].id, looked_at=NOW))
        session.commit()
        self.items = session.scalars(select(AuditItem).order_by(AuditItem.position)).all()
        self.group = as_supervisor(session, self.members[0])

    def raised(self, about: About, remedy: str = audits.PERSUADE, **said: Any) -> UUID:
        """A problem of the group's, the clerk's to see to unless said otherwise."""
        said = {"owner_id": self.made.users["clerk"].id, "due_on": DUE, "key": f"r{remedy}", "now": NOW, **said}
        said.setdefault("text", "门口堆着木料，账上写的是没有")
        actor = said.pop("actor", self.group)
        return audit_problem.raise_problem(
            self.session, actor, audit_id=self.audit.id, about=about, remedy=remedy, **said
        )

    def row(self, problem_id: UUID) -> audit_problem_list.ProblemRow:
        """The problem as it is read."""
        self.session.rollback()
        self.session.expire_all()
        return audit_problem_story.one(self.session, self.made.id, problem_id).row

    def close(self, problem_id: UUID, **said: Any) -> None:
        """The group's recheck."""
        said = {"key": "close", "outcome": "去看过，木料搬走了", "now": NOW, **said}
        audit_problem.close(self.session, said.pop("actor", self.group), problem_id=problem_id, **said)

    def wrong(self) -> list[str]:
        """What verify has to say."""
        self.session.expire_all()
        return [sentence for _household, sentence in audit_problem_check.wrong_problems(self.session, self.made.id)]


@pytest.fixture
def case(session: Session, village: Made) -> Case:
    return Case(session, village)


def talk(case: Case, problem_id: UUID, **said: Any) -> None:
    said = {"key": "talk", "words": "说好把木料搬走", "found_on": TODAY, "seen": Seen("A1"), "now": NOW, **said}
    audit_problem_way.persuade(case.session, said.pop("actor", case.made.clerk), problem_id=problem_id, **said)


def entry_of(case: Case, code: str = "D4", **more: Any) -> int:
    wanted = Item(code=code, occurred_on=TODAY, **{"grade": "义务维修", "note": "修桥", **more})
    home = case.made.household.id
    return posting.record(case.session, case.made.clerk, key=f"e{code}", household_id=home, wanted=wanted, now=NOW).seq


def test_a_household_is_talked_to_puts_it_right_and_the_group_ends_it(case: Case):
    problem_id = case.raised(About(item_id=case.items[0].id))
    assert case.row(problem_id).stage == rules.DO

    talk(case, problem_id)
    row = case.row(problem_id)
    assert (row.stage, row.finding_status) == (rules.MEND, "persuaded")
    found = case.session.get_one(Finding, (case.made.id, row.finding_id))
    assert found.note == "2026年5月监督审核第1号：说好把木料搬走"
    with pytest.raises(Conflict, match="还没有复查出结果"):
        case.close(problem_id)

    finding.recheck(
        case.session,
        case.made.clerk,
        key="re",
        finding_id=found.id,
        is_right=True,
        photos=[Photo("aa/a.jpg", b"a" * 32, 1, 1, 1)],
        now=NOW,
    )
    assert case.row(problem_id).stage == rules.RECHECK
    case.close(problem_id)
    row = case.row(problem_id)
    assert (row.status, row.outcome) == (audits.CLOSED, "去看过，木料搬走了")
    acts = case.session.scalars(select(Activity.action).where(Activity.action.startswith("problem."))).all()
    assert acts == ["problem.raised", "problem.closed"]
    steps = audit_problem_story.one(case.session, case.made.id, problem_id).steps
    assert [one.act for one in steps] == ["raised", "persuaded", "closed"]
    assert case.wrong() == []


def test_a_deduction_takes_the_way_of_all_deductions_with_the_audits_photos(case: Case):
    session, made = case.session, case.made
    look = AuditLook(village_id=made.id, item_id=case.items[0].id, supervisor_id=case.members[0].id, result="differ")
    look.looked_at = look.recorded_at = NOW
    session.add(look)
    session.flush()
    shot = [Photo("bb/b.jpg", b"b" * 32, 1, 1, 1)]
    evidence.attach(session, case.group, shot, made.household.id, NOW, audit_look_id=look.id)
    session.commit()
    problem_id = case.raised(About(item_id=case.items[0].id), audits.DEDUCT)
    wanted = Item(code="B6", occurred_on=TODAY, document="派出所认定书 3 号", note="聚众赌博，有认定书")
    audit_problem_way.deduct(session, made.clerk, key="d", problem_id=problem_id, wanted=wanted, now=NOW)
    row = case.row(problem_id)
    assert (row.stage, row.claim_status, row.claim_points) == (rules.BOOKS, "waiting", -50)
    with pytest.raises(Conflict, match="没有入账"):
        case.close(problem_id)

    with pytest.raises(NotAllowed):
        claim.approve(session, made.clerk, key="own", claim_id=row.claim_id, now=NOW)  # their own record
    claim.approve(session, made.reviewer, key="ok", claim_id=row.claim_id, now=NOW)
    published = notice.publish(session, made.clerk, key="no", now=NOW)
    assert case.row(problem_id).stage == rules.BOOKS
    later = NOW + timedelta(days=8)
    notice.post(session, made.clerk, key="po", notice_id=published.id, now=later)
    row = case.row(problem_id)
    assert (row.stage, row.claim_status) == (rules.RECHECK, "posted")
    page = record_page.read(session, made.villager(), row.posted_seq, TODAY + timedelta(days=8))
    assert page.audited == ("2026-05", 1)
    assert [photo.sha256 for photo in page.photos] == [b"b" * 32]  # the household sees what the group saw
    assert page.line.note.startswith("2026年5月监督审核第1号：聚众赌博")
    case.close(problem_id, now=later)
    assert case.wrong() == []


def test_a_wrong_entry_is_reversed_and_its_recorder_is_not_asked_to_see_to_it(case: Case):
    session, made = case.session, case.made
    about = About(household_id=made.household.id, entry_seq=entry_of(case))
    with pytest.raises(BadInput, match="就是他记的"):
        case.raised(about, audits.REVERSE)
    reviewer = made.users["reviewer"].id
    problem_id = case.raised(about, audits.REVERSE, owner_id=reviewer, text="没有这回事")
    audit_problem_way.reverse(session, made.reviewer, key="v", problem_id=problem_id, reason="问过人，没修", now=NOW)
    claim.approve(session, made.clerk, key="ok", claim_id=case.row(problem_id).claim_id, now=NOW)
    row = case.row(problem_id)
    assert row.stage == rules.RECHECK
    assert session.get_one(LedgerEntry, (made.id, made.household.id, row.posted_seq)).reverses_seq == about.entry_seq
    case.close(problem_id)
    assert case.wrong() == []


def test_a_falsely_claimed_entry_is_taken_back_together_with_its_penalty(case: Case):
    session, made = case.session, case.made
    about = About(household_id=made.household.id, entry_seq=entry_of(case))
    problem_id = case.raised(about, audits.DEDUCT, owner_id=made.users["reviewer"].id, text="照片是别人家的")
    wanted = Item(code="D5", occurred_on=TODAY, document="核查记录", note="照片是别人家的")
    audit_problem_way.deduct(session, made.reviewer, key="d", problem_id=problem_id, wanted=wanted, now=NOW)
    asked = session.get_one(Claim, (made.id, case.row(problem_id).claim_id))
    assert (asked.kind, asked.reverses_seq) == ("claw_back", about.entry_seq)


def test_what_is_refused_is_begun_again_and_answered_otherwise(case: Case):
    session, made = case.session, case.made
    problem_id = case.raised(About(item_id=case.items[0].id), audits.DEDUCT)
    wanted = Item(code="B6", occurred_on=TODAY, document="认定书", note="打人")
    audit_problem_way.deduct(session, made.clerk, key="d", problem_id=problem_id, wanted=wanted, now=NOW)
    back = {"reason": "认定书上不是他", "due_on": DUE, "owner_id": made.users["reviewer"].id, "now": NOW}
    with pytest.raises(Conflict, match="还没有走完"):
        audit_problem.send_back(session, case.group, key="b0", problem_id=problem_id, **back)
    claim.refuse(session, made.reviewer, key="no", claim_id=case.row(problem_id).claim_id, reason="不是他", now=NOW)
    with pytest.raises(Conflict, match="没有成"):
        case.close(problem_id)
    audit_problem.send_back(session, case.group, key="b", problem_id=problem_id, **back)
    assert case.row(problem_id).stage == rules.DO
    with pytest.raises(NotAllowed, match="归别人办"):
        audit_problem_way.answer(session, made.clerk, key="a0", problem_id=problem_id, words="写错了", now=NOW)
    shot = [Photo("cc/c.jpg", b"c" * 32, 1, 1, 1)]
    audit_problem_way.answer(
        session, made.reviewer, key="a", problem_id=problem_id, words="审核单写错了，换了新的", photos=shot, now=NOW
    )
    case.close(problem_id)
    steps = audit_problem_story.one(session, made.id, problem_id)
    assert [one.act for one in steps.steps] == ["raised", "deducted", "sent_back", "answered", "closed"]
    assert [one.sha256 for one in steps.photos] == [b"c" * 32]
    assert case.wrong() == []


def test_who_is_concerned_keeps_out_and_who_owns_it_does_not_end_it(case: Case):
    session, made = case.session, case.made
    home = make_household(session, made.id, "50", head="赵六")
    near = make_user(session, made.id, "clerk", name="赵文书", household_id=home.id)
    session.add(Relative(village_id=made.id, user_id=near.id, household_id=made.household.id, declared_at=NOW))
    session.commit()
    about = About(household_id=made.household.id)
    subject = audit_problem_subject.prospect(session, case.audit, about)
    able = {one.id for one in audit_problem_subject.owners(session, subject, audits.PERSUADE)}
    assert able & {near.id, made.users["clerk"].id, made.users["admin"].id} == {made.users["clerk"].id}
    for owner_id in (near.id, made.users["admin"].id, None, UUID(int=7)):
        with pytest.raises(BadInput, match="不能办"):
            case.raised(about, owner_id=owner_id, key=f"o{owner_id}")
    own = About(household_id=case.members[1].household_id)
    with pytest.raises(NotAllowed, match="你自己家"):
        case.raised(own, actor=as_supervisor(session, case.members[1]))
    problem_id = case.raised(own)
    talk(case, problem_id)
    with pytest.raises(NotAllowed, match="你自己家"):
        case.close(problem_id, actor=as_supervisor(session, case.members[1]))
    for stranger in (made.clerk, Actor(made.id)):
        with pytest.raises(NotAllowed):
            case.raised(about, actor=stranger, key="s")
        with pytest.raises(NotAllowed):
            audit_problem.withdraw(session, stranger, key="s2", problem_id=problem_id, reason="不对", now=NOW)


def test_a_prompt_about_somebody_is_not_theirs_to_see_to(case: Case):
    session, made = case.session, case.made
    prompt = AuditPrompt(village_id=made.id, audit_id=case.audit.id, position=1, kind="lenient", figures={}, behind=[])
    prompt.subject_id = made.users["clerk"].id
    session.add(prompt)
    session.commit()
    about = About(prompt_id=prompt.id)
    with pytest.raises(Conflict, match="还没有记成问题"):
        case.raised(about, audits.PUT_RIGHT, owner_id=made.users["reviewer"].id)
    prompt.status = audits.PROBLEM
    session.commit()
    with pytest.raises(BadInput, match="不能办"):
        case.raised(about, audits.PUT_RIGHT)
    with pytest.raises(BadInput, match="写明哪一户"):
        case.raised(about, audits.PERSUADE, owner_id=made.users["reviewer"].id)
    assert case.raised(about, audits.PUT_RIGHT, owner_id=made.users["reviewer"].id, key="ok")


def test_only_what_was_looked_at_and_differs_becomes_a_problem_and_only_while_the_audit_is_open(
    session: Session, village: Made
):
    reward = make_reward(session, village.id)
    case = Case(session, village, {"kind": "goods", "reason": "goods", "reward_id": reward.id})
    about = About(item_id=case.items[0].id)
    for result, said in ((None, "还没有看过"), (audits.AGREE, "对得上")):
        session.execute(update(AuditItem).values(result=result))
        session.commit()
        with pytest.raises(Conflict, match=said):
            case.raised(about, audits.PUT_RIGHT)
    session.execute(update(AuditItem).values(result=audits.DIFFER))
    session.commit()
    problem_id = case.raised(about, audits.PUT_RIGHT)
    assert case.row(problem_id).reward == reward.name
    with pytest.raises(BadInput, match="没有写明是哪一户"):
        talk(case, problem_id)
    session.execute(update(Audit).values(status="concluded"))
    session.commit()
    with pytest.raises(Conflict, match="已经写了结论"):
        case.raised(about, audits.PUT_RIGHT, key="late")
    # what follows goes on
    audit_problem_way.answer(session, village.clerk, key="a", problem_id=problem_id, words="少一件，找到了", now=NOW)
    audit_problem.withdraw(session, case.group, key="w", problem_id=problem_id, reason="点错了", now=NOW)
    row = case.row(problem_id)
    assert (row.status, row.outcome) == (audits.WITHDRAWN, "点错了")
    with pytest.raises(Conflict, match="已经了结"):
        case.close(problem_id)


def test_the_village_says_who_is_talked_to_first_and_who_is_deducted_from(case: Case):
    about, session = About(household_id=case.made.household.id), case.session

    def suggested(about: About, today: date = TODAY) -> str:
        subject = audit_problem_subject.prospect(session, case.audit, about)
        return audit_problem_subject.suggested(session, subject, today)

    assert suggested(about) == audits.PERSUADE
    talk(case, case.raised(about))
    assert suggested(about) == audits.PERSUADE  # told today: they have not been told before today
    assert suggested(about, TODAY + timedelta(days=1)) == audits.DEDUCT
    assert suggested(about, TODAY + timedelta(days=400)) == audits.PERSUADE  # forgotten by then
    seq = entry_of(case)
    assert suggested(About(household_id=case.made.household.id, entry_seq=seq)) == audits.REVERSE
    assert suggested(About(reward_id=make_reward(session, case.made.id).id)) == audits.PUT_RIGHT


def test_the_next_audit_begins_with_what_is_still_open_and_says_how_it_ended(case: Case):
    session, made = case.session, case.made
    first = case.raised(About(item_id=case.items[0].id))
    second = case.raised(About(household_id=made.households[1].id), key="two")
    ended = case.raised(About(household_id=made.households[2].id), key="three")
    audit_problem.withdraw(session, case.group, key="w", problem_id=ended, reason="看错门牌", now=NOW)
    opened_at = NOW + timedelta(days=20)
    make_audit(session, made, case.members, month="2026-06")
    session.execute(update(Audit).where(Audit.month == "2026-06").values(opened_at=opened_at))
    session.commit()
    audit_problem.withdraw(session, case.group, key="w2", problem_id=second, reason="他家搬了", now=opened_at)
    assert [(row.number, row.status) for row in audit_problem.carried(session, made.id, "2026-06")] == [
        (1, "open"),
        (2, "withdrawn"),
    ]
    assert [row.number for row in audit_problem.carried(session, made.id, "2026-07")] == [1]
    assert audit_problem.carried(session, made.id, "2026-05") == []
    assert audit_reads.of_month(session, made.id, "2026-06")

    late = audit_problem.of_home(session, made.id, DUE + timedelta(days=1))
    assert (late.waiting, late.late, late.recheck) == (1, 1, 0)
    assert [row.id for row in late.rows] == [first]
    assert [late.rows[0].late_since(day) for day in (DUE, DUE + timedelta(days=1))] == [None, DUE]
    everything = audit_problem_list.listed(session, made.id, Filter(status=ALL), Wanted())
    assert [row.number for row in everything.rows] == [1, 2, 3]  # under way first, then what ended last
    found = audit_problem_list.listed(session, made.id, Filter(status=UNDER_WAY, words="张建国"), Wanted())
    assert [row.number for row in found.rows] == [1]


def test_the_same_page_at_once_is_one_problem_and_two_owners_clicks_one_finding(
    case: Case, sessions: Callable[[], Session]
):
    about, results = About(item_id=case.items[0].id), []
    barrier = Barrier(4)

    def together(work: Callable[[Session, int], object]) -> None:
        def run(place: int) -> None:
            with sessions() as session:
                barrier.wait()
                try:
                    results.append(work(session, place))
                except DomainError as refusal:
                    results.append(type(refusal))

        threads = [Thread(target=run, args=(place,)) for place in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    asked: dict[str, Any] = {"audit_id": case.audit.id, "about": about, "text": "木料", "remedy": audits.PERSUADE}
    asked |= {"owner_id": case.made.users["clerk"].id, "due_on": DUE, "now": NOW}
    group, clerk = case.group, case.made.clerk
    # two keys, each twice: two problems, numbered one after the other
    together(lambda session, place: audit_problem.raise_problem(session, group, key=f"k{place % 2}", **asked))
    case.session.rollback()
    rows = case.session.execute(select(AuditProblem.id, AuditProblem.number).order_by(AuditProblem.number)).all()
    assert [row.number for row in rows] == [1, 2]
    assert set(results) == {row.id for row in rows}

    results.clear()
    said: dict[str, Any] = {"seen": Seen("A1"), "found_on": TODAY, "words": "说好了", "now": NOW}
    together(
        lambda session, place: audit_problem_way.persuade(
            session, clerk, key=f"p{place}", problem_id=rows[0].id, **said
        )
    )
    assert sorted(map(str, results)) == [str(Conflict)] * 3 + ["None"]
    case.session.rollback()
    assert len(case.session.scalars(select(Finding.id)).all()) == 1


def test_verify_names_a_problem_that_was_closed_without_its_books_or_changed_afterwards(case: Case):
    session, made = case.session, case.made
    problem_id = case.raised(About(item_id=case.items[0].id))
    talk(case, problem_id)
    assert case.wrong() == []

    def planted(**values: Any) -> str:
        """The books with these columns changed behind the program's back."""
        mine = update(AuditProblem).where(AuditProblem.id == problem_id)
        before = session.execute(
            select(*(getattr(AuditProblem, name) for name in values)).where(AuditProblem.id == problem_id)
        ).one()
        session.execute(mine.values(**values))
        session.commit()
        found = " ".join(case.wrong())
        session.execute(mine.values(**before._mapping))
        session.commit()
        return found

    assert "is closed and its finding is not settled" in planted(status="closed", closed_at=NOW)
    assert "not what the group said" in planted(text="没有什么")
    assert "not what the group said" in planted(remedy="put_right")
    assert "the trail does not say" in planted(status="withdrawn", closed_at=NOW, outcome="没事")
    other = case.raised(About(household_id=made.households[1].id), key="other")
    session.execute(
        update(AuditProblem).where(AuditProblem.id == other).values(finding_id=case.row(problem_id).finding_id)
    )
    session.commit()
    assert "of another household" in " ".join(case.wrong())


def test_nothing_of_another_village_is_found(case: Case):
    problem_id = case.raised(About(item_id=case.items[0].id))
    elsewhere = UUID(int=3)
    with pytest.raises(NotFound):
        audit_problem_story.one(case.session, elsewhere, problem_id)
    with pytest.raises(NotFound):
        case.raised(About(household_id=elsewhere), key="h")
    with pytest.raises(NotFound, match="没有第 99 条"):
        case.raised(About(household_id=case.made.household.id, entry_seq=99), key="e")
