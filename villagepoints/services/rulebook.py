"""The village's rule book: adopt a version, and read the one in force on a day."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, NotFound
from villagepoints.domain.rule_check import parse
from villagepoints.domain.rulebook import RuleBook, adopted
from villagepoints.domain.rulebook import RuleItem as Item
from villagepoints.models import RuleBookVersion, RuleItem, Village
from villagepoints.models.rulebook import BOOKS
from villagepoints.services import activity

# Versions are never edited, so what was parsed once stays right for as long as the process lives.
_PARSED: dict[tuple[UUID, int, datetime], RuleBook] = {}


def default_text() -> str:
    """The rule book that comes with the program, as TOML."""
    return files("villagepoints").joinpath("data/rulebook.toml").read_text(encoding="utf-8")


def read_text(text: str) -> dict[str, Any]:
    """A rule book's TOML as a mapping that JSON can hold; BadInput with the line where it cannot be read."""
    try:
        source = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(N_("办法文件读不懂：%(error)s。没有导入。"), error=error) from None
    if isinstance(source.get("effective_on"), date):
        source["effective_on"] = source["effective_on"].isoformat()
    return source


def adopt(session: Session, actor: Actor, source: Mapping[str, Any], now: datetime) -> RuleBook:
    """Install a rule book as the next version, inside the caller's transaction; earlier versions stay as they are."""
    last = session.scalar(
        select(RuleBookVersion.version)
        .where(RuleBookVersion.village_id == actor.village_id)
        .order_by(RuleBookVersion.version.desc())
        .limit(1)
    )
    book = parse(source, (last or 0) + 1)
    key = {"village_id": actor.village_id, "version": book.version}
    session.execute(
        insert(RuleBookVersion).values(
            **key,
            name=book.name,
            effective_on=book.effective_on,
            body=dict(source),
            adopted_by=actor.user_id,
            recorded_at=now,
        )
    )
    session.execute(
        insert(RuleItem),
        [
            {**key, "code": i.code, "category": i.category, "kind": i.kind, "position": i.position, "name": i.name}
            for i in book.items.values()
        ],
    )
    session.execute(update(Village).where(Village.id == actor.village_id).values(revision=Village.revision + 1))
    detail = {"version": book.version, "name": book.name, "body_sha256": body_sha256(source)}
    activity.record(session, actor, "rulebook.adopted", now, detail=detail)
    return book


def body_sha256(body: Mapping[str, Any]) -> str:
    """The SHA-256 of a book's text, the same however its fields are ordered; the activity trail keeps it."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def in_force(session: Session, village_id: UUID, on: date) -> RuleBook:
    """The version in force on a village date (the first one for days before it); one statement.

    Raises NotFound where the village has no rule book yet.
    """
    for book in reversed(versions(session, village_id)):
        if book.effective_on <= on:
            return book
    return versions(session, village_id)[0]


PAST, CURRENT, COMING = "past", "current", "coming"


@dataclass(frozen=True, slots=True)
class Version:
    """A version in its place: not yet in force, in force, or replaced (`until` is its last day)."""

    book: RuleBook
    status: str
    until: date | None

    @property
    def version(self) -> int:
        """Its number."""
        return self.book.version

    @property
    def effective_on(self) -> date:
        """Its first day."""
        return self.book.effective_on


def timeline(session: Session, village_id: UUID, on: date) -> list[Version]:
    """Every version, oldest first, as it stands on a village date; the first one counts for days before it."""
    books = versions(session, village_id)
    current = in_force(session, village_id, on)
    place = books.index(current)
    following = [*books[1:], None]
    return [
        Version(
            book,
            CURRENT if number == place else PAST if number < place else COMING,
            after.effective_on - timedelta(days=1) if after is not None else None,
        )
        for number, (book, after) in enumerate(zip(books, following, strict=True))
    ]


def with_the_one_before(session: Session, village_id: UUID, version: int) -> tuple[RuleBook, RuleBook]:
    """A version and the one it replaces; NotFound where there is none, or none before it."""
    books = versions(session, village_id)
    place = next((place for place, book in enumerate(books) if book.version == version), 0)
    if place == 0:
        raise NotFound(N_("没有第 %(version)s 版办法，或者它之前没有别的版本。"), version=version)
    return books[place - 1], books[place]


_VERSIONS = (
    select(BOOKS.c.version, BOOKS.c.recorded_at)
    .where(BOOKS.c.village_id == bindparam("of_village"))
    .order_by(BOOKS.c.effective_on, BOOKS.c.version)
)


def english_names(session: Session, village_id: UUID) -> dict[str, str]:
    """What the items and categories of every version are called in English, by their names; one statement."""
    names: dict[str, str] = {}
    for book in versions(session, village_id):
        names |= {category.name: category.name_en for category in book.categories}
        for item in book.items.values():
            names |= {item.name: item.name_en, item.name_relocated: item.name_en}
    return names


def versions(session: Session, village_id: UUID) -> list[RuleBook]:
    """Every version, oldest first; one statement that reads no bodies it has parsed before."""
    rows = session.connection().execute(_VERSIONS, {"of_village": village_id}).all()
    if not rows:
        raise NotFound(N_("村里还没有积分办法。请先导入办法，再记分。"))
    return [_parsed(session, village_id, row.version, row.recorded_at) for row in rows]


def item_of(session: Session, village_id: UUID, version: int | None, code: str | None) -> Item | None:
    """An item as the version of the book had it under which something was recorded; None for what rests on no item."""
    books = versions(session, village_id) if version else ()
    return next((book.items.get(code or "") for book in books if book.version == version), None)


def _parsed(session: Session, village_id: UUID, version: int, recorded_at: datetime) -> RuleBook:
    key = (village_id, version, recorded_at)
    if key not in _PARSED:
        body = session.execute(
            select(RuleBookVersion.body).where(
                RuleBookVersion.village_id == village_id, RuleBookVersion.version == version
            )
        ).scalar_one()
        _PARSED[key] = adopted(body, version)
    return _PARSED[key]
