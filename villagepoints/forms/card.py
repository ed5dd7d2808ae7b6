"""The form in which a door card is reported lost."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import Length

from villagepoints.forms.base import KeyedForm, Words


class LostForm(KeyedForm):
    """What became of the card, and whether a new one is given at once."""

    reason = Words(_l("怎么了"), validators=[Length(max=200, message=_l("写得太长了，最多 200 个字。"))])
    new = BooleanField(_l("马上发一张新的"), default=True)
