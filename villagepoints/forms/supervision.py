"""What the desk fills in of the supervision group and the committee."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectField
from wtforms.validators import DataRequired, InputRequired, Length

from villagepoints.domain.deliberation import ASSEMBLIES
from villagepoints.forms.base import Day, KeyedForm, Words
from villagepoints.forms.user import RELATION_NAMES

CHOOSE = SelectChoice("", _l("请选"))
RELATIONS = [CHOOSE, *(SelectChoice(word, name) for word, name in RELATION_NAMES.items())]


class AppointForm(KeyedForm):
    """Somebody whom the assembly chose; `person.choices` are set by the page."""

    person = RadioField(_l("家里的哪一位"), validators=[InputRequired(_l("请选是哪一位。"))])
    login_name = Words(_l("登录名（不填就用名字的拼音）"), validators=[Length(max=40, message=_l("最多 40 个字。"))])
    from_on = Day(_l("任期从哪天起"), validators=[DataRequired(_l("请填任期从哪天起。"))])
    until_on = Day(_l("任期的最后一天"), validators=[DataRequired(_l("请填任期的最后一天。"))])
    assembly = SelectField(
        _l("哪一种会议推选的"),
        choices=[CHOOSE, *(SelectChoice(name, _l(form.name)) for name, form in ASSEMBLIES.items())],
    )
    document = Words(_l("凭什么"), validators=[DataRequired(_l("请填凭什么。")), Length(max=120)])
    contact = Words(_l("公开的电话（可以不填）"), validators=[Length(max=40, message=_l("最多 40 个字。"))])


class EndForm(KeyedForm):
    """Why somebody leaves the group before the term is over."""

    reason = Words(_l("为什么离任"), validators=[DataRequired(_l("请写为什么离任。")), Length(max=200)])


class CommitteeForm(KeyedForm):
    """A member of the village committee or the Party branch."""

    name = Words(_l("姓名"), validators=[DataRequired(_l("请填姓名。")), Length(max=40)])
    position = Words(_l("职务"), validators=[Length(max=40, message=_l("最多 40 个字。"))])
    number = Words(_l("本人家的户号（住在外面的不填）"), validators=[Length(max=20)])
    since_on = Day(_l("从哪天起"), validators=[DataRequired(_l("请填从哪天起。"))])


class KinForm(KeyedForm):
    """A household of a committee member's close relatives."""

    number = Words(_l("亲属家的户号"), validators=[DataRequired(_l("请填户号。")), Length(max=20)])
    relation = SelectField(_l("是本人的什么人"), choices=RELATIONS)
