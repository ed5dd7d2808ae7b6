"""Activities: plan one, find it behind its poster's code, call it off."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from villagepoints import qr, qr_reader
from villagepoints.domain import gathering as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.card import token_sha256
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.models import Attendance, Gathering, Village
from villagepoints.models.base import new_id
from villagepoints.services import activity, once, rulebook, village
from villagepoints.services.door_card import UnreadableCode
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An activity as it is planned; its points follow from the rule item."""

    title: str
    item_code: str
    place: str = ""
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Scan:
    """Which activity a scanned poster is of."""

    village_id: UUID
    gathering_id: UUID


def url_of(public_url: str, village_code: str, token: str) -> str:
    """The address on a poster, in upper case: a smaller code, the same page."""
    return f"{public_url}/g/{village_code}/{token}".upper()


@transaction
def create(session: Session, actor: Actor, *, key: str, plan: Plan, card_key: bytes, now: datetime) -> UUID:
    """Plan an activity, also one of a past day whose list was kept on paper; its id.

    Raises BadInput for a missing title or times that make no sense, RuleBroken for an item without check-in.
    """
    request = {"gather": [str(getattr(plan, name)) for name in plan.__slots__], "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    if not plan.title.strip():
        raise BadInput(N_("请写活动叫什么，没有建。"))
    item = rulebook.in_force(session, actor.village_id, village_date(plan.starts_at)).item(plan.item_code)
    rules.check_plan(item, plan.starts_at, plan.ends_at, now)
    gathering_id = new_id()
    session.add(
        Gathering(
            village_id=actor.village_id,
            id=gathering_id,
            title=plan.title.strip(),
            item_code=item.code,
            place=plan.place.strip(),
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            token_sha256=token_sha256(rules.token_of(card_key, actor.village_id, gathering_id)),
            recorded_by=actor.user_id,
            recorded_at=now,
        )
    )
    session.flush()
    once.answer(session, actor.village_id, key, {"id": str(gathering_id)})
    return gathering_id


def resolve(session: Session, village_code: str, token: str) -> Scan | None:
    """The activity of a poster's code; None for a token that is unknown or another village's.

    One and the same statement whichever way it misses, so that neither answer nor time tells which it was.
    """
    of_token = and_(Gathering.village_id == Village.id, Gathering.token_sha256 == token_sha256(token))
    row = session.execute(
        select(Village.id, Gathering.id)
        .outerjoin(Gathering, of_token)
        .where(Village.code == village.known_form(village_code))
    ).first()
    return None if row is None or row[1] is None else Scan(row[0], row[1])


@transaction
def cancel(session: Session, actor: Actor, *, key: str, gathering_id: UUID, now: datetime) -> None:
    """Call an activity off; Conflict once points were asked for. Whoever checked in stays listed and gets nothing."""
    if once.claim(session, actor.village_id, key, {"cancel": str(gathering_id), "by": actor.user_id}, now) is not None:
        return
    row = locked(session, actor.village_id, gathering_id)
    mine = (Attendance.village_id == actor.village_id, Attendance.gathering_id == gathering_id)
    if session.scalar(select(Attendance.id).where(*mine, Attendance.claim_id.is_not(None)).limit(1)):
        raise Conflict(N_("这个活动已经报了分，不能取消。记错了的，到「审核」里退回，或者冲正。"))
    row.status = rules.CANCELLED
    session.flush()
    activity.record(session, actor, "gathering.cancelled", now, subject=gathering_id)
    once.answer(session, actor.village_id, key, {})


def locked(session: Session, village_id: UUID, gathering_id: UUID) -> Gathering:
    """The activity, locked, so that nobody is checked in twice; NotFound where the village has none of that id."""
    row = session.scalars(
        select(Gathering)
        .where(Gathering.village_id == village_id, Gathering.id == gathering_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(N_("没有这个活动。"))
    return row


def poster_code(url: str, draw: Callable[[str], bytes] = qr.emblem_png) -> bytes:
    """The PNG of a poster's code, after it was read back; raises UnreadableCode if it says anything but its URL."""
    picture = draw(url)
    if qr_reader.decode_small(picture) != url:
        raise UnreadableCode(N_("海报的码画出来后读不回原来的地址，没有出海报。请再试一次，还不行就告诉管理员。"))
    return picture
