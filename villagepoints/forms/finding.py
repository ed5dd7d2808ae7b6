"""What is typed before a door: a finding, its recheck, and the reason for taking one back."""

from flask_babel import lazy_gettext as _l
from wtforms import FileField, Form, RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import DataRequired, Length, Optional

from villagepoints.forms.base import Day, KeyedForm, WholeNumber, Words, narrow

SHORT = Length(max=200, message=_l("最多 200 个字。"))


class FindingForm(KeyedForm):
    """The items that something was found against; whether an item may be found is the rule book's to say."""

    code = SelectMultipleField(
        _l("查到了什么"),
        choices=[],
        coerce=lambda code: narrow(code).upper()[:8],
        filters=[lambda codes: [code for code in codes or () if code]],
        validate_choice=False,
        validators=[DataRequired(_l("请先点一下查到的是哪一项。还没有记。"))],
    )
    found_on = Day(_l("哪一天查到的"), validators=[Optional()])  # empty: today
    note = Words(_l("补一句（可以不写，村民会看到）"), validators=[SHORT])


class SeenForm(Form):  # type: ignore[misc]
    """What is asked under each item that was ticked; its fields are named after the item's code."""

    count = WholeNumber(_l("几处"), filters=[lambda typed: 1 if typed is None else typed])
    photos = FileField(_l("拍照片"))


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
