"""A village of this installation: add it, find it."""

import re
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.models import Village
from villagepoints.services import activity, once, rulebook
from villagepoints.services.transaction import transaction

CODE = re.compile(r"[a-z0-9]{2,8}")


def fold(code: str) -> str:
    """A village code as it is kept; codes are written in any case."""
    return code.strip().lower()


def known_form(typed: str) -> str:
    """The same for what anybody may have typed; empty for what cannot be a code, and no village has that."""
    folded = fold(typed)
    return folded if CODE.fullmatch(folded) else ""


def by_code(session: Session, code: str) -> Village:
    """The village with that code in any case; NotFound says which codes there are to try."""
    village = session.scalars(select(Village).where(Village.code == known_form(code))).one_or_none()
    if village is None:
        raise NotFound(N_("没有代码是「%(code)s」的村。"), code=code[:20])
    return village


def everyone(session: Session) -> list[Village]:
    """All villages, by code."""
    return list(session.scalars(select(Village).order_by(Village.code)))


@transaction
def add(session: Session, code: str, name: str, now: datetime, *, clerk_name: str = "", clerk_phone: str = "") -> UUID:
    """Add a village with the packaged default rules; its id. BadInput for a bad code, Conflict for a taken one."""
    return create(session, code, name, now, clerk_name=clerk_name, clerk_phone=clerk_phone)


def create(
    session: Session, code: str, name: str, now: datetime, *, clerk_name: str = "", clerk_phone: str = ""
) -> UUID:
    """The same inside the caller's transaction."""
    code = fold(code)
    if not CODE.fullmatch(code):
        raise BadInput(N_("村代码要用 2 到 8 个字母或数字，「%(code)s」不行。没有添加。"), code=code)
    if not name.strip():
        raise BadInput(N_("请写上村名。没有添加。"))
    if session.scalar(select(Village.id).where(Village.code == code)):
        raise Conflict(N_("已经有代码是「%(code)s」的村了，没有再添加。"), code=code)
    village = Village(code=code, name=name.strip(), clerk_name=clerk_name, clerk_phone=clerk_phone, created_at=now)
    session.add(village)
    session.flush()
    actor = Actor(village.id)
    activity.record(session, actor, "village.added", now, subject=village.id, detail={"code": code, "name": name})
    rulebook.adopt(session, actor, rulebook.read_text(rulebook.default_text()), now)
    return village.id


def touch(session: Session, village_id: UUID) -> None:
    """Count a change that shows on every household's page, so that no page kept on a phone is taken for current."""
    session.execute(update(Village).where(Village.id == village_id).values(revision=Village.revision + 1))


def lets_claim(session: Session, village_id: UUID) -> bool:
    """Whether households may claim points themselves; one statement."""
    return bool(session.scalar(select(Village.household_claims).where(Village.id == village_id)))


@transaction
def let_claim(session: Session, actor: Actor, *, key: str, is_on: bool, now: datetime) -> None:
    """Let households claim points themselves, or stop it; what they claimed already goes on as it was."""
    if once.claim(session, actor.village_id, key, {"let_claim": is_on, "by": actor.user_id}, now) is not None:
        return
    session.execute(update(Village).where(Village.id == actor.village_id).values(household_claims=is_on))
    touch(session, actor.village_id)
    activity.record(session, actor, "village.household_claims", now, detail={"on": is_on})
    once.answer(session, actor.village_id, key, {})
