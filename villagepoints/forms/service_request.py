"""What a household says in a few words, and the village's answer to it."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectChoice
from wtforms.validators import Length, Optional

from villagepoints.domain.service_request import MOST_WORDS, Kind
from villagepoints.forms.base import KeyedForm, LongWords

_LONG = Length(max=MOST_WORDS, message=_l("写得太长了，最多 %(max)d 个字。"))


class RequestForm(KeyedForm):
    """What to do or what is the matter; which fields are asked, and which must be filled, the kind says."""

    choice = RadioField(_l("选一样"), validators=[Optional()], validate_choice=False)
    words = LongWords(_l("说一说"), validators=[_LONG])


class AnswerForm(KeyedForm):
    """A sentence that often answers it, one's own words, or both."""

    ready = RadioField(_l("常用的一句"), validators=[Optional()])
    words = LongWords(_l("再写几句（他家会看到）"), validators=[_LONG])
    with_same = BooleanField(_l("想要同一样东西的别的户，一起这样答复"))

    def offer(self, kind: Kind) -> None:
        """The sentences of this kind; the sentence itself is sent, so that the household reads what was chosen."""
        self.ready.choices = [SelectChoice(sentence, _(sentence)) for sentence in kind.answers]

    @property
    def said(self) -> str:
        """The whole answer."""
        return "\n".join(part for part in (self.ready.data, self.words.data) if part)
