"""What anybody may read of an audit once it is concluded: how it was drawn, its frame without names, sums."""

import json
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain.audit import CONCLUDED
from villagepoints.domain.audit_draw import FORMAT, Sizes
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import N_, NotFound
from villagepoints.domain.ledger import instant_text
from villagepoints.models import Audit, Village
from villagepoints.services import audit, audit_frame, audit_overview
from villagepoints.services.paging import Wanted

MOST_DRAWN = 100_000  # of one audit


def one(session: Session, village_id: UUID, month: str) -> Audit:
    """The audit of a month (2026-01) that is over; NotFound before.

    Until then nothing of it is shown: with the seed and the codes of the goods anybody could tell what will be counted.
    """
    found = audit.of_month(session, village_id, month) if _is_month(month) else None
    if found is None or found.status != CONCLUDED:
        raise NotFound(N_("这个月没有做完的审核。审核做完、写了结论，才公开。"))
    return found


def _is_month(text: str) -> bool:
    try:
        return bool(Month.parse(text))
    except ValueError:
        return False


def frame_file(session: Session, village: Village, found: Audit) -> bytes:
    """Everything that is needed to draw the sample again, as JSON; docs/audit.md says what it means. Two statements."""
    page = audit_overview.things(session, village.id, found.id, Wanted(size=MOST_DRAWN))
    about: dict[str, Any] = {
        "format": FORMAT,
        "village": village.code,
        "month": found.month,
        "opened_at": instant_text(found.opened_at),
        "seal": {"number": found.seal_number, "root": found.seal_root.hex()},
        "lot": found.lot,
        "seed": found.seed.hex(),
        "frame_sha256": found.frame_hash.hex(),
        "salt_sha256": sha256(found.salt).hexdigest(),
        "sizes": Sizes.of_json(found.sizes).as_json(),
        "sample": [[row.kind, row.reason, row.stratum, row.pseudonym, row.is_blind] for row in page.rows],
    }
    # the frame last, byte for byte as its fingerprint covers it
    text = json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode()
    return text[:-1] + b',"frame":' + audit_frame.unpacked(found.frame) + b"}\n"
