"""What is told of an item of an audit's sample, on the spot."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length

from villagepoints.domain.audit_look import MOST_WORDS
from villagepoints.forms.base import KeyedForm, WholeNumber, Words, narrow

SCORE, COUNT = "score", "count"  # pressed instead of a result: what was found or counted says it


class LookForm(KeyedForm):
    """Agrees or not, in words; when, by the phone's clock, where it was kept before it was sent."""

    result = StringField(filters=[narrow])
    note = Words(validators=[Length(max=MOST_WORDS, message=_l("最多 %(max)d 个字。"))])
    counted = WholeNumber()
    looked_at = StringField(filters=[narrow])

    @property
    def moment(self) -> datetime | None:
        """When somebody looked, by the phone's clock; None for what is no instant."""
        try:
            told = datetime.fromisoformat((self.looked_at.data or "").replace("Z", "+00:00"))
        except ValueError:
            return None
        return told if told.tzinfo else None
