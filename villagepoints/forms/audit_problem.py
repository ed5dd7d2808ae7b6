"""A problem of an audit: raising it, the ways its owner has, the recheck."""

from flask_babel import lazy_gettext as _l
from wtforms import FileField, RadioField, SelectField
from wtforms.validators import InputRequired, Length, Optional

from villagepoints.forms.base import Day, KeyedForm, LongWords, WholeNumber, Words

_LONG = Length(max=400, message=_l("写得太长了，最多 %(max)d 个字。"))
NOTE = Length(max=150, message=_l("最多 %(max)d 个字。"))  # with the audit's name before it, a finding's 200
_BY = [InputRequired(_l("请填一个日子。"))]


class RaiseForm(KeyedForm):
    """What is wrong, how it is first seen to, by whom and until when; `choices` are set by the page."""

    household = Words(_l("户号（和哪一户有关）"), validators=[Length(max=20, message=_l("最多 20 个字。"))])
    entry = WholeNumber(_l("第几条记录（要冲正才填）"), validators=[Optional()])
    text = LongWords(
        _l("看到了什么，和账上哪里对不上"), validators=[InputRequired(_l("请写一句，经办人才知道去看什么。")), _LONG]
    )
    remedy = RadioField(_l("先怎么办"), validators=[InputRequired(_l("请选一种办法。"))])
    owner = SelectField(_l("交给谁办"), validators=[InputRequired(_l("请选一个人。"))])
    due_on = Day(_l("哪天前办好"), validators=_BY)


class BackForm(KeyedForm):
    """What is still missing, by whom and until when."""

    reason = LongWords(_l("还差什么，为什么要再办"), validators=[InputRequired(_l("请写一句为什么。")), _LONG])
    owner = SelectField(_l("交给谁办"), validators=[InputRequired(_l("请选一个人。"))])
    due_on = Day(_l("哪天前办好"), validators=_BY)


class CloseForm(KeyedForm):
    """What the recheck found."""

    outcome = LongWords(_l("复查看到了什么"), validators=[InputRequired(_l("请写一句复查看到了什么。")), _LONG])
    photos = FileField(_l("照片（可以不放）"))


class WithdrawForm(KeyedForm):
    """Why it was no problem."""

    reason = LongWords(_l("为什么撤回（报告里看得到）"), validators=[InputRequired(_l("请写一句为什么。")), _LONG])


class PersuadeForm(KeyedForm):
    """What the household was talked to about; `choices` are set by the page."""

    code = SelectField(_l("是哪一项"), validators=[InputRequired(_l("请选一项。"))])
    count = WholeNumber(_l("几处"), default=1, validators=[InputRequired(_l("请填几处。"))])
    found_on = Day(_l("哪一天看到的"), validators=[InputRequired(_l("请填是哪一天。"))])
    words = LongWords(
        _l("看到什么、怎么说好的（村民会看到）"), validators=[InputRequired(_l("请写一句，村民会看到。")), NOTE]
    )


class ReverseForm(KeyedForm):
    """Why an entry is undone."""

    words = LongWords(_l("为什么冲正（村民会看到）"), validators=[InputRequired(_l("请写明为什么冲正。")), NOTE])


class AnswerForm(KeyedForm):
    """How it was put right otherwise."""

    words = LongWords(_l("怎么改的（监督小组会来复查）"), validators=[InputRequired(_l("请写一句怎么改的。")), _LONG])
