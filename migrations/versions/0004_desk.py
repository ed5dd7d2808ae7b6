"""The committee's desk: counters and stocktakes, neighbourhood committees, import sessions, second factors, saved filters."""

import sqlalchemy as sa
from alembic import op

from villagepoints.models.base import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counter",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("hours", sa.String(length=80), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_counter_village_id")),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_counter")),
        sa.UniqueConstraint("village_id", "name", name=op.f("uq_counter_village_id_name")),
    )
    op.create_table(
        "neighbourhood",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("contact_name", sa.String(length=40), nullable=False),
        sa.Column("contact_phone", sa.String(length=20), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_neighbourhood_village_id")),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_neighbourhood")),
        sa.UniqueConstraint("village_id", "name", name=op.f("uq_neighbourhood_village_id_name")),
    )
    op.create_table(
        "import_session",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("file", sa.String(length=60), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("edits", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("begun_by", sa.Uuid(), nullable=True),
        sa.Column("begun_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'committed', 'replaced', 'dropped')", name=op.f("ck_import_session_status")
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "batch_id"],
            ["import_batch.village_id", "import_batch.id"],
            name=op.f("fk_import_session_village_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_import_session_village_id")),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_import_session")),
    )
    op.create_index("ix_import_session_village_id_status", "import_session", ["village_id", "status"])

    op.create_table(
        "joint_session",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("neighbourhood_id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("attended_village", sa.String(length=200), nullable=False),
        sa.Column("attended_committee", sa.String(length=200), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_joint_session_status")),
        sa.ForeignKeyConstraint(
            ["village_id", "neighbourhood_id"],
            ["neighbourhood.village_id", "neighbourhood.id"],
            name=op.f("fk_joint_session_village_id_neighbourhood_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_joint_session")),
        sa.UniqueConstraint(
            "village_id",
            "neighbourhood_id",
            "quarter",
            name=op.f("uq_joint_session_village_id_neighbourhood_id_quarter"),
        ),
    )
    op.create_table(
        "relocation",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("neighbourhood_id", sa.Uuid(), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_relocation_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "neighbourhood_id"],
            ["neighbourhood.village_id", "neighbourhood.id"],
            name=op.f("fk_relocation_village_id_neighbourhood_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "household_id", name=op.f("pk_relocation")),
    )
    op.create_index("ix_relocation_village_id_neighbourhood_id", "relocation", ["village_id", "neighbourhood_id"])

    op.create_table(
        "reward_counter",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("counter_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "counter_id"],
            ["counter.village_id", "counter.id"],
            name=op.f("fk_reward_counter_village_id_counter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "reward_id"],
            ["reward.village_id", "reward.id"],
            name=op.f("fk_reward_counter_village_id_reward_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "reward_id", name=op.f("pk_reward_counter")),
    )
    op.create_index("ix_reward_counter_village_id_counter_id", "reward_counter", ["village_id", "counter_id"])

    op.create_table(
        "stocktake",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("counter_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("begun_by", sa.Uuid(), nullable=True),
        sa.Column("begun_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('open', 'closed', 'dropped')", name=op.f("ck_stocktake_status")),
        sa.ForeignKeyConstraint(
            ["village_id", "counter_id"],
            ["counter.village_id", "counter.id"],
            name=op.f("fk_stocktake_village_id_counter_id"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_stocktake_village_id")),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_stocktake")),
    )
    op.create_table(
        "succession",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(length=120), nullable=False),
        sa.Column("succeeded_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("given_seq", sa.Integer(), nullable=True),
        sa.Column("taken_seq", sa.Integer(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("kind IN ('merge', 'inherit', 'split')", name=op.f("ck_succession_kind")),
        sa.CheckConstraint("status IN ('waiting', 'done', 'refused')", name=op.f("ck_succession_status")),
        sa.CheckConstraint("household_id <> successor_id", name=op.f("ck_succession_two_households")),
        sa.CheckConstraint("points >= 0", name=op.f("ck_succession_points")),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_succession_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "successor_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_succession_village_id_successor_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_succession")),
    )
    op.create_index("ix_succession_village_id_household_id", "succession", ["village_id", "household_id"])
    op.create_index("ix_succession_village_id_successor_id", "succession", ["village_id", "successor_id"])
    op.create_index(
        "ix_succession_village_id_status_recorded_at", "succession", ["village_id", "status", "recorded_at"]
    )
    op.create_index("ix_activity_village_id_subject", "activity", ["village_id", "subject"])

    op.create_table(
        "counter_staff",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("counter_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "counter_id"],
            ["counter.village_id", "counter.id"],
            name=op.f("fk_counter_staff_village_id_counter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "user_id"], ["user.village_id", "user.id"], name=op.f("fk_counter_staff_village_id_user_id")
        ),
        sa.PrimaryKeyConstraint("village_id", "user_id", name=op.f("pk_counter_staff")),
    )
    op.create_table(
        "neighbourhood_member",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("neighbourhood_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "neighbourhood_id"],
            ["neighbourhood.village_id", "neighbourhood.id"],
            name=op.f("fk_neighbourhood_member_village_id_neighbourhood_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "user_id"],
            ["user.village_id", "user.id"],
            name=op.f("fk_neighbourhood_member_village_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "user_id", name=op.f("pk_neighbourhood_member")),
    )
    op.create_table(
        "saved_filter",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=500), nullable=False),
        sa.Column("saved_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "user_id"], ["user.village_id", "user.id"], name=op.f("fk_saved_filter_village_id_user_id")
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint(
            "village_id", "user_id", "page", "name", name=op.f("uq_saved_filter_village_id_user_id_page_name")
        ),
    )
    op.create_table(
        "second_factor",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("recovery", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "user_id"], ["user.village_id", "user.id"], name=op.f("fk_second_factor_village_id_user_id")
        ),
        sa.PrimaryKeyConstraint("village_id", "user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "staff_device",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("signed_in_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["village_id", "user_id"], ["user.village_id", "user.id"], name=op.f("fk_staff_device_village_id_user_id")
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_staff_device")),
    )
    op.create_index("ix_staff_device_village_id_user_id", "staff_device", ["village_id", "user_id"])
    op.create_table(
        "role_change",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'agreed', 'refused')", name=op.f("ck_role_change_status")),
        sa.ForeignKeyConstraint(
            ["village_id", "user_id"], ["user.village_id", "user.id"], name=op.f("fk_role_change_village_id_user_id")
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_role_change")),
    )
    op.create_index("ix_role_change_village_id_status", "role_change", ["village_id", "status"])
    op.create_table(
        "staff_rule",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("second_factor_from", sa.Date(), nullable=True),
        sa.Column("looked_through_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_staff_rule_village_id")),
        sa.PrimaryKeyConstraint("village_id", name=op.f("pk_staff_rule")),
    )

    op.create_table(
        "stocktake_line",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("stocktake_id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("in_books", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_stocktake_line_counted")),
        sa.ForeignKeyConstraint(
            ["village_id", "reward_id"],
            ["reward.village_id", "reward.id"],
            name=op.f("fk_stocktake_line_village_id_reward_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "stocktake_id"],
            ["stocktake.village_id", "stocktake.id"],
            name=op.f("fk_stocktake_line_village_id_stocktake_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "stocktake_id", "reward_id", name=op.f("pk_stocktake_line")),
    )
    op.create_table(
        "joint_item",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("joint_session_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("from_session_id", sa.Uuid(), nullable=True),
        sa.Column("agreed", sa.String(length=400), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('open', 'done', 'dropped', 'carried')", name=op.f("ck_joint_item_status")),
        sa.CheckConstraint(
            "kind IN ('recheck', 'finding', 'objection', 'visit', 'elders', 'unassigned', 'joint', 'other')",
            name=op.f("ck_joint_item_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "finding_id"],
            ["finding.village_id", "finding.id"],
            name=op.f("fk_joint_item_village_id_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "from_session_id"],
            ["joint_session.village_id", "joint_session.id"],
            name=op.f("fk_joint_item_village_id_from_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_joint_item_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "joint_session_id"],
            ["joint_session.village_id", "joint_session.id"],
            name=op.f("fk_joint_item_village_id_joint_session_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "joint_session_id", "line", name=op.f("pk_joint_item")),
    )
    op.create_index("ix_joint_item_village_id_finding_id", "joint_item", ["village_id", "finding_id"])
    op.create_index("ix_joint_item_village_id_household_id", "joint_item", ["village_id", "household_id"])
    op.create_index("ix_joint_item_village_id_status_due_on", "joint_item", ["village_id", "status", "due_on"])
    for table in ("household", "resident"):
        op.add_column(table, sa.Column("left_reason", sa.String(length=12), nullable=False, server_default=""))
    op.add_column("household", sa.Column("joined_on", sa.Date(), nullable=True))
    op.add_column("reward", sa.Column("cost_cents", sa.Integer(), nullable=True))
    op.add_column("reward", sa.Column("supplier", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("reward", sa.Column("offered_from", sa.Date(), nullable=True))
    op.add_column("reward", sa.Column("offered_until", sa.Date(), nullable=True))
    op.drop_index("ix_ledger_entry_village_id_recorded_at", "ledger_entry")
    op.create_index(
        "ix_ledger_entry_village_id_recorded_at",
        "ledger_entry",
        ["village_id", "recorded_at", "household_id", "seq", "kind", "item_code"],
    )
    op.create_index("ix_redemption_village_id_occurred_on", "redemption", ["village_id", "occurred_on"])
    op.create_index("ix_redemption_village_id_fulfilled_at", "redemption", ["village_id", "fulfilled_at"])
    op.create_index("ix_redemption_village_id_closed_at", "redemption", ["village_id", "closed_at"])
    op.create_index("ix_redemption_village_id_code", "redemption", ["village_id", "pickup_code"])
    op.add_column("stock_move", sa.Column("kind", sa.String(length=8), nullable=False, server_default="in"))
    op.execute("UPDATE stock_move SET kind = 'out' WHERE quantity < 0")
    with op.batch_alter_table("stock_move") as batch:
        batch.add_column(sa.Column("document", sa.String(length=60), nullable=False, server_default=""))
        batch.add_column(sa.Column("supplier", sa.String(length=60), nullable=False, server_default=""))
        batch.add_column(sa.Column("cost_cents", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("stocktake_id", sa.Uuid(), nullable=True))
        batch.create_check_constraint(op.f("ck_stock_move_kind"), "kind IN ('in', 'out', 'count')")
        batch.create_foreign_key(
            op.f("fk_stock_move_village_id_stocktake_id"),
            "stocktake",
            ["village_id", "stocktake_id"],
            ["village_id", "id"],
        )


def downgrade() -> None:
    op.drop_index("ix_ledger_entry_village_id_recorded_at", "ledger_entry")
    op.create_index("ix_ledger_entry_village_id_recorded_at", "ledger_entry", ["village_id", "recorded_at"])
    with op.batch_alter_table("stock_move") as batch:
        batch.drop_constraint(op.f("fk_stock_move_village_id_stocktake_id"), type_="foreignkey")
        batch.drop_constraint(op.f("ck_stock_move_kind"), type_="check")
        for column in ("stocktake_id", "cost_cents", "supplier", "document", "kind"):
            batch.drop_column(column)
    for name in ("code", "closed_at", "fulfilled_at", "occurred_on"):
        op.drop_index(f"ix_redemption_village_id_{name}", "redemption")
    for column in ("offered_until", "offered_from", "supplier", "cost_cents"):
        op.drop_column("reward", column)  # not in a batch: SQLite would build the table anew, and others refer to it
    for table in ("resident", "household"):
        op.drop_column(table, "left_reason")
    op.drop_column("household", "joined_on")
    op.drop_index("ix_activity_village_id_subject", "activity")
    op.drop_table("joint_item")
    op.drop_table("stocktake_line")
    op.drop_table("staff_rule")
    op.drop_table("role_change")
    op.drop_table("staff_device")
    op.drop_table("second_factor")
    op.drop_table("saved_filter")
    op.drop_table("neighbourhood_member")
    op.drop_table("counter_staff")
    op.drop_table("succession")
    op.drop_table("stocktake")
    op.drop_table("reward_counter")
    op.drop_table("relocation")
    op.drop_table("joint_session")
    op.drop_table("import_session")
    op.drop_table("neighbourhood")
    op.drop_table("counter")
