"""A draft is changed, deliberated on and put in force as a new version; nothing in force is ever edited."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_village
from villagepoints.domain.deliberation import REPRESENTATIVES, Votes
from villagepoints.domain.errors import BadInput, Conflict, NotFound, RuleBroken
from villagepoints.domain.rule_draft import ITEM, RED_LINE, SETTINGS, Edit
from villagepoints.models import RuleBookVersion, RuleDraft, RuleItem, Village
from villagepoints.services import deliberation, rule_draft, rulebook, verify
from villagepoints.services.deliberation import Taken

JULY = date(2026, 7, 1)
DEARER = Edit(ITEM, "D1", {"points": 6})


def new(session: Session, made: Made, **more: Any) -> UUID:
    given = {"title": "下半年的办法", "copy_of": None, "key": "new", "now": NOW, **more}
    return rule_draft.create(session, made.clerk, **given)


def change(session: Session, made: Made, draft_id: UUID, edit: Edit, **more: Any) -> list[Any]:
    revision = more.pop("revision", rule_draft.get(session, made.id, draft_id).revision)
    session.rollback()
    given = {"draft_id": draft_id, "revision": revision, "edit": edit, "key": f"{edit}"[:60], "now": NOW, **more}
    return rule_draft.change(session, made.clerk, **given)


def take(session: Session, made: Made, draft_id: UUID, step: str, votes: Votes | None = None) -> bool:
    taken = Taken(step, TODAY, "党员和村民代表", "大家都说了意见", votes)
    return deliberation.record_step(session, made.clerk, draft_id=draft_id, taken=taken, key=step, now=NOW)


def decided(session: Session, made: Made, in_favour: int = 38) -> UUID:
    """A draft that was decided on by 40 of 45 representatives."""
    draft_id = new(session, made)
    assert change(session, made, draft_id, DEARER) == []
    deliberation.start(session, made.clerk, draft_id=draft_id, key="start", now=NOW)
    take(session, made, draft_id, "propose")
    take(session, made, draft_id, "discuss")
    take(session, made, draft_id, "decide", Votes(REPRESENTATIVES, 45, 40, in_favour, 40 - in_favour, 0))
    return draft_id


def adopt(session: Session, made: Made, draft_id: UUID, on: date = JULY, key: str = "adopt") -> int:
    return deliberation.adopt(session, made.actor("admin"), draft_id=draft_id, effective_on=on, key=key, now=NOW)


def test_a_draft_goes_through_the_six_steps_and_begins_with_a_month(session: Session, village: Made) -> None:
    before = session.scalars(select(RuleBookVersion.body)).one()
    draft_id = decided(session, village)
    assert adopt(session, village, draft_id) == 2 == adopt(session, village, draft_id)
    session.expire_all()
    assert rulebook.in_force(session, village.id, date(2026, 6, 30)).item("D1").points == 5
    assert rulebook.in_force(session, village.id, JULY).item("D1").points == 6
    bodies = session.scalars(select(RuleBookVersion.body).order_by(RuleBookVersion.version)).all()
    assert bodies[0] == before
    for step in ("carry_out", "manage", "evaluate"):
        take(session, village, draft_id, step)
    assert list(deliberation.steps(session, village.id, draft_id)) == [
        "propose",
        "discuss",
        "decide",
        "carry_out",
        "manage",
        "evaluate",
    ]
    assert list(verify.verify(session, session.get_one(Village, village.id))) == []


def test_what_has_not_passed_does_not_come_into_force(session: Session, village: Made) -> None:
    draft_id = decided(session, village, in_favour=20)
    with pytest.raises(RuleBroken, match="还没有经会议表决通过"):
        adopt(session, village, draft_id)
    copied = new(session, village, copy_of=draft_id, key="again", title="再议一次")
    assert rule_draft.opened(session, village.id, copied).book.item("D1").points == 6


def test_a_vote_without_its_quorum_is_not_recorded(session: Session, village: Made) -> None:
    draft_id = new(session, village)
    change(session, village, draft_id, DEARER)
    deliberation.start(session, village.clerk, draft_id=draft_id, key="start", now=NOW)
    take(session, village, draft_id, "propose")
    take(session, village, draft_id, "discuss")
    with pytest.raises(RuleBroken, match="第二十六条"):
        take(session, village, draft_id, "decide", Votes(REPRESENTATIVES, 45, 29, 29, 0, 0))
    with pytest.raises(BadInput):
        take(session, village, draft_id, "decide")
    assert list(deliberation.steps(session, village.id, draft_id)) == ["propose", "discuss"]


def test_an_unfinished_draft_is_saved_with_its_problems_and_not_deliberated_on(session: Session, village: Made) -> None:
    draft_id = new(session, village)
    with pytest.raises(RuleBroken, match="一字不差"):
        deliberation.start(session, village.clerk, draft_id=draft_id, key="s0", now=NOW)
    problems = change(session, village, draft_id, Edit(ITEM, "A1", {"points": 20}))
    assert [str(one) for one in problems] == ["基础分各项加起来是 95 分，不是每月 100 分，办法没有变。请调整各项的分。"]
    with pytest.raises(BadInput, match="95 分"):
        deliberation.start(session, village.clerk, draft_id=draft_id, key="s1", now=NOW)
    new_item = {"code": "A8", "kind": "base", "points": 5, "step": 5, "name": "参加选举"}
    assert "选谁、投不投票是各人的事" in str(change(session, village, draft_id, Edit(ITEM, None, new_item))[0])
    assert change(session, village, draft_id, Edit(ITEM, "A8", {"name": "门前三包"})) == []
    deliberation.start(session, village.clerk, draft_id=draft_id, key="s2", now=NOW)
    with pytest.raises(Conflict, match="正在民主议定"):
        change(session, village, draft_id, DEARER)


def test_two_editors_notice_each_other(session: Session, village: Made) -> None:
    draft_id = new(session, village)
    change(session, village, draft_id, DEARER, revision=0)
    with pytest.raises(Conflict, match="别人刚刚改过"):
        change(session, village, draft_id, Edit(SETTINGS, None, {"publicity_days": 9}), revision=0)
    session.rollback()
    session.expire_all()
    assert rule_draft.opened(session, village.id, draft_id).book.publicity_days == 5


def test_parts_are_added_once_and_taken_away(session: Session, village: Made) -> None:
    draft_id = new(session, village)
    line = {"code": "R6", "name": "破坏公共设施（执法文书）", "pause_months": 1}
    change(session, village, draft_id, Edit(RED_LINE, None, line))
    with pytest.raises(Conflict, match="已经有"):
        change(session, village, draft_id, Edit(RED_LINE, None, line), key="twice")
    change(session, village, draft_id, Edit(RED_LINE, "R6", None))
    with pytest.raises(NotFound):
        change(session, village, draft_id, Edit(ITEM, "Z9", None))
    assert not rule_draft.opened(session, village.id, draft_id).diff


def test_the_discussion_may_send_it_back_but_not_after_the_vote(session: Session, village: Made) -> None:
    draft_id = new(session, village)
    change(session, village, draft_id, DEARER)
    deliberation.start(session, village.clerk, draft_id=draft_id, key="start", now=NOW)
    deliberation.reopen(session, village.clerk, draft_id=draft_id, key="back", now=NOW)
    assert session.scalars(select(RuleDraft.status)).one() == "draft"
    made = make_village(session, "qt")
    other = decided(session, made)
    with pytest.raises(Conflict, match="已经表决过"):
        deliberation.reopen(session, made.clerk, draft_id=other, key="back", now=NOW)


def test_a_draft_of_an_older_version_cannot_undo_a_newer_one(session: Session, village: Made) -> None:
    late = new(session, village, key="late", title="另一份")
    adopt(session, village, decided(session, village))
    change(session, village, late, Edit(SETTINGS, None, {"publicity_days": 9}))
    assert rule_draft.opened(session, village.id, late).is_outdated
    with pytest.raises(Conflict, match="已经有第 2 版"):
        deliberation.start(session, village.clerk, draft_id=late, key="late-start", now=NOW)


def test_a_draft_of_another_village_is_not_found(session: Session, village: Made) -> None:
    theirs = new(session, make_village(session, "qt"))
    with pytest.raises(NotFound):
        rule_draft.opened(session, village.id, theirs)
    with pytest.raises(NotFound):
        change(session, village, theirs, DEARER, revision=0)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (update(RuleBookVersion).values(body=RuleBookVersion.body), None),
        (update(RuleItem).where(RuleItem.code == "D1").values(name="另一个名字"), "项目和它的文字对不上"),
        (update(RuleBookVersion).values(effective_on=date(2020, 1, 1)), "和采用时不一样"),
    ],
)
def test_an_edit_of_rules_in_force_is_found(
    session: Session, village: Made, statement: Any, sentence: str | None
) -> None:
    """The planted bugs; the first is none."""
    session.execute(statement)
    session.commit()
    found = [problem.sentence for problem in verify.verify(session, session.get_one(Village, village.id))]
    assert (sentence is None) == (found == [])
    assert sentence is None or sentence in found[0]


def test_a_dearer_item_put_into_rules_in_force_is_found(session: Session, village: Made) -> None:
    """The planted bug that pays."""
    row = session.scalars(select(RuleBookVersion)).one()
    body = {**row.body, "item": [{**item, "points": item.get("points", 0) * 2} for item in row.body["item"]]}
    row.body = body
    session.commit()
    found = [problem.kind for problem in verify.verify(session, session.get_one(Village, village.id))]
    assert found == ["rulebook"]
