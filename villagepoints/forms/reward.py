"""Goods of the points shop and their stock."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from villagepoints.forms.base import KeyedForm, WholeNumber, Words

MOST = 1_000_000


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
            DataRequired(_l("请填原因，例如「九月进货」「盘点少了」。")),
            Length(max=120, message=_l("最多 120 个字。")),
        ],
    )
