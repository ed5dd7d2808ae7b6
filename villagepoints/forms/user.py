"""Sign-in, password and staff account forms."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, SelectChoice, SelectField, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from villagepoints.domain.actor import ADMIN, CLERK, COUNTER, GRID_WORKER, NEIGHBOURHOOD, REVIEWER, SUPERVISOR, TOWN
from villagepoints.forms.base import KeyedForm, Words

ROLE_NAMES = {
    CLERK: _l("文书"),
    GRID_WORKER: _l("网格员"),
    REVIEWER: _l("审核人"),
    COUNTER: _l("窗口"),
    SUPERVISOR: _l("监督小组"),
    NEIGHBOURHOOD: _l("居委会"),
    TOWN: _l("镇里"),
    ADMIN: _l("管理员"),
}

RELATION_NAMES = {
    "spouse": _l("配偶"),
    "parent": _l("父母"),
    "child": _l("子女"),
    "sibling": _l("兄弟姐妹"),
    "grandparent": _l("祖父母、外祖父母"),
    "grandchild": _l("孙子女、外孙子女"),
    "in_law": _l("公婆、岳父母、女婿、儿媳"),
    "other": _l("其他近亲属"),
}
CODE_LOOK = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}


def _roles() -> SelectMultipleField:
    return SelectMultipleField(
        _l("角色"),
        # who supervises is chosen by the villagers and recorded as a term, not given as a role
        choices=[SelectChoice(role, name) for role, name in ROLE_NAMES.items() if role != SUPERVISOR],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class SignInForm(KeyedForm):
    """Village code, login name and password."""

    village = Words(_l("村代码"), validators=[DataRequired(_l("请填村代码。")), Length(max=8)])
    login_name = Words(_l("登录名"), validators=[DataRequired(_l("请填登录名。")), Length(max=40)])
    password = PasswordField(_l("密码"), validators=[InputRequired(_l("请填密码。")), Length(max=200)])
    code = Words(_l("动态码（开了的人才填）"), validators=[Length(max=20)], render_kw=CODE_LOOK)
    next = HiddenField()


class LinkForm(KeyedForm):
    """A one-time link: the code of a second factor, for those who have one."""

    code = Words(_l("动态码"), validators=[Length(max=20)], render_kw=CODE_LOOK)


class CodeForm(KeyedForm):
    """The code that an authenticator shows, or a recovery code."""

    code = Words(_l("动态码"), validators=[DataRequired(_l("请填动态码。")), Length(max=20)], render_kw=CODE_LOOK)


class PasswordForm(KeyedForm):
    """A new password, typed twice; the old one where there is one."""

    old_password = PasswordField(_l("现在的密码"), validators=[Length(max=200)])
    password = PasswordField(_l("新密码，至少 10 位"), validators=[InputRequired(_l("请填新密码。")), Length(max=200)])
    again = PasswordField(_l("再填一次"), validators=[InputRequired(_l("请再填一次新密码。")), Length(max=200)])


class UserForm(KeyedForm):
    """A new staff account."""

    name = Words(_l("姓名"), validators=[DataRequired(_l("请填姓名。")), Length(max=40)])
    login_name = Words(_l("登录名"), validators=[DataRequired(_l("请填登录名。")), Length(max=40)])
    household = Words(_l("本人家的户号（审核时要回避自己家）"), validators=[Length(max=20)])
    roles = _roles()


class RolesForm(KeyedForm):
    """The roles of somebody of the staff."""

    roles = _roles()


class RelativeForm(KeyedForm):
    """A household of close relatives."""

    number = Words(_l("亲属家的户号"), validators=[DataRequired(_l("请填户号。")), Length(max=20)])
    relation = SelectField(
        _l("是本人的什么人"),
        choices=[SelectChoice("", _l("请选")), *(SelectChoice(word, name) for word, name in RELATION_NAMES.items())],
    )
