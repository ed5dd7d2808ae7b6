"""The end of an audit: concluded on a seal, signed by two from different households, and what breaks a signature."""

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.orm import Session

from tests.audits import as_supervisor, give_pin, make_audit, make_supervisors
from tests.factories import NOW, TODAY, Made, village_of
from villagepoints.domain.audit_signature import hash_of
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed
from villagepoints.models import (
    Activity,
    Audit,
    AuditItem,
    AuditLook,
    AuditProblem,
    AuditPrompt,
    AuditSignature,
    Seal,
    Supervisor,
)
from villagepoints.services import audit_check, audit_findings, audit_signature, seal, verify

KEY = bytes(range(32))
PIN = "730518"


@pytest.fixture
def group(session: Session, village: Made) -> list[Supervisor]:
    members = make_supervisors(session, village)
    for member in members:
        give_pin(session, member, PIN, KEY)
    return members


@pytest.fixture
def audit(session: Session, village: Made, group: list[Supervisor]) -> Audit:
    made = make_audit(session, village, group, {"household_id": village.household.id, "expected": {"A1": 25}})
    item = session.query(AuditItem).one()
    item.result, item.looked_by, item.looked_at = "differ", group[0].id, NOW
    of_village = {"village_id": village.id}
    look = {"item_id": item.id, "supervisor_id": group[0].id, "result": "differ", "looked_at": NOW, "recorded_at": NOW}
    session.add(AuditLook(**of_village, **look, note="门口有一堆杂物", scores={"A1": 20}))
    prompt = {"position": 1, "kind": "burst", "figures": {"share": 0.31}, "behind": [[str(village.household.id), 1]]}
    session.add(AuditPrompt(**of_village, audit_id=made.id, **prompt, status="explained", note="当天集中补记"))
    session.add(
        AuditProblem(
            **of_village,
            audit_id=made.id,
            number=1,
            item_id=item.id,
            household_id=village.household.id,
            text="杂物没有清",
            remedy="persuade",
            owner_id=village.users["clerk"].id,
            due_on=NOW.date(),
            recorded_by=group[0].id,
            recorded_at=NOW,
        )
    )
    session.commit()
    return made


def conclude(session: Session, audit: Audit, member: Supervisor, key: str = "c1", **values) -> None:
    asked = {"audit_id": audit.id, "opinion": "查下来对得上，一户杂物要清。", **values}
    audit_signature.conclude(session, as_supervisor(session, member), key=key, now=NOW, **asked)


def sign(session: Session, audit: Audit, member: Supervisor, key: str = "", pin: str = PIN, now=NOW) -> None:
    audit_signature.sign(
        session,
        as_supervisor(session, member),
        audit_id=audit.id,
        findings=(audit.findings_hash or b"").hex(),
        pin=pin,
        card_key=KEY,
        key=key or f"s{member.id}",
        now=now,
    )


@pytest.fixture
def signed(session: Session, audit: Audit, group: list[Supervisor]) -> Audit:
    conclude(session, audit, group[0])
    for member in group[:2]:
        sign(session, audit, member)
    return audit


def is_signed(session: Session, audit: Audit) -> bool:
    return audit_signature.are_enough(audit_signature.signatures(session, audit))


def said(session: Session, village: Made) -> list[str]:
    session.rollback()
    session.expire_all()
    return [one.sentence for one in verify.verify(session, village_of(session, village)) if one.kind == "audit"]


def test_an_audit_is_signed_by_two_from_different_households(
    session: Session, village: Made, audit: Audit, group: list[Supervisor]
) -> None:
    with pytest.raises(Conflict):
        sign(session, audit, group[0], key="early")
    conclude(session, audit, group[0])
    assert audit.status == "concluded"
    assert session.get_one(Seal, (village.id, audit.sealed_number)).number == 1
    assert not is_signed(session, audit)
    sign(session, audit, group[0])
    assert not is_signed(session, audit)
    with pytest.raises(Conflict):
        sign(session, audit, group[0], key="again")
    sign(session, audit, group[1])
    assert is_signed(session, audit)
    assert said(session, village) == []


def test_two_signatures_of_one_household_are_not_enough(
    session: Session, audit: Audit, group: list[Supervisor]
) -> None:
    group[1].household_id = group[0].household_id
    session.commit()
    conclude(session, audit, group[0])
    for member in group[:2]:
        sign(session, audit, member)
    assert not is_signed(session, audit)
    sign(session, audit, group[2])
    assert is_signed(session, audit)


def test_a_signature_says_what_was_sealed_drawn_and_found(session: Session, village: Made, signed: Audit) -> None:
    first = session.query(AuditSignature).order_by(AuditSignature.supervisor_id).first()
    assert first is not None
    kept = json.loads(first.statement)
    root = session.get_one(Seal, (village.id, 1)).root
    assert (kept["root"], kept["seed"], kept["month"]) == (root.hex(), signed.seed.hex(), signed.month)
    assert kept["findings"] == (signed.findings_hash or b"").hex()
    assert sha256(b"villagepoints signature\n" + first.statement.encode()).digest() == first.hash


def test_the_next_seal_covers_the_signatures(session: Session, village: Made, signed: Audit) -> None:
    covered = seal.take(session, village.clerk, now=NOW + timedelta(hours=1)).activity_seq
    acts = session.query(Activity).filter(Activity.action == "audit.signed").order_by(Activity.seq).all()
    assert {act.detail["hash"] for act in acts} == {one.hash.hex() for one in session.query(AuditSignature)}
    assert acts[-1].seq <= covered


def test_nothing_is_concluded_while_something_was_not_looked_at(
    session: Session, audit: Audit, group: list[Supervisor]
) -> None:
    session.query(AuditPrompt).one().status = "open"
    session.commit()
    with pytest.raises(BadInput):
        conclude(session, audit, group[0])
    with pytest.raises(BadInput):
        conclude(session, audit, group[0], key="c2", opinion="  ", unseen_reason="下大雨")
    assert session.query(Seal).count() == 0  # and no seal is left behind
    conclude(session, audit, group[0], key="c3", unseen_reason="下大雨，路不通")
    assert audit.unseen_reason == "下大雨，路不通"


def test_what_differs_and_was_never_raised_is_said_before_the_end(
    session: Session, village: Made, audit: Audit, group: list[Supervisor]
) -> None:
    assert audit_findings.unraised(session, audit) == []
    session.execute(update(AuditProblem).values(item_id=None))
    item = session.query(AuditItem).one()
    (loose,) = audit_findings.unraised(session, audit)
    assert (loose.item_id, loose.kind, loose.name) == (item.id, "household", village.household.number)


def test_the_same_request_again_changes_nothing(session: Session, audit: Audit, group: list[Supervisor]) -> None:
    for _ in range(2):
        conclude(session, audit, group[0])
    for _ in range(2):
        sign(session, audit, group[0])
    assert (session.query(Seal).count(), session.query(AuditSignature).count()) == (1, 1)
    with pytest.raises(Conflict):
        conclude(session, audit, group[0], key="c2")


def test_an_audit_opens_again_only_while_nobody_has_signed(
    session: Session, village: Made, audit: Audit, group: list[Supervisor]
) -> None:
    def reopen(key: str) -> None:
        actor = as_supervisor(session, group[1])
        audit_signature.reopen(session, actor, audit_id=audit.id, reason="漏看了一户", key=key, now=NOW)

    conclude(session, audit, group[0])
    seen = (audit.findings_hash or b"").hex()
    reopen("r1")
    assert audit.status == "open"
    conclude(session, audit, group[0], key="c2", opinion="补看了一户，对得上。")
    with pytest.raises(Conflict):  # signed from a page that still showed the earlier findings
        audit_signature.sign(
            session,
            as_supervisor(session, group[0]),
            audit_id=audit.id,
            findings=seen,
            pin=PIN,
            card_key=KEY,
            key="s1",
            now=NOW,
        )
    sign(session, audit, group[0])
    with pytest.raises(Conflict):
        reopen("r2")
    assert said(session, village) == []


def test_one_person_signs_once_in_whichever_term(
    session: Session, village: Made, audit: Audit, group: list[Supervisor]
) -> None:
    conclude(session, audit, group[0])
    sign(session, audit, group[0])
    first, home = group[0], village.households[1].id  # moved there and was chosen again
    first.ended_on = TODAY + timedelta(days=1)
    again = {"from_on": TODAY + timedelta(days=1), "until_on": first.until_on, "appointed_at": NOW}
    second = Supervisor(village_id=village.id, user_id=first.user_id, household_id=home, **again)
    session.add(second)
    session.commit()
    give_pin(session, second, PIN, KEY)
    with pytest.raises(Conflict):
        sign(session, audit, second, now=NOW + timedelta(days=1))
    assert not is_signed(session, audit)


def test_an_audit_opened_again_in_the_database_alone_is_named(
    session: Session, village: Made, audit: Audit, group: list[Supervisor]
) -> None:
    conclude(session, audit, group[0])
    audit.status = "open"
    session.commit()
    opened = f"{audit.month} 的审核：结束以后又打开过，操作记录里没有人打开。"
    assert said(session, village) == [opened]
    conclude(session, audit, group[0], key="c2")
    assert said(session, village) == [opened]


def test_only_a_member_with_their_own_pin_signs(
    session: Session, village: Made, audit: Audit, group: list[Supervisor]
) -> None:
    conclude(session, audit, group[0])
    with pytest.raises(BadInput):
        sign(session, audit, group[0], pin="730519")
    group[1].ended_on = NOW.date()
    session.commit()
    with pytest.raises(NotAllowed):
        sign(session, audit, group[1])
    with pytest.raises(NotAllowed):
        audit_signature.sign(
            session, village.clerk, audit_id=audit.id, findings="", pin=PIN, card_key=KEY, key="x", now=NOW
        )
    assert session.query(AuditSignature).count() == 0


def test_a_problem_goes_on_after_the_signatures(session: Session, village: Made, signed: Audit) -> None:
    problem = session.query(AuditProblem).one()
    problem.status, problem.outcome, problem.due_on = "closed", "清掉了", NOW.date() + timedelta(days=20)
    later = {"audit_id": signed.id, "number": 2, "text": "另一件", "remedy": "put_right"}
    later |= {"owner_id": village.users["clerk"].id, "due_on": NOW.date(), "recorded_by": problem.recorded_by}
    session.add(AuditProblem(village_id=village.id, **later, recorded_at=NOW + timedelta(minutes=1)))
    session.commit()
    assert said(session, village) == []


CHANGED, NOT_THIS, NO_ACT, NO_TERM = "查到的东西被改过", "签的不是这次审核", "没有本人签过字", "不在任期里"
NOT_CONCLUDED = "和操作记录里的不一样"
Attack = Callable[[Session, AuditSignature, Supervisor], object]
ATTACKS: dict[str, tuple[str, Attack]] = {
    "a result turned round": (CHANGED, lambda s, _one, _third: s.execute(update(AuditItem).values(result="agree"))),
    "what the books said": (CHANGED, lambda s, _one, _third: s.execute(update(AuditItem).values(expected={"A1": 20}))),
    "a look rewritten": (CHANGED, lambda s, _one, _third: s.execute(update(AuditLook).values(note="没有杂物"))),
    "a look dropped": (CHANGED, lambda s, _one, _third: s.execute(delete(AuditLook))),
    "a problem rewritten": (CHANGED, lambda s, _one, _third: s.execute(update(AuditProblem).values(text="没有事"))),
    "a problem withdrawn in the past": (
        CHANGED,
        lambda s, _one, _third: s.execute(update(AuditProblem).values(status="withdrawn", closed_at=NOW)),
    ),
    "a prompt's answer": (CHANGED, lambda s, _one, _third: s.execute(update(AuditPrompt).values(status="problem"))),
    "the opinion": (CHANGED, lambda s, _one, _third: s.execute(update(Audit).values(opinion="很好"))),
    "the seed": (NOT_THIS, lambda s, _one, _third: s.execute(update(Audit).values(seed=b"another"))),
    "the seal": (NOT_CONCLUDED, lambda s, _one, _third: s.execute(update(Audit).values(sealed_number=None))),
    "the findings, hashed again": (NOT_CONCLUDED, lambda s, one, _third: hash_again(s, one)),
    "when it was signed": (
        NOT_THIS,
        lambda s, _one, _third: s.execute(update(AuditSignature).values(signed_at=NOW + timedelta(days=1))),
    ),
    "the home of who signed": (
        NOT_THIS,
        lambda s, _one, third: s.execute(update(AuditSignature).values(household_id=third.household_id)),
    ),
    "a term that began later": (
        NO_TERM,
        lambda s, _one, _third: s.execute(update(Supervisor).values(from_on=TODAY + timedelta(days=1))),
    ),
    "a term that had ended": (NO_TERM, lambda s, _one, _third: s.execute(update(Supervisor).values(ended_on=TODAY))),
    "opened behind their backs": (
        "签过字，却又打开了",
        lambda s, _one, _third: s.execute(update(Audit).values(status="open")),
    ),
    "a signature dropped": (
        "签名现在不见了",
        lambda s, one, _third: s.execute(delete(AuditSignature).filter_by(supervisor_id=one.supervisor_id)),
    ),
    "one signature used for another member": (
        NOT_THIS,
        lambda s, one, third: add_signature(s, one, third, one.audit_id, one.statement),
    ),
    "a signature that nobody gave": (
        NO_ACT,
        lambda s, one, third: add_signature(
            s, one, third, one.audit_id, one.statement.replace(str(one.supervisor_id), str(third.id))
        ),
    ),
}


def add_signature(session: Session, like: AuditSignature, member: Supervisor, audit_id: UUID, said: str) -> None:
    kept = {"village_id": like.village_id, "audit_id": audit_id, "signed_at": like.signed_at}
    mine = {"supervisor_id": member.id, "household_id": member.household_id}
    session.execute(insert(AuditSignature).values(**kept, **mine, statement=said, hash=hash_of(said)))


def hash_again(session: Session, one: AuditSignature) -> None:
    session.execute(update(AuditItem).values(result="agree"))
    audit = session.get_one(Audit, (one.village_id, one.audit_id), populate_existing=True)
    audit.findings_hash = audit_findings.hash_of(session, audit, NOW)
    session.flush()


def lift_triggers(session: Session) -> None:
    """What somebody with the database in hand can do."""
    for table in ("audit_look", "audit_signature"):
        if session.get_bind().dialect.name == "sqlite":
            for name in ("no_update", "no_delete", "no_replace"):
                session.execute(text(f"DROP TRIGGER {table}_{name}"))
        else:
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def test_every_attack_on_a_signed_audit_is_named(
    session: Session, village: Made, signed: Audit, group: list[Supervisor]
) -> None:
    lift_triggers(session)
    session.commit()
    missed = []
    for name, (sentence, attack) in ATTACKS.items():
        one = session.query(AuditSignature).order_by(AuditSignature.supervisor_id).first()
        assert one is not None
        assert list(audit_check.wrong_audits(session, village.id)) == []
        attack(session, one, group[2])
        session.expire_all()
        if not any(sentence in wrong for wrong in audit_check.wrong_audits(session, village.id)):
            missed.append(name)
        session.rollback()
        session.expire_all()
    assert missed == []


def test_a_signature_of_another_month_is_no_signature_of_this(
    session: Session, village: Made, signed: Audit, group: list[Supervisor]
) -> None:
    other = make_audit(session, village, group, month="2026-04")
    conclude(session, other, group[0], key="c2", unseen_reason="补的")
    one = session.query(AuditSignature).filter_by(supervisor_id=group[1].id).one()
    add_signature(session, one, group[1], other.id, one.statement)
    session.commit()
    assert not is_signed(session, other)  # a single one, and it is not theirs
    assert any("2026-04" in sentence and NOT_THIS in sentence for sentence in said(session, village))
