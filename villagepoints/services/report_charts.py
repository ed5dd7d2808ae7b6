"""The months up to the report's as charts, one a figure, and the same figures as a table."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from villagepoints.domain.errors import N_
from villagepoints.domain.report_parts import MonthFigures
from villagepoints.services import report_blocks as blocks
from villagepoints.services.report_blocks import Block
from villagepoints.services.report_tables import Column, Kind, Row, Table, Translate, written
from villagepoints.services.report_words import month_of

Figure = Callable[[MonthFigures], int | Decimal | None]
SERIES: tuple[tuple[str, Kind, Figure], ...] = (
    (N_("产生积分"), "points", lambda of: of.generated),
    (N_("扣分"), "points", lambda of: of.deducted),
    (N_("兑换积分"), "points", lambda of: of.redeemed),
    (N_("月末未兑换"), "points", lambda of: of.outstanding),
    (N_("村民自己兑换的占笔数"), "share", lambda of: of.self_share),
    (N_("异议"), "points", lambda of: of.objections),
    (N_("劝导"), "points", lambda of: of.persuaded),
    (N_("改好"), "points", lambda of: of.rectified),
    (N_("抽查对不上的占"), "share", lambda of: of.differing_share),
)


def charts(history: Sequence[MonthFigures], translate: Translate) -> list[Block]:
    """A chart for each figure that was ever more than nothing; one month alone is compared with nothing."""
    if len(history) < 2:
        return []
    drawn = [
        _chart(translate(name), kind, figure, history, translate)
        for name, kind, figure in SERIES
        if any(figure(one) for one in history)
    ]
    return [*drawn, blocks.table(_table(history, translate))]


def _chart(name: str, kind: Kind, figure: Figure, history: Sequence[MonthFigures], translate: Translate) -> Block:
    bars = [(_label(one, history[0], translate), figure(one), written(kind, figure(one))) for one in history]
    return blocks.chart(name, bars)


def _label(one: MonthFigures, first: MonthFigures, translate: Translate) -> str:
    """The month; with its year where a year begins."""
    return month_of(one.month, translate) if one is first or one.month.number == 1 else translate(one.month.name)


def _table(history: Sequence[MonthFigures], translate: Translate) -> Table:
    names = [Column(translate(name), kind) for name, kind, _ in SERIES]
    rows = [Row((month_of(one.month, translate), *(figure(one) for _, _, figure in SERIES))) for one in history]
    heading = translate(N_("各月的数"))
    return Table("history", heading, (Column(translate(N_("月份")), "text"), *names), tuple(rows))
