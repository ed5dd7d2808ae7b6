"""The demo village's audit of last month: drawn, looked at, concluded, signed by two and published, all on one day."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from secrets import randbelow, token_hex
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from villagepoints.domain.actor import ADMIN, CLERK, SUPERVISOR, Actor
from villagepoints.domain.audit import AGREE, DIFFER, ENTRY, EXPLAINED, GOODS, PUT_RIGHT
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import BadInput, NotAllowed
from villagepoints.models import Audit, AuditItem, AuditLook, Supervisor, User
from villagepoints.models.base import new_id
from villagepoints.services import (
    audit_books,
    audit_look,
    audit_open,
    audit_problem,
    audit_problem_subject,
    audit_problem_way,
    audit_signature,
    pdf,
    prompt,
    report_publish,
    seal,
    supervisor,
    supervisor_term,
)
from villagepoints.services.audit_look import Said
from villagepoints.services.audit_open import Opening
from villagepoints.services.audit_problem_subject import About
from villagepoints.services.transaction import transaction

LOT = "407193"
OPINION = "抽到的都看了。记录和凭证对得上；有一种商品少了一件，一条记录的事由写得太简单，都请人改正了。"
SHORT = "点下来少一件，货架上下都找过。"
VAGUE = "事由写得太简单，看不出做了什么；问了本人，事情是真的。"
FOUND_AGAIN = "少的那件在窗口的柜子里，没有放回货架，已经放回去，以后发完当天点一遍。"
DUE = timedelta(days=14)


def write(session: Session, village_id: UUID, *, card_key: bytes, url: str, now: datetime) -> None:
    """Take the audit of last month through all its steps, as its pages do; nobody knows the PINs, they are cleared."""
    staff = {user.id: _acting(user) for user in session.scalars(select(User).where(User.village_id == village_id))}
    group = [one for one in staff.values() if one.is_any(SUPERVISOR)]
    pins = {member: _set_pin(session, member, card_key, now) for member in group}
    month = Month.of(village_date(now)) - 1
    audit_id = _open(session, group, pins, month, card_key, now)
    differing = _look(session, audit_id, group, now)
    _explain(session, audit_id, group, now)
    for place, (item, words) in enumerate(differing):
        _follow(session, item, words, group, staff, now, is_put_right=place == 0)
    _sign(session, audit_id, group, pins, card_key, now)
    if pdf.available():
        clerk = next(one for one in staff.values() if one.is_any(CLERK))
        report_publish.publish(session, clerk, month=month, url=url, key=token_hex(16), now=now)
    admin = next(one for one in staff.values() if one.is_any(ADMIN))
    for term in session.scalars(select(Supervisor.id).where(Supervisor.village_id == village_id)).all():
        supervisor_term.clear_pin(session, admin, supervisor_id=term, key=token_hex(16), now=now)


def _acting(user: User) -> Actor:
    return Actor(user.village_id, user_id=user.id, roles=frozenset(user.roles), name=user.name)


def _set_pin(session: Session, member: Actor, card_key: bytes, now: datetime) -> str:
    """A PIN by chance; where that is too easy another."""
    while True:
        pin = f"{randbelow(10**6):06d}"
        try:
            supervisor.set_pin(session, member, pin=pin, again=pin, card_key=card_key, key=token_hex(16), now=now)
        except BadInput:
            continue
        return pin


def _open(
    session: Session, group: Sequence[Actor], pins: Mapping[Actor, str], month: Month, card_key: bytes, now: datetime
) -> UUID:
    seal.take(session, Actor(group[0].village_id), now=now - timedelta(days=1))
    first, second = group[:2]
    audit_open.prepare(session, first, key=token_hex(16), now=now)
    witness = supervisor.current(session, second, village_date(now)).id
    typed = Opening(month=str(month), lot=LOT, witness_id=witness, pin=pins[first], witness_pin=pins[second])
    return audit_open.open_audit(session, first, typed, card_key=card_key, key=token_hex(16), now=now)


def _look(session: Session, audit_id: UUID, group: Sequence[Actor], now: datetime) -> list[tuple[AuditItem, str]]:
    """Look at everything; what does not agree: goods of which one is missing, an entry that says too little."""
    village_id = group[0].village_id
    items = session.scalars(
        select(AuditItem)
        .where(AuditItem.village_id == village_id, AuditItem.audit_id == audit_id)
        .order_by(AuditItem.position)
    ).all()
    goods = [item for item in items if item.kind == GOODS]
    blind = [item for item in items if item.is_blind]
    vague = next(item for item in items if item.kind == ENTRY and (item.expected or {}).get("item", "") > "B")
    for item in blind:
        _tell(session, group, item, Said(scores={}), now)
        _tell(session, group, item, Said(AGREE), now)
    shelf = audit_books.on_the_shelf(session, village_id, [item.reward_id for item in goods if item.reward_id], now)
    for item in goods:
        is_short, there = item is goods[0], shelf[item.reward_id] if item.reward_id else 0
        _tell(session, group, item, Said(note=SHORT if is_short else "", counted=there - is_short), now)
    _tell(session, group, vague, Said(DIFFER, VAGUE), now)
    told = {item.id for item in (*goods, *blind, vague)}
    members = [supervisor.current(session, one, village_date(now)) for one in group]
    _agree(session, members, [item for item in items if item.id not in told], now)
    return [(goods[0], SHORT), (vague, VAGUE)]


def _tell(session: Session, group: Sequence[Actor], item: AuditItem, said: Said, now: datetime) -> None:
    """Record a look by the first member who is free to look."""
    for member in group:
        try:
            audit_look.record(
                session, member, key=token_hex(16), audit_id=item.audit_id, item_id=item.id, said=said, now=now
            )
        except NotAllowed:
            continue
        return


@transaction
def _agree(session: Session, members: Sequence[Supervisor], items: Sequence[AuditItem], now: datetime) -> None:
    """Looks that found the books right, by the members in turn, each at no household of their own; two statements."""
    looks = []
    for place, item in enumerate(items):
        order = [*members[place % len(members) :], *members]
        member = next(one for one in order if one.household_id != item.household_id)
        looks.append({"item_id": item.id, "supervisor_id": member.id})
    stamp = {"village_id": members[0].village_id, "result": AGREE, "looked_at": now, "recorded_at": now}
    session.execute(insert(AuditLook), [{**stamp, **look, "id": new_id()} for look in looks])
    table = AuditItem.__table__
    seen = update(table).where(table.c.village_id == stamp["village_id"], table.c.id == bindparam("item"))  # type: ignore[arg-type]
    session.connection().execute(
        seen.values(result=AGREE, looked_by=bindparam("by"), looked_at=now),
        [{"item": look["item_id"], "by": look["supervisor_id"]} for look in looks],
    )


def _explain(session: Session, audit_id: UUID, group: Sequence[Actor], now: datetime) -> None:
    """Answer every prompt: each was asked about, and there was a reason."""
    for row in prompt.of_audit(session, group[0].village_id, audit_id):
        for member in group:
            try:
                said = {"status": EXPLAINED, "note": "问过了，当面看了凭证，说得通。"}
                prompt.answer(session, member, prompt_id=row.id, key=token_hex(16), now=now, **said)
            except NotAllowed:
                continue
            break


def _follow(
    session: Session,
    item: AuditItem,
    words: str,
    group: Sequence[Actor],
    staff: Mapping[UUID, Actor],
    now: datetime,
    *,
    is_put_right: bool,
) -> None:
    """Raise a problem; one of them is put right by who owns it, looked at again and closed."""
    about = About(item_id=item.id)
    audit = session.get_one(Audit, (item.village_id, item.audit_id))
    owners = audit_problem_subject.owners(session, audit_problem_subject.resolve(session, audit, about), PUT_RIGHT)
    problem_id = audit_problem.raise_problem(
        session,
        group[0],
        key=token_hex(16),
        audit_id=item.audit_id,
        about=about,
        text=words,
        remedy=PUT_RIGHT,
        owner_id=owners[0].id,
        due_on=village_date(now) + DUE,
        now=now,
    )
    if is_put_right:
        owner, outcome = staff[owners[0].id], "又点了一遍，件数对上了。"
        audit_problem_way.answer(session, owner, key=token_hex(16), problem_id=problem_id, words=FOUND_AGAIN, now=now)
        audit_problem.close(session, group[1], key=token_hex(16), problem_id=problem_id, outcome=outcome, now=now)


def _sign(
    session: Session, audit_id: UUID, group: Sequence[Actor], pins: Mapping[Actor, str], card_key: bytes, now: datetime
) -> None:
    audit_signature.conclude(session, group[0], audit_id=audit_id, opinion=OPINION, key=token_hex(16), now=now)
    findings = session.get_one(Audit, (group[0].village_id, audit_id)).findings_hash or b""
    for member in group[:2]:
        audit_signature.sign(
            session,
            member,
            audit_id=audit_id,
            findings=findings.hex(),
            pin=pins[member],
            card_key=card_key,
            key=token_hex(16),
            now=now,
        )
