"""Open a month's audit: a number drawn by lot before two members decides the sample, in one transaction.

The pseudonyms' salt decides the draw as well; whoever could choose it after the lot could try salts until the sample
suits them. So it is drawn before (`prepare`, and each opening for the next), and its SHA-256 stands in the trail.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain import audit as words
from villagepoints.domain.actor import Actor
from villagepoints.domain.audit_draw import Drawn, check_lot, draw, frame_hash, sample_hash, seed
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, NotFound, Refusal
from villagepoints.domain.supervision import LEAST
from villagepoints.models import Audit, AuditItem, AuditRule, AuditWitness, Supervisor
from villagepoints.models.base import new_id
from villagepoints.services import (
    activity,
    audit,
    audit_expected,
    audit_findings,
    audit_frame,
    audit_rule,
    once,
    prompt,
    seal,
    supervisor,
    supervisor_standing,
)
from villagepoints.services.audit_expected import Thing
from villagepoints.services.audit_frame import Named
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What two members typed: the month, the number drawn by lot, who the second is, and both PINs."""

    month: str
    lot: str
    witness_id: UUID
    pin: str
    witness_pin: str


@transaction
def prepare(session: Session, actor: Actor, *, key: str, now: datetime) -> None:
    """Draw the salt of the next audit's pseudonyms, once; its SHA-256 goes into the trail before any lot is drawn."""
    if once.claim(session, actor.village_id, key, {"prepare_audit": actor.user_id}, now) is not None:
        return
    supervisor.current(session, actor, village_date(now))
    row = audit_rule.locked(session, actor.village_id)
    if row.next_salt is None:
        row.next_salt = token_bytes(32)
        activity.record(session, actor, "audit.prepared", now, detail=_committed(row.next_salt))
    once.answer(session, actor.village_id, key, {})


def _committed(salt: bytes) -> dict[str, Any]:
    return {"salt_sha256": sha256(salt).hexdigest()}


def open_audit(session: Session, actor: Actor, typed: Opening, *, card_key: bytes, key: str, now: datetime) -> UUID:
    """Open the audit of a month, draw its sample and keep it; the audit's id.

    Raises BadInput for a month to come or a lot that is no number, NotAllowed where the group is too small or the
    second member is not free to stand by, Conflict where the month has its audit, what `supervisor.check_pin` raises
    for either PIN. A wrong PIN draws nothing: the same number is typed again.
    """
    # the answer to the same page sent again does not hang on the PINs, and they are kept nowhere
    asked = {"open_audit": typed.month, "lot": typed.lot, "witness": typed.witness_id, "by": actor.user_id}
    if once.repeated(session, actor.village_id, key, asked) is None:
        check_lot(typed.lot)
        member_id, witness_id = _two(session, actor, typed, village_date(now))
        _check_month(session, actor.village_id, typed.month, village_date(now))
        supervisor.check_pin(session, actor.village_id, member_id, pin=typed.pin, card_key=card_key, now=now)
        try:
            supervisor.check_pin(
                session, actor.village_id, witness_id, pin=typed.witness_pin, card_key=card_key, now=now
            )
        except Refusal as error:
            error.at("witness_pin")
            raise
    return _open(session, actor, typed, asked, key, now)


def _two(session: Session, actor: Actor, typed: Opening, today: date) -> tuple[UUID, UUID]:
    """The terms of the two before whom the lot was drawn; NotAllowed where they may not stand for it."""
    member = supervisor.current(session, actor, today)
    there = free(session, actor.village_id, today)
    if len(there) < LEAST:
        raise NotAllowed(
            N_("监督小组现在只有 %(count)s 个人，不到 %(least)s 个，不能开审核。请村里先补上人。什么都没有动。"),
            count=len(there),
            least=LEAST,
        )
    witness = next((one for one in there if one.id == typed.witness_id), None)
    if witness is None:
        raise NotFound(N_("小组里没有这个人。"))
    if witness.household_id == member.household_id:
        raise NotAllowed(N_("两个人要来自不同的人家。请另一位来作证。审核没有开。")).at("witness_id")
    return member.id, witness.id


def free(session: Session, village_id: UUID, today: date) -> list[Supervisor]:
    """The members who may act today; five statements."""
    around = supervisor_standing.around(session, village_id, today)
    return [one for one in supervisor.members(session, village_id, today) if around.bar_of(one) is None]


def _check_month(session: Session, village_id: UUID, text: str, today: date) -> Month:
    try:
        month = Month.parse(text)
    except ValueError:
        raise BadInput(N_("这个月份读不懂，请重新选。审核没有开。")).at("month") from None
    if month > Month.of(today):
        raise BadInput(N_("这个月还没有到，不能审核。")).at("month")
    if audit.of_month(session, village_id, text) is not None:
        raise Conflict(N_("这个月的审核已经开了，一个月只抽一次，不能重抽。什么都没有动。")).at("month")
    return month


@transaction
def _open(session: Session, actor: Actor, typed: Opening, asked: Mapping[str, Any], key: str, now: datetime) -> UUID:
    if (earlier := once.claim(session, actor.village_id, key, asked, now)) is not None:
        return UUID(earlier["audit_id"])
    member_id, witness_id = _two(session, actor, typed, village_date(now))
    rule = audit_rule.locked(session, actor.village_id)  # one opening at a time: the second finds the month gone
    month = _check_month(session, actor.village_id, typed.month, village_date(now))
    if rule.next_salt is None:
        raise Conflict(N_("还没有准备好抽签。请先按“准备抽签”，再抽。审核没有开。"))
    made, named, sample = _drawn(session, rule, typed, member_id, now)
    rule.next_salt = token_bytes(32)
    session.add(made)
    session.flush()
    for id_ in (member_id, witness_id):
        session.add(AuditWitness(village_id=actor.village_id, audit_id=made.id, supervisor_id=id_))
    session.add_all(_items(session, made, named, month, sample))
    session.flush()
    prompt.write(session, made, now)
    session.expire_all()  # hashed as the database gives it back
    detail = {
        "month": typed.month,
        "items": len(sample),
        "seed_sha256": made.seed.hex(),
        "frame_sha256": made.frame_hash.hex(),
        "sample_sha256": sample_hash(sample).hex(),
        "shown_sha256": audit_findings.shown_hash(session, made).hex(),
        **_committed(made.salt),
        "next_salt_sha256": sha256(rule.next_salt).hexdigest(),
    }
    activity.record(session, actor, "audit.opened", now, subject=made.id, detail=detail)
    once.answer(session, actor.village_id, key, {"audit_id": str(made.id)})
    return made.id


def _drawn(
    session: Session, rule: AuditRule, typed: Opening, member_id: UUID, now: datetime
) -> tuple[Audit, Named, list[Drawn]]:
    """The audit as it will be kept, its frame with what the names stand for, and its sample."""
    village_id, month, salt = rule.village_id, Month.parse(typed.month), rule.next_salt or b""
    first, entries_from = audit_frame.since(session, village_id, month)
    named = audit_frame.build(session, village_id, month, salt, first, entries_from)
    frame = named.frame.as_bytes()
    # one of today could have been taken again and again once the number was drawn, until the sample suited somebody
    last = seal.before(session, village_id, village_date(now))
    root = last.root if last else b""
    sizes = audit_rule.sizes_of(rule)
    made = Audit(
        village_id=village_id,
        id=new_id(),
        month=typed.month,
        opened_by=member_id,
        opened_on=village_date(now),
        opened_at=now,
        lot=typed.lot,
        seal_number=last.number if last else None,
        seal_root=root,
        seed=seed(root, typed.lot, typed.month),
        frame_hash=frame_hash(frame),
        frame=audit_frame.packed(frame),
        salt=salt,
        sizes={**sizes.as_json(), "due_days": rule.due_days, "held": _held(named)},
        entries_from=entries_from,
    )
    return made, named, draw(made.seed, named.frame, sizes)


def _held(named: Named) -> dict[str, int]:
    """How many of each kind the frame held."""
    frame = named.frame
    held = (frame.households, frame.entries, frame.goods)
    return dict(zip((words.HOUSEHOLD, words.ENTRY, words.GOODS), map(len, held), strict=True))


def _items(session: Session, made: Audit, named: Named, month: Month, sample: list[Drawn]) -> list[AuditItem]:
    """The sample's rows with what the books say of each; seven statements."""
    of = made.village_id
    stand_for: dict[str, Thing] = {}
    for one in sample:
        if one.kind == words.HOUSEHOLD:
            stand_for[one.name] = Thing(household_id=named.households[one.name])
        elif one.kind == words.ENTRY:
            stand_for[one.name] = Thing(*named.entries[one.name])
        else:
            stand_for[one.name] = Thing(reward_id=named.goods[one.name])
    expected = audit_expected.of_items(session, of, month, stand_for.values())
    return [
        AuditItem(
            village_id=of,
            audit_id=made.id,
            position=position,
            kind=one.kind,
            reason=one.reason,
            stratum=one.stratum,
            pseudonym=one.name,
            is_blind=one.is_blind,
            expected=expected[stand_for[one.name]],
            **stand_for[one.name]._asdict(),
        )
        for position, one in enumerate(sample, 1)
    ]
