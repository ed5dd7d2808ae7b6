"""Opening a joint session, a point of its agenda, a finding made in it, and its minutes."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import InputRequired, Length, Optional

from villagepoints.forms.base import Day, KeyedForm, LongWords, Words


class OpenForm(KeyedForm):
    """Whose session and of which quarter; `choices` are set by the page."""

    neighbourhood = SelectField(_l("和哪个居委会开"), validators=[InputRequired(_l("请选一个居委会。"))])
    quarter = SelectField(_l("哪个季度"), validators=[InputRequired(_l("请选一个季度。"))])


class LineForm(KeyedForm):
    """One more point for the agenda."""

    subject = Words(_l("要商量什么"), validators=[Length(max=200, message=_l("最多 200 个字。"))])
    household = Words(_l("户号（和哪一户有关，可以不填）"), validators=[Length(max=20, message=_l("最多 20 个字。"))])


class JointFindingForm(KeyedForm):
    """Something that both sides found together at a household of the committee's."""

    number = Words(
        _l("户号"), validators=[InputRequired(_l("请填户号。")), Length(max=20, message=_l("最多 20 个字。"))]
    )
    code = SelectField(_l("查到的是哪一项"), validators=[InputRequired(_l("请选一项。"))])
    note = Words(_l("看到什么（村民会看到）"), validators=[Length(max=200, message=_l("最多 200 个字。"))])


class MinutesForm(KeyedForm):
    """Day, place, who came and what was said; what was agreed on each point stands beside the points."""

    held_on = Day(_l("哪天开的会"), validators=[Optional()])
    place = Words(_l("地点"), validators=[Length(max=80, message=_l("最多 80 个字。"))])
    attended_village = Words(_l("村里到场的人"), validators=[Length(max=200, message=_l("最多 200 个字。"))])
    attended_committee = Words(_l("居委会到场的人"), validators=[Length(max=200, message=_l("最多 200 个字。"))])
    minutes = LongWords(_l("会议记录"), validators=[Length(max=5000, message=_l("最多 5000 个字。"))])
