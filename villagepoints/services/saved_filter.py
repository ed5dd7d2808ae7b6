"""常用条件: the state of a list that somebody keeps under a name of their own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, NotFound
from villagepoints.models import SavedFilter
from villagepoints.services import once
from villagepoints.services.transaction import transaction

MOST = 20  # of one person and list
MOST_NAME = 40
MOST_QUERY = 500


@dataclass(frozen=True, slots=True)
class Saved:
    """A kept state: its name and the query of the list's address."""

    id: UUID
    name: str
    query: str


def of(session: Session, actor: Actor, page: str) -> Sequence[Saved]:
    """What somebody keeps of a list, by name; one statement."""
    rows = session.execute(
        select(SavedFilter.id, SavedFilter.name, SavedFilter.query)
        .where(SavedFilter.village_id == actor.village_id, SavedFilter.user_id == actor.user_id)
        .where(SavedFilter.page == page)
        .order_by(SavedFilter.name)
    )
    return [Saved(*row) for row in rows]


@transaction
def keep(
    session: Session,
    actor: Actor,
    *,
    key: str,
    page: str,
    pages: Collection[str],
    name: str,
    query: str,
    now: datetime,
) -> None:
    """Keep the state of one of the lists there are (`pages`) under a name; a name that is there already is given the
    new state. Raises BadInput for another page, no name, no state or one too long, or too many names."""
    name, query = _name(name), urlencode(parse_qsl(query[: 2 * MOST_QUERY]))
    if page not in pages or not query:
        raise BadInput(N_("现在没有选条件，没有什么可存的。请先选条件，再存一次。"))
    if len(query) > MOST_QUERY:
        raise BadInput(N_("条件太长，存不下，没有存。请少选一点再存。"))
    if once.claim(session, actor.village_id, key, {"keep": [page, name, query], "by": actor.user_id}, now) is not None:
        return
    kept = {one.name: one for one in _of(session, actor, page)}
    if name not in kept and len(kept) >= MOST:
        raise BadInput(N_("一个页面最多存 %(most)s 个条件，这一个没有存。请先删掉不用的。"), most=MOST)
    if name in kept:
        kept[name].query, kept[name].saved_at = query, now
    else:
        of_page = {"village_id": actor.village_id, "user_id": actor.user_id, "page": page}
        session.add(SavedFilter(**of_page, name=name, query=query, saved_at=now))
    once.answer(session, actor.village_id, key, {})


@transaction
def rename(session: Session, actor: Actor, *, key: str, filter_id: UUID, name: str, now: datetime) -> str:
    """Give a kept state another name; whose list it is. NotFound where the actor keeps none of that id, BadInput for
    no name or one that another has."""
    name = _name(name)
    request = {"rename": filter_id, "name": name, "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return str(earlier["page"])
    found = _one(session, actor, filter_id)
    if any(one.name == name and one.id != filter_id for one in _of(session, actor, found.page)):
        raise BadInput(N_("已经有一个条件叫「%(name)s」，名字没有改。请换一个名字。"), name=name)
    found.name = name
    once.answer(session, actor.village_id, key, {"page": found.page})
    return found.page


@transaction
def remove(session: Session, actor: Actor, *, key: str, filter_id: UUID, now: datetime) -> str:
    """Forget a kept state; whose list it was. NotFound where the actor keeps none of that id."""
    request = {"remove": filter_id, "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return str(earlier["page"])
    found = _one(session, actor, filter_id)
    session.delete(found)
    once.answer(session, actor.village_id, key, {"page": found.page})
    return found.page


def _of(session: Session, actor: Actor, page: str) -> Sequence[SavedFilter]:
    mine = (SavedFilter.village_id == actor.village_id, SavedFilter.user_id == actor.user_id)
    return session.scalars(select(SavedFilter).where(*mine, SavedFilter.page == page)).all()


def _one(session: Session, actor: Actor, filter_id: UUID) -> SavedFilter:
    found = session.get(SavedFilter, (actor.village_id, filter_id))
    if found is None or found.user_id != actor.user_id:
        raise NotFound(N_("没有这个条件了，可能已经删掉。"))
    return found


def _name(typed: str) -> str:
    name = "".join(c for c in typed if c.isprintable()).strip()[:MOST_NAME]
    if not name:
        raise BadInput(N_("请给这个条件起个名字，例如「3组老人户」。没有存。"))
    return name
