"""Recompute the books from the entries and name everything that does not agree."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain.ledger import Head, PostedEntry, commit_to, entry_hash
from villagepoints.domain.redemption import CANCELLED, EXPIRED, FULFILLED, RESERVED
from villagepoints.models import (
    Activity,
    EntryText,
    Household,
    LedgerEntry,
    Redemption,
    RedemptionLine,
    RuleItem,
    Village,
)
from villagepoints.services import (
    audit_check,
    audit_frame_check,
    audit_look_check,
    audit_problem_check,
    card_loss,
    history,
    joint_check,
    month_check,
    notice_check,
    objection_list,
    red_line_check,
    report_check,
    role_check,
    rulebook_check,
    seal_check,
    stock_check,
    succession_check,
    supervisor_check,
    welfare_check,
)
from villagepoints.services.activity import act_hash
from villagepoints.services.history import Walk
from villagepoints.services.importing import check as import_check

EMPTY = Head(0, 0, b"")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not agree, and where."""

    kind: str
    village: str
    household: str | None
    seq: int | None
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """The problem as the command prints it."""
        return asdict(self)


def verify(session: Session, village: Village, walk: Walk | None = None) -> Iterator[Problem]:
    """Every broken invariant of one village: chains, balances, commitments, redemptions, stock, activity, rules.

    `walk` is shown every entry on the way, for who holds the ledger against a published seal as well.
    """
    yield from _accounts(session, village, walk)
    yield from _redemptions(session, village)
    for sentence in stock_check.wrong_stocks(session, village.id):
        yield Problem("stock", village.code, None, None, sentence)
    yield from _trail(session, village)
    for number, seq, sentence in seal_check.wrong_seals(session, village.id):
        yield Problem("seal", village.code, number, seq, sentence)
    for sentence in role_check.wrong_roles(session, village.id):
        yield Problem("user", village.code, None, None, sentence)
    for sentence in rulebook_check.wrong_versions(session, village.id):
        yield Problem("rulebook", village.code, None, None, sentence)
    for number, sentence in month_check.wrong_months(session, village.id):
        yield Problem("month", village.code, number, None, sentence)
    for number, seq, sentence in notice_check.wrong_items(session, village.id):
        yield Problem("notice", village.code, number, seq, sentence)
    for number, seq in objection_list.wrong_outcomes(session, village.id):
        sentence = "an objection was upheld and the entry it is about is not undone"
        yield Problem("objection", village.code, number, seq, sentence)
    for number, sentence in red_line_check.wrong_pauses(session, village.id):
        yield Problem("red_line", village.code, number, None, sentence)
    for number, seq, sentence in succession_check.wrong_transfers(session, village.id):
        yield Problem("transfer", village.code, number, seq, sentence)
    for number, card in card_loss.wrong_losses(session, village.id):
        yield Problem("card", village.code, number, None, f"第 {card} 张码牌挂失过，却还能打开。")
    for sentence in joint_check.wrong_sessions(session, village.id):
        yield Problem("joint_session", village.code, None, None, sentence)
    for sentence in import_check.wrong_imports(session, village.id):
        yield Problem("import", village.code, None, None, sentence)
    for number, sentence in welfare_check.wrong_lines(session, village.id):
        yield Problem("welfare", village.code, number, None, sentence)
    for problem_number, sentence in audit_problem_check.wrong_problems(session, village.id):
        yield Problem("audit_problem", village.code, problem_number, None, sentence)
    for sentence in audit_look_check.wrong_looks(session, village.id):
        yield Problem("audit", village.code, None, None, sentence)
    for sentence in audit_frame_check.wrong_frames(session, village.id):
        yield Problem("audit_frame", village.code, None, None, sentence)
    for sentence in audit_check.wrong_audits(session, village.id):
        yield Problem("audit", village.code, None, None, sentence)
    for sentence in supervisor_check.wrong_terms(session, village.id):
        yield Problem("supervisor", village.code, None, None, sentence)
    for sentence in report_check.wrong_editions(session, village.id):
        yield Problem("report", village.code, None, None, sentence)


def _accounts(session: Session, village: Village, walk: Walk | None) -> Iterator[Problem]:
    heads = {
        id_: (number, Head(balance, seq, hash_))
        for id_, number, balance, seq, hash_ in session.execute(
            select(Household.id, Household.number, Household.balance, Household.last_seq, Household.last_hash).where(
                Household.village_id == village.id
            )
        )
    }
    reached: dict[UUID, Head] = {}
    undone: dict[UUID, dict[int, PostedEntry]] = {}
    texts = _texts(session, village.id)
    items = _items(session, village.id)
    for entry in history.entries(session, village.id):
        number, _ = heads.get(entry.household_id, ("", EMPTY))
        head = reached.get(entry.household_id, EMPTY)
        wrong = dict(_entry_problems(entry, head, texts, items))
        for kind, sentence in wrong.items():
            yield Problem(kind, village.code, number or str(entry.household_id), entry.seq, sentence)
        if walk is not None:
            walk.see(entry, "hash" not in wrong)
        before = undone.setdefault(entry.household_id, {})
        for kind, sentence in _undo_problems(entry, before):
            yield Problem(kind, village.code, number, entry.seq, sentence)
        before[entry.seq] = entry
        reached[entry.household_id] = Head(entry.balance_after, entry.seq, entry.hash)
        if len(undone) > 1:
            undone = {entry.household_id: before}
    yield from _heads(village, heads, reached)


def _texts(session: Session, village_id: UUID) -> dict[tuple[UUID, int], Any]:
    rows = session.execute(select(EntryText.__table__).where(EntryText.village_id == village_id))
    return {(row.household_id, row.seq): row for row in rows}


def _items(session: Session, village_id: UUID) -> dict[tuple[int | None, str], str]:
    rows = session.execute(
        select(RuleItem.version, RuleItem.code, RuleItem.kind).where(RuleItem.village_id == village_id)
    )
    return {(row.version, row.code): row.kind for row in rows}


def _entry_problems(
    entry: PostedEntry, head: Head, texts: dict[tuple[UUID, int], Any], items: dict[tuple[int | None, str], str]
) -> Iterator[tuple[str, str]]:
    if entry.seq != head.seq + 1:
        yield "gap", f"第 {head.seq} 条之后是第 {entry.seq} 条，中间缺了记录。"
    if entry.prev_hash != head.hash:
        yield "chain", "和上一条记录接不上：上一条被改过或被换过。"
    if entry.balance_after != head.balance + entry.points:
        yield "balance", f"记账后应是 {head.balance + entry.points} 分，写的是 {entry.balance_after} 分。"
    if entry.format != ledger.FORMAT:  # the only column the hash does not cover
        yield "format", f"记录的格式写着第 {entry.format} 版，没有这一版。"
    if entry.hash != entry_hash(entry):
        yield "hash", "记录的内容和它的指纹不符：内容被改过。"
    if entry.kind == ledger.REDEMPTION and entry.balance_after < 0:
        yield "overspent", "兑换把积分花成了负数。"
    text = texts.pop((entry.household_id, entry.seq), None)
    if text is not None and entry.commitment != commit_to(text.salt, text.note, text.recorder, text.evidence):
        yield "text", "事由或证据和记账时不一样。"
    kind = items.get((entry.rulebook_version, entry.item_code)) if entry.item_code else None
    if entry.kind in (ledger.AWARD, ledger.PENALTY) and (kind == "penalty") != (entry.kind == ledger.PENALTY):
        yield "item", "加分扣分的种类和办法里的项目不符。"


def _undo_problems(entry: PostedEntry, before: dict[int, PostedEntry]) -> Iterator[tuple[str, str]]:
    if entry.reverses_seq is None:
        return
    original = before.get(entry.reverses_seq)
    if original is None:
        yield "reversal", f"冲正的第 {entry.reverses_seq} 条不存在。"
    elif original.points != -entry.points:
        yield "reversal", f"冲正的分值和第 {entry.reverses_seq} 条不相抵。"


def _heads(village: Village, heads: dict[UUID, tuple[str, Head]], reached: dict[UUID, Head]) -> Iterator[Problem]:
    for household_id, (number, head) in heads.items():
        last = reached.get(household_id, EMPTY)
        if head.balance != last.balance:
            sentence = f"户上写着 {head.balance} 分，按记录应是 {last.balance} 分。"
            yield Problem("account", village.code, number, last.seq, sentence)
        if (head.seq, head.hash) != (last.seq, last.hash):
            sentence = f"户上写着最后是第 {head.seq} 条，记录到第 {last.seq} 条，指纹对不上。"
            yield Problem("head", village.code, number, last.seq, sentence)
    for household_id in reached.keys() - heads.keys():
        yield Problem("orphan", village.code, str(household_id), None, "有记录的户不见了。")


def _redemptions(session: Session, village: Village) -> Iterator[Problem]:
    numbers = dict(
        session.execute(select(Household.id, Household.number).where(Household.village_id == village.id)).all()
    )
    lines = _line_points(session, village.id)
    entries = _redemption_entries(session, village.id)
    for row in session.execute(select(Redemption.__table__).where(Redemption.village_id == village.id)):
        found = entries.pop(row.id, [])
        for sentence in _redemption_problems(row, lines.get(row.id, 0), found):
            yield Problem("redemption", village.code, numbers.get(row.household_id), row.entry_seq, sentence)
    for found in entries.values():
        for entry in found:
            sentence = "账上有这笔兑换，兑换登记里没有。"
            yield Problem("redemption", village.code, numbers.get(entry.household_id), entry.seq, sentence)


def _line_points(session: Session, village_id: UUID) -> dict[UUID, int]:
    rows = session.execute(
        select(RedemptionLine.redemption_id, func.sum(RedemptionLine.quantity * RedemptionLine.points_each))
        .where(RedemptionLine.village_id == village_id)
        .group_by(RedemptionLine.redemption_id)
    )
    return {id_: int(points) for id_, points in rows}


def _redemption_entries(session: Session, village_id: UUID) -> dict[UUID, list[Any]]:
    entries: dict[UUID, list[Any]] = {}
    rows = session.execute(
        select(
            LedgerEntry.household_id, LedgerEntry.seq, LedgerEntry.kind, LedgerEntry.points, LedgerEntry.redemption_id
        ).where(LedgerEntry.village_id == village_id, LedgerEntry.redemption_id.is_not(None))
    )
    for row in rows:
        entries.setdefault(row.redemption_id, []).append(row)
    return entries


def _redemption_problems(row: Any, line_points: int, entries: list[Any]) -> Iterator[str]:
    taken = sum(-entry.points for entry in entries if entry.kind == ledger.REDEMPTION)
    returned = sum(entry.points for entry in entries if entry.kind == ledger.REFUND)
    if any(entry.household_id != row.household_id for entry in entries):
        yield "兑换记在了别的户上。"
    if line_points != row.points:
        yield f"兑换写着 {row.points} 分，商品加起来是 {line_points} 分。"
    if taken != row.points:
        yield f"兑换要 {row.points} 分，账上扣了 {taken} 分。"
    owed = row.points if row.status in (CANCELLED, EXPIRED) else 0
    if returned != owed and row.status in (RESERVED, FULFILLED, CANCELLED, EXPIRED):
        yield f"应退回 {owed} 分，账上退了 {returned} 分。"


def _trail(session: Session, village: Village) -> Iterator[Problem]:
    seq, head = 0, b""
    query = (
        select(Activity.__table__)
        .where(Activity.village_id == village.id)
        .order_by(Activity.seq)
        .execution_options(yield_per=5000)
    )
    for row in session.execute(query):
        if row.seq != seq + 1 or row.prev_hash != head or row.hash != act_hash(row._asdict()):
            yield Problem("activity", village.code, None, row.seq, "操作记录被改过或缺了一条。")
        seq, head = row.seq, row.hash
    if (village.activity_seq, village.activity_hash) != (seq, head):
        yield Problem("activity", village.code, None, seq, "操作记录的最后一条被删掉或换过。")
