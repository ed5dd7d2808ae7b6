"""What is typed before a door: a finding, its recheck, and the reason for taking one back."""

from flask_babel import lazy_gettext as _l
from wtforms import FileField, RadioField, SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from villagepoints.forms.base import Day, KeyedForm, WholeNumber, Words

SHORT = Length(max=200, message=_l("最多 200 个字。"))


class FindingForm(KeyedForm):
    """One item that something was found against; whether the item may be found is the rule book's to say."""

    code = Words(_l("查到了什么"), validators=[InputRequired(_l("请先点一下查到的是哪一项。还没有记。"))])
    count = WholeNumber(_l("几处"), default=1)
    found_on = Day(_l("哪一天查到的"), validators=[Optional()])  # empty: today
    note = Words(_l("补一句（可以不写，村民会看到）"), validators=[SHORT])
    photos = FileField(_l("照片"))


class RecheckForm(KeyedForm):
    """Whether it was put right, with what shows it."""

    is_right = RadioField(
        _l("现在怎么样"), choices=[SelectChoice("yes", _l("改好了")), SelectChoice("no", _l("没改好"))]
    )
    note = Words(_l("补一句（村民会看到）"), validators=[SHORT])
    photos = FileField(_l("照片"))


class WithdrawForm(KeyedForm):
    """Why a finding is taken back."""

    reason = Words(_l("为什么撤销（村民会问起）"), validators=[SHORT])
