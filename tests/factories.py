"""Plain functions that make what tests need; each commits, so that services and pages see it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import ADMIN, CLERK, COUNTER, REVIEWER, Actor
from villagepoints.models import Household, Phone, Resident, Reward, StaffDevice, StockMove, User, Village
from villagepoints.services import home, household_page, lists, rule_use, rulebook, running, village_page
from villagepoints.services import village as villages
from villagepoints.services.phone import Credential, secret_sha256

NOW = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)  # ten in the morning in the village
TODAY = date(2026, 6, 15)
STAFF = (CLERK, REVIEWER, COUNTER, ADMIN)
_serial = count(1)


class Clock:
    """The time of a test; an application's CLOCK."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Made:
    """A village with three households and its staff, as values to hand to services."""

    id: UUID
    code: str
    households: list[Household]
    users: dict[str, User] = field(default_factory=dict)

    def actor(self, role: str = CLERK) -> Actor:
        """The member of staff with that role, acting."""
        return actor(self.users[role])

    @property
    def clerk(self) -> Actor:
        """The clerk, who records points."""
        return self.actor(CLERK)

    @property
    def reviewer(self) -> Actor:
        """The second person who approves."""
        return self.actor(REVIEWER)

    @property
    def household(self) -> Household:
        """The first household."""
        return self.households[0]

    def villager(self, index: int = 0) -> Actor:
        """A household's own phone, acting."""
        return Actor(self.id, household_id=self.households[index].id)


def make_village(session: Session, code: str = "sx") -> Made:
    """A village with the default rules, three households (resident, relocated, an elder's) and four staff."""
    village_id = villages.add(session, code, f"水新村{code}", NOW, clerk_name="沈文书", clerk_phone="021-57300001")
    made = Made(village_id, code, [])
    made.households = [
        make_household(session, village_id, "001", head="张建国"),
        make_household(session, village_id, "002", head="李秀英", residency="relocated"),
        make_household(session, village_id, "003", head="王阿婆", is_elder=True),
    ]
    made.users = {role: make_user(session, village_id, role, login_name=role) for role in STAFF}
    return made


def find_village(session: Session, code: str = "sx") -> Made:
    """The village that `make_village` left in the database."""
    village_id = session.scalars(select(Village.id).where(Village.code == code)).one()
    of_village = {"village_id": village_id}
    households = session.scalars(select(Household).filter_by(**of_village).order_by(Household.number)).all()
    staff = {user.roles[0]: user for user in session.scalars(select(User).filter_by(**of_village))}
    session.commit()
    return Made(village_id, code, list(households), {role: staff[role] for role in STAFF})


def forget_villages() -> None:
    """Drop what the program remembers of a village: the next test's has the same id and other books."""
    kept = (home._counted, running._KEPT, lists._COUNTED, rulebook._PARSED, household_page._SHELVES)
    for remembered in (*kept, rule_use._KEPT, village_page._TOTALS, village_page._REPORTS):
        remembered.clear()  # type: ignore[attr-defined]


def make_household(
    session: Session, village_id: UUID, number: str | None = None, *, head: str = "", **values: Any
) -> Household:
    """A household with its head; `values` are columns of it."""
    number = number or f"{next(_serial):04d}"
    household = Household(village_id=village_id, number=number, head_name=head or f"户主{number}", **values)
    session.add(household)
    session.flush()
    session.add(Resident(village_id=village_id, household_id=household.id, name=household.head_name, relation="户主"))
    session.commit()
    return household


def make_households(session: Session, village_id: UUID, how_many: int) -> list[UUID]:
    """Many households without residents, in one statement; their ids in the order of their numbers."""
    from villagepoints.models.base import new_id

    rows = [{"village_id": village_id, "id": new_id(), "number": f"n{i:06d}"} for i in range(how_many)]
    session.execute(insert(Household), rows)
    session.commit()
    return [row["id"] for row in rows]  # type: ignore[misc]


def make_user(session: Session, village_id: UUID, *roles: str, **values: Any) -> User:
    """A member of staff with these roles and no password."""
    user = User(
        village_id=village_id,
        login_name=values.pop("login_name", f"{'-'.join(roles)}{next(_serial)}"),
        name=values.pop("name", "沈文书"),
        roles=list(roles),
        created_at=NOW,
        **values,
    )
    session.add(user)
    session.flush()
    # the browser that `signed_in` speaks of has the id of its person
    device = StaffDevice(village_id=village_id, id=user.id, user_id=user.id, signed_in_at=NOW, last_seen_at=NOW)
    session.add(device)
    session.commit()
    return user


def make_reward(session: Session, village_id: UUID, *, points: int = 200, stock: int = 10, **values: Any) -> Reward:
    """Something to redeem; by default a bottle of oil for 200 points, ten in stock."""
    code = values.pop("code", f"R{next(_serial):02d}")
    reward = Reward(
        village_id=village_id, code=code, name=values.pop("name", "食用油 5 升"), points=points, stock=stock, **values
    )
    session.add(reward)
    session.flush()
    session.add(
        StockMove(village_id=village_id, reward_id=reward.id, kind="in", quantity=stock, reason="进货", recorded_at=NOW)
    )
    session.commit()
    return reward


def actor(user: User) -> Actor:
    """A member of staff, acting."""
    return Actor(user.village_id, user_id=user.id, roles=frozenset(user.roles), name=user.name)


def signed_in(user: User) -> dict[str, Any]:
    """What a browser's session holds once this member of staff has signed in."""
    return {"_user_id": f"{user.village_id}:{user.id}:{user.session_no}:{user.id}", "_fresh": True}


def village_of(session: Session, made: Made) -> Village:
    """The village's row."""
    return session.get_one(Village, made.id)


def remember_phone(session: Session, household: Household) -> str:
    """A phone that is open for a household, its PIN given just now; the value of its cookie `home`."""
    shown = Credential(household.village_id, household.id, f"phone-secret-{next(_serial)}")
    given = {"remembered_at": NOW, "pin_at": NOW, "expires_at": NOW + timedelta(days=180)}
    key = {"village_id": household.village_id, "household_id": household.id}
    session.add(Phone(**key, secret_sha256=secret_sha256(shown.secret), **given))
    session.commit()
    return str(shown)
