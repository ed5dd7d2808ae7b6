"""The phones a household is remembered on: who is at home, the list of them, signing out, and what a scan may show."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Engine, and_, bindparam, select, update
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.models import Household, Phone, Village
from villagepoints.services import activity
from villagepoints.services.quick_read import QuickRead
from villagepoints.services.transaction import transaction

REMEMBERED = timedelta(days=180)
FRESH = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Credential:
    """What a remembered phone shows: the household it is open for, and its secret."""

    village_id: UUID
    household_id: UUID
    secret: str

    @classmethod
    def read(cls, cookie: str) -> "Credential | None":
        """From a cookie's text; None for anything that is not one."""
        try:
            village, household, secret = cookie.split(".")
            return cls(UUID(village), UUID(household), secret)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.village_id.hex}.{self.household_id.hex}.{self.secret}"


class Home(NamedTuple):
    """A remembered phone and the household and village it is open for."""

    village_id: UUID
    household_id: UUID
    phone_id: UUID
    pin_at: datetime
    village_code: str
    village_name: str
    clerk_name: str
    clerk_phone: str
    village_revision: int
    number: str
    group_no: int | None
    residency: str
    head_name: str
    is_elder: bool
    shows_at_scan: bool
    balance: int
    last_seq: int
    revision: int
    rank_percent: int | None
    rank_month: str | None
    redeem_paused_until: date | None
    shows_on_lists: bool

    @property
    def actor(self) -> Actor:
        """The actor to hand to services."""
        return Actor(self.village_id, household_id=self.household_id, name=self.head_name)


class RememberedPhone(NamedTuple):
    """One line of the list of phones that open the household's page."""

    id: UUID
    label: str
    remembered_at: datetime
    pin_at: datetime
    expires_at: datetime


_HOME = QuickRead(
    select(
        Phone.village_id,
        Phone.household_id,
        Phone.id,
        Phone.pin_at,
        Village.code,
        Village.name,
        Village.clerk_name,
        Village.clerk_phone,
        Village.revision,
        Household.number,
        Household.group_no,
        Household.residency,
        Household.head_name,
        Household.is_elder,
        Household.shows_at_scan,
        Household.balance,
        Household.last_seq,
        Household.revision,
        Household.rank_percent,
        Household.rank_month,
        Household.redeem_paused_until,
        Household.shows_on_lists,
    )
    .join(Household, and_(Household.village_id == Phone.village_id, Household.id == Phone.household_id))
    .join(Village, Village.id == Phone.village_id)
    .where(
        Phone.village_id == bindparam("village"),
        Phone.household_id == bindparam("household"),
        Phone.secret_sha256 == bindparam("secret"),
        Phone.revoked_at.is_(None),
        Phone.expires_at > bindparam("now"),
        Household.left_on.is_(None),
    )
)


def secret_sha256(secret: str) -> bytes:
    """All that the database keeps of a phone's secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def identify(session: Session | Engine, credential: Credential, now: datetime) -> Home | None:
    """The household a phone is open for; None where it is not, no longer, or signed out. One statement."""
    values = {
        "village": credential.village_id,
        "household": credential.household_id,
        "secret": secret_sha256(credential.secret),
        "now": now,
    }
    rows = _HOME(session, values)  # every page of every phone begins here
    return Home(*rows[0]) if rows else None


def is_fresh(home: Home, now: datetime) -> bool:
    """Whether the PIN was given on this phone within the last quarter of an hour."""
    return now - home.pin_at < FRESH


def phones(session: Session, actor: Actor, now: datetime) -> list[RememberedPhone]:
    """The phones that open the household's page, the latest first."""
    rows = session.execute(
        select(Phone.id, Phone.label, Phone.remembered_at, Phone.pin_at, Phone.expires_at)
        .where(
            Phone.village_id == actor.village_id,
            Phone.household_id == actor.household_id,
            Phone.revoked_at.is_(None),
            Phone.expires_at > now,
        )
        .order_by(Phone.pin_at.desc())
    )
    return [RememberedPhone._make(row) for row in rows]


@transaction
def forget_phones(
    session: Session, actor: Actor, *, now: datetime, only: UUID | None = None, but: UUID | None = None
) -> int:
    """Sign out one phone of the household, or all of them but one; how many were signed out."""
    return sign_out(session, actor, now=now, only=only, but=but)


def sign_out(
    session: Session, actor: Actor, *, now: datetime, only: UUID | None = None, but: UUID | None = None
) -> int:
    """The same inside the caller's transaction."""
    wanted = update(Phone).where(
        Phone.village_id == actor.village_id, Phone.household_id == actor.household_id, Phone.revoked_at.is_(None)
    )
    if only is not None:
        wanted = wanted.where(Phone.id == only)
    if but is not None:
        wanted = wanted.where(Phone.id != but)
    gone = session.execute(wanted.values(revoked_at=now).returning(Phone.id)).all()
    if gone:
        activity.record(
            session, actor, "phone.forgotten", now, subject=actor.household_id, detail={"phones": len(gone)}
        )
    return len(gone)


@transaction
def consent(session: Session, actor: Actor, *, shows: bool, now: datetime) -> None:
    """Whether whoever scans the card sees the masked name and the balance; not, unless the household says so."""
    # the trail, and with it the village, before the account: the order of whoever numbers what a household says
    activity.record(session, actor, "household.consent", now, subject=actor.household_id, detail={"shows": shows})
    session.execute(
        update(Household)
        .where(Household.village_id == actor.village_id, Household.id == actor.household_id)
        .values(shows_at_scan=shows, revision=Household.revision + 1)
    )


def remember(
    session: Session, village_id: UUID, household_id: UUID, secret: str, label: str, now: datetime, *, former: str = ""
) -> None:
    """Remember this phone for half a year, inside the caller's transaction; its PIN counts as given now.

    `former` is the secret it had: what else it opens in the village moves to the new one, and copies of the old die.
    """
    digest = secret_sha256(secret)
    if former:
        session.execute(
            update(Phone)
            .where(
                Phone.village_id == village_id,
                Phone.secret_sha256 == secret_sha256(former),
                Phone.revoked_at.is_(None),
            )
            .values(secret_sha256=digest)
        )
    fresh = {"label": label[:60], "pin_at": now, "expires_at": now + REMEMBERED, "revoked_at": None}
    known = session.execute(
        update(Phone)
        .where(Phone.village_id == village_id, Phone.household_id == household_id, Phone.secret_sha256 == digest)
        .values(**fresh)
        .returning(Phone.id)
    ).first()
    if known is None:
        row = Phone(village_id=village_id, household_id=household_id, secret_sha256=digest, remembered_at=now, **fresh)
        session.add(row)
        session.flush()
    actor = Actor(village_id, household_id=household_id)
    activity.record(session, actor, "phone.remembered", now, subject=household_id, detail={"label": label[:60]})
