"""The villager's phone: what households tell the village, and up to when they know what happened to them."""

import sqlalchemy as sa
from alembic import op

from villagepoints.models.base import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SUBJECTS = ("finding_id", "claim_id", "objection_id", "red_line_case_id")


def _about_one_of(*subjects: str) -> str:
    return " + ".join(f"(CASE WHEN {subject} IS NULL THEN 0 ELSE 1 END)" for subject in subjects) + " = 1"


def upgrade() -> None:
    op.create_table(
        "service_request",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("filed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('hazard', 'idea', 'goods', 'visit', 'helper', 'correction')",
            name=op.f("ck_service_request_kind"),
        ),
        sa.CheckConstraint("status IN ('open', 'answered', 'withdrawn')", name=op.f("ck_service_request_status")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_service_request_village_id")),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_service_request_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "reward_id"],
            ["reward.village_id", "reward.id"],
            name=op.f("fk_service_request_village_id_reward_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_service_request")),
        sa.UniqueConstraint("village_id", "number", name=op.f("uq_service_request_village_id_number")),
    )
    for columns in (("household_id",), ("status", "kind")):
        op.create_index(
            f"ix_service_request_village_id_{'_'.join(columns)}", "service_request", ["village_id", *columns]
        )
    with op.batch_alter_table("evidence") as batch:
        batch.add_column(sa.Column("service_request_id", sa.Uuid(), nullable=True))
        batch.drop_constraint(op.f("ck_evidence_about_one_thing"), type_="check")
        batch.create_check_constraint(
            op.f("ck_evidence_about_one_thing"), _about_one_of(*SUBJECTS, "service_request_id")
        )
        batch.create_index("ix_evidence_village_id_service_request_id", ["village_id", "service_request_id"])
        batch.create_foreign_key(
            op.f("fk_evidence_village_id_service_request_id"),
            "service_request",
            ["village_id", "service_request_id"],
            ["village_id", "id"],
        )
    with op.batch_alter_table("household") as batch:
        batch.add_column(sa.Column("told_at", UtcDateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("told_by", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("household", "told_by")  # not in a batch: SQLite would build the table anew, and entries refer to it
    op.drop_column("household", "told_at")
    op.execute("DELETE FROM evidence WHERE service_request_id IS NOT NULL")
    with op.batch_alter_table("evidence") as batch:
        batch.drop_constraint(op.f("fk_evidence_village_id_service_request_id"), type_="foreignkey")
        batch.drop_index("ix_evidence_village_id_service_request_id")
        batch.drop_constraint(op.f("ck_evidence_about_one_thing"), type_="check")
        batch.create_check_constraint(op.f("ck_evidence_about_one_thing"), _about_one_of(*SUBJECTS))
        batch.drop_column("service_request_id")
    op.drop_table("service_request")
