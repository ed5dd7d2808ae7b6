"""The rule studio at the desk: a draft from the copy to the village's page."""

import re
from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Made, make_village
from tests.pages import Client
from tests.services.test_rule_draft import decided, new
from villagepoints.domain.actor import ADMIN, COUNTER
from villagepoints.models import RuleDraft
from villagepoints.services import rulebook


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status}"
    return answer.get_data(as_text=True)


@pytest.fixture
def draft(session: Session, village: Made) -> str:
    """The path of a fresh draft."""
    return f"/desk/rule-drafts/{new(session, village)}"


def test_a_draft_from_its_copy_to_the_village_s_page(session: Session, village: Made, clerk: Client, as_role) -> None:  # type: ignore[no-untyped-def]
    path = clerk.submit("/desk/rule-drafts/new", title="明年的办法").location
    assert "还没有改动" in page(clerk, path)
    assert clerk.submit(f"{path}/items/A1", step="10").status_code == 302
    assert clerk.submit(f"{path}/items/D4", grades="帮扶代办 15\n献血：50分", cap_month="3").status_code == 302
    fields = {"code": "c6", "name": "义务巡逻", "points": "10", "kind": "contribution"}
    assert clerk.submit(f"{path}/items/new", **fields).status_code == 302
    assert clerk.submit(f"{path}/items/D2", take_away="1").status_code == 302
    assert clerk.submit(f"{path}/red-lines/R1", pause_months="2").status_code == 302
    assert (
        clerk.submit(f"{path}/red-lines/new", code="R6", name="毁坏公物（文书）", pause_months="1").status_code == 302
    )
    assert clerk.submit(f"{path}/settings", publicity_days="7", exempt="B4、B5").status_code == 302
    changes = re.sub(r"<span class=\"hidden-label unseen\">[^<]*</span>", "", page(clerk, f"{path}/changes"))
    for words in (
        "<del>5</del> <ins>10</ins>",
        "<ins>帮扶代办 ＋15；献血 ＋50</ins>",
        "C6 义务巡逻",
        "R6 毁坏公物（文书）",
        "<del>参加村民会议、议事协商、培训</del>",
        "<del>B4、B5、D4</del> <ins>B4、B5</ins>",
        "<del>1</del> <ins>2</ins>",
    ):
        assert words in changes

    assert clerk.submit(path, action="/start").status_code == 302
    steps = f"{path}/deliberation"
    for _ in range(2):
        assert clerk.submit(steps, people="村民代表", minutes="都同意改").status_code == 302
    votes = {"assembly": "representatives", "entitled": "45", "in_favour": "38", "against": "2", "abstained": "0"}
    refused = clerk.submit(steps, people="村民代表", minutes="表决", present="29", **votes)
    assert refused.status_code == 422
    assert "对不上" in refused.get_data(as_text=True)
    assert clerk.submit(steps, people="村民代表", minutes="表决", present="40", **votes).status_code == 302
    assert "要由管理员来点" in page(clerk, steps)
    assert as_role(ADMIN).submit(steps, effective_on="2026-07-01").status_code == 302
    assert clerk.submit(steps, people="文书", minutes="贴了告示、开了会").status_code == 302
    record = page(clerk, f"{path}/record")
    assert "第二十六条" in record
    assert "贴了告示" in record

    rules = page(clerk, "/v/sx/rules")
    assert "2026年7月1日起改用第 2 版办法" in rules
    assert "同一件事只记一次" in rules
    assert "现在还照上一版记" in page(clerk, "/v/sx/rules?version=2")
    assert "义务巡逻" in page(clerk, "/v/sx/rules/2/changes")
    assert clerk.get("/v/sx/rules/1/changes").status_code == 404
    assert rulebook.in_force(session, village.id, date(2026, 7, 1)).item("A1").step == 10


def test_what_is_forbidden_is_saved_and_said_and_goes_no_further(session: Session, draft: str, clerk: Client) -> None:
    clerk.submit(f"{draft}/items/A2", name="按时参加选举")
    shown = page(clerk, draft)
    assert "选谁、投不投票是各人的事" in shown
    assert "/start" not in shown


def test_the_second_editor_is_told_and_keeps_what_was_typed(session: Session, draft: str, clerk: Client) -> None:
    opened = page(clerk, f"{draft}/items/D1")
    stale = dict(re.findall(r'name="(csrf_token|key|revision)"[^>]*value="([^"]*)"', opened))
    clerk.submit(f"{draft}/items/D3", grades="调解人 35")
    typed = {**stale, "kind": "contribution", "name": "志愿服务（按小时）", "points": "7"}
    answer = clerk.post(f"{draft}/items/D1", data=typed)
    assert answer.status_code == 409
    shown = answer.get_data(as_text=True)
    assert "别人刚刚改过" in shown
    assert "志愿服务（按小时）" in shown
    again = dict(re.findall(r'name="(csrf_token|key|revision)"[^>]*value="([^"]*)"', shown))
    assert clerk.post(f"{draft}/items/D1", data={**typed, **again}).status_code == 302


def test_what_cannot_be_read_is_said_at_its_field(draft: str, clerk: Client) -> None:
    for fields, words in (
        ({"grades": "调解人 三十"}, "每行写一个等次"),
        ({"points": "很多"}, "请填整数"),
        ({"name": " "}, "请填内容"),
    ):
        answer = clerk.submit(f"{draft}/items/D3", **fields)
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)
    assert "用类别字母加数字" in clerk.submit(f"{draft}/items/new", code="巡逻", name="x").get_data(as_text=True)
    assert "已经有「A1」" in clerk.submit(f"{draft}/items/new", code="A1", name="x").get_data(as_text=True)
    assert clerk.get(f"{draft}/items/Z9").status_code == 404


def test_a_form_asks_only_what_its_kind_of_item_uses(draft: str, clerk: Client) -> None:
    base, gain, loss = (page(clerk, f"{draft}/items/{code}") for code in ("A1", "D1", "B6"))
    assert [name in base for name in ('name="step"', 'name="grades"', 'name="cap_day"')] == [True, False, False]
    assert [name in gain for name in ('name="step"', 'name="grades"', 'name="cap_day"')] == [False, True, True]
    assert [name in loss for name in ('name="requires_persuasion"', 'name="quota_percent"')] == [True, False]
    new = f"{draft}/items/new?kind=base"
    assert clerk.submit(new, code="A8", name="河边整洁", points="5", step="5").status_code == 302
    again = page(clerk, f"{draft}/items/A8")
    assert '<option selected value="base">' in again
    assert 'name="step"' in again


def test_the_replay_says_what_would_have_been(session: Session, village: Made, draft: str, clerk: Client) -> None:
    from tests.services.test_replay import JANUARY, base

    base(session, village, JANUARY, A1=15)
    clerk.submit(f"{draft}/items/A1", step="10")
    shown = page(clerk, f"{draft}/replay?months=12")
    assert "每一户都和账本一分不差" in shown
    assert "−10" in shown
    assert "001 张建国" in shown
    (link,) = re.findall(r'href="([^"]*replay\.xlsx[^"]*)"', shown)
    book = CalamineWorkbook.from_filelike(BytesIO(clerk.get(link.replace("&amp;", "&")).data))
    assert book.get_sheet_by_index(0).to_python()[1:] == [["001", "张建国", "常住", 90.0, 80.0, -10.0]]


def test_a_draft_is_given_up_and_its_text_used_again(session: Session, draft: str, clerk: Client) -> None:
    clerk.submit(f"{draft}/items/D1", points="8")
    clerk.submit(draft, action="/drop")
    again = clerk.submit(f"/desk/rule-drafts/new?from={draft.rsplit('/')[-1]}", title="再来").location
    assert "＋8" in page(clerk, again)
    assert session.scalars(select(RuleDraft.status).order_by(RuleDraft.created_at)).all() == ["dropped", "draft"]
    assert "已作废" in page(clerk, "/desk/rule-drafts")


def test_the_counter_reads_and_does_not_write(session: Session, village: Made, draft: str, as_role) -> None:  # type: ignore[no-untyped-def]
    counter = as_role(COUNTER)
    for path in ("", "/changes", "/replay", "/deliberation", "/record"):
        assert counter.get(f"{draft}{path}").status_code == 200
    assert counter.get(f"{draft}/items/A1").status_code == 403
    assert "修改</a>" not in page(counter, draft)


def test_a_draft_of_another_village_is_not_found(session: Session, village: Made, clerk: Client) -> None:
    theirs = decided(session, make_village(session, "qt"))
    for path in ("", "/changes", "/replay", "/deliberation", "/record", "/settings", "/items/A1", "/red-lines/R1"):
        assert clerk.get(f"/desk/rule-drafts/{theirs}{path}").status_code == 404
