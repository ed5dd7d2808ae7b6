"""Every route × every role × two villages: nobody gets a page that is not theirs, nothing of a neighbour village is
shown or moved. The routes come from the application itself, so a new one is tested on the day it is written."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask, abort, g, request
from flask_login import current_user
from itsdangerous import URLSafeTimedSerializer
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.audits import as_supervisor, make_audit, make_prompt, make_supervisors
from tests.databases import BACKENDS
from tests.factories import NOW, TODAY, Made, make_reward, make_user, make_village, remember_phone
from tests.pages import Client
from tests.safety import SOAK, shop
from villagepoints.access import STAFF_AUDIENCES, access, rule_of
from villagepoints.domain.actor import GRID_WORKER, ROLES, SUPERVISOR
from villagepoints.domain.importing import Cell
from villagepoints.domain.joint_session import Quarter
from villagepoints.extensions import db
from villagepoints.models import (
    Attendance,
    AuditItem,
    Base,
    CommitteeMember,
    Evidence,
    Household,
    ImportBatch,
    Phone,
    Resident,
    RoleChange,
    SavedFilter,
    Succession,
    User,
)
from villagepoints.models.base import new_id
from villagepoints.services import (
    attendance,
    audit_problem,
    audit_problem_subject,
    card,
    checkpoint,
    claim,
    council,
    counter,
    evidence,
    finding,
    gathering,
    joint_session,
    neighbourhood,
    notice,
    objection,
    posting,
    print_file,
    red_line,
    red_line_repair,
    redemption,
    relocated,
    rule_draft,
    seal,
    service_request,
    stocktake,
    welfare,
)
from villagepoints.services.importing import sessions
from villagepoints.services.objection_subject import About

FOREIGN = "外村"  # stands in every name, note and title of the neighbour village
ANONYMOUS, STRANGER = "anonymous", "a phone"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@dataclass
class Side:
    """One of two villages, with an id for every argument that a route can have."""

    made: Made
    values: dict[str, Any]
    phone: str


@pytest.fixture
def ours(app: Flask, session: Session, village: Made) -> Side:
    return side(app, session, village, "本村")


@pytest.fixture
def theirs(app: Flask, session: Session) -> Side:
    return side(app, session, make_village(session, "yz"), FOREIGN)


def side(app: Flask, session: Session, made: Made, mark: str) -> Side:
    """A village with one of everything that a URL can name."""
    household = made.household
    for each in made.households:
        each.head_name, each.address, each.remark = f"{mark}{each.number}", f"{mark}路", mark
    session.commit()
    reward = make_reward(session, made.id, points=10, name=f"{mark}的米")
    shop.give(session, made.id, household.id, 500)
    deed = posting.Item(code="D4", grade="义务维修", occurred_on=TODAY, note=f"{mark}的事")
    posting.record(session, made.clerk, key="a", household_id=household.id, wanted=deed, now=NOW)
    claimed = claim.propose(session, made.clerk, key="b", household_id=household.id, wanted=deed, now=NOW)
    plan = gathering.Plan(title=f"{mark}的活动", item_code="D2", starts_at=NOW, ends_at=NOW + timedelta(hours=1))
    gathered = gathering.create(session, made.clerk, key="g", plan=plan, card_key=app.config["CARD_KEY"], now=NOW)
    (person,) = attendance.people_of(session, made.id, household.id)
    attendance.check_in(session, made.villager(), key="i", gathering_id=gathered, person=person, now=NOW)
    seen = {"household_id": household.id, "code": "A1", "found_on": TODAY, "note": f"{mark}的乱堆物", "now": NOW}
    found = finding.record(session, made.clerk, key="fd", **seen)
    line = [(reward.id, 1)]
    taken = redemption.reserve(session, made.villager(), household_id=household.id, lines=line, key="c", now=NOW)
    noticed = claim.propose(session, made.clerk, key="n1", household_id=household.id, wanted=deed, now=NOW)
    claim.approve(session, made.reviewer, key="n2", claim_id=noticed, now=NOW)
    put_up = notice.publish(session, made.clerk, key="n3", now=NOW)
    batch = ImportBatch(
        village_id=made.id, kind="events", filename=f"{mark}.xlsx", file_sha256=b"x" * 32, imported_at=NOW
    )
    session.add(batch)
    for role in ROLES:
        made.users.setdefault(role, make_user(session, made.id, role, name=f"{mark}{role}"))
    given = {"household_id": household.id, "card_key": app.config["CARD_KEY"], "now": NOW}
    printed = card.issue(session, made.clerk, key="d", **given)
    cookie = remember_phone(session, household)
    phone_id = session.scalars(select(Phone.id).where(Phone.village_id == made.id)).one()
    about = About(household_id=household.id, entry_seq=2)
    objected = objection.file(session, made.villager(), key="ob", about=about, words=f"{mark}的异议", now=NOW)
    told = {"key": "sr", "kind": "idea", "words": f"{mark}的建议", "now": NOW}
    seats = [made.users[role].id for role in ("clerk", "reviewer")]
    seats.append(make_user(session, made.id, "reviewer", name=f"{mark}评议").id)
    round_ = {"held_on": TODAY, "place": f"{mark}祠堂", "members": seats, "claim_ids": None, "now": NOW}
    held = council.open_round(session, made.clerk, key="co", **round_)
    case_id, step_id, photo_id = red_lines(app, session, made, mark)
    committee, joined = blocks(session, made, mark)
    promised = {"name": f"{mark}的福利", "benefit": mark, "resolution_no": f"{mark}一号", "resolved_on": TODAY}
    asked = {"year": TODAY.year, "residency": "", "conditions": welfare.Conditions(0, None, excludes_red_line=True)}
    scheme = welfare.Scheme(**promised, **asked)
    wanted = RoleChange(village_id=made.id, user_id=made.users["counter"].id, roles=["clerk"], asked_at=NOW)
    wanted.id, wanted.asked_by = (change := new_id()), made.users["admin"].id
    session.add(wanted)
    goes_on = Succession(village_id=made.id, household_id=household.id, successor_id=made.households[1].id)
    goes_on.kind, goes_on.points, goes_on.document, goes_on.status = "split", 100, f"{mark}的协议", "waiting"
    goes_on.succeeded_on, goes_on.recorded_at = TODAY, NOW
    kept = SavedFilter(village_id=made.id, user_id=made.users["clerk"].id, page="desk.households", saved_at=NOW)
    kept.name, kept.query = f"{mark}的条件", "group=3"
    session.add_all([goes_on, kept])
    session.commit()
    window = counter.Details(name=f"{mark}的窗口", place=mark, hours=mark, is_active=True, staff=())
    values = {
        "household_id": household.id,
        "counter_id": counter.save(session, made.clerk, counter_id=None, wanted=window, key="ct", now=NOW),
        "stocktake_id": stocktake.begin(session, made.clerk, counter_id=None, note=mark, key="st", now=NOW),
        "resident_id": session.scalars(select(Resident.id).where(Resident.household_id == household.id)).first(),
        "succession_id": goes_on.id,
        "filter_id": kept.id,
        "council_id": held,
        "neighbourhood_id": committee,
        "joint_session_id": joined,
        "sheet": "minutes",
        "case_id": case_id,
        "scheme_id": welfare.create(session, made.clerk, key="we", scheme=scheme, now=NOW),
        "step_id": step_id,
        "evidence_id": photo_id,
        "finding_id": found,
        "seq": 2,
        "claim_id": claimed,
        "redemption_id": taken.redemption_id,
        "reward_id": reward.id,
        "user_id": made.users["counter"].id,
        "device_id": made.users["counter"].id,
        "change_id": change,
        "batch_id": batch.id,
        "import_id": open_import(app, session, made, mark),
        "import_kind": "events",
        "gathering_id": gathered,
        "attendance_id": session.scalars(select(Attendance.id).where(Attendance.village_id == made.id)).one(),
        "phone_id": phone_id,
        "token": printed.token,
        "draft_id": rule_draft.create(session, made.clerk, title=f"{mark}的草案", copy_of=None, key="rd", now=NOW),
        "item_code": "A1",
        "line_code": "R1",
        "step": "propose",
        "version": 1,
        "code": made.code,
        "village": made.code,
        "notice_id": put_up.id,
        "objection_id": objected,
        "request_id": service_request.file(session, made.villager(), **told),
        "kind": "hazard",
        "day": 20260102,
        "number": put_up.number,
        "pasted": "0",
        "month": "2026-06",
        "form": "json",
        "view": "plain",
        "tongue": "zh",
        "filename": "css/none.css",
        "print_key": printed_file(app, made, mark),
        **an_audit(session, made, mark),
    }
    session.commit()
    seal.take(session, made.clerk, now=NOW)
    checkpoint.take(session, made.clerk, now=NOW)
    return Side(made, values, cookie)


def printed_file(app: Flask, made: Made, mark: str) -> str:
    """A file that was printed at the desk, of either kind."""
    key = sha256(mark.encode()).hexdigest()
    for kind in ("cards", "papers"):
        place = print_file.folder(app.config["INSTANCE"], kind, made.id)
        print_file.keep(place / f"{key}.pdf", f"%PDF {mark}".encode())
    return key


def an_audit(session: Session, made: Made, mark: str) -> dict[str, UUID]:
    """An open audit whose one item differs, and the problem that came of it, the clerk's to see to."""
    members = make_supervisors(session, made)
    made.users[SUPERVISOR] = session.get_one(User, (made.id, members[0].user_id))  # whose term runs
    audit = make_audit(session, made, members)
    (item,) = session.scalars(select(AuditItem).where(AuditItem.village_id == made.id)).all()
    item.result, item.looked_by, item.looked_at = "differ", members[0].id, NOW
    session.commit()
    said = {"text": f"{mark}的木料", "remedy": "persuade", "owner_id": made.users["clerk"].id, "due_on": TODAY}
    about = audit_problem_subject.About(item_id=item.id)
    raised = audit_problem.raise_problem(
        session, as_supervisor(session, members[0]), key="ap", audit_id=audit.id, about=about, now=NOW, **said
    )
    sits = CommitteeMember(village_id=made.id, name=f"{mark}主任", since_on=TODAY, recorded_at=NOW)
    session.add(sits)
    session.commit()
    prompt = make_prompt(session, made, audit)
    ids = {"audit_id": audit.id, "item_id": item.id, "problem_id": raised, "prompt_id": prompt.id}
    return {**ids, "supervisor_id": members[0].id, "member_id": sits.id}


def open_import(app: Flask, session: Session, made: Made, mark: str) -> UUID:
    """A file on its way in, with a cell put right on its page."""
    table = f"日期,户号,项目编号,分值,事由\n2026-06-01,{made.household.number},D1,15,{mark}的河道\n".encode()
    begun = sessions.begin(
        session,
        made.clerk,
        instance=app.config["INSTANCE"],
        kind="events",
        filename=f"{mark}.csv",
        content=table,
        beside=True,
        replaces=None,
        key="is",
        now=NOW,
    )
    cells = [Cell(mark, 2, "E", f"{mark}的河道", f"{mark}的桥")]
    sessions.edit(session, made.clerk, import_id=begun.id, cells=cells, key="ie", now=NOW)
    return begun.id


def red_lines(app: Flask, session: Session, made: Made, mark: str) -> tuple[UUID, UUID, UUID]:
    """A case another household crossed, a step of its way back, and the photo of one that waits at the first."""
    crossed, finder = red_line.Crossed("R1", TODAY, note=f"{mark}的红线"), made.actor(GRID_WORKER)
    first, second = (household.id for household in made.households[:2])
    photo = BytesIO()
    Image.new("RGB", (8, 8)).save(photo, "JPEG")
    with evidence.prepared(app.config["INSTANCE"], [photo.getvalue()]) as photos:
        red_line.record(session, finder, key="r1", household_id=first, crossed=crossed, photos=photos, now=NOW)
    case_id = red_line.record(session, finder, key="r2", household_id=second, crossed=crossed, now=NOW)
    red_line.confirm(session, made.reviewer, key="r3", case_id=case_id, now=NOW)
    way = red_line_repair.Way("pledge", TODAY, note=mark)
    step_id = red_line_repair.add_step(session, finder, key="r4", case_id=case_id, way=way, now=NOW)
    photo_id = session.scalars(select(Evidence.id).where(Evidence.village_id == made.id)).one()
    return case_id, step_id, photo_id


def blocks(session: Session, made: Made, mark: str) -> tuple[UUID, UUID]:
    """A committee that looks after the first household, which was relocated, its account, and its open session."""
    made.household.residency = "relocated"
    session.commit()
    details = neighbourhood.Details(name=f"{mark}居委会", contact_name=f"{mark}主任")
    committee = neighbourhood.add(session, made.clerk, key="nb", details=details, now=NOW)
    given = {"neighbourhood_id": committee, "now": NOW}
    homes = relocated.Filter(ids=frozenset([made.household.id]))
    neighbourhood.assign(session, made.clerk, key="na", asked=homes, expected=1, **given)
    members = [made.users["neighbourhood"].id]
    neighbourhood.set_members(session, made.actor("admin"), key="nm", user_ids=members, **given)
    joined = joint_session.open_session(session, made.clerk, key="nj", quarter=Quarter.of(TODAY), **given)
    joint_session.add_line(session, made.clerk, key="nl", joint_session_id=joined, subject=f"{mark}的议题", now=NOW)
    return committee, joined


# ---- asking


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every route with each of its methods; signing in and out comes last, for it ends what the others need."""
    for route in sorted(app.url_map.iter_rules(), key=lambda route: route.rule.startswith("/auth/")):
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            yield route, method


def url(app: Flask, route: Rule, values: dict[str, Any]) -> str:
    """The route's address with these values; a new kind of argument is asked for by name."""
    unknown = route.arguments - values.keys()
    assert not unknown, f"{route.rule}: say in `side` what {unknown} is, for both villages"
    adapter = app.url_map.bind("localhost")
    return adapter.build(route.endpoint, {name: values[name] for name in route.arguments}, method=None)


def browser(app: Flask, who: str, side: Side) -> Client:
    """A browser of somebody of that side: a role, a villager's phone, or nobody."""
    client: Client = app.test_client()  # type: ignore[assignment]
    if who == STRANGER:
        client.open_home(side.phone)
    elif who != ANONYMOUS:
        client.sign_in(side.made.users[who])
    return client


def ask(app: Flask, client: Client, method: str, address: str, fields: dict[str, Any]) -> TestResponse:
    """A request with a valid CSRF token, so that it is not refused for want of one."""
    if method not in UNSAFE:
        return client.get(address)
    raw = secrets.token_hex(8)
    with client.session_transaction() as kept:
        kept["csrf_token"] = raw
    signed = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(raw)
    sent = {"csrf_token": signed, "key": str(uuid4()), "reason": "试一试", **fields}
    return client.open(address, method=method, data=sent)


# ---- judging


def to_the_door(answer: TestResponse) -> bool:
    """Whether the answer sends one to the sign-in page."""
    return answer.status_code in (302, 303) and "/auth/sign-in" in answer.location


def wrong_doors(app: Flask, ours: Side) -> Iterator[str]:
    """Requests of somebody for whom a route is not, that were not turned away."""
    for route, method in routes(app):
        rule = rule_of(app, route.endpoint)
        if rule is None:
            yield f"{route.rule} declares nothing"
            continue
        if rule.audience in STAFF_AUDIENCES:
            strangers = [ANONYMOUS, STRANGER, *(role for role in ROLES if role not in rule.roles)]
        elif rule.audience == "phone":
            strangers = [ANONYMOUS, *ROLES]
        else:
            continue
        for who in strangers:
            answer = ask(app, browser(app, who, ours), method, url(app, route, ours.values), form_of(ours))
            if answer.status_code not in (401, 403) and not to_the_door(answer):
                yield f"{who} at {method} {route.rule}: {answer.status}"


def shut_doors(app: Flask, ours: Side) -> list[str]:
    """Pages that do not open for a role they were declared for, or that fail."""
    found = []
    for route, method in routes(app):
        rule = rule_of(app, route.endpoint)
        assert rule is not None
        if method != "GET" or rule.audience not in (*STAFF_AUDIENCES, "phone"):
            continue
        for who in [STRANGER] if rule.audience == "phone" else sorted(rule.roles):
            answer = browser(app, who, ours).get(url(app, route, ours.values))
            if answer.status_code in (401, 403) or answer.status_code >= 500 or to_the_door(answer):
                found.append(f"{who} at {route.rule}: {answer.status}")
    return found


def let_in(rule: Any) -> list[str]:
    """Those for whom a route is; that the others are turned away is a test of its own."""
    if rule is not None and rule.audience in STAFF_AUDIENCES:
        return sorted(rule.roles)
    return [STRANGER] if rule is not None and rule.audience == "phone" else [ANONYMOUS, STRANGER, *ROLES]


def leaks(app: Flask, ours: Side, theirs: Side, asked: Iterable[tuple[Rule, str]]) -> list[str]:
    """What anybody of our village, asking with the neighbours' ids, was shown of them."""
    found = []
    for route, method in asked:
        rule = rule_of(app, route.endpoint)
        values = {**theirs.values, "code": ours.made.code, "village": ours.made.code}
        for who in let_in(rule):
            address = url(app, route, values)
            answer = ask(app, browser(app, who, ours), method, address, form_of(theirs))
            if answer.status_code >= 500:
                found.append(f"{who} at {method} {route.rule}: {answer.status}")
            elif rule and rule.audience in STAFF_AUDIENCES and who in rule.roles and to_the_door(answer):
                found.append(f"{who} at {method} {route.rule} was signed out: this shows nothing")
            elif FOREIGN.encode() in answer.data or str(theirs.phone).encode() in answer.data:
                found.append(f"{who} at {method} {route.rule} saw {FOREIGN}")
    return found


def form_of(side: Side) -> dict[str, Any]:
    """Fields that forms have, filled with that side's ids."""
    values = side.values
    return {
        **{name: str(value) for name, value in values.items() if isinstance(value, UUID)},
        "household": str(values["household_id"]),
        f"quantity-{values['reward_id']}": "1",
        "decision": "approve",
        "quantity": "1",
        "code": "D4",
        "grade": "义务维修",
        "occurred_on": TODAY.isoformat(),
        "channel": "counter",
        "up_to": NOW.isoformat(),
    }


def books(village_id: UUID) -> dict[str, list[Any]]:
    """Every row of a village, except when its staff were last seen."""
    rows = {}
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if "village_id" not in table.columns:
                continue
            columns = [column for column in table.columns if column.name != "last_seen_at"]
            found = connection.execute(select(*columns).where(table.c.village_id == village_id))
            rows[table.name] = sorted(map(repr, found))
    return rows


# ---- the tests


@pytest.mark.parametrize("database", BACKENDS if SOAK else ["sqlite"], indirect=True)  # doors ask no database
def test_nobody_gets_through_a_door_that_is_not_theirs(app: Flask, ours: Side) -> None:
    with app.app_context():
        before = books(ours.made.id)
    assert list(wrong_doors(app, ours)) == []
    with app.app_context():
        assert books(ours.made.id) == before, "and nothing was moved by knocking"


def test_every_page_opens_for_those_it_is_for(app: Flask, ours: Side) -> None:
    assert "\n".join(shut_doors(app, ours)) == ""


def test_nothing_of_another_village_is_shown_or_moved(app: Flask, ours: Side, theirs: Side) -> None:
    with app.app_context():
        before = books(theirs.made.id)
    assert leaks(app, ours, theirs, routes(app)) == []
    with app.app_context():
        assert books(theirs.made.id) == before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_view_that_forgets_the_village_or_its_roles_is_caught(app: Flask, ours: Side, theirs: Side) -> None:
    """The planted bugs: a look-up by id alone, and a view that everybody on the staff may call though two should."""

    @access("desk", "read", frozenset({"clerk"}))
    def careless(household_id: UUID) -> str:
        return db.session.scalars(select(Household.head_name).where(Household.id == household_id)).one()

    @access("public", "write")
    def meddling(user_id: UUID) -> str:
        db.session.scalars(select(User).where(User.id == user_id)).one().is_active = False
        db.session.commit()
        return ""

    app.add_url_rule("/desk/careless/<uuid:household_id>", "careless", careless)
    app.add_url_rule("/meddling/<uuid:user_id>", "meddling", meddling, methods=["POST"])
    with app.app_context():
        before = books(theirs.made.id)
    planted = [(route, method) for route, method in routes(app) if route.endpoint in ("careless", "meddling")]
    assert leaks(app, ours, theirs, planted) == [f"clerk at GET /desk/careless/<uuid:household_id> saw {FOREIGN}"]
    with app.app_context():
        assert books(theirs.made.id) != before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_guard_that_sleeps_is_caught(app: Flask, ours: Side) -> None:
    """The planted bug: whoever is signed in may do everything."""

    def asleep() -> None:
        if current_user.is_authenticated:
            g.actor = current_user.actor
        elif request.blueprint == "desk":
            abort(403)

    checks = app.before_request_funcs[None]
    awake = next(check for check in checks if check.__module__ == "villagepoints.access")
    checks[checks.index(awake)] = asleep
    assert len(list(islice(wrong_doors(app, ours), 50))) == 50
