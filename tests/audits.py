"""Plain functions that make a supervision group and an audit, for tests of what comes after they exist."""

from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from tests.factories import NOW, TODAY, Made, actor, make_household, make_user
from villagepoints.domain.actor import SUPERVISOR, Actor
from villagepoints.domain.pin import peppered
from villagepoints.models import Audit, AuditItem, AuditPrompt, AuditWitness, Supervisor, User

MONTH = "2026-05"


def make_supervisors(session: Session, made: Made, how_many: int = 3) -> list[Supervisor]:
    """Members of the supervision group, each from a household of their own, whose term runs on TODAY."""
    members = []
    for place in range(how_many):
        home = make_household(session, made.id, f"9{place}", head=f"监督员{place}")
        user = make_user(session, made.id, SUPERVISOR, name=f"监督员{place}", household_id=home.id)
        members.append(
            Supervisor(
                village_id=made.id,
                user_id=user.id,
                household_id=home.id,
                from_on=date(2026, 1, 1),
                until_on=date(2028, 12, 31),
                appointed_at=NOW,
            )
        )
    session.add_all(members)
    session.commit()
    return members


def as_supervisor(session: Session, member: Supervisor) -> Actor:
    """A member, acting."""
    return actor(session.get_one(User, (member.village_id, member.user_id)))


def make_audit(session: Session, made: Made, members: list[Supervisor], *items: dict[str, Any], **values: Any) -> Audit:
    """An open audit of MONTH whose sample are `items` (columns of AuditItem; by default the first household)."""
    audit = Audit(
        village_id=made.id,
        month=values.pop("month", MONTH),
        opened_by=members[0].id,
        opened_on=TODAY,
        opened_at=NOW,
        lot="407193",
        seal_root=b"",
        seed=sha256(b"seed").digest(),
        frame_hash=sha256(b"frame").digest(),
        frame=b"",
        salt=b"salt",
        sizes={},
        **values,
    )
    session.add(audit)
    session.flush()
    session.add_all(
        AuditWitness(village_id=made.id, audit_id=audit.id, supervisor_id=member.id) for member in members[:2]
    )
    for position, item in enumerate(items or ({"household_id": made.household.id},), 1):
        columns = {"kind": "household", "reason": "group", "pseudonym": f"p{position}", **item}
        session.add(AuditItem(village_id=made.id, audit_id=audit.id, position=position, **columns))
    session.commit()
    return audit


def give_pin(session: Session, member: Supervisor, pin: str, card_key: bytes) -> None:
    """A member's signing PIN, hashed in one round: as many as the tests need cost nothing."""
    word = peppered(card_key, member.village_id, member.id, pin)
    member.pin_hash, member.pin_set_at = generate_password_hash(word, method="pbkdf2:sha256:1"), NOW
    session.commit()


def make_prompt(session: Session, made: Made, audit: Audit, **values: Any) -> AuditPrompt:
    """A prompt of an audit; by default that nobody looked at the first household in three months."""
    columns = {
        "position": 1,
        "kind": "never_scored",
        "figures": {"homes": 1, "all": 3},
        "behind": [["home", str(made.household.id)]],
        **values,
    }
    prompt = AuditPrompt(village_id=made.id, audit_id=audit.id, **columns)
    session.add(prompt)
    session.commit()
    return prompt
