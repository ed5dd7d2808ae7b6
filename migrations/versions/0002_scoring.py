"""Scoring: findings and month close, notices and objections, councils, red lines, gatherings, rule drafts, welfare"""

import sqlalchemy as sa
from alembic import op

from villagepoints.models.base import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('council',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('held_on', sa.Date(), nullable=False),
    sa.Column('place', sa.String(length=80), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('minutes', sa.Text(), nullable=False),
    sa.Column('opened_by', sa.Uuid(), nullable=True),
    sa.Column('opened_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('closed_by', sa.Uuid(), nullable=True),
    sa.Column('closed_at', UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('open', 'closed')", name=op.f('ck_council_status')),
    sa.ForeignKeyConstraint(['village_id'], ['village.id'], name=op.f('fk_council_village_id')),
    sa.PrimaryKeyConstraint('village_id', 'id', name=op.f('pk_council'))
    )
    op.create_table('gathering',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('item_code', sa.String(length=8), nullable=False),
    sa.Column('place', sa.String(length=80), nullable=False),
    sa.Column('starts_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('ends_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('token_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('closed_by', sa.Uuid(), nullable=True),
    sa.Column('closed_at', UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('planned', 'closed', 'cancelled')", name=op.f('ck_gathering_status')),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_gathering_ends_after_it_starts')),
    sa.ForeignKeyConstraint(['village_id'], ['village.id'], name=op.f('fk_gathering_village_id')),
    sa.PrimaryKeyConstraint('village_id', 'id', name=op.f('pk_gathering')),
    sa.UniqueConstraint('village_id', 'token_sha256', name=op.f('uq_gathering_village_id_token_sha256'))
    )
    with op.batch_alter_table('gathering', schema=None) as batch_op:
        batch_op.create_index('ix_gathering_village_id_starts_at', ['village_id', 'starts_at'], unique=False)

    op.create_table('month_close',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('households', sa.Integer(), nullable=False),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('started_by', sa.Uuid(), nullable=True),
    sa.Column('started_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('closed_at', UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('closing', 'closed')", name=op.f('ck_month_close_status')),
    sa.ForeignKeyConstraint(['village_id'], ['village.id'], name=op.f('fk_month_close_village_id')),
    sa.PrimaryKeyConstraint('village_id', 'month', name=op.f('pk_month_close'))
    )
    op.create_table('notice',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('closes_on', sa.Date(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('opened_by', sa.Uuid(), nullable=True),
    sa.Column('opened_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('posted_by', sa.Uuid(), nullable=True),
    sa.Column('posted_at', UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('open', 'posted')", name=op.f('ck_notice_status')),
    sa.ForeignKeyConstraint(['village_id'], ['village.id'], name=op.f('fk_notice_village_id')),
    sa.PrimaryKeyConstraint('village_id', 'id', name=op.f('pk_notice')),
    sa.UniqueConstraint('village_id', 'number', name=op.f('uq_notice_village_id_number'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index('ix_notice_village_id_status_closes_on', ['village_id', 'status', 'closes_on'], unique=False)

    op.create_table('welfare_scheme',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('benefit', sa.Text(), nullable=False),
    sa.Column('resolution_no', sa.String(length=60), nullable=False),
    sa.Column('resolved_on', sa.Date(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('residency', sa.String(length=10), nullable=False),
    sa.Column('least_merit', sa.Integer(), nullable=True),
    sa.Column('top_percent', sa.Integer(), nullable=True),
    sa.Column('excludes_red_line', sa.Boolean(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('as_of', sa.String(length=7), nullable=True),
    sa.Column('listed_by', sa.Uuid(), nullable=True),
    sa.Column('listed_at', UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('draft', 'listed', 'withdrawn')", name=op.f('ck_welfare_scheme_status')),
    sa.ForeignKeyConstraint(['village_id'], ['village.id'], name=op.f('fk_welfare_scheme_village_id')),
    sa.PrimaryKeyConstraint('village_id', 'id', name=op.f('pk_welfare_scheme'))
    )
    op.create_table('working_day',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('works', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['village_id'], ['village.id'], name=op.f('fk_working_day_village_id')),
    sa.PrimaryKeyConstraint('village_id', 'day', name=op.f('pk_working_day'))
    )
    op.create_table('red_line_case',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('household_id', sa.Uuid(), nullable=False),
    sa.Column('rulebook_version', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=8), nullable=False),
    sa.Column('found_on', sa.Date(), nullable=False),
    sa.Column('document', sa.String(length=120), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', UtcDateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('paused_from', sa.Date(), nullable=True),
    sa.Column('paused_until', sa.Date(), nullable=True),
    sa.CheckConstraint("status IN ('waiting', 'confirmed', 'refused', 'lifted')", name=op.f('ck_red_line_case_status')),
    sa.ForeignKeyConstraint(['village_id', 'household_id'], ['household.village_id', 'household.id'], name=op.f('fk_red_line_case_village_id_household_id')),
    sa.ForeignKeyConstraint(['village_id', 'rulebook_version'], ['rulebook.village_id', 'rulebook.version'], name=op.f('fk_red_line_case_village_id_rulebook_version')),
    sa.PrimaryKeyConstraint('village_id', 'id', name=op.f('pk_red_line_case'))
    )
    with op.batch_alter_table('red_line_case', schema=None) as batch_op:
        batch_op.create_index('ix_red_line_case_village_id_household_id_found_on', ['village_id', 'household_id', 'found_on'], unique=False)
        batch_op.create_index('ix_red_line_case_village_id_status', ['village_id', 'status'], unique=False)

    op.create_table('rule_draft',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('based_on', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('changed_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('adopted_version', sa.Integer(), nullable=True),
    sa.CheckConstraint("status IN ('draft', 'deliberation', 'adopted', 'dropped')", name=op.f('ck_rule_draft_status')),
    sa.ForeignKeyConstraint(['village_id', 'based_on'], ['rulebook.village_id', 'rulebook.version'], name=op.f('fk_rule_draft_village_id_based_on')),
    sa.ForeignKeyConstraint(['village_id'], ['village.id'], name=op.f('fk_rule_draft_village_id')),
    sa.PrimaryKeyConstraint('village_id', 'id', name=op.f('pk_rule_draft'))
    )
    op.create_table('sheet_row',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('household_id', sa.Uuid(), nullable=False),
    sa.Column('saved_by', sa.Uuid(), nullable=True),
    sa.Column('saved_at', UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['village_id', 'household_id'], ['household.village_id', 'household.id'], name=op.f('fk_sheet_row_village_id_household_id')),
    sa.PrimaryKeyConstraint('village_id', 'month', 'household_id', name=op.f('pk_sheet_row'))
    )
    op.create_table('welfare_line',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('scheme_id', sa.Uuid(), nullable=False),
    sa.Column('household_id', sa.Uuid(), nullable=False),
    sa.Column('merit', sa.Integer(), nullable=False),
    sa.Column('percent', sa.Integer(), nullable=False),
    sa.Column('red_lines', sa.Integer(), nullable=False),
    sa.Column('qualifies', sa.Boolean(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['village_id', 'household_id'], ['household.village_id', 'household.id'], name=op.f('fk_welfare_line_village_id_household_id')),
    sa.ForeignKeyConstraint(['village_id', 'scheme_id'], ['welfare_scheme.village_id', 'welfare_scheme.id'], name=op.f('fk_welfare_line_village_id_scheme_id')),
    sa.PrimaryKeyConstraint('village_id', 'scheme_id', 'household_id', name=op.f('pk_welfare_line'))
    )
    op.create_table('council_member',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('council_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['village_id', 'council_id'], ['council.village_id', 'council.id'], name=op.f('fk_council_member_village_id_council_id')),
    sa.ForeignKeyConstraint(['village_id', 'user_id'], ['user.village_id', 'user.id'], name=op.f('fk_council_member_village_id_user_id')),
    sa.PrimaryKeyConstraint('village_id', 'council_id', 'user_id', name=op.f('pk_council_member'))
    )
    op.create_table('deliberation',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('draft_id', sa.Uuid(), nullable=False),
    sa.Column('step', sa.String(length=10), nullable=False),
    sa.Column('held_on', sa.Date(), nullable=False),
    sa.Column('assembly', sa.String(length=20), nullable=False),
    sa.Column('entitled', sa.Integer(), nullable=True),
    sa.Column('present', sa.Integer(), nullable=True),
    sa.Column('in_favour', sa.Integer(), nullable=True),
    sa.Column('against', sa.Integer(), nullable=True),
    sa.Column('abstained', sa.Integer(), nullable=True),
    sa.Column('people', sa.Text(), nullable=False),
    sa.Column('minutes', sa.Text(), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("step IN ('propose', 'discuss', 'decide', 'carry_out', 'manage', 'evaluate')", name=op.f('ck_deliberation_step')),
    sa.ForeignKeyConstraint(['village_id', 'draft_id'], ['rule_draft.village_id', 'rule_draft.id'], name=op.f('fk_deliberation_village_id_draft_id')),
    sa.PrimaryKeyConstraint('village_id', 'draft_id', 'step', name=op.f('pk_deliberation'))
    )
    op.create_table('relative',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('household_id', sa.Uuid(), nullable=False),
    sa.Column('relation', sa.String(length=20), nullable=False),
    sa.Column('declared_by', sa.Uuid(), nullable=True),
    sa.Column('declared_at', UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['village_id', 'household_id'], ['household.village_id', 'household.id'], name=op.f('fk_relative_village_id_household_id')),
    sa.ForeignKeyConstraint(['village_id', 'user_id'], ['user.village_id', 'user.id'], name=op.f('fk_relative_village_id_user_id')),
    sa.PrimaryKeyConstraint('village_id', 'user_id', 'household_id', name=op.f('pk_relative'))
    )
    op.create_table('repair',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=False),
    sa.Column('hours', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by', sa.Uuid(), nullable=True),
    sa.Column('confirmed_at', UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('put_right', 'pledge', 'service')", name=op.f('ck_repair_kind')),
    sa.CheckConstraint('hours >= 0', name=op.f('ck_repair_hours')),
    sa.ForeignKeyConstraint(['village_id', 'case_id'], ['red_line_case.village_id', 'red_line_case.id'], name=op.f('fk_repair_village_id_case_id')),
    sa.PrimaryKeyConstraint('village_id', 'id', name=op.f('pk_repair'))
    )
    with op.batch_alter_table('repair', schema=None) as batch_op:
        batch_op.create_index('ix_repair_village_id_case_id', ['village_id', 'case_id'], unique=False)

    op.create_table('attendance',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('gathering_id', sa.Uuid(), nullable=False),
    sa.Column('household_id', sa.Uuid(), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=False),
    sa.Column('checked_in_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('checked_out_at', UtcDateTime(timezone=True), nullable=True),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('refusal', sa.JSON(), nullable=True),
    sa.Column('claim_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['village_id', 'claim_id'], ['claim.village_id', 'claim.id'], name=op.f('fk_attendance_village_id_claim_id')),
    sa.ForeignKeyConstraint(['village_id', 'gathering_id'], ['gathering.village_id', 'gathering.id'], name=op.f('fk_attendance_village_id_gathering_id')),
    sa.ForeignKeyConstraint(['village_id', 'household_id'], ['household.village_id', 'household.id'], name=op.f('fk_attendance_village_id_household_id')),
    sa.PrimaryKeyConstraint('village_id', 'id', name=op.f('pk_attendance')),
    sa.UniqueConstraint('village_id', 'gathering_id', 'household_id', 'person', name=op.f('uq_attendance_village_id_gathering_id_household_id_person'))
    )
    op.create_table('council_item',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('council_id', sa.Uuid(), nullable=False),
    sa.Column('claim_id', sa.Uuid(), nullable=False),
    sa.Column('decision', sa.String(length=10), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('recused', sa.JSON(), nullable=False),
    sa.CheckConstraint("decision IN ('approved', 'refused')", name=op.f('ck_council_item_decision')),
    sa.ForeignKeyConstraint(['village_id', 'claim_id'], ['claim.village_id', 'claim.id'], name=op.f('fk_council_item_village_id_claim_id')),
    sa.ForeignKeyConstraint(['village_id', 'council_id'], ['council.village_id', 'council.id'], name=op.f('fk_council_item_village_id_council_id')),
    sa.PrimaryKeyConstraint('village_id', 'council_id', 'claim_id', name=op.f('pk_council_item'))
    )
    op.create_table('objection',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('household_id', sa.Uuid(), nullable=True),
    sa.Column('objector', sa.String(length=40), nullable=False),
    sa.Column('about_household_id', sa.Uuid(), nullable=False),
    sa.Column('claim_id', sa.Uuid(), nullable=True),
    sa.Column('finding_id', sa.Uuid(), nullable=True),
    sa.Column('entry_seq', sa.Integer(), nullable=True),
    sa.Column('via', sa.String(length=8), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('filed_on', sa.Date(), nullable=False),
    sa.Column('filed_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('filed_by', sa.Uuid(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('limit_on', sa.Date(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('decided_at', UtcDateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('reversal_seq', sa.Integer(), nullable=True),
    sa.CheckConstraint("status IN ('open', 'upheld', 'rejected', 'withdrawn')", name=op.f('ck_objection_status')),
    sa.CheckConstraint("via IN ('phone', 'desk', 'paper')", name=op.f('ck_objection_via')),
    sa.CheckConstraint('claim_id IS NOT NULL OR finding_id IS NOT NULL OR entry_seq IS NOT NULL', name=op.f('ck_objection_is_about_something')),
    sa.ForeignKeyConstraint(['village_id', 'about_household_id', 'entry_seq'], ['ledger_entry.village_id', 'ledger_entry.household_id', 'ledger_entry.seq'], name=op.f('fk_objection_village_id_about_household_id_entry_seq')),
    sa.ForeignKeyConstraint(['village_id', 'about_household_id'], ['household.village_id', 'household.id'], name=op.f('fk_objection_village_id_about_household_id')),
    sa.ForeignKeyConstraint(['village_id', 'claim_id'], ['claim.village_id', 'claim.id'], name=op.f('fk_objection_village_id_claim_id')),
    sa.ForeignKeyConstraint(['village_id', 'finding_id'], ['finding.village_id', 'finding.id'], name=op.f('fk_objection_village_id_finding_id')),
    sa.ForeignKeyConstraint(['village_id', 'household_id'], ['household.village_id', 'household.id'], name=op.f('fk_objection_village_id_household_id')),
    sa.PrimaryKeyConstraint('village_id', 'id', name=op.f('pk_objection')),
    sa.UniqueConstraint('village_id', 'number', name=op.f('uq_objection_village_id_number'))
    )
    with op.batch_alter_table('objection', schema=None) as batch_op:
        batch_op.create_index('ix_objection_village_id_about_household_id', ['village_id', 'about_household_id'], unique=False)
        batch_op.create_index('ix_objection_village_id_household_id', ['village_id', 'household_id'], unique=False)
        batch_op.create_index('ix_objection_village_id_status_due_on', ['village_id', 'status', 'due_on'], unique=False)

    op.create_table('evidence',
    sa.Column('village_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('household_id', sa.Uuid(), nullable=False),
    sa.Column('finding_id', sa.Uuid(), nullable=True),
    sa.Column('claim_id', sa.Uuid(), nullable=True),
    sa.Column('objection_id', sa.Uuid(), nullable=True),
    sa.Column('red_line_case_id', sa.Uuid(), nullable=True),
    sa.Column('file', sa.String(length=60), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('is_recheck', sa.Boolean(), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(CASE WHEN finding_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN claim_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN objection_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN red_line_case_id IS NULL THEN 0 ELSE 1 END) = 1', name=op.f('ck_evidence_about_one_thing')),
    sa.ForeignKeyConstraint(['village_id', 'claim_id'], ['claim.village_id', 'claim.id'], name=op.f('fk_evidence_village_id_claim_id')),
    sa.ForeignKeyConstraint(['village_id', 'finding_id'], ['finding.village_id', 'finding.id'], name=op.f('fk_evidence_village_id_finding_id')),
    sa.ForeignKeyConstraint(['village_id', 'household_id'], ['household.village_id', 'household.id'], name=op.f('fk_evidence_village_id_household_id')),
    sa.ForeignKeyConstraint(['village_id', 'objection_id'], ['objection.village_id', 'objection.id'], name=op.f('fk_evidence_village_id_objection_id')),
    sa.ForeignKeyConstraint(['village_id', 'red_line_case_id'], ['red_line_case.village_id', 'red_line_case.id'], name=op.f('fk_evidence_village_id_red_line_case_id')),
    sa.PrimaryKeyConstraint('village_id', 'id', name=op.f('pk_evidence')),
    sa.UniqueConstraint('village_id', 'file', name=op.f('uq_evidence_village_id_file'))
    )
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.create_index('ix_evidence_village_id_claim_id', ['village_id', 'claim_id'], unique=False)
        batch_op.create_index('ix_evidence_village_id_finding_id', ['village_id', 'finding_id'], unique=False)
        batch_op.create_index('ix_evidence_village_id_objection_id', ['village_id', 'objection_id'], unique=False)
        batch_op.create_index('ix_evidence_village_id_red_line_case_id', ['village_id', 'red_line_case_id'], unique=False)

    _change_claims()
    op.add_column("finding", sa.Column("counts_on", sa.Date(), nullable=True))
    op.execute("UPDATE finding SET counts_on = CASE WHEN status = 'persuaded' THEN rectify_by ELSE found_on END")
    op.execute("UPDATE finding SET counts_on = found_on WHERE counts_on IS NULL")
    with op.batch_alter_table("finding") as batch_op:
        batch_op.alter_column("counts_on", existing_type=sa.Date(), nullable=False)
        batch_op.add_column(sa.Column("from_sheet", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("settled_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("settled_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("settled_note", sa.String(length=200), nullable=False, server_default=""))
        batch_op.create_index(
            "ix_finding_village_id_household_id_counts_on", ["village_id", "household_id", "counts_on"], unique=False
        )
    op.add_column("household", sa.Column("walked_on", sa.Date(), nullable=True))
    op.add_column("household", sa.Column("redeem_paused_until", sa.Date(), nullable=True))
    op.add_column("household", sa.Column("shows_on_lists", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("village", sa.Column("household_claims", sa.Boolean(), nullable=False, server_default=sa.true()))


def _change_claims() -> None:
    """What was approved is now called posted; a check cannot be changed on SQLite without rebuilding the table,
    and a table cannot be rebuilt while reviews refer to it."""
    _set_reviews_aside()
    with op.batch_alter_table("claim") as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=10), nullable=False, server_default="item"))
        batch_op.add_column(sa.Column("notice_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("council_id", sa.Uuid(), nullable=True))
        batch_op.drop_constraint(batch_op.f("ck_claim_status"), type_="check")
    op.execute("UPDATE claim SET kind = 'reversal' WHERE reverses_seq IS NOT NULL")
    op.execute("UPDATE claim SET status = 'posted' WHERE status = 'approved'")
    with op.batch_alter_table("claim") as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_claim_status"), "status IN ('waiting', 'approved', 'posted', 'refused', 'withdrawn')"
        )
        batch_op.create_check_constraint(batch_op.f("ck_claim_kind"), "kind IN ('item', 'reversal', 'claw_back')")
        batch_op.create_check_constraint(
            batch_op.f("ck_claim_reversal_names_its_entry"), "(kind = 'item') = (reverses_seq IS NULL)"
        )
        batch_op.create_index("ix_claim_village_id_notice_id", ["village_id", "notice_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_claim_village_id_council_id"), "council", ["village_id", "council_id"], ["village_id", "id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_claim_village_id_notice_id"), "notice", ["village_id", "notice_id"], ["village_id", "id"]
        )
    _put_reviews_back()


def _set_reviews_aside() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE TEMP TABLE kept_review AS SELECT * FROM review")
        op.execute("DELETE FROM review")


def _put_reviews_back() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO review SELECT * FROM kept_review")
        op.execute("DROP TABLE temp.kept_review")


def downgrade() -> None:
    op.drop_column("village", "household_claims")
    op.drop_column("household", "shows_on_lists")
    op.drop_column("household", "redeem_paused_until")
    op.drop_column("household", "walked_on")
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.drop_index('ix_evidence_village_id_red_line_case_id')
        batch_op.drop_index('ix_evidence_village_id_objection_id')
        batch_op.drop_index('ix_evidence_village_id_finding_id')
        batch_op.drop_index('ix_evidence_village_id_claim_id')

    op.drop_table('evidence')
    with op.batch_alter_table('objection', schema=None) as batch_op:
        batch_op.drop_index('ix_objection_village_id_status_due_on')
        batch_op.drop_index('ix_objection_village_id_household_id')
        batch_op.drop_index('ix_objection_village_id_about_household_id')

    op.drop_table('objection')
    op.drop_table('council_item')
    op.drop_table('attendance')
    with op.batch_alter_table('repair', schema=None) as batch_op:
        batch_op.drop_index('ix_repair_village_id_case_id')

    op.drop_table('repair')
    op.drop_table('relative')
    op.drop_table('deliberation')
    op.drop_table('welfare_line')
    op.drop_table('rule_draft')
    with op.batch_alter_table('red_line_case', schema=None) as batch_op:
        batch_op.drop_index('ix_red_line_case_village_id_status')
        batch_op.drop_index('ix_red_line_case_village_id_household_id_found_on')

    op.drop_table('red_line_case')
    op.drop_table('working_day')
    op.drop_table('welfare_scheme')
    op.drop_table('sheet_row')
    op.drop_table('month_close')
    with op.batch_alter_table('gathering', schema=None) as batch_op:
        batch_op.drop_index('ix_gathering_village_id_starts_at')

    op.drop_table('gathering')
    with op.batch_alter_table("finding") as batch_op:
        batch_op.drop_index("ix_finding_village_id_household_id_counts_on")
        for name in ("settled_note", "settled_by", "settled_on", "from_sheet", "counts_on"):
            batch_op.drop_column(name)
    _change_claims_back()
    op.drop_table('council_member')
    op.drop_table('council')
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index('ix_notice_village_id_status_closes_on')

    op.drop_table('notice')


def _change_claims_back() -> None:
    _set_reviews_aside()
    with op.batch_alter_table("claim") as batch_op:
        for name in ("fk_claim_village_id_notice_id", "fk_claim_village_id_council_id"):
            batch_op.drop_constraint(batch_op.f(name), type_="foreignkey")
        for name in ("ck_claim_status", "ck_claim_kind", "ck_claim_reversal_names_its_entry"):
            batch_op.drop_constraint(batch_op.f(name), type_="check")
        batch_op.drop_index("ix_claim_village_id_notice_id")
        for name in ("council_id", "notice_id", "kind"):
            batch_op.drop_column(name)
    op.execute("UPDATE claim SET status = 'waiting' WHERE status = 'approved'")
    op.execute("UPDATE claim SET status = 'approved' WHERE status = 'posted'")
    with op.batch_alter_table("claim") as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_claim_status"), "status IN ('waiting', 'approved', 'refused', 'withdrawn')"
        )
    _put_reviews_back()
