"""What a member of the supervision group signs: a statement in frozen bytes, and the fingerprint of the findings."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from villagepoints.domain.audit import LEAST_SIGNATURES
from villagepoints.domain.ledger import instant_text

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Everything one signature says: which audit, on which seal, from which sample, with which findings, by whom."""

    village_id: UUID
    audit_id: UUID
    month: str
    seal_number: int
    seal_root: bytes
    seed: bytes
    frame_hash: bytes
    findings_hash: bytes
    supervisor_id: UUID
    household_id: UUID
    signed_at: datetime

    @property
    def text(self) -> str:
        """The statement as it is signed and kept: canonical JSON, frozen under its format number."""
        return canonical(
            {
                "format": FORMAT,
                "village": str(self.village_id),
                "audit": str(self.audit_id),
                "month": self.month,
                "seal": self.seal_number,
                "root": self.seal_root.hex(),
                "seed": self.seed.hex(),
                "frame": self.frame_hash.hex(),
                "findings": self.findings_hash.hex(),
                "supervisor": str(self.supervisor_id),
                "household": str(self.household_id),
                "signed_at": instant_text(self.signed_at),
            }
        )


def hash_of(text: str) -> bytes:
    """The SHA-256 of a statement's text: the activity trail keeps it, so the next seal covers it."""
    return hashlib.sha256(b"villagepoints signature\n" + text.encode()).digest()


def findings_hash(findings: Mapping[str, Any]) -> bytes:
    """The SHA-256 over what an audit found, as canonical JSON."""
    return hashlib.sha256(b"villagepoints findings\n" + canonical({"format": FORMAT, **findings}).encode()).digest()


def is_signed(households: Collection[UUID]) -> bool:
    """Whether the signatures of members from these households are enough: two, from different ones."""
    return len(set(households)) >= LEAST_SIGNATURES


def canonical(value: object) -> str:
    """JSON without choice: sorted keys, no spaces, ids as text, instants with microseconds, bytes as hex."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_text)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    return value.hex() if isinstance(value, bytes) else str(value)
