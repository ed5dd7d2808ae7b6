"""The supervision group: its members and the committee, audits with sample, looks and signatures, checkpoints."""

import sqlalchemy as sa
from alembic import op

from villagepoints.models.base import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SUBJECTS = ("finding_id", "claim_id", "objection_id", "red_line_case_id", "service_request_id")


def _about_one_of(*subjects: str) -> str:
    return " + ".join(f"(CASE WHEN {subject} IS NULL THEN 0 ELSE 1 END)" for subject in subjects) + " = 1"


def upgrade() -> None:
    op.create_table(
        "audit_rule",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("goods", sa.Integer(), nullable=False),
        sa.Column("large_from", sa.Integer(), nullable=False),
        sa.Column("share_percent", sa.Integer(), nullable=False),
        sa.Column("share_least", sa.Integer(), nullable=False),
        sa.Column("share_most", sa.Integer(), nullable=False),
        sa.Column("proxy_from", sa.Integer(), nullable=False),
        sa.Column("blind_percent", sa.Integer(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("next_salt", sa.LargeBinary(), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_audit_rule_village_id")),
        sa.PrimaryKeyConstraint("village_id", name=op.f("pk_audit_rule")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("previous_root", sa.LargeBinary(), nullable=False),
        sa.Column("activity_seq", sa.Integer(), nullable=False),
        sa.Column("activity_hash", sa.LargeBinary(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("taken_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_checkpoint_village_id")),
        sa.PrimaryKeyConstraint("village_id", "number", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "checkpoint_head",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "number"],
            ["checkpoint.village_id", "checkpoint.number"],
            name=op.f("fk_checkpoint_head_village_id_number"),
        ),
        sa.PrimaryKeyConstraint("village_id", "number", "household_id", name=op.f("pk_checkpoint_head")),
    )
    op.create_index(
        op.f("ix_checkpoint_head_village_id_household_id"),
        "checkpoint_head",
        ["village_id", "household_id", "number"],
    )
    op.add_column("seal", sa.Column("salt", sa.LargeBinary(), nullable=True))
    op.add_column("seal_head", sa.Column("who", sa.LargeBinary(), nullable=True))
    op.create_table(
        "committee_member",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("position", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_committee_member_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_committee_member_village_id")),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_committee_member")),
    )
    op.create_table(
        "committee_relative",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("declared_by", sa.Uuid(), nullable=True),
        sa.Column("declared_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_committee_relative_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "member_id"],
            ["committee_member.village_id", "committee_member.id"],
            name=op.f("fk_committee_relative_village_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "member_id", "household_id", name=op.f("pk_committee_relative")),
    )
    with op.batch_alter_table("committee_relative", schema=None) as batch_op:
        batch_op.create_index(
            "ix_committee_relative_village_id_household_id", ["village_id", "household_id"], unique=False
        )

    op.create_table(
        "supervisor",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("assembly", sa.String(length=20), nullable=False),
        sa.Column("document", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=40), nullable=False),
        sa.Column("appointed_by", sa.Uuid(), nullable=True),
        sa.Column("appointed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_reason", sa.String(length=200), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=True),
        sa.Column("pin_set_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_supervisor_term")),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_supervisor_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "user_id"], ["user.village_id", "user.id"], name=op.f("fk_supervisor_village_id_user_id")
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_supervisor")),
        sa.UniqueConstraint("village_id", "user_id", "from_on", name=op.f("uq_supervisor_village_id_user_id_from_on")),
    )
    op.create_table(
        "audit",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("lot", sa.String(length=20), nullable=False),
        sa.Column("seal_number", sa.Integer(), nullable=True),
        sa.Column("seal_root", sa.LargeBinary(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("frame_hash", sa.LargeBinary(), nullable=False),
        sa.Column("frame", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("sizes", sa.JSON(), nullable=False),
        sa.Column("entries_from", UtcDateTime(timezone=True), nullable=True),
        sa.Column("concluded_by", sa.Uuid(), nullable=True),
        sa.Column("concluded_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("unseen_reason", sa.String(length=400), nullable=False),
        sa.Column("sealed_number", sa.Integer(), nullable=True),
        sa.Column("findings_hash", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("status IN ('open', 'concluded')", name=op.f("ck_audit_status")),
        sa.ForeignKeyConstraint(
            ["village_id", "opened_by"],
            ["supervisor.village_id", "supervisor.id"],
            name=op.f("fk_audit_village_id_opened_by"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_audit_village_id")),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_audit")),
        sa.UniqueConstraint("village_id", "month", name=op.f("uq_audit_village_id_month")),
    )
    op.create_table(
        "audit_item",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("stratum", sa.String(length=60), nullable=False),
        sa.Column("pseudonym", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("entry_seq", sa.Integer(), nullable=True),
        sa.Column("reward_id", sa.Uuid(), nullable=True),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("expected", sa.JSON(), nullable=True),
        sa.Column("result", sa.String(length=8), nullable=True),
        sa.Column("looked_by", sa.Uuid(), nullable=True),
        sa.Column("looked_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('household', 'entry', 'goods')", name=op.f("ck_audit_item_kind")),
        sa.CheckConstraint("result IN ('agree', 'differ', 'unclear')", name=op.f("ck_audit_item_result")),
        sa.ForeignKeyConstraint(
            ["village_id", "audit_id"], ["audit.village_id", "audit.id"], name=op.f("fk_audit_item_village_id_audit_id")
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id", "entry_seq"],
            ["ledger_entry.village_id", "ledger_entry.household_id", "ledger_entry.seq"],
            name=op.f("fk_audit_item_village_id_household_id_entry_seq"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_audit_item_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "looked_by"],
            ["supervisor.village_id", "supervisor.id"],
            name=op.f("fk_audit_item_village_id_looked_by"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "reward_id"],
            ["reward.village_id", "reward.id"],
            name=op.f("fk_audit_item_village_id_reward_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_audit_item")),
        sa.UniqueConstraint(
            "village_id", "audit_id", "position", name=op.f("uq_audit_item_village_id_audit_id_position")
        ),
    )
    op.create_table(
        "audit_prompt",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("behind", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('open', 'explained', 'problem')", name=op.f("ck_audit_prompt_status")),
        sa.ForeignKeyConstraint(
            ["village_id", "audit_id"],
            ["audit.village_id", "audit.id"],
            name=op.f("fk_audit_prompt_village_id_audit_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_audit_prompt")),
    )
    with op.batch_alter_table("audit_prompt", schema=None) as batch_op:
        batch_op.create_index("ix_audit_prompt_village_id_audit_id", ["village_id", "audit_id"], unique=False)

    op.create_table(
        "audit_signature",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "audit_id"],
            ["audit.village_id", "audit.id"],
            name=op.f("fk_audit_signature_village_id_audit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_audit_signature_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "supervisor_id"],
            ["supervisor.village_id", "supervisor.id"],
            name=op.f("fk_audit_signature_village_id_supervisor_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "audit_id", "supervisor_id", name=op.f("pk_audit_signature")),
    )
    op.create_table(
        "audit_witness",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "audit_id"],
            ["audit.village_id", "audit.id"],
            name=op.f("fk_audit_witness_village_id_audit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "supervisor_id"],
            ["supervisor.village_id", "supervisor.id"],
            name=op.f("fk_audit_witness_village_id_supervisor_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "audit_id", "supervisor_id", name=op.f("pk_audit_witness")),
    )
    op.create_table(
        "published_report",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("audit_id", sa.Uuid(), nullable=True),
        sa.Column("seal_number", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("document_hash", sa.LargeBinary(), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "audit_id"],
            ["audit.village_id", "audit.id"],
            name=op.f("fk_published_report_village_id_audit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "seal_number"],
            ["seal.village_id", "seal.number"],
            name=op.f("fk_published_report_village_id_seal_number"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_published_report_village_id")),
        sa.PrimaryKeyConstraint("village_id", "month", "edition", name=op.f("pk_published_report")),
    )
    op.create_table(
        "audit_look",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.Column("result", sa.String(length=8), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("looked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("result IN ('agree', 'differ', 'unclear')", name=op.f("ck_audit_look_result")),
        sa.ForeignKeyConstraint(
            ["village_id", "item_id"],
            ["audit_item.village_id", "audit_item.id"],
            name=op.f("fk_audit_look_village_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "supervisor_id"],
            ["supervisor.village_id", "supervisor.id"],
            name=op.f("fk_audit_look_village_id_supervisor_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_audit_look")),
    )
    with op.batch_alter_table("audit_look", schema=None) as batch_op:
        batch_op.create_index("ix_audit_look_village_id_item_id", ["village_id", "item_id"], unique=False)

    op.create_table(
        "audit_problem",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("prompt_id", sa.Uuid(), nullable=True),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("entry_seq", sa.Integer(), nullable=True),
        sa.Column("reward_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(length=400), nullable=False),
        sa.Column("remedy", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.String(length=400), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=400), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "remedy IN ('persuade', 'deduct', 'reverse', 'put_right')", name=op.f("ck_audit_problem_remedy")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'answered', 'closed', 'withdrawn')", name=op.f("ck_audit_problem_status")
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "audit_id"],
            ["audit.village_id", "audit.id"],
            name=op.f("fk_audit_problem_village_id_audit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "claim_id"],
            ["claim.village_id", "claim.id"],
            name=op.f("fk_audit_problem_village_id_claim_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "finding_id"],
            ["finding.village_id", "finding.id"],
            name=op.f("fk_audit_problem_village_id_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_audit_problem_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "item_id"],
            ["audit_item.village_id", "audit_item.id"],
            name=op.f("fk_audit_problem_village_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "owner_id"],
            ["user.village_id", "user.id"],
            name=op.f("fk_audit_problem_village_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "prompt_id"],
            ["audit_prompt.village_id", "audit_prompt.id"],
            name=op.f("fk_audit_problem_village_id_prompt_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "reward_id"],
            ["reward.village_id", "reward.id"],
            name=op.f("fk_audit_problem_village_id_reward_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_audit_problem")),
        sa.UniqueConstraint(
            "village_id", "audit_id", "number", name=op.f("uq_audit_problem_village_id_audit_id_number")
        ),
    )
    with op.batch_alter_table("audit_problem", schema=None) as batch_op:
        batch_op.create_index("ix_audit_problem_village_id_claim_id", ["village_id", "claim_id"], unique=False)
        batch_op.create_index("ix_audit_problem_village_id_finding_id", ["village_id", "finding_id"], unique=False)
        batch_op.create_index("ix_audit_problem_village_id_household_id", ["village_id", "household_id"], unique=False)
        batch_op.create_index(
            "ix_audit_problem_village_id_status_due_on", ["village_id", "status", "due_on"], unique=False
        )

    op.create_table(
        "audit_problem_step",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("problem_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "act IN ('raised', 'persuaded', 'deducted', 'reversed', 'answered', 'sent_back', 'closed', 'withdrawn')",
            name=op.f("ck_audit_problem_step_act"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "problem_id"],
            ["audit_problem.village_id", "audit_problem.id"],
            name=op.f("fk_audit_problem_step_village_id_problem_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "user_id"],
            ["user.village_id", "user.id"],
            name=op.f("fk_audit_problem_step_village_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "problem_id", "line", name=op.f("pk_audit_problem_step")),
    )
    with op.batch_alter_table("evidence") as batch:
        batch.add_column(sa.Column("audit_look_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("audit_problem_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("picture_hash", sa.BigInteger(), nullable=True))
        batch.alter_column("household_id", existing_type=sa.Uuid(), nullable=True)
        batch.drop_constraint(op.f("ck_evidence_about_one_thing"), type_="check")
        batch.create_check_constraint(
            op.f("ck_evidence_about_one_thing"), _about_one_of(*SUBJECTS, "audit_look_id", "audit_problem_id")
        )
        batch.create_check_constraint(
            op.f("ck_evidence_of_a_household"),
            "household_id IS NOT NULL OR audit_look_id IS NOT NULL OR audit_problem_id IS NOT NULL",
        )
        batch.create_index("ix_evidence_village_id_audit_look_id", ["village_id", "audit_look_id"])
        batch.create_index("ix_evidence_village_id_audit_problem_id", ["village_id", "audit_problem_id"])
        batch.create_foreign_key(
            op.f("fk_evidence_village_id_audit_look_id"),
            "audit_look",
            ["village_id", "audit_look_id"],
            ["village_id", "id"],
        )
        batch.create_foreign_key(
            op.f("fk_evidence_village_id_audit_problem_id"),
            "audit_problem",
            ["village_id", "audit_problem_id"],
            ["village_id", "id"],
        )


def downgrade() -> None:
    op.execute("DELETE FROM evidence WHERE audit_look_id IS NOT NULL OR audit_problem_id IS NOT NULL")
    with op.batch_alter_table("evidence") as batch:
        batch.drop_constraint(op.f("fk_evidence_village_id_audit_problem_id"), type_="foreignkey")
        batch.drop_index("ix_evidence_village_id_audit_problem_id")
        batch.drop_constraint(op.f("fk_evidence_village_id_audit_look_id"), type_="foreignkey")
        batch.drop_index("ix_evidence_village_id_audit_look_id")
        batch.drop_constraint(op.f("ck_evidence_of_a_household"), type_="check")
        batch.drop_constraint(op.f("ck_evidence_about_one_thing"), type_="check")
        batch.create_check_constraint(op.f("ck_evidence_about_one_thing"), _about_one_of(*SUBJECTS))
        batch.alter_column("household_id", existing_type=sa.Uuid(), nullable=False)
        batch.drop_column("picture_hash")
        batch.drop_column("audit_problem_id")
        batch.drop_column("audit_look_id")
    op.drop_table("audit_problem_step")
    op.drop_table("audit_problem")
    op.drop_table("audit_look")
    op.drop_table("published_report")
    op.drop_table("audit_witness")
    op.drop_table("audit_signature")
    op.drop_table("audit_prompt")
    op.drop_table("audit_item")
    op.drop_table("audit")
    op.drop_table("supervisor")
    op.drop_table("committee_relative")
    op.drop_table("committee_member")
    op.drop_column("seal_head", "who")
    op.drop_column("seal", "salt")
    op.drop_table("checkpoint_head")
    op.drop_table("checkpoint")
    op.drop_table("audit_rule")
