"""Planning an activity, writing somebody on its list, putting times right."""

from datetime import time
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from villagepoints.forms.base import Day, KeyedForm, Words, narrow


class HourMinute(StringField):  # type: ignore[misc]
    """A time of day in the village, as people write it: 8:30, 08：30, 0830."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, **options)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%H:%M}" if self.data else ""

    def process_formdata(self, values: list[str]) -> None:
        """Read what was typed; nothing typed is no time."""
        text = narrow(values[0] if values else "").replace(".", ":")
        self.data = None
        if not text:
            return
        hour, _colon, minute = text.rpartition(":") if ":" in text else (text[:-2], "", text[-2:])
        try:
            self.data = time(int(hour), int(minute))
        except (ValueError, OverflowError):
            raise ValueError(_l("请按 8:30 这样填几点几分。")) from None


class GatheringForm(KeyedForm):
    """A new activity; the items to choose from are given by the page."""

    title = Words(_l("活动叫什么"), validators=[Length(max=80, message=_l("最多 80 个字。"))])
    item_code = RadioField(_l("按哪一项记分"), validators=[InputRequired(_l("请选一项。"))])
    place = Words(_l("在哪里"), validators=[Length(max=80, message=_l("最多 80 个字。"))])
    held_on = Day(_l("哪一天"), validators=[InputRequired(_l("请填是哪一天。"))])
    starts = HourMinute(_l("几点开始"), validators=[InputRequired(_l("请填几点开始。"))])
    ends = HourMinute(_l("几点结束"), validators=[InputRequired(_l("请填几点结束。"))])


class HandForm(KeyedForm):
    """Somebody without a phone, written down by hand."""

    household = Words(_l("户号"), validators=[InputRequired(_l("请填户号。"))])
    person = Words(_l("谁来了"), validators=[Length(max=40, message=_l("最多 40 个字。"))])
    arrived = HourMinute(_l("几点到"), validators=[InputRequired(_l("请填几点到。"))])
    left = HourMinute(_l("几点走"))


class TimesForm(KeyedForm):
    """Times that are put right, and why."""

    arrived = HourMinute(_l("几点到"), validators=[InputRequired(_l("请填几点到。"))])
    left = HourMinute(_l("几点走"))
    reason = Words(_l("为什么改"), validators=[Length(max=200, message=_l("最多 200 个字。"))])
