"""The main job: households, rules, ledger, redemption, cards, staff"""

import sqlalchemy as sa
from alembic import op

from villagepoints.models.base import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "village",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("clerk_name", sa.String(length=40), nullable=False),
        sa.Column("clerk_phone", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("activity_seq", sa.Integer(), nullable=False),
        sa.Column("activity_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village")),
        sa.UniqueConstraint("code", name=op.f("uq_village_code")),
    )
    op.create_table(
        "activity",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_activity_village_id")),
        sa.PrimaryKeyConstraint("village_id", "seq", name=op.f("pk_activity")),
    )
    op.create_table(
        "attempt",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("until_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_attempt_village_id")),
        sa.PrimaryKeyConstraint("village_id", "subject", name=op.f("pk_attempt")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_village_id_until_at", ["village_id", "until_at"], unique=False)

    op.create_table(
        "household",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("group_no", sa.Integer(), nullable=True),
        sa.Column("residency", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("head_name", sa.String(length=40), nullable=False),
        sa.Column("is_elder", sa.Boolean(), nullable=False),
        sa.Column("elder_marked", sa.Boolean(), nullable=True),
        sa.Column("shows_at_scan", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("balance", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rank_percent", sa.Integer(), nullable=True),
        sa.Column("rank_month", sa.String(length=7), nullable=True),
        sa.Column("pin_hash", sa.String(length=200), nullable=True),
        sa.Column("pin_set_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("residency IN ('resident', 'relocated')", name=op.f("ck_household_residency")),
        sa.CheckConstraint("last_seq >= 0", name=op.f("ck_household_last_seq")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_household_village_id")),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_household")),
        sa.UniqueConstraint("village_id", "number", name=op.f("uq_household_village_id_number")),
    )
    with op.batch_alter_table("household", schema=None) as batch_op:
        batch_op.create_index(
            "ix_household_village_id_group_no_number", ["village_id", "group_no", "number"], unique=False
        )

    op.create_table(
        "import_batch",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("file_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("imported_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_import_batch_village_id")),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_import_batch")),
    )
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.create_index("ix_import_batch_village_id_imported_at", ["village_id", "imported_at"], unique=False)

    op.create_table(
        "news",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("shown_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_news_village_id")),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_news")),
    )
    op.create_table(
        "request_key",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_request_key_village_id")),
        sa.PrimaryKeyConstraint("village_id", "key", name=op.f("pk_request_key")),
    )
    op.create_table(
        "reward",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("low_stock", sa.Integer(), nullable=False),
        sa.Column("household_month_limit", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("picture", sa.String(length=60), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_reward_points")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_reward_stock")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_reward_village_id")),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_reward")),
        sa.UniqueConstraint("village_id", "code", name=op.f("uq_reward_village_id_code")),
    )
    op.create_table(
        "rulebook",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("adopted_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_rulebook_village_id")),
        sa.PrimaryKeyConstraint("village_id", "version", name=op.f("pk_rulebook")),
    )
    op.create_table(
        "seal",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("previous_root", sa.LargeBinary(), nullable=False),
        sa.Column("activity_seq", sa.Integer(), nullable=False),
        sa.Column("activity_hash", sa.LargeBinary(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_seal_village_id")),
        sa.PrimaryKeyConstraint("village_id", "number", name=op.f("pk_seal")),
    )
    op.create_table(
        "card",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("opening_no", sa.Integer(), nullable=False),
        sa.Column("opening_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("issued_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_card_village_id_household_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_card")),
        sa.UniqueConstraint(
            "village_id", "household_id", "number", name=op.f("uq_card_village_id_household_id_number")
        ),
        sa.UniqueConstraint("village_id", "token_sha256", name=op.f("uq_card_village_id_token_sha256")),
    )
    op.create_table(
        "import_row",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "batch_id"],
            ["import_batch.village_id", "import_batch.id"],
            name=op.f("fk_import_row_village_id_batch_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "kind", "identity", name=op.f("pk_import_row")),
    )
    with op.batch_alter_table("import_row", schema=None) as batch_op:
        batch_op.create_index("ix_import_row_village_id_batch_id", ["village_id", "batch_id"], unique=False)

    op.create_table(
        "phone",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("remembered_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("pin_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_phone_village_id_household_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_phone")),
        sa.UniqueConstraint(
            "village_id", "household_id", "secret_sha256", name=op.f("uq_phone_village_id_household_id_secret_sha256")
        ),
    )
    op.create_table(
        "redemption",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("pickup_code", sa.String(length=6), nullable=True),
        sa.Column("collect_by", sa.Date(), nullable=True),
        sa.Column("proxy_name", sa.String(length=40), nullable=False),
        sa.Column("entry_seq", sa.Integer(), nullable=True),
        sa.Column("refund_seq", sa.Integer(), nullable=True),
        sa.Column("reserved_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("reserved_by", sa.Uuid(), nullable=True),
        sa.Column("fulfilled_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("fulfilled_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("channel IN ('self', 'counter', 'proxy')", name=op.f("ck_redemption_channel")),
        sa.CheckConstraint(
            "status IN ('reserved', 'fulfilled', 'cancelled', 'expired')", name=op.f("ck_redemption_status")
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_redemption_village_id_household_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_redemption")),
    )
    with op.batch_alter_table("redemption", schema=None) as batch_op:
        batch_op.create_index(
            "ix_redemption_village_id_household_id_reserved_at",
            ["village_id", "household_id", "reserved_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_redemption_village_id_status_collect_by", ["village_id", "status", "collect_by"], unique=False
        )
        batch_op.create_index(
            "uq_redemption_village_id_pickup_code",
            ["village_id", "pickup_code"],
            unique=True,
            sqlite_where=sa.text("status = 'reserved'"),
            postgresql_where=sa.text("status = 'reserved'"),
        )

    op.create_table(
        "resident",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("pinyin", sa.String(length=120), nullable=False),
        sa.Column("initials", sa.String(length=40), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("sex", sa.String(length=2), nullable=False),
        sa.Column("birth_on", sa.Date(), nullable=True),
        sa.Column("identity_hash", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("phone_tail", sa.String(length=4), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_resident_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_resident_village_id")),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_resident")),
        sa.UniqueConstraint("village_id", "identity_hash", name=op.f("uq_resident_village_id_identity_hash")),
    )
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.create_index("ix_resident_village_id_household_id", ["village_id", "household_id"], unique=False)
        batch_op.create_index("ix_resident_village_id_initials", ["village_id", "initials"], unique=False)
        batch_op.create_index("ix_resident_village_id_name", ["village_id", "name"], unique=False)
        batch_op.create_index("ix_resident_village_id_phone_tail", ["village_id", "phone_tail"], unique=False)

    op.create_table(
        "rule_item",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("category", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.CheckConstraint("kind IN ('base', 'contribution', 'penalty')", name=op.f("ck_rule_item_kind")),
        sa.ForeignKeyConstraint(
            ["village_id", "version"],
            ["rulebook.village_id", "rulebook.version"],
            name=op.f("fk_rule_item_village_id_version"),
        ),
        sa.PrimaryKeyConstraint("village_id", "version", "code", name=op.f("pk_rule_item")),
    )
    op.create_table(
        "seal_head",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "number"], ["seal.village_id", "seal.number"], name=op.f("fk_seal_head_village_id_number")
        ),
        sa.PrimaryKeyConstraint("village_id", "number", "household_id", name=op.f("pk_seal_head")),
    )
    op.create_table(
        "stock_move",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "reward_id"],
            ["reward.village_id", "reward.id"],
            name=op.f("fk_stock_move_village_id_reward_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_stock_move")),
    )
    with op.batch_alter_table("stock_move", schema=None) as batch_op:
        batch_op.create_index("ix_stock_move_village_id_reward_id", ["village_id", "reward_id"], unique=False)

    op.create_table(
        "user",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login_name", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("session_no", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_user_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_user_village_id")),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_user")),
        sa.UniqueConstraint("village_id", "login_name", name=op.f("uq_user_village_id_login_name")),
    )
    op.create_table(
        "claim",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=True),
        sa.Column("item_code", sa.String(length=8), nullable=True),
        sa.Column("reverses_seq", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(length=20), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("document", sa.String(length=80), nullable=False),
        sa.Column("persuaded_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("claimed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("entry_seq", sa.Integer(), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'approved', 'refused', 'withdrawn')", name=op.f("ck_claim_status")),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_claim_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "rulebook_version", "item_code"],
            ["rule_item.village_id", "rule_item.version", "rule_item.code"],
            name=op.f("fk_claim_village_id_rulebook_version_item_code"),
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_claim")),
    )
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.create_index(
            "ix_claim_village_id_household_id_claimed_at", ["village_id", "household_id", "claimed_at"], unique=False
        )
        batch_op.create_index(
            "ix_claim_village_id_status_claimed_at", ["village_id", "status", "claimed_at"], unique=False
        )

    op.create_table(
        "finding",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.String(length=8), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("rectify_by", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('persuaded', 'counted', 'rectified', 'withdrawn')", name=op.f("ck_finding_status")
        ),
        sa.CheckConstraint("count >= 1", name=op.f("ck_finding_count")),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_finding_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "rulebook_version", "item_code"],
            ["rule_item.village_id", "rule_item.version", "rule_item.code"],
            name=op.f("fk_finding_village_id_rulebook_version_item_code"),
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_finding")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(
            "ix_finding_village_id_household_id_found_on", ["village_id", "household_id", "found_on"], unique=False
        )
        batch_op.create_index(
            "ix_finding_village_id_status_rectify_by", ["village_id", "status", "rectify_by"], unique=False
        )

    op.create_table(
        "ledger_entry",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("balance_after", sa.Integer(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=True),
        sa.Column("item_code", sa.String(length=8), nullable=True),
        sa.Column("grade", sa.String(length=20), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=32), nullable=True),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("acted_for", sa.Uuid(), nullable=True),
        sa.Column("reverses_seq", sa.Integer(), nullable=True),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("counter_household_id", sa.Uuid(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=True),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("format", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind IN ('reversal', 'refund')) = (reverses_seq IS NOT NULL)",
            name=op.f("ck_ledger_entry_reversal_names_its_entry"),
        ),
        sa.CheckConstraint("kind <> 'award' OR points >= 0", name=op.f("ck_ledger_entry_award_not_negative")),
        sa.CheckConstraint("kind <> 'penalty' OR points <= 0", name=op.f("ck_ledger_entry_penalty_not_positive")),
        sa.CheckConstraint(
            "kind <> 'redemption' OR (points <= 0 AND balance_after >= 0)",
            name=op.f("ck_ledger_entry_redemption_within_balance"),
        ),
        sa.CheckConstraint(
            "kind IN ('award', 'penalty', 'redemption', 'refund', 'reversal', 'expiry', 'opening', 'transfer')",
            name=op.f("ck_ledger_entry_kind"),
        ),
        sa.CheckConstraint("origin IN ('page', 'import', 'job')", name=op.f("ck_ledger_entry_origin")),
        sa.CheckConstraint(
            "reverses_seq IS NULL OR reverses_seq < seq", name=op.f("ck_ledger_entry_reverses_an_earlier_entry")
        ),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_ledger_entry_seq")),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id"],
            ["household.village_id", "household.id"],
            name=op.f("fk_ledger_entry_village_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "rulebook_version", "item_code"],
            ["rule_item.village_id", "rule_item.version", "rule_item.code"],
            name=op.f("fk_ledger_entry_village_id_rulebook_version_item_code"),
        ),
        sa.PrimaryKeyConstraint("village_id", "household_id", "seq", name=op.f("pk_ledger_entry")),
    )
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_ledger_entry_batch_id",
            ["village_id", "batch_id"],
            unique=False,
            sqlite_where=sa.text("batch_id IS NOT NULL"),
            postgresql_where=sa.text("batch_id IS NOT NULL"),
        )
        batch_op.create_index("ix_ledger_entry_village_id_occurred_on", ["village_id", "occurred_on"], unique=False)
        batch_op.create_index("ix_ledger_entry_village_id_recorded_at", ["village_id", "recorded_at"], unique=False)
        batch_op.create_index(
            "uq_ledger_entry_reverses_seq",
            ["village_id", "household_id", "reverses_seq"],
            unique=True,
            sqlite_where=sa.text("reverses_seq IS NOT NULL"),
            postgresql_where=sa.text("reverses_seq IS NOT NULL"),
        )

    op.create_table(
        "redemption_line",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("points_each", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_redemption_line_quantity")),
        sa.ForeignKeyConstraint(
            ["village_id", "redemption_id"],
            ["redemption.village_id", "redemption.id"],
            name=op.f("fk_redemption_line_village_id_redemption_id"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "reward_id"],
            ["reward.village_id", "reward.id"],
            name=op.f("fk_redemption_line_village_id_reward_id"),
        ),
        sa.PrimaryKeyConstraint("village_id", "redemption_id", "line", name=op.f("pk_redemption_line")),
    )
    with op.batch_alter_table("redemption_line", schema=None) as batch_op:
        batch_op.create_index("ix_redemption_line_village_id_reward_id", ["village_id", "reward_id"], unique=False)

    op.create_table(
        "sign_in_link",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["village_id", "user_id"], ["user.village_id", "user.id"], name=op.f("fk_sign_in_link_village_id_user_id")
        ),
        sa.PrimaryKeyConstraint("village_id", "id", name=op.f("pk_sign_in_link")),
        sa.UniqueConstraint("village_id", "token_sha256", name=op.f("uq_sign_in_link_village_id_token_sha256")),
    )
    op.create_table(
        "entry_text",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorder", sa.String(length=40), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id", "household_id", "seq"],
            ["ledger_entry.village_id", "ledger_entry.household_id", "ledger_entry.seq"],
            name=op.f("fk_entry_text_village_id_household_id_seq"),
        ),
        sa.PrimaryKeyConstraint("village_id", "household_id", "seq", name=op.f("pk_entry_text")),
    )
    op.create_table(
        "review",
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision IN ('approved', 'refused')", name=op.f("ck_review_decision")),
        sa.ForeignKeyConstraint(
            ["village_id", "claim_id"], ["claim.village_id", "claim.id"], name=op.f("fk_review_village_id_claim_id")
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "reviewer_id"], ["user.village_id", "user.id"], name=op.f("fk_review_village_id_reviewer_id")
        ),
        sa.PrimaryKeyConstraint("village_id", "claim_id", "line", name=op.f("pk_review")),
    )


def downgrade() -> None:
    op.drop_table("review")
    op.drop_table("entry_text")
    op.drop_table("sign_in_link")
    with op.batch_alter_table("redemption_line", schema=None) as batch_op:
        batch_op.drop_index("ix_redemption_line_village_id_reward_id")

    op.drop_table("redemption_line")
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_ledger_entry_reverses_seq",
            sqlite_where=sa.text("reverses_seq IS NOT NULL"),
            postgresql_where=sa.text("reverses_seq IS NOT NULL"),
        )
        batch_op.drop_index("ix_ledger_entry_village_id_recorded_at")
        batch_op.drop_index("ix_ledger_entry_village_id_occurred_on")
        batch_op.drop_index(
            "ix_ledger_entry_batch_id",
            sqlite_where=sa.text("batch_id IS NOT NULL"),
            postgresql_where=sa.text("batch_id IS NOT NULL"),
        )

    op.drop_table("ledger_entry")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index("ix_finding_village_id_status_rectify_by")
        batch_op.drop_index("ix_finding_village_id_household_id_found_on")

    op.drop_table("finding")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index("ix_claim_village_id_status_claimed_at")
        batch_op.drop_index("ix_claim_village_id_household_id_claimed_at")

    op.drop_table("claim")
    op.drop_table("user")
    with op.batch_alter_table("stock_move", schema=None) as batch_op:
        batch_op.drop_index("ix_stock_move_village_id_reward_id")

    op.drop_table("stock_move")
    op.drop_table("seal_head")
    op.drop_table("rule_item")
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.drop_index("ix_resident_village_id_phone_tail")
        batch_op.drop_index("ix_resident_village_id_name")
        batch_op.drop_index("ix_resident_village_id_initials")
        batch_op.drop_index("ix_resident_village_id_household_id")

    op.drop_table("resident")
    with op.batch_alter_table("redemption", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_redemption_village_id_pickup_code",
            sqlite_where=sa.text("status = 'reserved'"),
            postgresql_where=sa.text("status = 'reserved'"),
        )
        batch_op.drop_index("ix_redemption_village_id_status_collect_by")
        batch_op.drop_index("ix_redemption_village_id_household_id_reserved_at")

    op.drop_table("redemption")
    op.drop_table("phone")
    with op.batch_alter_table("import_row", schema=None) as batch_op:
        batch_op.drop_index("ix_import_row_village_id_batch_id")

    op.drop_table("import_row")
    op.drop_table("card")
    op.drop_table("seal")
    op.drop_table("rulebook")
    op.drop_table("reward")
    op.drop_table("request_key")
    op.drop_table("news")
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.drop_index("ix_import_batch_village_id_imported_at")

    op.drop_table("import_batch")
    with op.batch_alter_table("household", schema=None) as batch_op:
        batch_op.drop_index("ix_household_village_id_group_no_number")

    op.drop_table("household")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_village_id_until_at")

    op.drop_table("attempt")
    op.drop_table("activity")
    op.drop_table("village")
