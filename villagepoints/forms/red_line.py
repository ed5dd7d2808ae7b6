"""Recording a red line, and a step of the way back from one."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired, Length

from villagepoints.domain.red_line import PLEDGE, PUT_RIGHT, SERVICE
from villagepoints.forms.base import Day, KeyedForm, LongWords, WholeNumber, Words

STEP_NAMES = {PUT_RIGHT: _l("已经改正"), PLEDGE: _l("写了承诺书"), SERVICE: _l("做了义工")}


class RedLineForm(KeyedForm):
    """Which line was crossed, when, and on which paper it rests; the line itself is a choice of the page."""

    code = Words(_l("哪一条"), validators=[InputRequired(_l("请选是哪一条红线。"))])
    found_on = Day(_l("哪一天的事"), validators=[InputRequired(_l("请填是哪一天的事。"))])
    document = Words(_l("文书名称或文号"), validators=[Length(max=120, message=_l("最多 120 个字。"))])
    note = LongWords(_l("情况（这户会看到）"), validators=[Length(max=300, message=_l("最多 300 个字。"))])


class StepForm(KeyedForm):
    """What the household did to put it right."""

    kind = SelectField(_l("做到了什么"), choices=[SelectChoice(*step) for step in STEP_NAMES.items()])
    done_on = Day(_l("哪一天"), validators=[InputRequired(_l("请填是哪一天。"))])
    hours = WholeNumber(_l("几小时（只有义工要填）"))
    note = Words(_l("说明（这户会看到）"), validators=[Length(max=200, message=_l("最多 200 个字。"))])
