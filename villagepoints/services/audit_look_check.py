"""Whether what stands for an item of an audit's sample is what its last look saw, for verify."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from villagepoints.domain.audit import HOUSEHOLD, KINDS, UNCLEAR
from villagepoints.models import Audit, AuditItem, AuditLook


def wrong_looks(session: Session, village_id: UUID) -> Iterator[str]:
    """A sentence for each item whose result is not its last look's, and each look from outside its audit's time."""
    looks: dict[UUID, list[AuditLook]] = defaultdict(list)
    for look in session.scalars(select(AuditLook).where(AuditLook.village_id == village_id)):
        looks[look.item_id].append(look)
    items = session.execute(
        select(AuditItem, Audit)
        .join(Audit, and_(Audit.village_id == AuditItem.village_id, Audit.id == AuditItem.audit_id))
        .where(AuditItem.village_id == village_id)
        .order_by(Audit.month, AuditItem.position)
    )
    for item, audit in items:
        name = f"{audit.month} 的审核抽到的第 {item.position} 样（{KINDS[item.kind]}）"
        seen = looks.get(item.id, [])
        if (item.result, item.looked_by, item.looked_at) not in _last(item, seen):
            yield f"{name}：写的结果不是最后一次看的结果。"
        for look in seen:
            if not audit.opened_at <= look.looked_at <= look.recorded_at:
                yield f"{name}：有一次看的时间不在开始审核以后、记下以前。"
            if audit.concluded_at is not None and look.recorded_at > audit.concluded_at:
                yield f"{name}：写了结论以后又添了一次看的。"


def _last(item: AuditItem, looks: list[AuditLook]) -> list[tuple[object, ...]]:
    """What may stand for the item: what its last looks say; after a blind score that differs, nothing."""
    if not looks:
        return [(None, None, None)]
    last = max(look.looked_at for look in looks)
    return [(_says(item, look), look.supervisor_id, last) for look in looks if look.looked_at == last]


def _says(item: AuditItem, look: AuditLook) -> str | None:
    is_unsaid = item.kind == HOUSEHOLD and look.scores is not None and look.result == UNCLEAR
    return None if is_unsaid else look.result
