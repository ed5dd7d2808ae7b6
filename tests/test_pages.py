"""Every page in a real browser: nothing serious for assistive technology, nothing sideways, nothing blocked."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests import factories
from tests.audits import as_supervisor, give_pin, make_audit, make_prompt, make_supervisors
from tests.factories import NOW, TODAY, Made
from tests.services.test_red_line import post_base
from tests.services.test_redemption import give, reserve
from villagepoints.access import rule_of
from villagepoints.domain.actor import NEIGHBOURHOOD
from villagepoints.domain.calendar import village_date
from villagepoints.domain.gathering import token_of
from villagepoints.domain.joint_session import Quarter
from villagepoints.domain.rule_draft import Edit
from villagepoints.domain.standing import PERSUADED
from villagepoints.models import (
    AuditItem,
    Claim,
    Finding,
    LedgerEntry,
    Redemption,
    Resident,
    Reward,
    Succession,
    User,
)
from villagepoints.services import (
    attendance,
    audit_open,
    audit_problem,
    audit_problem_subject,
    audit_problem_way,
    audit_signature,
    card,
    checkpoint,
    claim,
    claim_list,
    council,
    gathering,
    gathering_list,
    joint_session,
    neighbourhood,
    notice,
    objection,
    pdf,
    posting,
    proof,
    red_line,
    relative,
    relocated,
    role,
    saved_filter,
    seal,
    service_request,
    slip,
    stocktake,
    user,
)
from villagepoints.services.importing import sessions as imports
from villagepoints.services.objection_subject import About
from villagepoints.services.paging import Wanted
from villagepoints.services.posting import Item
from villagepoints.services.red_line import Crossed

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
PHONE, DESK = {"width": 360, "height": 640}, {"width": 1366, "height": 768}
AS_LARGE = """factor => { for (const node of document.querySelectorAll('body *')) {
    node.dataset.size = parseFloat(getComputedStyle(node).fontSize); }
  for (const node of document.querySelectorAll('body *')) node.style.fontSize = node.dataset.size * factor + 'px'; }"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def filled(session: Session, village: Made) -> Made:
    """The village with something on every page."""
    give(session, village, 300)
    wanted = Item(code="D1", occurred_on=TODAY, quantity=2, note="河道保洁志愿服务 2 小时")
    common = {"household_id": village.household.id, "now": NOW}
    posting.record(session, village.clerk, key="k1", wanted=wanted, **common)  # type: ignore[arg-type]
    honour = Item(code="B4", occurred_on=TODAY, grade="区级", occasion="最美志愿者", document="荣誉证书")
    claim.propose(session, village.clerk, key="k2", wanted=honour, **common)  # type: ignore[arg-type]
    finding = {"rulebook_version": 1, "item_code": "A1", "found_on": TODAY, "note": "宅前屋后有 1 处乱堆物"}
    session.add(
        Finding(
            village_id=village.id,
            household_id=village.household.id,
            status=PERSUADED,
            rectify_by=TODAY,
            counts_on=TODAY,
            recorded_at=NOW,
            **finding,
        )
    )
    session.commit()
    factories.make_reward(session, village.id, points=200, stock=5, name="食用油 5L")
    salt = factories.make_reward(session, village.id, points=8, stock=200, name="食盐 1包")
    reserve(session, village, "k3", (salt.id, 2))
    return village


@pytest.fixture
def noticed(filled: Made, session: Session) -> str:
    """A notice with a gain and a loss, and one approved gain that stands on none yet; the notice's page at the desk."""
    fight = Item(code="B6", occurred_on=TODAY, document="派出所认定书", note="打架")
    hour = Item(code="D1", occurred_on=TODAY)
    for place, (household, wanted) in enumerate(zip(filled.households, (hour, fight, hour), strict=True)):
        asked = {"household_id": household.id, "wanted": wanted, "now": NOW}
        claim_id = claim.propose(session, filled.clerk, key=f"n{place}", **asked)
        claim.approve(session, filled.reviewer, key=f"a{place}", claim_id=claim_id, now=NOW)
        if place == 1:
            notice_id = notice.publish(session, filled.clerk, key="n", now=NOW).id
    return f"/desk/notices/{notice_id}"


# what the guidelines ask for; what passed is not listed, which takes longer than finding out
GUIDELINES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
LAW = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": GUIDELINES}}


@pytest.fixture
def look(chromium: Any, served: str) -> Iterator[Callable[..., list[str]]]:
    """Open pages in a browser of that size with these cookies; whatever is wrong with them, in 1.5 × type as well."""
    contexts: list[Any] = []

    def faults(paths: list[str], size: dict[str, int], cookies: dict[str, str], *, large: bool = True) -> list[str]:
        context = chromium.new_context(viewport=size, locale="zh-CN")
        contexts.append(context)
        context.add_cookies([{"name": n, "value": v, "url": served} for n, v in cookies.items()])
        page, said = context.new_page(), list[str]()
        # what a page says to those who hear it does not hang on the language, but its width does
        spoken = cookies.get("language") != "en" or cookies.get("view") == "elder"
        page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        found: list[str] = []
        for path in paths:
            answer = page.goto(served + path)
            assert answer.status == 200, f"{path}: {answer.status}"
            found += [f"{path}: {fault}" for fault in _faults(page, large, spoken)]
        return found + said

    yield faults
    for context in contexts:
        context.close()


def _faults(page: Any, large: bool, spoken: bool) -> Iterator[str]:
    for one in Axe().run(page, options=LAW).response["violations"] if spoken else ():
        if one["impact"] in ("serious", "critical"):
            yield f"{one['id']}: {one['nodes'][0]['html']}"
    if (over := page.evaluate(SIDEWAYS)) > 0:
        yield f"{over} px too wide"
    if large:
        page.evaluate(AS_LARGE, 1.5)
        if (over := page.evaluate(SIDEWAYS)) > 0:
            yield f"{over} px too wide in 1.5 × type"


@pytest.mark.parametrize(
    ("view", "language"), [("plain", "zh"), ("plain", "en"), ("elder", "zh"), ("elder", "en"), ("largest", "zh")]
)
def test_the_phone_s_pages(
    view: str, language: str, filled: Made, session: Session, look: Callable[..., list[str]]
) -> None:
    home = factories.remember_phone(session, filled.household)
    cookies = {"home": home, "view": view, "language": language}
    goods = session.scalars(select(Reward.id).where(Reward.points == 8)).one()
    paths = ["/my/", "/my/records", "/my/redeem", f"/my/redeem/pieces/{goods}", f"/my/redeem/check?want={goods}"]
    paths += ["/my/earn", "/my/year", "/my/help", "/v/sx/", "/v/sx/rules"]
    assert look(paths, PHONE, cookies) == []


@pytest.mark.parametrize(("view", "language"), [("plain", "zh"), ("elder", "en")])
def test_a_record_the_statement_and_what_anybody_may_check(
    view: str, language: str, filled: Made, session: Session, look: Callable[..., list[str]]
) -> None:
    seal.take(session, filled.clerk, now=NOW)
    typed = slip.standing(session, filled.id, filled.household.id)
    assert typed is not None
    cookies = {"home": factories.remember_phone(session, filled.household), "view": view, "language": language}
    paths = [f"/my/records/{seq}" for seq in (1, typed.seq)]
    paths += ["/my/statement", "/v/sx/seals", "/v/sx/seals/1?f=0", "/v/sx/check", "/v/sx/reports/2026-06"]
    held = proof.of_households(session, filled.id, 1, [filled.household.id])[filled.household.id]
    paths += ["/v/sx/proof", f"/V/SX/PROOF/{held}", f"/v/sx/proof?proof={held[:-9]}&board=7F3A"]
    paths += [f"/v/sx/check?slip={code}" for code in (typed.code, "x")]
    assert look(paths, PHONE, cookies) == []
    if view == "plain":
        wide = ["/v/sx/", "/v/sx/rules", "/v/sx/seals", "/v/sx/lists", "/v/sx/reports/2026-06"]
        assert look(wide, DESK, cookies, large=False) == []


def test_the_door_for_a_stranger(filled: Made, session: Session, app: Any, look: Callable[..., list[str]]) -> None:
    asked = {"household_id": filled.household.id, "card_key": app.config["CARD_KEY"], "key": "c", "now": NOW}
    printed = card.issue(session, filled.clerk, **asked)
    path = f"/q/sx/{printed.token}"
    assert look([path], PHONE, {}) + look([path], PHONE, {"view": "elder"}) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_desk_s_pages(
    language: str, filled: Made, session: Session, app: Any, look: Callable[..., list[str]]
) -> None:
    link = user.make_link(session, filled.actor("admin"), user_id=filled.users["clerk"].id, now=NOW)
    client = app.test_client()
    client.submit(f"/auth/link/{link}")
    cookies = {"language": language, "session": client.get_cookie("session").value}
    household = f"/desk/households/{filled.household.id}"
    paths = ["/desk/", "/desk/households", household, f"{household}/entry", f"{household}/entry?item=D1"]
    paths += ["/desk/claims", "/desk/redemptions", "/desk/rewards", "/desk/findings", "/desk/ledger"]
    paths += ["/desk/demand", "/desk/rule-use", "/desk/liability"]
    paths += ["/desk/imports", "/desk/reports", "/desk/reports/2026-06", "/desk/cards", "/desk/counter"]
    session.rollback()
    kept = {"page": "desk.households", "pages": ["desk.households"], "name": "老人户", "query": "elders=1"}
    saved_filter.keep(session, filled.clerk, key="kept", **kept, now=NOW)
    lists = ["/desk/households?sort=-balance", "/desk/households?out=paper", "/desk/ledger?out=paper"]
    found = look([*paths, *lists, "/desk/told", "/desk/expiring"], DESK, cookies, large=False)
    assert found + look(["/desk/households", "/desk/ledger", "/desk/told"], PHONE, cookies, large=False) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_review_and_councils(
    language: str, filled: Made, session: Session, app: Any, look: Callable[..., list[str]]
) -> None:
    clerk = filled.users["clerk"]
    seats = [clerk.id, filled.users["reviewer"].id, factories.make_user(session, filled.id, "reviewer").id]
    claimed = session.scalars(select(Claim.id)).one()
    held = {"held_on": TODAY, "place": "村委会", "members": seats, "claim_ids": None, "now": NOW}
    council_id = council.open_round(session, filled.clerk, key="round", **held)
    relative.declare(session, filled.clerk, user_id=clerk.id, number="003", relation="parent", key="r", now=NOW)
    client = app.test_client()
    client.sign_in(clerk)
    cookies = {"language": language, "session": client.get_cookie("session").value}
    household = f"/desk/households/{filled.household.id}"
    volunteered = session.scalars(select(LedgerEntry.seq).where(LedgerEntry.item_code == "D1")).one()
    paths = [f"{household}/entry?item={code}" for code in ("A6", "A7", "B4", "D5")]
    paths += [f"{household}/entries/{volunteered}/{act}" for act in ("reverse", "false-claim")]
    paths += ["/desk/claims", f"/desk/claims/{claimed}", "/desk/relatives", "/desk/councils"]
    paths += ["/desk/councils/new", *(f"/desk/councils/{council_id}{end}" for end in ("", "/members", "/minutes"))]
    assert look(paths, DESK, cookies, large=False) == []
    assert look(["/desk/claims", f"/desk/councils/{council_id}"], PHONE, cookies, large=False) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_lane_s_pages_and_what_was_found(
    language: str, filled: Made, session: Session, app: Any, look: Callable[..., list[str]]
) -> None:
    session.rollback()
    id_ = session.scalars(select(Finding.id)).one()
    client = app.test_client()
    client.sign_in(filled.users["clerk"])
    door = f"/desk/lane/{filled.household.id}"
    saved = client.submit(door, code="A2").location
    cookies = {"language": language, "session": client.get_cookie("session").value}
    lanes = ["/desk/lane", "/desk/lane?group=none", "/desk/lane?q=00", door, saved, f"/desk/lane/recheck/{id_}"]
    desk = [f"/desk/findings/{id_}", "/desk/findings?due=1", "/desk/findings/slips"]
    assert look(lanes, PHONE, cookies) + look(desk, DESK, cookies, large=False) == []


def test_the_score_sheet_and_the_close_of_a_month(
    filled: Made, session: Session, app: Any, look: Callable[..., list[str]]
) -> None:
    client = app.test_client()
    client.sign_in(filled.users["clerk"])
    client.get("/desk/")
    cookies = {"session": client.get_cookie("session").value}
    paths = [
        "/desk/sheet",
        "/desk/months",
        "/desk/months/2026-05",
        "/desk/months/2026-06",
        "/desk/months/2026-06/print",
    ]
    assert look(paths, DESK, cookies) + look(paths[:3], PHONE, {**cookies, "language": "en"}, large=False) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_public_notices(
    language: str, noticed: str, filled: Made, session: Session, app: Any, look: Callable[..., list[str]]
) -> None:
    phone = {"home": factories.remember_phone(session, filled.household), "language": language}
    found = look(["/v/sx/notices", "/v/sx/notices/1", "/my/"], PHONE, phone)
    found += look(["/v/sx/notices/1"], PHONE, {**phone, "view": "elder"})
    client = app.test_client()
    client.sign_in(filled.users["clerk"])
    desk = {"language": language, "session": client.get_cookie("session").value}
    line = next(one for one in client.get(noticed).get_data(as_text=True).split('"') if one.endswith("/off"))
    pages = ["/desk/notices", "/desk/notices/next", noticed, f"{noticed}/print", line]
    assert found + look(pages, DESK, desk, large=False) == []


@pytest.fixture
def gathered(filled: Made, session: Session, app: Any) -> UUID:
    """An activity going on, with somebody there; the poster's token follows from its id."""
    plan = gathering.Plan(
        title="河道保洁", item_code="D1", place="村口", starts_at=NOW, ends_at=NOW + timedelta(hours=2)
    )
    asked = {"card_key": app.config["CARD_KEY"], "key": "g", "now": NOW}
    id_ = gathering.create(session, filled.clerk, plan=plan, **asked)
    attendance.check_in(session, filled.villager(), key="i", gathering_id=id_, person="张建国", now=NOW)
    return id_


@pytest.mark.parametrize(("view", "language"), [("plain", "zh"), ("elder", "en")])
def test_claiming_and_checking_in_with_a_phone(
    view: str, language: str, filled: Made, gathered: UUID, session: Session, app: Any, look: Callable[..., list[str]]
) -> None:
    cookies = {"home": factories.remember_phone(session, filled.household), "view": view, "language": language}
    mine = claim_list.listed(session, filled.id, "", Wanted()).rows[0].id
    scan = f"/g/sx/{token_of(app.config['CARD_KEY'], filled.id, gathered)}"
    paths = ["/my/claims", f"/my/claims/{mine}", "/my/claims/new?item=B5", "/my/claims/new?item=D1", scan]
    assert look(paths, PHONE, cookies) == []


def test_activities_at_the_desk(
    filled: Made, gathered: UUID, session: Session, app: Any, look: Callable[..., list[str]]
) -> None:
    client = app.test_client()
    client.sign_in(filled.users["clerk"])
    client.get("/desk/")
    cookies = {"session": client.get_cookie("session").value}
    there, entered = "/desk/gatherings", f"/desk/gatherings/{gathered}"
    (row,) = gathering_list.attendances(session, filled.id, gathered, Wanted()).rows
    paths = [there, f"{there}/new", entered, f"{entered}/poster", f"{entered}/attendances/{row.id}", "/desk/settings"]
    assert look(paths, DESK, cookies, large=False) == []


def test_red_lines_and_lists(filled: Made, session: Session, app: Any, look: Callable[..., list[str]]) -> None:
    asked = {"household_id": filled.household.id, "crossed": Crossed("R2", TODAY, "处罚决定书 12 号"), "now": NOW}
    case_id = red_line.record(session, filled.clerk, key="r", **asked)  # type: ignore[arg-type]
    red_line.confirm(session, filled.reviewer, key="rc", case_id=case_id, now=NOW)
    post_base(session, filled, {"A1": 15})
    home = {"home": factories.remember_phone(session, filled.household)}
    phone = ["/my/", "/my/red-lines", "/my/redeem", "/v/sx/lists"]
    found = look(phone, PHONE, home) + look(phone[:2] + phone[3:], PHONE, {**home, "view": "elder"})
    client = app.test_client()
    client.sign_in(filled.users["clerk"])
    desk = [
        f"/desk/red-lines{path}" for path in ("", f"/new/{filled.household.id}", f"/{case_id}", f"/{case_id}/letter")
    ]
    desk += ["/desk/lists", "/desk/lists/board?paper=a3", f"/desk/counter/{filled.household.id}"]
    found += look(desk, DESK, {"session": client.get_cookie("session").value}, large=False)
    assert found == []


def test_the_rule_studio_s_pages(filled: Made, session: Session, app: Any, look: Callable[..., list[str]]) -> None:
    from tests.services.test_rule_draft import adopt, change, decided, new

    old = f"/desk/rule-drafts/{decided(session, filled)}"
    adopt(session, filled, UUID(old.rpartition("/")[2]))
    draft_id = new(session, filled, key="second", title="再改一次")
    change(session, filled, draft_id, Edit("item", "A1", {"points": 20, "name": "参加选举"}))
    link = user.make_link(session, filled.actor("admin"), user_id=filled.users["clerk"].id, now=NOW)
    client = app.test_client()
    client.submit(f"/auth/link/{link}")
    cookies = {"language": "zh", "session": client.get_cookie("session").value}
    draft = f"/desk/rule-drafts/{draft_id}"
    paths = ["/desk/rule-drafts", draft, f"{draft}/settings", f"{draft}/items/new", f"{draft}/changes"]
    paths += [f"{draft}/replay", f"{old}/deliberation", f"{old}/record"]
    assert look(paths, DESK, cookies, large=False) == []
    public = ["/v/sx/rules?version=2", "/v/sx/rules/2/changes"]
    assert look(public, PHONE, {}) + look(public[1:], PHONE, {"view": "elder"}) == []


def test_no_page_of_the_desk_runs_sideways_on_a_phone(
    filled: Made, noticed: str, gathered: UUID, session: Session, app: Any, chromium: Any, served: str
) -> None:
    """Every page of it that needs no more than its address, and those of one thing that hold tables."""
    from tests.services.test_rule_draft import decided

    found, late = _objections(session, filled)
    draft = f"/desk/rule-drafts/{decided(session, filled)}"
    cookies = {}
    for roles in (("clerk", "reviewer"), ("admin",)):
        client = app.test_client()
        client.sign_in(factories.make_user(session, filled.id, *roles))
        client.get("/desk/")
        cookies[roles[0]] = {"name": "session", "value": client.get_cookie("session").value, "url": served}
    reads = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    reads = [rule for rule in reads if rule.rule.startswith("/desk/") and "." not in rule.rule]
    apart = {rule.rule for rule in reads if "clerk" not in rule_of(app, rule.endpoint).roles}  # from points
    pages = sorted((rule.rule for rule in reads), key=lambda path: path in apart)
    pages.remove("/desk/lists/board")  # there is none before a month is in the books
    pages.remove("/desk/redemptions/code")  # it only leads on
    for path in ("/desk/cards/print", "/desk/statements"):
        pages.remove(path)  # nothing is printed before something was chosen
    assert len(pages) > 30
    of_one = [f"/desk/households/{filled.household.id}", f"/desk/households/{filled.household.id}/entry?item=D1"]
    of_one += [noticed, f"/desk/gatherings/{gathered}", f"/desk/objections/{found}", f"/desk/objections/{late}"]
    of_one += [f"{draft}{end}" for end in ("", "/changes", "/replay", "/deliberation", "/record", "/settings")]
    of_one += ["/desk/reports/2026-06", "/desk/months/2026-06", "/desk/redemptions?status=fulfilled"]
    context = chromium.new_context(viewport=PHONE, locale="zh-CN")
    page, over = context.new_page(), dict[str, int]()
    for path in of_one + pages:
        context.add_cookies([cookies["admin" if path in apart else "clerk"]])
        assert page.goto(served + path, wait_until="domcontentloaded").status == 200, path
        if (wide := page.evaluate(SIDEWAYS)) > 0:
            over[path] = wide
    assert over == {}
    context.add_cookies([cookies["clerk"]])
    page.goto(f"{served}/desk/")
    menu = page.locator(".side summary")
    assert page.locator(".side").bounding_box()["height"] < 60
    assert not page.locator(".side li a").first.is_visible()
    menu.click()
    assert page.locator(".side li a").last.is_visible()
    page.set_viewport_size(DESK)
    assert page.locator(".side li a").last.is_visible()
    assert not menu.is_visible()
    context.close()


def test_a_page_with_a_picture_without_words_is_caught(chromium: Any, database: str) -> None:
    """The negative control of the looking itself."""
    page = chromium.new_page()
    page.set_content("<html><body><main><img src='x'><div style='width:4000px'>…</div></main></body></html>")
    found = " ".join(_faults(page, large=False, spoken=True))
    assert "image-alt" in found
    assert "too wide" in found
    page.close()


def test_objections_and_working_days(filled: Made, session: Session, app: Any, look: Callable[..., list[str]]) -> None:
    villager, (found, late) = filled.villager(), _objections(session, filled)
    home = {"home": factories.remember_phone(session, filled.household)}
    phone = ["/my/", "/my/objections", f"/my/objections/{found}", "/my/objections/new?entry=1", "/v/sx/objections"]
    found_wrong = look(phone, PHONE, home) + look(phone[2:4], PHONE, {**home, "view": "elder", "language": "en"})
    client = app.test_client()
    client.sign_in(factories.make_user(session, filled.id, "reviewer"))
    client.get("/desk/")
    cookies = {"session": client.get_cookie("session").value}
    choice = f"/desk/households/{villager.household_id}/objection"
    desk = ["/desk/objections", f"/desk/objections/{found}", f"/desk/objections/{late}", "/desk/objections/new?who=0"]
    desk += [f"/desk/objections/{late}/letter", choice, f"{choice}?entry=1", "/desk/working-days"]
    assert found_wrong + look(desk, DESK, cookies, large=False) == []


@pytest.fixture
def audited(filled: Made, session: Session) -> tuple[User, list[str]]:
    """A member of the group, and problems of an open audit below /problems/: one to see to, one answered, one done."""
    members = make_supervisors(session, filled)
    audit = make_audit(session, filled, members, *({"household_id": home.id} for home in filled.households))
    session.execute(update(AuditItem).values(result="differ", looked_by=members[0].id, looked_at=NOW))
    session.commit()
    clerk, group = filled.clerk, as_supervisor(session, members[0])
    said = {"text": "门口堆着木料，账上记的是没有", "owner_id": clerk.user_id, "due_on": TODAY, "now": NOW}
    raised = [
        audit_problem.raise_problem(session, group, key=way, audit_id=audit.id, about=about, remedy=way, **said)
        for way, about in zip(
            ("persuade", "deduct", "put_right"),
            (audit_problem_subject.About(item_id=id_) for id_ in session.scalars(select(AuditItem.id))),
            strict=True,
        )
    ]
    for problem_id in raised[1:]:
        answer = {"problem_id": problem_id, "words": "搬走了", "now": NOW}
        audit_problem_way.answer(session, clerk, key=f"a{problem_id}", **answer)
    audit_problem.close(session, group, key="c", problem_id=raised[2], outcome="去看过，搬走了", now=NOW)
    seal.take(session, filled.clerk, now=NOW)
    return session.get_one(User, (filled.id, members[0].user_id)), [str(one) for one in raised]


def test_what_follows_from_an_audit(
    audited: tuple[User, list[str]], filled: Made, app: Any, look: Callable[..., list[str]]
) -> None:
    member, raised = audited

    def cookies(person: User) -> dict[str, str]:
        client = app.test_client()
        client.sign_in(person)
        client.get("/account")
        return {"session": client.get_cookie("session").value}

    phone = ["/supervision/problems", "/supervision/problems/new", *(f"/supervision/problems/{id_}" for id_ in raised)]
    desk = ["/desk/problems", *(f"/desk/problems/{id_}" for id_ in raised), f"/desk/problems/{raised[0]}?item=B6"]
    desk = ["/desk/supervisors?who=00", "/desk/committee", *desk, f"/desk/supervisors/new/{filled.household.id}"]
    desk += ["/desk/seals", "/desk/seals/1", "/desk/checkpoints"]
    found = look(phone, PHONE, cookies(member)) + look(phone[-2:], DESK, cookies(member), large=False)
    found += look(desk, DESK, cookies(filled.users["clerk"]), large=False)
    assert found + look(desk[:2], PHONE, cookies(filled.users["clerk"]), large=False) == []


def test_what_households_tell_the_village(
    filled: Made, session: Session, app: Any, look: Callable[..., list[str]]
) -> None:
    told = {"words": "桥头的栏杆松了一截，晚上看不清，走过去要当心。", "now": NOW}
    open_, answered = (
        service_request.file(session, filled.villager(), key=kind, kind=kind, **told) for kind in ("visit", "hazard")
    )
    said = {"words": "已经修好了，谢谢你告诉村里。", "now": NOW}
    service_request.answer(session, filled.clerk, key="a", request_id=answered, **said)  # type: ignore[arg-type]
    home = {"home": factories.remember_phone(session, filled.household)}
    new = "/my/requests/new"
    plain = ["/my/help", "/my/requests", f"/my/requests/{open_}", f"{new}/hazard"]
    elder = ["/my/help", f"/my/requests/{answered}", f"{new}/visit"]
    found = look(plain, PHONE, home) + look(elder, PHONE, {**home, "view": "elder"})
    client = app.test_client()
    client.sign_in(filled.users["clerk"])
    client.get("/desk/")
    cookies = {"session": client.get_cookie("session").value}
    ask = f"/desk/households/{filled.household.id}/request"
    desk = ["/desk/requests?status=all", f"/desk/requests/{open_}", f"{ask}?kind=idea"]
    assert found + look(desk, DESK, cookies, large=False) == []


def _objections(session: Session, filled: Made) -> tuple[UUID, UUID]:
    """One to a finding, open, and one to an entry, answered."""
    finding_id = session.scalars(select(Finding.id)).one()
    said = {"words": "那堆砖是隔壁的，前天就搬走了。", "now": NOW}
    about = About(finding_id=finding_id)
    first = objection.file(session, filled.villager(), key="ob1", about=about, **said)  # type: ignore[arg-type]
    entry = About(household_id=filled.household.id, entry_seq=2)
    second = objection.file(session, filled.villager(), key="ob2", about=entry, **said)  # type: ignore[arg-type]
    answered = {"is_right": False, "reason": "签到表上是两个小时。", "now": NOW}
    third = factories.actor(factories.make_user(session, filled.id, "reviewer"))
    objection.decide(session, third, key="ob3", objection_id=second, **answered)  # type: ignore[arg-type]
    return first, second


@pytest.mark.parametrize(("view", "language"), [("plain", "zh"), ("elder", "en")])
def test_what_is_new_and_what_is_kept(
    view: str, language: str, filled: Made, session: Session, look: Callable[..., list[str]]
) -> None:
    cookies = {"home": factories.remember_phone(session, filled.household), "view": view, "language": language}
    assert look(["/my/news", "/my/data", "/my/pin"], PHONE, cookies) == []


def test_whom_to_call_and_the_slips(filled: Made, session: Session, app: Any, look: Callable[..., list[str]]) -> None:
    client = app.test_client()
    client.sign_in(filled.users["clerk"])
    client.get("/desk/")
    cookies = {"session": client.get_cookie("session").value}
    assert look(["/desk/told", "/desk/told/slips"], DESK, cookies, large=False) == []


def test_goods_are_counted_and_handed_over_with_the_keyboard(
    filled: Made, session: Session, app: Any, served: str, chromium: Any, look: Callable[..., list[str]]
) -> None:
    client = app.test_client()
    client.sign_in(filled.users["clerk"])
    client.get("/desk/")
    cookies = {"session": client.get_cookie("session").value}
    code = session.scalars(select(Redemption.pickup_code)).one()
    salt = session.scalars(select(Reward.id).where(Reward.points == 8)).one()
    taking = stocktake.begin(session, filled.clerk, counter_id=None, note="", key="st", now=NOW)
    sheet = f"/desk/stocktakes/{taking}"
    context = chromium.new_context(viewport=DESK, locale="zh-CN")
    context.add_cookies([{"name": "session", "value": cookies["session"], "url": served}])
    page = context.new_page()
    page.goto(f"{served}{sheet}")
    for pieces in ("5", "199"):  # in the order of the codes: oil, then salt, of which one is missing
        page.keyboard.type(pieces)
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/differences")
    assert "1 样不一样" in page.inner_text("main")
    of_one = [f"/desk/pickup?code={code}", f"{sheet}/differences"]
    others = ["/desk/pickup", "/desk/handovers", sheet, "/desk/counters/new", f"/desk/rewards/{salt}/stock"]
    found = look(of_one, PHONE, cookies, large=False) + look([*of_one, *others], DESK, cookies, large=False)
    page.goto(f"{served}/desk/pickup")
    page.keyboard.type(f"{code}\n")  # as a scanner types
    page.wait_for_url("**/pickup?code=*")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/pickup")
    assert "已发放" in page.inner_text("main")
    context.close()
    assert found == []


def test_cards_labels_and_the_print_pack(
    filled: Made, session: Session, app: Any, look: Callable[..., list[str]]
) -> None:
    goods = session.scalars(select(Reward.id)).first()
    asked = {"household_id": filled.household.id, "card_key": app.config["CARD_KEY"], "key": "c", "now": NOW}
    card.issue(session, filled.clerk, **asked)
    client = app.test_client()
    client.sign_in(filled.users["clerk"])
    client.get("/desk/")
    cookies = {"session": client.get_cookie("session").value}
    paths = ["/desk/print-pack", "/desk/shelf-labels", f"/desk/households/{filled.household.id}/card/lost"]
    paths += ["/desk/print-pack/made?what=request"] if pdf.available() else []
    found = look([*paths, f"/v/sx/goods/{goods}"], PHONE, cookies)
    assert found + look(["/desk/print-pack", "/desk/cards"], DESK, cookies, large=False) == []


def test_people_and_their_rights(filled: Made, session: Session, app: Any, look: Callable[..., list[str]]) -> None:
    admin, clerk = filled.users["admin"], f"/desk/users/{filled.users['clerk'].id}"
    asked = {"user_id": filled.users["counter"].id, "roles": ["reviewer"], "key": "w", "now": NOW}
    role.change(session, factories.actor(factories.make_user(session, filled.id, "admin", name="沈管理")), **asked)
    client = app.test_client()
    client.sign_in(admin)
    client.submit("/auth/account", action="begin")
    made = client.submit(clerk, action="/link").get_data(as_text=True)
    cookies = {"session": client.get_cookie("session").value}
    paths = ["/desk/users", clerk, "/desk/unused-users", "/desk/settings", "/auth/account", "/auth/second-factor"]
    assert look([*paths[:2], "/desk/trail"], DESK, cookies, large=False) == []
    assert look([*paths, "/desk/trail"], PHONE, cookies) == []
    link = "/auth/link/" + made.split("/auth/link/")[1].split("<")[0]
    assert look(["/auth/sign-in", link], PHONE, {}, large=False) == []


def test_who_a_household_is(filled: Made, session: Session, app: Any, look: Callable[..., list[str]]) -> None:
    """Every page of a household that somebody split off from, and of one that left."""
    house, other = (f"/desk/households/{each.id}" for each in filled.households[:2])
    child = Resident(village_id=filled.id, household_id=filled.household.id, line=1, name="张小明", relation="儿子")
    session.add(child)
    session.commit()
    client = app.test_client()
    client.sign_in(filled.users["clerk"])
    client.submit(f"{house}/split", people=str(child.id), points="100", document="分户协议")
    waiting = session.scalars(select(Succession.id)).one()
    client.submit(f"{other}/leave", reason="moved")
    session.rollback()
    person = session.scalars(select(Resident.id).where(Resident.household_id == filled.household.id)).first()
    cookies = {"session": client.get_cookie("session").value}
    desk = ["/desk/households/new", house, f"{house}/members/{person}", f"{house}/merge", f"{house}/changes", other]
    assert look([*desk, f"/desk/successions/{waiting}"], DESK, cookies, large=False) == []
    assert look([desk[0], f"{house}/split", f"{house}/leave"], PHONE, cookies) == []


def test_a_file_on_its_way_in(filled: Made, session: Session, app: Any, look: Callable[..., list[str]]) -> None:
    table = "日期,户号,户主,项目编号,分值,事由\n5月6日,999,张建国,D1,十五,河道保洁\n2026-06-01,001,张,D1,15,扫"
    given = {"beside": True, "replaces": None, "now": NOW}
    paths = ["/desk/imports"]
    for kind, content in (("events", table), ("base-scores", "户号,合计\n001,90")):
        file = {
            "instance": app.config["INSTANCE"],
            "kind": kind,
            "filename": f"{kind}.csv",
            "content": content.encode(),
        }
        begun = imports.begin(session, filled.clerk, key=kind, **given, **file)  # type: ignore[arg-type]
        paths += [f"/desk/imports/preview/{begun.id}", f"/desk/imports/preview/{begun.id}/columns"]
    paths += [f"{paths[1]}?state=all&row=events:3"]
    client = app.test_client()
    client.sign_in(filled.users["clerk"])
    cookies = {"session": client.get_cookie("session").value}
    assert look(paths[1:4], DESK, cookies, large=False) + look([paths[1], paths[-2], paths[-1]], PHONE, cookies) == []


def test_the_pages_with_the_neighbourhood_committee(
    filled: Made, session: Session, app: Any, look: Callable[..., list[str]]
) -> None:
    """A session that is prepared, one that is closed, a household: at the desk, and for the committee's own account."""
    filled.household.residency = "relocated"
    session.commit()
    member, later = factories.make_user(session, filled.id, NEIGHBOURHOOD), NOW + timedelta(days=40)
    of = neighbourhood.add(session, filled.clerk, key="n", details=neighbourhood.Details(name="新枫居委会"), now=NOW)
    theirs: dict[str, Any] = {"neighbourhood_id": of, "now": NOW}
    homes = relocated.Filter(ids=frozenset([filled.household.id]))
    neighbourhood.assign(session, filled.clerk, key="a", asked=homes, expected=1, **theirs)
    neighbourhood.set_members(session, filled.actor("admin"), key="m", user_ids=[member.id], **theirs)
    first = joint_session.open_session(session, filled.clerk, key="o", quarter=Quarter.of(TODAY), **theirs)
    said = {1: joint_session.Said("一周内清掉", "许主任", TODAY + timedelta(days=7))}
    came = {"held_on": TODAY, "attended_village": "沈文书", "attended_committee": "许主任"}
    written = joint_session.Minutes(said=said, **came)  # type: ignore[arg-type]
    joint_session.close(session, filled.clerk, key="c", joint_session_id=first, written=written, now=NOW)
    theirs["now"] = later
    second = joint_session.open_session(
        session, filled.clerk, key="p", quarter=Quarter.of(village_date(later)), **theirs
    )
    home = f"/desk/relocated/{filled.household.id}"
    prepared = f"/desk/joint-sessions/{second}"
    own = ["/desk/neighbourhoods", f"/desk/neighbourhoods/{of}", "/desk/relocated/assign", "/desk/joint-sessions"]
    own += [prepared, f"/desk/joint-sessions/{first}", f"{prepared}/agenda", f"/desk/joint-sessions/{first}/minutes"]
    shared = ["/desk/relocated", home, prepared]
    found = []
    for who, pages in ((filled.users["clerk"], own), (member, shared)):
        client = app.test_client()
        client.sign_in(who)
        cookies = {"session": client.get_cookie("session").value}
        found += look(pages, PHONE if who is member else DESK, cookies, large=who is member)
    assert found == []


def test_the_walk_of_an_audit(filled: Made, session: Session, app: Any, look: Callable[..., list[str]]) -> None:
    members = make_supervisors(session, filled)
    goods = session.scalars(select(Reward.id).where(Reward.points == 8)).one()
    homes = [household.id for household in filled.households[:2]]
    drawn = [{"household_id": homes[0], "is_blind": True}, {"household_id": homes[1]}]
    drawn += [{"household_id": homes[0], "kind": "entry", "entry_seq": 1}]
    audit = make_audit(session, filled, members, *drawn, {"kind": "goods", "reason": "goods", "reward_id": goods})
    items = session.scalars(
        select(AuditItem.id).where(AuditItem.audit_id == audit.id).order_by(AuditItem.position)
    ).all()
    client = app.test_client()
    client.sign_in(session.get_one(User, (filled.id, members[0].user_id)))
    cookies = {"session": client.get_cookie("session").value}
    walk = f"/supervision/audits/{audit.id}"
    pages = [f"{walk}/items/{items[0]}", f"{walk}/items/{items[2]}", f"{walk}/walk?show=all"]
    seen = make_prompt(session, filled, audit, behind=[["entry", str(homes[0]), 1], ["home", str(homes[1])]])
    pages += [f"{walk}/prompts", f"/supervision/prompts/{seen.id}", f"/supervision/reports/{audit.month}"]
    seal.take(session, filled.clerk, now=NOW)
    checkpoint.take(session, filled.clerk, now=NOW)
    pages = ["/supervision/seals", "/supervision/seals/1", "/supervision/pin", f"{walk}/conclude", *pages]
    own = ["/supervision/", "/supervision/open", "/supervision/settings", "/supervision/audits", walk, f"{walk}/names"]
    found = look(own, PHONE, cookies)
    audit_open.prepare(session, as_supervisor(session, members[0]), key="salt", now=NOW)
    found += look([*pages, f"{walk}/walk#item-{items[3]}"], PHONE, cookies)
    give_pin(session, members[0], "730518", app.config["CARD_KEY"])
    said = {"opinion": "都对得上。", "unseen_reason": "下大雨，路不通", "key": "end", "now": NOW}
    audit_signature.conclude(session, as_supervisor(session, members[0]), audit_id=audit.id, **said)
    found += look([f"{walk}/sign", "/supervision/", "/supervision/open", walk], PHONE, cookies)
    assert found + look(["/v/sx/supervision", f"/v/sx/audits/{audit.month}"], PHONE, {"view": "elder"}) == []
    assert look(pages[-3:], DESK, cookies, large=False) == []
