"""Idempotency: a request is claimed by its key before anything else, and a repeat is given the first answer."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from villagepoints.domain.errors import N_, BadInput, KeyReused
from villagepoints.models import RequestKey

MOST_KEY = 64
KEYS: Table = RequestKey.__table__  # type: ignore[assignment]

# Built once: building a statement costs more than answering it.
_CLAIM = {
    "sqlite": sqlite.insert(KEYS).on_conflict_do_nothing().returning(KEYS.c.key),
    "postgresql": postgresql.insert(KEYS).on_conflict_do_nothing().returning(KEYS.c.key),
}
_ANSWER = (
    update(KEYS)
    .where(KEYS.c.village_id == bindparam("of_village"), KEYS.c.key == bindparam("of_key"))
    .values(answer=bindparam("given"))
)


def claim(
    session: Session, village_id: UUID, key: str, request: Mapping[str, Any], now: datetime
) -> dict[str, Any] | None:
    """Claim `key` for this request; None if it is ours to do, else the answer that was given the first time.

    Raises KeyReused where the key came with another request, BadInput where it is missing or too long.
    """
    if not 1 <= len(key) <= MOST_KEY or not key.isprintable():  # PostgreSQL keeps no NUL
        raise BadInput(N_("这一页缺了编号，什么都没有动。请返回上一页重新打开，再试一次。"))
    row = {"village_id": village_id, "key": key, "request_hash": _hash(request), "recorded_at": now}
    if session.connection().execute(_CLAIM[session.get_bind().dialect.name], row).first():
        return None
    return repeated(session, village_id, key, request)


def repeated(session: Session, village_id: UUID, key: str, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """What this request was answered the first time, None where it is the first: for what is done before the claim.

    Raises KeyReused where the key came with another request.
    """
    earlier = session.execute(
        select(RequestKey.request_hash, RequestKey.answer).where(
            RequestKey.village_id == village_id, RequestKey.key == key
        )
    ).one_or_none()
    if earlier is None:
        return None
    if earlier.request_hash != _hash(request):
        raise reused()
    return dict(earlier.answer or {})


def reused() -> KeyReused:
    """What is raised where a key came with another request."""
    return KeyReused(N_("这一页已经用过了，这次的内容和上次不一样，什么都没有动。请重新打开页面再填。"))


def _hash(request: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str, ensure_ascii=False).encode()).digest()


def answered(session: Session, village_id: UUID, key: str) -> dict[str, Any] | None:
    """What a request with this key was answered; None where there was none, or it is still being done."""
    kept = select(RequestKey.answer).where(RequestKey.village_id == village_id, RequestKey.key == key)
    found: dict[str, Any] | None = session.scalar(kept)
    return found


def answer(session: Session, village_id: UUID, key: str, given: Mapping[str, Any]) -> None:
    """Keep what was answered, to give it again; values are what JSON holds."""
    session.connection().execute(_ANSWER, {"of_village": village_id, "of_key": key, "given": dict(given)})
