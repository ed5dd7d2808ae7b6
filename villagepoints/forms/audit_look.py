"""What is told of an item of an audit's sample, on the spot."""

from datetime import datetime

from wtforms import StringField

from villagepoints.forms.base import KeyedForm, WholeNumber, Words, narrow

SCORE, COUNT = "score", "count"  # pressed instead of a result: what was found or counted says it


class LookForm(KeyedForm):
    """Agrees or not, in words; when, by the phone's clock, where it was kept before it was sent."""

    result = StringField(filters=[narrow])
    note = Words()
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
