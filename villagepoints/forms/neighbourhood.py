"""What is written of a neighbourhood committee, and whose accounts belong to it."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectMultipleField
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from villagepoints.domain.neighbourhood import MOST_CONTACT, MOST_NAME, MOST_PHONE
from villagepoints.forms.base import KeyedForm, Words


class NeighbourhoodForm(KeyedForm):
    """A committee: its name, whom to ask for, whether it is at work."""

    name = Words(_l("居委会叫什么"), validators=[Length(max=MOST_NAME, message=_l("最多 60 个字。"))])
    contact_name = Words(_l("联系人"), validators=[Length(max=MOST_CONTACT, message=_l("最多 40 个字。"))])
    contact_phone = Words(_l("电话"), validators=[Length(max=MOST_PHONE, message=_l("最多 20 个字。"))])


class ChangeForm(NeighbourhoodForm):
    """The same, and whether it is at work."""

    is_active = BooleanField(_l("在用。停用以后，它的账号什么都看不到"))


class AccountsForm(KeyedForm):
    """Whose accounts belong to it; `choices` are set by the page."""

    users = SelectMultipleField(
        _l("哪些账号归它"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
