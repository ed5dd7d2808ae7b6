"""The rows behind what a report says of objections, of goods that came in, of the sample and of problems."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from villagepoints.domain import audit as words
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_
from villagepoints.domain.report import MonthReport
from villagepoints.domain.report_parts import AuditPart
from villagepoints.models import Audit, AuditItem, Objection, Reward, StockMove
from villagepoints.services import audit_problem_list
from villagepoints.services.report_basis import Stand, midnight
from villagepoints.services.report_document import ABOUT, ENDED
from villagepoints.services.report_tables import Column, Translate
from villagepoints.services.report_words import OFFICES
from villagepoints.services.workbook_rows import Line

Read = tuple[str, tuple[Column, ...], Iterator[Line]]
Numbers = Callable[[UUID | None], str]


def of_report(
    session: Session, stand: Stand, report: MonthReport, homes: Mapping[UUID, Any], translate: Translate
) -> list[Read]:
    """Name, columns and lines of each sheet; those of the audit once it is concluded: before, nobody in the office
    should know which doors are still to be knocked at."""

    def number(household_id: UUID | None) -> str:
        return "" if household_id is None else homes[household_id].number

    found = [_objections(session, stand, report, number, translate), _bought(session, stand, report, translate)]
    audit = report.parts.audit
    if audit is not None and audit.status == words.CONCLUDED:
        found.append(_sample(session, stand, audit, number, translate))
        found.append(_problems(session, stand, audit, translate))
    return found


def _columns(translate: Translate, *heads: str, numbers: Collection[str] = ()) -> tuple[Column, ...]:
    return tuple(Column(translate(head), "points" if head in numbers else "text") for head in heads)


def _objections(session: Session, stand: Stand, report: MonthReport, number: Numbers, translate: Translate) -> Read:
    found = report.parts.objections.lines
    row = Objection
    of_number = select(row.number, row.about_household_id, row.household_id, row.objector).where(
        row.village_id == stand.village_id, row.number.in_([line.number for line in found])
    )
    people = {one.number: one for one in session.execute(of_number)} if found else {}

    def lines() -> Iterator[Line]:
        for line in found:
            who = people[line.number]
            by = number(who.household_id) or who.objector
            about, ended = translate(ABOUT[line.about]), translate(ENDED[line.status])
            decided = "" if line.decided_on is None else str(line.decided_on)
            late = translate(N_("过了期限")) if line.is_late else ""
            yield (
                *(line.number, number(who.about_household_id), by, about, str(line.filed_on)),
                *(ended, decided, line.days, late),
            )

    heads = (
        *(
            N_("编号"),
            N_("关于哪户"),
            N_("谁提的"),
            N_("对什么"),
            N_("哪天提的"),
        ),
        *(
            N_("怎么了结"),
            N_("哪天答复"),
            N_("几天"),
            N_("期限"),
        ),
    )
    numbers = (
        N_("编号"),
        N_("几天"),
    )
    return translate(N_("异议明细")), _columns(translate, *heads, numbers=numbers), lines()


def _bought(session: Session, stand: Stand, report: MonthReport, translate: Translate) -> Read:
    row = StockMove
    rows = session.execute(
        select(row.recorded_at, Reward.code, Reward.name, row.quantity, row.cost_cents, row.supplier, row.document)
        .join(Reward, and_(Reward.village_id == row.village_id, Reward.id == row.reward_id))
        .where(row.village_id == stand.village_id, row.kind == "in", row.quantity > 0, stand.known(row.recorded_at))
        .where(row.recorded_at >= midnight(report.month.first))
        .where(row.recorded_at < midnight((report.month + 1).first))
        .order_by(row.recorded_at, row.id)
    ).all()

    def lines() -> Iterator[Line]:
        for at, code, name, pieces, cents, supplier, document in rows:
            yield str(village_date(at)), code, name, pieces, cents, supplier, document

    heads = (
        *(
            N_("日期"),
            N_("编号"),
            N_("商品"),
            N_("件数"),
            N_("每件多少分钱"),
        ),
        *(
            N_("供货人"),
            N_("单据"),
        ),
    )
    numbers = (
        N_("件数"),
        N_("每件多少分钱"),
    )
    return translate(N_("进货明细")), _columns(translate, *heads, numbers=numbers), lines()


def _sample(session: Session, stand: Stand, audit: AuditPart, number: Numbers, translate: Translate) -> Read:
    row = AuditItem
    rows = session.execute(
        select(row, Reward.name)
        .join(Audit, and_(Audit.village_id == row.village_id, Audit.id == row.audit_id))
        .outerjoin(Reward, and_(Reward.village_id == row.village_id, Reward.id == row.reward_id))
        .where(row.village_id == stand.village_id, Audit.month == str(audit.month))
        .order_by(row.position)
    ).all()

    def lines() -> Iterator[Line]:
        for one, goods in rows:
            why = translate(words.KINDS[one.kind]), translate(words.REASONS[one.reason])
            seen = translate(words.RESULTS[one.result]) if one.result else translate(N_("还没看"))
            blind = translate(N_("先打分，再看原来的")) if one.is_blind else ""
            yield (one.position, *why, number(one.household_id), one.entry_seq, goods, one.pseudonym, blind, seen)

    heads = (
        *(
            N_("次序"),
            N_("看什么"),
            N_("为什么抽到"),
            N_("户号"),
            N_("第几条"),
        ),
        *(
            N_("商品"),
            N_("抽样时的代号"),
            N_("怎么看"),
            N_("结果"),
        ),
    )
    numbers = (
        N_("次序"),
        N_("第几条"),
    )
    return translate(N_("抽样明细")), _columns(translate, *heads, numbers=numbers), lines()


def _problems(session: Session, stand: Stand, audit: AuditPart, translate: Translate) -> Read:
    month = str(audit.month)
    raised = audit_problem_list.of_audit(session, stand.village_id, month)
    carried = audit_problem_list.carried(session, stand.village_id, month)
    homes = {(row.month, row.number): row.household or "" for row in (*raised, *carried)}

    def lines() -> Iterator[Line]:
        for one in (*audit.carried, *audit.problems):
            ways = translate(words.REMEDIES[one.remedy]), translate(OFFICES.get(one.owner, one.owner))
            state = translate(words.PROBLEM_STATES[one.status])
            closed = "" if one.closed_on is None else str(one.closed_on)
            yield (
                *(str(one.month), one.number, homes.get((str(one.month), one.number), ""), one.text, *ways),
                *(str(one.due_on), state, one.answer, one.outcome, closed),
            )

    heads = (
        *(
            N_("哪个月的审核"),
            N_("编号"),
            N_("户号"),
            N_("看到了什么"),
            N_("怎么办"),
        ),
        *(
            N_("谁来办"),
            N_("到哪天"),
            N_("到了哪一步"),
            N_("怎么改的"),
            N_("复查结果"),
        ),
        *(N_("哪天了结"),),
    )
    numbers = (N_("编号"),)
    return translate(N_("问题明细")), _columns(translate, *heads, numbers=numbers), lines()
