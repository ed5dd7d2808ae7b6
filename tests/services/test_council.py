"""Three reviewers or more decide together, those concerned aside; closing applies all of it once, in one step."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, actor, make_user, make_village
from villagepoints.domain.actor import CLERK, GRID_WORKER, REVIEWER, SUPERVISOR, Actor
from villagepoints.domain.errors import BadInput, Conflict, DomainError, KeyReused, NotAllowed, NotFound, RuleBroken
from villagepoints.models import Claim, Council, CouncilItem, Relative, Review, User
from villagepoints.services import claim as claims
from villagepoints.services import council, council_list
from villagepoints.services.council import Said
from villagepoints.services.paging import Wanted
from villagepoints.services.posting import Item

YES, NO, OPEN_STILL = Said("approved", ""), Said("refused", "证书看不清"), Said("", "")


@pytest.fixture
def walker(session: Session, village: Made) -> Actor:
    return actor(make_user(session, village.id, GRID_WORKER, name="老周"))


@pytest.fixture
def bench(session: Session, village: Made) -> list[Actor]:
    """Four who may sit: the reviewer and three more."""
    more = [
        make_user(session, village.id, role, name=f"评议{role}{n}") for n, role in enumerate((CLERK, REVIEWER, CLERK))
    ]
    return [village.reviewer, *map(actor, more)]


def ask(
    session: Session, village: Made, who: Actor, key: str, code: str = "D2", household: int = 0, **more: object
) -> UUID:
    wanted = Item(code=code, occurred_on=TODAY, **more)  # type: ignore[arg-type]
    home = village.households[household].id
    return claims.propose(session, who, key=f"ask {key}", household_id=home, wanted=wanted, now=NOW)


def start(session: Session, members: list[Actor], key: str = "o", **more: object) -> UUID:
    ids = [one.user_id for one in members if one.user_id]
    asked = {"held_on": TODAY, "place": "村委会", "members": ids, "claim_ids": None, "now": NOW, **more}
    return council.open_round(session, members[0], key=key, **asked)  # type: ignore[arg-type]


def close(
    session: Session, who: Actor, id_: UUID, said: dict[UUID, Said], key: str = "c", minutes: str = "逐条议过。"
) -> council.Closed:
    return council.close(session, who, key=key, council_id=id_, said=said, minutes=minutes, now=NOW)


def statuses(session: Session) -> dict[UUID, str]:
    session.rollback()
    return dict(session.execute(select(Claim.id, Claim.status)).all())


def lines(session: Session, village: Made, id_: UUID) -> dict[UUID, council_list.Line]:
    session.rollback()
    round_ = council_list.details(session, village.id, id_, Wanted())
    return {line.claim.id: line for line in round_.page.rows}


def test_closing_applies_every_decision_with_a_review_of_each_who_decided(
    session: Session, village: Made, walker: Actor, bench: list[Actor]
) -> None:
    good, bad, later = (ask(session, village, walker, key, household=n) for n, key in enumerate("abc"))
    id_ = start(session, bench)
    done = close(session, bench[1], id_, {good: YES, bad: NO, later: OPEN_STILL})
    assert done == council.Closed(1, 1, 1)
    assert close(session, bench[1], id_, {good: YES, bad: NO, later: OPEN_STILL}) == done
    assert statuses(session) == {good: "approved", bad: "refused", later: "waiting"}
    kept = session.execute(select(Review.claim_id, Review.reviewer_id, Review.decision, Review.reason)).all()
    everybody = {one.user_id for one in bench}
    assert {row.reviewer_id for row in kept if row.claim_id == good} == everybody
    assert {(row.decision, row.reason) for row in kept if row.claim_id == bad} == {("refused", "证书看不清")}
    of_round = dict(session.execute(select(Claim.id, Claim.council_id)).all())
    assert of_round == {good: id_, bad: id_, later: None}


def test_what_takes_two_goes_through_with_the_three_of_a_council(
    session: Session, village: Made, walker: Actor, bench: list[Actor]
) -> None:
    large = ask(session, village, walker, "a", "B4", grade="区级", occasion="最美志愿者")
    id_ = start(session, bench[:3])
    assert close(session, bench[0], id_, {large: YES}).approved == 1
    assert statuses(session)[large] == "approved"


def test_those_concerned_and_the_recorder_step_aside_by_name(
    session: Session, village: Made, bench: list[Actor]
) -> None:
    mine = ask(session, village, bench[1], "a")
    home = {"village_id": village.id, "household_id": village.household.id}
    session.add(Relative(**home, user_id=bench[2].user_id, relation="parent", declared_at=NOW))
    session.execute(update(User).where(User.id == bench[3].user_id).values(household_id=village.household.id))
    session.commit()
    id_ = start(session, bench)
    line = lines(session, village, id_)[mine]
    assert set(line.recused) == {bench[1].name, bench[2].name, bench[3].name}
    assert not line.is_quorate
    assert close(session, bench[0], id_, {mine: YES}) == council.Closed(0, 0, 1)
    assert statuses(session)[mine] == "waiting"
    assert "不到三个人" in lines(session, village, id_)[mine].reason
    assert session.scalars(select(Review)).all() == []


def test_who_stepped_aside_has_no_review_where_enough_are_left(
    session: Session, village: Made, bench: list[Actor]
) -> None:
    claim_id = ask(session, village, bench[1], "a")
    close(session, bench[0], start(session, bench), {claim_id: YES})
    assert set(session.scalars(select(Review.reviewer_id))) == {bench[n].user_id for n in (0, 2, 3)}
    assert session.scalars(select(CouncilItem.recused)).one() == [str(bench[1].user_id)]


def test_a_claim_decided_elsewhere_meanwhile_is_named_and_left_alone(
    session: Session, village: Made, walker: Actor, bench: list[Actor]
) -> None:
    gone, here = ask(session, village, walker, "a"), ask(session, village, walker, "b", household=1)
    id_ = start(session, bench)
    claims.withdraw(session, walker, key="w", claim_id=gone, now=NOW)
    assert close(session, bench[0], id_, {gone: YES, here: YES}) == council.Closed(1, 0, 1)
    assert statuses(session)[gone] == "withdrawn"
    line = lines(session, village, id_)[gone]
    assert (line.decision, "撤回" in line.reason) == ("", True)


def test_what_the_book_no_longer_allows_goes_on_waiting_and_stops_nobody(
    session: Session, village: Made, walker: Actor, bench: list[Actor]
) -> None:
    hours = [ask(session, village, walker, key, "D1", quantity=3) for key in "ab"]
    id_ = start(session, bench)
    assert close(session, bench[0], id_, dict.fromkeys(hours, YES)) == council.Closed(1, 0, 1)
    assert sorted(statuses(session).values()) == ["approved", "waiting"]
    left = next(line for line in lines(session, village, id_).values() if not line.decision)
    assert "当天最多 20 分" in left.reason
    assert len(session.scalars(select(Review)).all()) == len(bench), "none of what did not go through"


def test_a_round_is_not_closed_without_minutes_reasons_or_by_who_was_not_there(
    session: Session, village: Made, walker: Actor, bench: list[Actor]
) -> None:
    claim_id = ask(session, village, walker, "a")
    id_ = start(session, bench)
    for who, said, minutes, error, sentence in (
        (bench[0], {claim_id: YES}, " ", BadInput, "评议记录"),
        (bench[0], {claim_id: Said("refused", " ")}, "议过", BadInput, "都要写原因"),
        (village.clerk, {claim_id: YES}, "议过", NotAllowed, "到场"),
    ):
        with pytest.raises(error, match=sentence):
            close(session, who, id_, said, "x", minutes)
    assert statuses(session) == {claim_id: "waiting"}
    assert lines(session, village, id_)[claim_id].decision == ""


def test_what_was_said_is_kept_while_the_round_is_open_and_decides_nothing(
    session: Session, village: Made, walker: Actor, bench: list[Actor]
) -> None:
    claim_id = ask(session, village, walker, "a")
    id_ = start(session, bench)
    asked = {"council_id": id_, "said": {claim_id: NO}, "minutes": "先议到这里", "now": NOW}
    council.save(session, bench[0], key="s", **asked)  # type: ignore[arg-type]
    line = lines(session, village, id_)[claim_id]
    assert (line.decision, line.reason, statuses(session)[claim_id]) == ("refused", "证书看不清", "waiting")
    assert close(session, bench[0], id_, {}).refused == 0 + 1


def test_after_it_is_closed_nothing_of_a_round_changes(
    session: Session, village: Made, walker: Actor, bench: list[Actor]
) -> None:
    claim_id = ask(session, village, walker, "a")
    id_ = start(session, bench)
    close(session, bench[0], id_, {claim_id: YES})
    seats = [one.user_id for one in bench[:3] if one.user_id]
    for act in (
        lambda: close(session, bench[0], id_, {claim_id: NO}, "again"),
        lambda: council.save(session, bench[0], key="s", council_id=id_, said={}, minutes="改", now=NOW),
        lambda: council.change_members(session, bench[0], key="m", council_id=id_, members=seats, now=NOW),
    ):
        with pytest.raises(Conflict, match="已经结束"):
            act()
    with pytest.raises(KeyReused):
        close(session, bench[0], id_, {claim_id: NO})


def test_who_may_sit_and_how_many_must(session: Session, village: Made, walker: Actor, bench: list[Actor]) -> None:
    ask(session, village, walker, "a")
    both = actor(make_user(session, village.id, CLERK, SUPERVISOR))
    stranger = make_village(session, "qt").reviewer
    for members, error, sentence in (
        (bench[:2], RuleBroken, "要 3 个以上"),
        ([bench[0], bench[0], bench[1]], RuleBroken, "要 3 个以上"),
        ([*bench[:2], walker], NotAllowed, "监督小组"),
        ([*bench[:2], both], NotAllowed, "监督小组"),
        ([*bench[:2], stranger], NotAllowed, "监督小组"),
    ):
        with pytest.raises(error, match=sentence):
            start(session, members)
    with pytest.raises(BadInput, match="还没到"):
        start(session, bench, held_on=TODAY + timedelta(days=1))
    assert session.scalars(select(Council)).all() == []


def test_a_claim_is_before_one_open_round_at_a_time(
    session: Session, village: Made, walker: Actor, bench: list[Actor]
) -> None:
    first, second = ask(session, village, walker, "a"), ask(session, village, walker, "b", household=1)
    one = start(session, bench, claim_ids=[first])
    two = start(session, bench, "p")
    assert (set(lines(session, village, one)), set(lines(session, village, two))) == ({first}, {second})
    with pytest.raises(BadInput, match="没有可以评议的"):
        start(session, bench, "q")


def test_a_round_of_another_village_is_not_there(
    session: Session, village: Made, walker: Actor, bench: list[Actor]
) -> None:
    claim_id = ask(session, village, walker, "a")
    id_ = start(session, bench)
    other = make_village(session, "qt")
    with pytest.raises(NotFound):
        close(session, other.reviewer, id_, {claim_id: YES})
    with pytest.raises(NotFound):
        council_list.details(session, other.id, id_, Wanted())


def test_a_round_closed_by_two_at_once_is_applied_once(
    sessions: Callable[[], Session], session: Session, village: Made, walker: Actor, bench: list[Actor]
) -> None:
    claim_id = ask(session, village, walker, "a")
    id_ = start(session, bench)
    answers: list[str] = []
    barrier = threading.Barrier(2)

    def work(who: Actor, said: Said) -> None:
        with sessions() as own:
            barrier.wait()
            try:
                close(own, who, id_, {claim_id: said}, str(who.user_id))
                answers.append(said.decision)
            except DomainError as refusal:
                answers.append(type(refusal).__name__)

    threads = [threading.Thread(target=work, args=one) for one in ((bench[0], YES), (bench[1], NO))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = next(answer for answer in answers if answer != "Conflict")
    assert sorted(answers) == sorted(["Conflict", won])
    assert statuses(session)[claim_id] == won
    assert len(session.scalars(select(Review)).all()) == len(bench)
