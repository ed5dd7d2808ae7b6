"""Photos that show what was found, done or objected to; the files lie in the instance folder under random names."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, refers

SUBJECTS = (
    *("finding_id", "claim_id", "objection_id", "red_line_case_id", "service_request_id"),
    *("audit_look_id", "audit_problem_id"),
)


class Evidence(Entity, Base):
    """One photo, re-encoded and without its metadata, about exactly one thing of one household."""

    __tablename__ = "evidence"
    __table_args__ = (
        refers("household_id", to="household"),
        *(refers(subject, to=subject.removesuffix("_id")) for subject in SUBJECTS),
        UniqueConstraint("village_id", "file"),
        CheckConstraint(
            " + ".join(f"(CASE WHEN {subject} IS NULL THEN 0 ELSE 1 END)" for subject in SUBJECTS) + " = 1",
            name="about_one_thing",
        ),
        CheckConstraint(
            "household_id IS NOT NULL OR audit_look_id IS NOT NULL OR audit_problem_id IS NOT NULL",
            name="of_a_household",
        ),
        *(Index(f"ix_evidence_village_id_{subject}", "village_id", subject) for subject in SUBJECTS),
    )

    household_id: Mapped[UUID | None]  # None only where an audit looked at goods or at something of no household
    finding_id: Mapped[UUID | None]
    claim_id: Mapped[UUID | None]
    objection_id: Mapped[UUID | None]
    red_line_case_id: Mapped[UUID | None]
    service_request_id: Mapped[UUID | None]
    audit_look_id: Mapped[UUID | None]
    audit_problem_id: Mapped[UUID | None]
    file: Mapped[str] = mapped_column(String(60))
    sha256: Mapped[bytes]
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    picture_hash: Mapped[int | None] = mapped_column(BigInteger)  # perceptual, 64 bits: near for near pictures
    is_recheck: Mapped[bool] = mapped_column(default=False)
    recorded_by: Mapped[UUID | None]  # None: the household itself
    recorded_at: Mapped[datetime]
