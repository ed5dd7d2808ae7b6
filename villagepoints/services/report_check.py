"""Whether published reports are the files whose fingerprints the activity trail keeps, for verify."""

from collections.abc import Iterator
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.models import Activity, PublishedReport


def wrong_editions(session: Session, village_id: UUID) -> Iterator[str]:
    """A sentence for each edition that is another file than was published, and for each that is gone."""
    acts = session.scalars(
        select(Activity.detail).where(Activity.village_id == village_id, Activity.action == "report.published")
    )
    published = {(act["month"], act["edition"]): (act["seal"], act["sha256"]) for act in acts}
    row = PublishedReport
    rows = session.execute(
        select(row.month, row.edition, row.seal_number, row.sha256, row.pdf)
        .where(row.village_id == village_id)
        .order_by(row.month, row.edition)
        .execution_options(yield_per=20)
    )
    for month, edition, seal, kept, pdf in rows:
        said = published.pop((month, edition), None)
        if said != (seal, kept.hex()) or sha256(pdf).digest() != kept:
            yield f"{month} 公布的报告第 {edition} 版，不是当时公布的那一份。"
    for month, edition in published:
        yield f"{month} 公布的报告第 {edition} 版不见了。"
