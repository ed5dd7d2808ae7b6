"""What a member says who looked at a prompt."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import InputRequired, Length

from villagepoints.domain.audit import EXPLAINED, PROBLEM
from villagepoints.forms.base import KeyedForm, LongWords


class PromptForm(KeyedForm):
    """Whether it is explained or a problem, and what was seen."""

    status = RadioField(
        _l("去看过、问过以后"),
        choices=[(EXPLAINED, _l("说得通")), (PROBLEM, _l("有问题，要改正"))],
        validators=[InputRequired(_l("请选一样：说得通，还是有问题。"))],
    )
    note = LongWords(
        _l("看到了什么"),
        validators=[
            InputRequired(_l("请写一句看到了什么，别人才知道怎么得出来的。")),
            Length(max=400, message=_l("写得太长了，最多 %(max)d 个字。")),
        ],
    )
