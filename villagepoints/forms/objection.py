"""Raising an objection, answering one, entering days of the calendar."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from villagepoints.domain.objection import DESK, MOST_WORDS, PAPER
from villagepoints.forms.base import Day, KeyedForm, LongWords, WholeNumber, Words

_LONG = Length(max=MOST_WORDS, message=_l("写得太长了，最多 %(max)d 个字。"))


class ObjectionForm(KeyedForm):
    """What is wrong, in a household's own words."""

    words = LongWords(_l("哪里不对？"), validators=[InputRequired(_l("请写一句哪里不对，村里才好去查。")), _LONG])


class DeskObjectionForm(ObjectionForm):
    """The same, said at the window or typed from paper."""

    objector = Words(_l("谁提的"), validators=[Length(max=40, message=_l("最多 40 个字。"))])
    via = RadioField(
        _l("怎么提的"),
        choices=[SelectChoice(DESK, _l("在窗口说的")), SelectChoice(PAPER, _l("交来的纸"))],
        default=DESK,
    )
    filed_on = Day(_l("纸上写的日期"), validators=[Optional()])


class AnswerForm(KeyedForm):
    """The answer to an objection, and what a base item should have given."""

    reason = LongWords(_l("怎么查的、为什么（提异议的人会看到）"), validators=[_LONG])
    points = WholeNumber(_l("这一项应该得几分"), validators=[Optional()])


class DaysForm(KeyedForm):
    """Days that differ from Monday to Friday."""

    first = Day(_l("第一天"), validators=[InputRequired(_l("请填第一天。"))])
    last = Day(_l("最后一天"), validators=[Optional()])
    works = RadioField(
        _l("上不上班"), choices=[SelectChoice("off", _l("放假")), SelectChoice("on", _l("上班（调休）"))], default="off"
    )
    name = Words(_l("什么假"), validators=[Length(max=40, message=_l("最多 40 个字。"))])
