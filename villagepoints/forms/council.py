"""Opening a council and closing it."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from villagepoints.forms.base import Day, KeyedForm, Words


class MembersForm(KeyedForm):
    """Who is present; `choices` are set by the page."""

    members = SelectMultipleField(
        _l("到场的审核人（至少 3 个）"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )


class CouncilForm(MembersForm):
    """When and where a round is held, and who is present."""

    held_on = Day(_l("评议日期"), validators=[InputRequired(_l("请填评议日期。"))])
    place = Words(_l("地点"), validators=[Length(max=80, message=_l("最多 80 个字。"))])
