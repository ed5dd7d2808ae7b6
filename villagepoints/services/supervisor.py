"""The members of the supervision group: whose term runs, what they leave to each other, the PIN they sign with."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, not_, or_, select, update
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, TooManyTries
from villagepoints.domain.pin import check_birthdays, check_form, digits, peppered
from villagepoints.domain.supervision import Ties
from villagepoints.models import Relative, Supervisor, User
from villagepoints.services import activity, once, opening, supervisor_standing, throttle
from villagepoints.services.transaction import transaction

TRIES, PAUSE = 5, timedelta(minutes=15)  # at a member's PIN


def serving(on: date) -> ColumnElement[bool]:
    """Whose term runs on a village date."""
    is_left = and_(Supervisor.ended_on.is_not(None), Supervisor.ended_on <= on)
    return and_(Supervisor.from_on <= on, Supervisor.until_on >= on, not_(is_left))


def own_term(session: Session, actor: Actor, today: date) -> Supervisor | None:
    """The actor's own running term, whether or not something keeps them from acting; None where they have none."""
    return session.scalars(
        select(Supervisor)
        .where(Supervisor.village_id == actor.village_id, Supervisor.user_id == actor.user_id, serving(today))
        .order_by(Supervisor.from_on.desc())
        .limit(1)
    ).one_or_none()


def current(session: Session, actor: Actor, today: date) -> Supervisor:
    """The actor's own running term; six statements.

    NotAllowed where they have none, and where they or theirs have come to work with points or sit in the committee
    since they were appointed: from that day on they do not act.
    """
    found = own_term(session, actor, today)
    if found is None:
        raise NotAllowed(N_("你现在不在监督小组的任期里，不能办这件事。任期由村里登记，请找管理员。"))
    if barred := supervisor_standing.around(session, actor.village_id, today).bar_of(found):
        raise barred
    return found


def members(session: Session, village_id: UUID, today: date) -> Sequence[Supervisor]:
    """Everybody whose term runs today."""
    return session.scalars(
        select(Supervisor).where(Supervisor.village_id == village_id, serving(today)).order_by(Supervisor.appointed_at)
    ).all()


def ties(session: Session, member: Supervisor) -> Ties:
    """Whom a member stands close to, to ask about many things; relatives whoever declared them. One statement."""
    rows = session.execute(
        select(Relative.user_id, Relative.household_id, User.household_id)
        .join(User, and_(User.village_id == Relative.village_id, User.id == Relative.user_id))
        .where(
            Relative.village_id == member.village_id,
            or_(Relative.user_id == member.user_id, Relative.household_id == member.household_id),
        )
    )
    related = {theirs if user_id == member.user_id else home for user_id, theirs, home in rows}
    return Ties(member.user_id, member.household_id, frozenset(id_ for id_ in related if id_ is not None))


def check_free(
    session: Session,
    member: Supervisor,
    *,
    household_id: UUID | None = None,
    recorded_by: UUID | None = None,
    approved_by: UUID | None = None,
) -> None:
    """Refuse a member who looks at their own household's, a relative's, or what they recorded or approved: NotAllowed.

    One statement. For many things at once: `ties(session, member).against(…)` of each.
    """
    ties(session, member).check(household_id, recorded_by, approved_by)


def check_pin(session: Session, village_id: UUID, member_id: UUID, *, pin: str, card_key: bytes, now: datetime) -> None:
    """Refuse a wrong PIN of a member; the try is counted before it is looked at. Call it before a transaction.

    Raises WrongSecret with the tries left, TooManyTries during a pause, NotAllowed where the member has set none.
    """
    kept = _pin_hash(session, village_id, member_id)
    if kept is None:
        raise NotAllowed(N_("还没有设签字密码。请本人先登录，在“签字密码”里设好。什么都没有动。"))
    subject = f"signing:{member_id.hex}"
    left = throttle.claim(session, village_id, subject, TRIES, PAUSE, now)
    kept = _pin_hash(session, village_id, member_id)  # as it is after the try was counted
    session.rollback()  # nothing is read while the hash is computed
    if kept is None or not check_password_hash(kept, peppered(card_key, village_id, member_id, digits(pin))):
        _wrong(left)
    throttle.forget(session, village_id, subject)


def set_pin(
    session: Session,
    actor: Actor,
    *,
    pin: str,
    again: str,
    old: str = "",
    card_key: bytes,
    key: str,
    now: datetime,
) -> None:
    """Keep the PIN that the actor signs with, six digits; in place of another it asks for the old one.

    Raises BadInput for one that is too easy or typed in two ways, WrongSecret and TooManyTries for the old one,
    NotAllowed outside a term, Conflict where another page was quicker.
    """
    member = current(session, actor, village_date(now))
    pin = digits(pin)
    check_form(pin)
    if digits(again) != pin:
        raise BadInput(N_("两次填的不一样，请再填一次。")).at("again")
    check_birthdays(pin, opening.birthdays(session, actor.village_id, member.household_id))
    member_id, before = member.id, member.pin_hash
    asked = {"act": "set_signing_pin", "supervisor": member_id}
    if once.repeated(session, actor.village_id, key, asked) is not None:
        try:  # a second tap: the old PIN is no longer right, but what was asked is done if the new one is
            check_pin(session, actor.village_id, member_id, pin=pin, card_key=card_key, now=now)
        except opening.WrongSecret as error:
            raise once.reused() from error
        return
    if before is not None:
        check_pin(session, actor.village_id, member_id, pin=old, card_key=card_key, now=now)
    # hashing takes a tenth of a second: done before the write lock is taken
    made = generate_password_hash(peppered(card_key, actor.village_id, member_id, pin))
    _keep_pin(session, actor, member_id, before, made, key, now)


@transaction
def _keep_pin(
    session: Session, actor: Actor, member_id: UUID, before: str | None, made: str, key: str, now: datetime
) -> None:
    asked = {"act": "set_signing_pin", "supervisor": member_id}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    kept = session.execute(
        update(Supervisor)
        .where(
            Supervisor.village_id == actor.village_id,
            Supervisor.id == member_id,
            Supervisor.pin_hash.is_(None) if before is None else Supervisor.pin_hash == before,
        )
        .values(pin_hash=made, pin_set_at=now)
        .returning(Supervisor.id)
    ).first()
    if kept is None:
        raise Conflict(N_("签字密码刚刚在别的地方改过了，这次没有改。请重新打开这一页。"))
    detail = {"changed": before is not None}
    activity.record(session, actor, "supervisor.pin_set", now, subject=actor.user_id, detail=detail)
    once.answer(session, actor.village_id, key, {})


def _pin_hash(session: Session, village_id: UUID, member_id: UUID) -> str | None:
    return session.scalar(
        select(Supervisor.pin_hash).where(Supervisor.village_id == village_id, Supervisor.id == member_id)
    )


def _wrong(left: int) -> None:
    if left <= 0:
        raise TooManyTries(N_("不对。试的次数用完了，请过 %(minutes)s 分钟再试。"), minutes=PAUSE.seconds // 60)
    raise opening.WrongSecret(N_("不对，还可以再试 %(left)s 次。"), left=left).at("pin")
