"""Who a household is and who lives in it: registering, changing, splitting, merging, leaving."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, Form, FormField, SelectChoice, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from villagepoints.domain.succession import DIED, MARRIED, MISTAKE, MOVED
from villagepoints.forms.base import Day, KeyedForm, LongWords, WholeNumber, Words

RESIDENCY_NAMES = {"resident": _l("常住"), "relocated": _l("动迁上楼")}
ELDER_NAMES = {"": _l("按年龄算（都满 60 岁就是）"), "yes": _l("是老人户"), "no": _l("不是老人户")}
MEMBER_REASONS = {
    MOVED: _l("搬走了"),
    MARRIED: _l("结婚离家"),
    DIED: _l("去世了"),
    MISTAKE: _l("登记错了，不是这户的"),
}
HOUSEHOLD_REASONS = {MOVED: _l("全家搬走了"), DIED: _l("家里人都不在了")}
ROWS = 6  # of people on the form of a new household; more are added on its page


def _choices(names: dict[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, name) for value, name in names.items()]


class BirthDay(Day):
    """A day of birth: also of the century before."""

    earliest = 1900


class PersonFields(Form):  # type: ignore[misc]
    """One person; everything but the name may stay empty."""

    name = Words(_l("姓名"), validators=[Length(max=40, message=_l("最多 40 个字。"))])
    relation = Words(_l("和户主的关系"), validators=[Length(max=20, message=_l("最多 20 个字。"))])
    identity = Words(_l("身份证号"), validators=[Length(max=30, message=_l("身份证号是 18 位。"))])
    birth_on = BirthDay(_l("出生日期"))
    sex = SelectField(_l("性别"), choices=_choices({"": "", "男": _l("男"), "女": _l("女")}))
    phone = Words(
        _l("手机"),
        validators=[Optional(), Regexp(r"[0-9 +\-]{5,20}\Z", message=_l("电话只写数字，例如 13900001234。"))],
    )


class PersonForm(KeyedForm, PersonFields):
    """A person who is added or put right."""


class ParticularsForm(KeyedForm):
    """What a household is, besides its people."""

    number = Words(_l("户号"), validators=[Length(max=20, message=_l("户号最多 20 位。"))])
    group_no = WholeNumber(
        _l("组"), validators=[Optional(), NumberRange(0, 9999, message=_l("组号填 0 到 9999 的数。"))]
    )
    address = Words(_l("住址"), validators=[Length(max=120, message=_l("最多 120 个字。"))])
    residency = SelectField(_l("类型"), choices=_choices(RESIDENCY_NAMES))
    neighbourhood_id = SelectField(_l("哪个居委会的小区"), coerce=str, validate_choice=True)
    moved_on = Day(_l("哪天搬上楼的"))
    elder = SelectField(_l("老人户"), choices=_choices(ELDER_NAMES))
    remark = Words(_l("备注"), validators=[Length(max=200, message=_l("最多 200 个字。"))])

    def offer(self, committees: Sequence[tuple[UUID, str]]) -> None:
        """The committees to choose from; without any the field and the day are not asked."""
        if not committees:
            del self.neighbourhood_id
            del self.moved_on
            return
        self.neighbourhood_id.choices = [SelectChoice("", _l("（没有）"))] + [
            SelectChoice(str(id_), name) for id_, name in committees
        ]


class RegisterForm(ParticularsForm):
    """A new household with its people at once; the first of them is the head."""

    joined_on = Day(_l("从哪天起算"), validators=[InputRequired(_l("请填从哪天起算。"))])
    people = FieldList(FormField(PersonFields), min_entries=ROWS, max_entries=ROWS)

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a row that says something of a person without a name: it would be lost."""
        is_valid: bool = super().validate(extra_validators)
        for row in self.people:
            fields = row.form
            said = (fields.relation.data, fields.identity.data, fields.birth_on.data, fields.phone.data)
            if any(said) and not fields.name.data:
                fields.name.errors = [_l("请写姓名，不要的就把这一行清空。")]
                self.people.errors = [*self.people.errors, fields.name.errors[0]]
                is_valid = False
        return is_valid


class LeaveForm(KeyedForm):
    """Why somebody is not in the household any more, and since when."""

    reason = SelectField(_l("为什么"), choices=_choices(MEMBER_REASONS))
    left_on = Day(_l("从哪天起"), validators=[InputRequired(_l("请填从哪天起。"))])
    head_id = SelectField(_l("以后谁是户主"), coerce=str)


class HouseholdLeavesForm(KeyedForm):
    """Why a whole household is not in the village any more, and since when."""

    reason = SelectField(_l("为什么"), choices=_choices(HOUSEHOLD_REASONS))
    left_on = Day(_l("从哪天起"), validators=[InputRequired(_l("请填从哪天起。"))])


class WhyForm(KeyedForm):
    """A reason that stays with the act."""

    reason = LongWords(_l("原因"), validators=[Length(max=200, message=_l("最多 200 个字。"))])


class ShareForm(KeyedForm):
    """How many points go over, and on which paper that rests."""

    points = WholeNumber(_l("转多少分"), validators=[NumberRange(0, message=_l("填 0 或更多。"))])
    document = Words(_l("凭什么（协议、证明的名称）"), validators=[Length(max=120, message=_l("最多 120 个字。"))])


class HandOnForm(ShareForm):
    """To which household, as well."""

    number = Words(_l("转给哪一户（户号）"), validators=[InputRequired(_l("请填户号。")), Length(max=20)])


class MergeForm(HandOnForm):
    """A whole household goes to another one."""

    number = Words(_l("并到哪一户（户号）"), validators=[InputRequired(_l("请填户号。")), Length(max=20)])


class _People(SelectMultipleField):  # type: ignore[misc]
    """People with a box before each name."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SplitForm(ShareForm):
    """Some people form a new household, or live in another one from now on."""

    people = _People(_l("谁过去"), coerce=str)
    to = SelectField(
        _l("过到哪里"), choices=_choices({"new": _l("分出去单独立一户"), "other": _l("搬到村里另一户（积分不跟着走）")})
    )
    number = Words(_l("户号"), validators=[Length(max=20, message=_l("户号最多 20 位。"))])
    group_no = WholeNumber(
        _l("组"), validators=[Optional(), NumberRange(0, 9999, message=_l("组号填 0 到 9999 的数。"))]
    )
    address = Words(_l("住址"), validators=[Length(max=120, message=_l("最多 120 个字。"))])
    residency = SelectField(_l("类型"), choices=_choices(RESIDENCY_NAMES))


class RegroupForm(KeyedForm):
    """Another number for a whole group."""

    group_no = WholeNumber(_l("现在是几组"), validators=[InputRequired(_l("请填是哪一组。"))])
    to_group = WholeNumber(_l("改成几组"), validators=[InputRequired(_l("请填改成几组。"))])
    joins = BooleanField(_l("那一组已经有人家，并到一起"))
