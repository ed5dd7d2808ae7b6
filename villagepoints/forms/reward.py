"""Goods of the points shop, their stock, the counters where they lie, and what is counted there."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from villagepoints.forms.base import Day, KeyedForm, WholeNumber, Words, narrow

MOST = 1_000_000
YUAN = re.compile(r"(\d{1,7})(?:\.(\d{1,2}))?")


class Yuan(StringField):  # type: ignore[misc]
    """Money as people type it, 45 or 12.5 or ￥12.50 元; its data are 分."""

    def process_formdata(self, values: list[str]) -> None:
        text = narrow(values[0] if values else "").replace(",", "").replace(" ", "").strip("¥￥元")
        self.data = None
        if not text:
            return
        found = YUAN.fullmatch(text)
        if found is None:
            raise ValueError(_l("请填多少元，例如 45 或 12.50。"))
        self.data = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data // 100}.{self.data % 100:02d}".removesuffix(".00")


def _words(most: int) -> list[Any]:
    return [Length(max=most, message=_l("最多 %(most)s 个字。", most=most))]


class RewardForm(KeyedForm):
    """What one of the goods is called, costs and allows."""

    code = Words(_l("编号"), validators=[DataRequired(_l("请填编号。")), Length(max=20, message=_l("最多 20 个字。"))])
    name = Words(
        _l("名称和规格"), validators=[DataRequired(_l("请填名称。")), Length(max=80, message=_l("最多 80 个字。"))]
    )
    points = WholeNumber(
        _l("要多少分"),
        validators=[
            InputRequired(_l("请填要多少分。")),
            NumberRange(1, MOST, _l("要在 1 到 1,000,000 分之间。")),
        ],
    )
    household_month_limit = WholeNumber(
        _l("每户每月最多几件（不填就不限）"),
        validators=[Optional(), NumberRange(1, 9999, _l("要在 1 到 9,999 件之间，不限就空着。"))],
    )
    low_stock = WholeNumber(
        _l("剩几件时提醒补货"),
        default=10,
        validators=[InputRequired(_l("请填一个数，不要提醒就填 0。")), NumberRange(0, MOST, _l("要在 0 以上。"))],
    )
    cost_cents = Yuan(_l("一件的成本（元，只有村里看得到）"))
    supplier = Words(_l("供货商"), validators=_words(60))
    offered_from = Day(_l("哪天起可以换（不填：现在就可以）"), validators=[Optional()])
    offered_until = Day(_l("换到哪天为止（不填：一直可以）"), validators=[Optional()])
    counter_id = SelectField(_l("放在哪个窗口"), validate_choice=False)
    is_active = BooleanField(_l("正在供应"), default=True)
    without_picture = BooleanField(_l("去掉这张照片，用画的"))


class StockForm(KeyedForm):
    """Pieces that came in or went out, and why."""

    way = RadioField(
        _l("进还是出"), choices=[SelectChoice("in", _l("进货")), SelectChoice("out", _l("出库"))], default="in"
    )
    quantity = WholeNumber(
        _l("件数"),
        validators=[
            InputRequired(_l("请填件数。")),
            NumberRange(1, MOST, _l("件数要在 1 到 1,000,000 之间。")),
        ],
    )
    reason = Words(
        _l("原因"),
        validators=[
            DataRequired(_l("请填原因，例如「九月进货」「破损」。")),
            Length(max=120, message=_l("最多 120 个字。")),
        ],
    )
    document = Words(_l("单据号（送货单、收据、领条）"), validators=_words(60))
    supplier = Words(_l("供货商"), validators=_words(60))
    cost_cents = Yuan(_l("进价（元一件）"))


class WindowForm(KeyedForm):
    """A counter: what it is called, where it is, when it is open, who works there."""

    name = Words(_l("窗口名称"), validators=[DataRequired(_l("请填窗口的名称。")), *_words(40)])
    place = Words(_l("在哪里"), validators=_words(80))
    hours = Words(_l("什么时候开门"), validators=_words(80))
    staff = SelectMultipleField(_l("只在这个窗口发东西的人"), validate_choice=False)
    takes_rest = BooleanField(_l("还没有放到窗口的商品都放在这里"))
    is_active = BooleanField(_l("正在用"), default=True)


class StocktakeForm(KeyedForm):
    """What is to be counted: the goods of one counter, or all."""

    counter_id = SelectField(_l("盘哪里的"), validate_choice=False)
    note = Words(_l("备注"), validators=_words(200))


class CountForm(KeyedForm):
    """A sheet of counts; its numbers are read by the view, a row each."""
