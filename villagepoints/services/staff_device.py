"""The browsers that members of staff are signed in with; ending one ends every copy of its cookie."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import user as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import StaffDevice, User, Village
from villagepoints.models.base import new_id
from villagepoints.services.transaction import transaction

LIVES = timedelta(days=90)  # unused that long, a device has to sign in again
SEEN_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, as values that outlive the transaction they were read in."""

    village_id: UUID
    village_code: str
    user_id: UUID
    login_name: str
    name: str
    roles: frozenset[str]
    session_no: int
    has_password: bool
    device_id: UUID
    seen_at: datetime

    @classmethod
    def of(cls, user: User, village_code: str, device_id: UUID, seen_at: datetime) -> Self:
        """Somebody of the staff on one of their devices; only the roles that count."""
        return cls(
            user.village_id,
            village_code,
            user.id,
            user.login_name,
            user.name,
            rules.effective(user.roles),
            user.session_no,
            user.password_hash is not None,
            device_id,
            seen_at,
        )

    @property
    def actor(self) -> Actor:
        """The actor to hand to services."""
        return Actor(self.village_id, user_id=self.user_id, roles=self.roles, name=self.name)


@transaction
def sign_out_everywhere(session: Session, actor: Actor, now: datetime) -> None:
    """End every session of the person."""
    session.execute(
        update(User)
        .where(User.village_id == actor.village_id, User.id == actor.user_id)
        .values(session_no=User.session_no + 1)
    )
    session.execute(ending(actor, now))


@transaction
def end_device(session: Session, actor: Actor, *, device_id: UUID, now: datetime) -> None:
    """Sign one of the person's own devices out, a copy of its cookie too; NotFound for other people's."""
    ended = session.scalar(ending(actor, now).where(StaffDevice.id == device_id).returning(StaffDevice.id))
    owned = (StaffDevice.village_id == actor.village_id, StaffDevice.user_id == actor.user_id)
    if ended is None and session.scalar(select(StaffDevice.id).where(*owned, StaffDevice.id == device_id)) is None:
        raise NotFound(N_("没有这台电脑或手机。"))


def find(
    session: Session, village_id: UUID, user_id: UUID, session_no: int, device_id: UUID, now: datetime
) -> SignedIn | None:
    """Who a session belongs to; None if the account is closed, its device was signed out or long unused."""
    row = session.execute(
        select(User, Village.code, StaffDevice.last_seen_at)
        .join(Village, Village.id == User.village_id)
        .join(StaffDevice, (StaffDevice.village_id == User.village_id) & (StaffDevice.user_id == User.id))
        .where(
            User.village_id == village_id,
            User.id == user_id,
            User.session_no == session_no,
            User.is_active,
            StaffDevice.id == device_id,
            StaffDevice.ended_at.is_(None),
            StaffDevice.last_seen_at > now - LIVES,
        )
    ).one_or_none()
    return SignedIn.of(row[0], row[1], device_id, row[2]) if row else None


@transaction
def seen(session: Session, signed_in: SignedIn, now: datetime) -> None:
    """Note that a device is in use; pages ask for it once an hour at most."""
    of_user = {"village_id": signed_in.village_id}
    session.execute(update(StaffDevice).filter_by(**of_user, id=signed_in.device_id).values(last_seen_at=now))
    session.execute(update(User).filter_by(**of_user, id=signed_in.user_id).values(last_seen_at=now))


def devices(session: Session, village_id: UUID, user_id: UUID, now: datetime) -> list[StaffDevice]:
    """The devices that somebody is signed in on, the one used last first."""
    return list(
        session.scalars(
            select(StaffDevice)
            .where(
                StaffDevice.village_id == village_id,
                StaffDevice.user_id == user_id,
                StaffDevice.ended_at.is_(None),
                StaffDevice.last_seen_at > now - LIVES,
            )
            .order_by(StaffDevice.last_seen_at.desc(), StaffDevice.id)
            .limit(50)
        )
    )


def arrive(session: Session, village_id: UUID, user_id: UUID, label: str, now: datetime) -> SignedIn | None:
    """Begin a device for somebody who may come in, inside the caller's transaction; None if they may not."""
    user = session.get(User, (village_id, user_id))
    if user is None or not user.is_active:
        return None
    user.last_seen_at = now
    device = StaffDevice(village_id=village_id, id=new_id(), user_id=user_id, label=label[:60])
    device.signed_in_at = device.last_seen_at = now
    session.add(device)
    code = session.scalars(select(Village.code).where(Village.id == village_id)).one()
    return SignedIn.of(user, code, device.id, now)


def ending(actor: Actor, now: datetime) -> Update:
    """The statement that ends devices of a person, to be narrowed."""
    of_person = (StaffDevice.village_id == actor.village_id, StaffDevice.user_id == actor.user_id)
    return update(StaffDevice).where(*of_person, StaffDevice.ended_at.is_(None)).values(ended_at=now)
