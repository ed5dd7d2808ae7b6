"""Handing goods over and serving somebody at the counter."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice
from wtforms.validators import Length

from villagepoints.domain.redemption import COUNTER, PROXY
from villagepoints.forms.base import KeyedForm, Words


class CounterForm(KeyedForm):
    """Who stands at the counter: somebody of the household, or a proxy by name."""

    channel = RadioField(
        _l("谁来领"),
        choices=[SelectChoice(COUNTER, _l("本户来人")), SelectChoice(PROXY, _l("别人代办"))],
        default=COUNTER,
    )
    proxy_name = Words(_l("代办人姓名"), validators=[Length(max=40, message=_l("最多 40 个字。"))])
