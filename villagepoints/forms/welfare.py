"""A welfare scheme: what is given, by which resolution, on which conditions."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectChoice, SelectField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from villagepoints.forms.base import Day, KeyedForm, LongWords, WholeNumber, Words


class SchemeForm(KeyedForm):
    """A scheme as the villagers resolved on it."""

    name = Words(
        _l("福利名称"), validators=[DataRequired(_l("请填名称。")), Length(max=80, message=_l("最多 80 个字。"))]
    )
    benefit = LongWords(_l("给什么"), validators=[Length(max=500, message=_l("最多 500 个字。"))])
    resolution_no = Words(
        _l("决议文号"),
        validators=[DataRequired(_l("请填村民会议的决议文号。")), Length(max=60, message=_l("最多 60 个字。"))],
    )
    resolved_on = Day(_l("哪天决议的"), validators=[InputRequired(_l("请填决议日期。"))])
    year = WholeNumber(_l("看哪一年的文明分"), validators=[InputRequired(_l("请填年份，例如 2026。"))])
    residency = SelectField(
        _l("给哪些户"),
        choices=[
            SelectChoice("", _l("全村（常住、动迁各排各的）")),
            SelectChoice("resident", _l("只给常住户")),
            SelectChoice("relocated", _l("只给动迁上楼户")),
        ],
        default="",
    )
    least_merit = WholeNumber(
        _l("文明分至少多少（不看就空着）"),
        validators=[Optional(), NumberRange(1, 100_000, _l("要在 1 到 100,000 分之间。"))],
    )
    top_percent = WholeNumber(
        _l("排在前百分之几（不看就空着）"), validators=[Optional(), NumberRange(1, 100, _l("要在 1 到 100 之间。"))]
    )
    excludes_red_line = BooleanField(_l("这一年碰过红线的不给"), default=True)
