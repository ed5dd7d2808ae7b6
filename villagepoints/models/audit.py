"""The monthly audit: its seed and frame, the sample, what was looked at, prompts, problems and signatures."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, refers, to_village


class AuditRule(OfVillage, Base):
    """How large a village draws its samples; a village without a row has the defaults."""

    __tablename__ = "audit_rule"
    __table_args__ = (to_village(),)

    households: Mapped[int] = mapped_column(default=30)  # to visit
    goods: Mapped[int] = mapped_column(default=8)  # kinds to count
    large_from: Mapped[int] = mapped_column(default=100)  # points: every entry from here on is drawn
    share_percent: Mapped[int] = mapped_column(default=3)  # of each clerk's and each item's entries
    share_least: Mapped[int] = mapped_column(default=2)  # entries of each clerk and each item, if there are so many
    share_most: Mapped[int] = mapped_column(default=6)  # and no more than so many
    proxy_from: Mapped[int] = mapped_column(default=200)  # points: every redemption by proxy of elders from here on
    blind_percent: Mapped[int] = mapped_column(default=20)  # of the households: scored again before seeing the original
    due_days: Mapped[int] = mapped_column(default=14)  # to put a problem right
    next_salt: Mapped[bytes | None]  # of the next audit's pseudonyms: its SHA-256 is in the trail before a lot is drawn
    changed_by: Mapped[UUID | None]
    changed_at: Mapped[datetime | None]


class Audit(Entity, Base):
    """The audit of one month; `frame` is what was drawn from, packed, and `frame_hash` its SHA-256 unpacked."""

    __tablename__ = "audit"
    __table_args__ = (
        to_village(),
        refers("opened_by", to="supervisor"),
        UniqueConstraint("village_id", "month"),
        CheckConstraint("status IN ('open', 'concluded')", name="status"),
    )

    month: Mapped[str] = mapped_column(String(7))  # 2026-01
    status: Mapped[str] = mapped_column(String(10), default="open")
    opened_by: Mapped[UUID]  # a supervisor, as are all who act in an audit
    opened_on: Mapped[date]
    opened_at: Mapped[datetime]
    lot: Mapped[str] = mapped_column(String(20))  # the number drawn by lot before two members
    seal_number: Mapped[int | None]  # the last seal when it was opened, with its root
    seal_root: Mapped[bytes]
    seed: Mapped[bytes]
    frame_hash: Mapped[bytes]
    frame: Mapped[bytes] = mapped_column(deferred=True, nullable=False)
    salt: Mapped[bytes]  # of the pseudonyms in the frame
    sizes: Mapped[dict[str, Any]] = mapped_column(JSON)  # the rule for samples as it was then; what the frame held
    entries_from: Mapped[datetime | None]  # entries recorded since then are in the frame, whatever their day
    concluded_by: Mapped[UUID | None]
    concluded_at: Mapped[datetime | None]
    opinion: Mapped[str] = mapped_column(Text, default="")
    unseen_reason: Mapped[str] = mapped_column(String(400), default="")  # why something drawn was not looked at
    sealed_number: Mapped[int | None]  # the seal that the signatures cover
    findings_hash: Mapped[bytes | None]  # over sample, looks, prompts and problems as they stood at the conclusion


class AuditWitness(OfVillage, Base):
    """A member before whom the number was drawn."""

    __tablename__ = "audit_witness"
    __table_args__ = (refers("audit_id", to="audit"), refers("supervisor_id", to="supervisor"))

    audit_id: Mapped[UUID] = mapped_column(primary_key=True)
    supervisor_id: Mapped[UUID] = mapped_column(primary_key=True)


class AuditItem(Entity, Base):
    """Something drawn to be looked at: a household, an entry, or goods; `result` is the last look's."""

    __tablename__ = "audit_item"
    __table_args__ = (
        refers("audit_id", to="audit"),
        refers("household_id", to="household"),
        refers("household_id", "entry_seq", to="ledger_entry", keys=("household_id", "seq")),
        refers("reward_id", to="reward"),
        refers("looked_by", to="supervisor"),
        UniqueConstraint("village_id", "audit_id", "position"),
        CheckConstraint("kind IN ('household', 'entry', 'goods')", name="kind"),
        CheckConstraint("result IN ('agree', 'differ', 'unclear')", name="result"),
    )

    audit_id: Mapped[UUID]
    position: Mapped[int]  # the order in which it was drawn
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(10))  # why it was drawn: never, group, large, clerk, item, proxy, goods
    stratum: Mapped[str] = mapped_column(String(60), default="")
    pseudonym: Mapped[str] = mapped_column(String(40))  # its name in the frame
    household_id: Mapped[UUID | None]
    entry_seq: Mapped[int | None]
    reward_id: Mapped[UUID | None]
    is_blind: Mapped[bool] = mapped_column(default=False)
    expected: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # what the books said when it was drawn
    result: Mapped[str | None] = mapped_column(String(8))
    looked_by: Mapped[UUID | None]
    looked_at: Mapped[datetime | None]


class AuditLook(Entity, Base):
    """What a member saw of one item of the sample; append-only: who looks again adds another."""

    __tablename__ = "audit_look"
    __table_args__ = (
        refers("item_id", to="audit_item"),
        refers("supervisor_id", to="supervisor"),
        CheckConstraint("result IN ('agree', 'differ', 'unclear')", name="result"),
        Index("ix_audit_look_village_id_item_id", "village_id", "item_id"),
    )

    item_id: Mapped[UUID]
    supervisor_id: Mapped[UUID]
    result: Mapped[str] = mapped_column(String(8))
    note: Mapped[str] = mapped_column(String(400), default="")
    scores: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # blind: findings of each base item; goods: in_books
    counted: Mapped[int | None]  # pieces of the goods
    looked_at: Mapped[datetime]  # by the phone's clock, never later than recorded_at
    recorded_at: Mapped[datetime]


class AuditPrompt(Entity, Base):
    """Something in the figures that is worth a look, as it stood when the audit was opened; never a verdict."""

    __tablename__ = "audit_prompt"
    __table_args__ = (
        refers("audit_id", to="audit"),
        CheckConstraint("status IN ('open', 'explained', 'problem')", name="status"),
        Index("ix_audit_prompt_village_id_audit_id", "village_id", "audit_id"),
    )

    audit_id: Mapped[UUID]
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[UUID | None]  # the user, household or photo it is about
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    behind: Mapped[list[Any]] = mapped_column(JSON)  # the rows behind it: household id and seq, or evidence id
    status: Mapped[str] = mapped_column(String(10), default="open")
    note: Mapped[str] = mapped_column(String(400), default="")
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]


class AuditProblem(Entity, Base):
    """Something that has to be put right: what, by whom, until when, and how it ended."""

    __tablename__ = "audit_problem"
    __table_args__ = (
        refers("audit_id", to="audit"),
        refers("item_id", to="audit_item"),
        refers("prompt_id", to="audit_prompt"),
        refers("household_id", to="household"),
        refers("reward_id", to="reward"),
        refers("owner_id", to="user"),
        refers("finding_id", to="finding"),
        refers("claim_id", to="claim"),
        CheckConstraint("remedy IN ('persuade', 'deduct', 'reverse', 'put_right')", name="remedy"),
        CheckConstraint("status IN ('open', 'answered', 'closed', 'withdrawn')", name="status"),
        UniqueConstraint("village_id", "audit_id", "number"),
        Index("ix_audit_problem_village_id_status_due_on", "village_id", "status", "due_on"),
        Index("ix_audit_problem_village_id_household_id", "village_id", "household_id"),
        Index("ix_audit_problem_village_id_finding_id", "village_id", "finding_id"),
        Index("ix_audit_problem_village_id_claim_id", "village_id", "claim_id"),
    )

    audit_id: Mapped[UUID]
    number: Mapped[int]  # within its audit
    item_id: Mapped[UUID | None]
    prompt_id: Mapped[UUID | None]
    household_id: Mapped[UUID | None]
    entry_seq: Mapped[int | None]
    reward_id: Mapped[UUID | None]
    text: Mapped[str] = mapped_column(String(400))
    remedy: Mapped[str] = mapped_column(String(10))  # 劝导, deduction by rule, reversal, or put right otherwise
    owner_id: Mapped[UUID]  # the member of staff who sees to it
    due_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(10), default="open")
    finding_id: Mapped[UUID | None]  # the persuasion
    claim_id: Mapped[UUID | None]  # the deduction or the reversal, on its way through review
    answer: Mapped[str] = mapped_column(String(400), default="")
    answered_by: Mapped[UUID | None]  # a user
    answered_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(400), default="")  # what the recheck found; why it was withdrawn
    closed_by: Mapped[UUID | None]  # a supervisor, who withdrew it too
    closed_at: Mapped[datetime | None]
    recorded_by: Mapped[UUID]  # a supervisor
    recorded_at: Mapped[datetime]


class AuditProblemStep(OfVillage, Base):
    """What somebody did about a problem, in their words; append-only: going back and forth is not forgotten."""

    __tablename__ = "audit_problem_step"
    __table_args__ = (
        refers("problem_id", to="audit_problem"),
        refers("user_id", to="user"),
        CheckConstraint(
            "act IN ('raised', 'persuaded', 'deducted', 'reversed', 'answered', 'sent_back', 'closed', 'withdrawn')",
            name="act",
        ),
    )

    problem_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    act: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(String(400), default="")
    due_on: Mapped[date | None]  # the day that was set with it
    user_id: Mapped[UUID]
    recorded_at: Mapped[datetime]


class AuditSignature(OfVillage, Base):
    """A member's signature under an audit: the statement they signed and its SHA-256; append-only."""

    __tablename__ = "audit_signature"
    __table_args__ = (
        refers("audit_id", to="audit"),
        refers("supervisor_id", to="supervisor"),
        refers("household_id", to="household"),
    )

    audit_id: Mapped[UUID] = mapped_column(primary_key=True)
    supervisor_id: Mapped[UUID] = mapped_column(primary_key=True)
    household_id: Mapped[UUID]  # the member's own when they signed: two signatures come from two households
    statement: Mapped[str] = mapped_column(Text)
    hash: Mapped[bytes]
    signed_at: Mapped[datetime]


class PublishedReport(OfVillage, Base):
    """An edition of a month's report as it was published: the seal it stands on, its PDF and the PDF's SHA-256.

    The file itself is kept: other fonts or another typesetter would make other bytes, and the notice board names these.
    """

    __tablename__ = "published_report"
    __table_args__ = (
        to_village(),
        refers("audit_id", to="audit"),
        refers("seal_number", to="seal", keys=("number",)),
    )

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    edition: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    audit_id: Mapped[UUID | None]
    seal_number: Mapped[int]
    made_at: Mapped[datetime]  # the instant written into the file
    pdf: Mapped[bytes] = mapped_column(deferred=True, nullable=False)
    sha256: Mapped[bytes]
    document_hash: Mapped[bytes]  # of the words and figures in it: an edition that says the same is not published again
    published_by: Mapped[UUID | None]
    published_at: Mapped[datetime]
