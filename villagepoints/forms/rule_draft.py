"""A draft of the rules, one part at a time; a field left empty takes the book's own default."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from villagepoints.domain.deliberation import ASSEMBLIES, VILLAGERS, Votes
from villagepoints.domain.rulebook import BASE, CAP_PERIODS, CONTRIBUTION, PENALTY, RuleBook, RuleItem
from villagepoints.forms.base import Day, KeyedForm, LongWords, WholeNumber, Words, narrow, printable

KINDS = {
    BASE: _l("基础分：每月先有，查到就少"),
    CONTRIBUTION: _l("贡献分：做了就加"),
    PENALTY: _l("扣分"),
}
EVIDENCE = {
    "": _l("不用"),
    "photo": _l("照片"),
    "document": _l("书面材料"),
    "minutes": _l("评议记录"),
    "two_reviewers": _l("两个人评"),
    "visit": _l("走访"),
    "check_in": _l("签到"),
    "audit": _l("监督审核"),
}
ONCE_PER = {"": _l("不限"), "deed": _l("同一件事"), "person": _l("同一个人"), "case": _l("同一个案件")}
UNITS = {"": _l("按次"), "hour": _l("按小时")}


def _choices(words: Mapping[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, text) for value, text in words.items()]


_GRADE = re.compile(r"(.*[^\s:+\-\d])[\s:]*([+-]?\d{1,5})[^\W\d_]?")


class Grades(TextAreaField):  # type: ignore[misc]
    """Grades, one a line, each with its points last: 村级 20."""

    def process_formdata(self, values: list[str]) -> None:
        self.typed = printable(values[0] if values else "")[:600]
        self.data = {}
        for line in self.typed.splitlines():
            if (found := _GRADE.fullmatch(narrow(line))) is None:
                raise ValueError(_l("每行写一个等次，后面空一格写分数，例如「村级 20」。"))
            self.data[found[1]] = int(found[2])

    def _value(self) -> str:
        if self.raw_data:
            return self.typed
        return "\n".join(f"{grade} {points}" for grade, points in (self.data or {}).items())


class Codes(StringField):  # type: ignore[misc]
    """Codes of items in one line: B4、B5、D4."""

    def process_formdata(self, values: list[str]) -> None:
        typed = narrow(values[0] if values else "").upper()[:200]
        self.data = [code[:8] for code in typed.replace("、", " ").replace(",", " ").split()]

    def _value(self) -> str:
        return "、".join(self.data or ())


class Code(StringField):  # type: ignore[misc]
    """The code of an item or red line, in capitals."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, filters=[lambda typed: narrow(typed).upper()], **options)


class DraftForm(KeyedForm):
    """A new draft."""

    title = Words(
        _l("给草案起个名字"),
        validators=[DataRequired(_l("请起个名字。")), Length(max=80, message=_l("最多 80 个字。"))],
    )


class PartForm(KeyedForm):
    """Some part of a draft, and the state of the draft that it was opened from."""

    revision = HiddenField(
        filters=[lambda typed: int(typed) if str(typed or "").isascii() and str(typed).isdigit() else 0]
    )


def _number(label: Any) -> WholeNumber:
    return WholeNumber(label, validators=[Optional()])


class SettingsForm(PartForm):
    """What holds for the whole book."""

    name = Words(
        _l("办法名称"), validators=[DataRequired(_l("请填名称。")), Length(max=80, message=_l("最多 80 个字。"))]
    )
    principle = Words(_l("一句话原则"), validators=[Length(max=80, message=_l("最多 80 个字。"))])
    monthly_base = WholeNumber(_l("每户每月基础分"), validators=[InputRequired(_l("请填每月基础分。"))])
    cap_month = _number(_l("贡献分每月最多几分"))
    cap_year = _number(_l("贡献分每年最多几分"))
    exempt = Codes(_l("不受这两个上限的项目"))
    second_approver_from = _number(_l("多少分起要两人审核"))
    expiry_months = _number(_l("积分几个月有效"))
    publicity_days = _number(_l("公示几天（0 就是不公示）"))
    rectification_days = _number(_l("劝导后几天内改好"))
    persuasion_months = _number(_l("劝导过的事记多少个月"))
    objection_window_days = _number(_l("入账后几天内可以提异议"))
    objection_target_working_days = _number(_l("异议争取几个工作日答复"))
    objection_answer_days = _number(_l("异议最迟几天答复（法定 15 天）"))
    late_days = _number(_l("上一年的事，一月里还能补记几天"))
    repair_hours = _number(_l("服务几小时抵一个月停兑"))
    red_list_percent = _number(_l("红榜取前百分之几"))

    PLAIN = (
        "name",
        "principle",
        "monthly_base",
        "second_approver_from",
        "expiry_months",
        "publicity_days",
        "rectification_days",
        "persuasion_months",
        "objection_window_days",
        "objection_target_working_days",
        "objection_answer_days",
        "late_days",
        "repair_hours",
        "red_list_percent",
    )

    @classmethod
    def held(cls, book: RuleBook) -> dict[str, Any]:
        """What the fields hold before anybody types."""
        caps = {f"cap_{span}": book.contribution_cap.get(span) for span in ("month", "year")}
        return {**{name: getattr(book, name) for name in cls.PLAIN}, **caps, "exempt": sorted(book.cap_exempt)}

    def values(self, book: RuleBook) -> dict[str, Any]:
        """The fields as the book's text has them; caps of other spans stay."""
        cap = {**book.contribution_cap, "month": self.cap_month.data, "year": self.cap_year.data}
        kept: dict[str, Any] = {span: limit for span, limit in cap.items() if limit is not None}
        return {
            **{name: self[name].data for name in self.PLAIN},
            "contribution_cap": {**kept, "exempt": self.exempt.data},
        }


class ItemForm(PartForm):
    """One scoring item; its code is fixed once it stands in the draft."""

    code = Code(
        _l("编号"),
        validators=[Regexp(r"^[A-Z][A-Z0-9]{0,7}$", message=_l("用类别字母加数字，例如 A8。"))],
    )
    kind = SelectField(_l("种类"), choices=_choices(KINDS), default=CONTRIBUTION)
    name = Words(
        _l("内容"), validators=[DataRequired(_l("请填内容。")), Length(max=120, message=_l("最多 120 个字。"))]
    )
    name_relocated = Words(
        _l("动迁上楼户的内容（一样就空着）"), validators=[Length(max=120, message=_l("最多 120 个字。"))]
    )
    name_en = Words(_l("英文（没有就空着）"), validators=[Length(max=120, message=_l("最多 120 个字。"))])
    points = _number(_l("分值"))
    step = _number(_l("基础分：查到一处少几分"))
    grades = Grades(_l("等次和分值"))
    unit = SelectField(_l("怎么计"), choices=_choices(UNITS))
    quota_percent = _number(_l("名额：每月评出百分之几的户"))
    once_per = SelectField(_l("只记一次"), choices=_choices(ONCE_PER))
    evidence = SelectField(_l("要什么凭据"), choices=_choices(EVIDENCE))
    requires_persuasion = BooleanField(_l("先劝导，不改或再犯才扣"))
    requires_document = BooleanField(_l("要有书面认定"))
    claws_back = BooleanField(_l("同时收回虚报得来的分"))
    honour = BooleanField(_l("算评优：碰过红线的当年不评"))
    cap_day = _number(_l("每天最多几次"))
    cap_day_points = _number(_l("每天最多几分"))
    cap_month = _number(_l("每月最多几次"))
    cap_month_points = _number(_l("每月最多几分"))
    cap_quarter = _number(_l("每季度最多几次"))
    cap_quarter_points = _number(_l("每季度最多几分"))
    cap_year = _number(_l("每年最多几次"))
    cap_year_points = _number(_l("每年最多几分"))

    # what an item of a kind has no use for
    UNUSED = {
        BASE: (
            *("grades", "unit", "once_per", "quota_percent"),
            *("requires_persuasion", "requires_document", "claws_back", "honour"),
            *(f"cap_{span}{unit}" for span in CAP_PERIODS for unit in ("", "_points")),
        ),
        CONTRIBUTION: ("step", "requires_persuasion", "claws_back"),
        PENALTY: ("step", "quota_percent", "honour"),
    }
    CAPS = tuple(f"{span}{unit}" for span in CAP_PERIODS for unit in ("", "_points"))
    PLAIN = ("kind", "name", "name_relocated", "name_en", "points", "step", "quota_percent", "evidence")
    FLAGS = ("requires_persuasion", "requires_document", "claws_back")

    @classmethod
    def held(cls, item: RuleItem) -> dict[str, Any]:
        """What the fields hold before anybody types."""
        fields = {name: getattr(item, name) for name in (*cls.PLAIN, *cls.FLAGS, "grades")}
        choices = {"unit": item.unit or "", "once_per": item.once_per or "", "honour": item.is_honour}
        caps = {f"cap_{name}": item.cap.get(name) for name in cls.CAPS}
        same = {name: "" for name in ("name_relocated", "name_en") if getattr(item, name) == item.name}
        unused = {name: None for name in ("points", "step") if not getattr(item, name)}
        return {**fields, **choices, **caps, **same, **unused}

    def ask_only(self, kind: str) -> None:
        """Leave out what an item of that kind has no use for; what stood there goes when it is saved."""
        for name in self.UNUSED[kind]:
            del self[name]

    def _typed(self, name: str) -> Any:
        return self[name].data if name in self else None

    def values(self, code: str | None) -> dict[str, Any]:
        """The fields as the book's text has them."""
        cap = {name: self._typed(f"cap_{name}") for name in self.CAPS}
        return {
            **{name: self._typed(name) or None for name in (*self.PLAIN, *self.FLAGS, "grades", "unit", "once_per")},
            "code": code or self.code.data,
            "name": self.name.data,
            "honour": self._typed("honour"),
            "cap": {name: limit for name, limit in cap.items() if limit is not None} or None,
        }


class RedLineForm(PartForm):
    """One red line."""

    code = ItemForm.code
    name = Words(
        _l("内容"), validators=[DataRequired(_l("请填内容。")), Length(max=120, message=_l("最多 120 个字。"))]
    )
    pause_months = WholeNumber(_l("停兑几个月"), validators=[InputRequired(_l("请填停兑几个月。"))])
    requires_document = BooleanField(_l("要有书面认定"))

    def values(self, code: str | None) -> dict[str, Any]:
        """The fields as the book's text has them."""
        return {
            "code": code or self.code.data,
            "name": self.name.data,
            "pause_months": self.pause_months.data,
            "requires_document": self.requires_document.data or None,
        }


class StepForm(KeyedForm):
    """One of the six steps: when, who, what was said."""

    held_on = Day(_l("哪一天"), validators=[InputRequired(_l("请填是哪一天。"))])
    people = LongWords(
        _l("谁参加"), validators=[DataRequired(_l("请写谁参加。")), Length(max=500, message=_l("最多 500 个字。"))]
    )
    minutes = LongWords(
        _l("说了什么、定了什么"),
        validators=[DataRequired(_l("请写说了什么。")), Length(max=2000, message=_l("最多 2,000 个字。"))],
    )

    def votes(self) -> Votes | None:
        """Only the step that decides has votes."""
        return None


def _count(label: Any) -> WholeNumber:
    return WholeNumber(label, validators=[InputRequired(_l("请填数，没有就填 0。"))])


class DecideForm(StepForm):
    """民决: the assembly and its numbers as well."""

    assembly = SelectField(
        _l("哪一种会议"),
        choices=[SelectChoice(name, _l(form.name)) for name, form in ASSEMBLIES.items()],
        default=VILLAGERS,
    )
    entitled = _count(_l("应到"))
    present = _count(_l("实到"))
    in_favour = _count(_l("同意"))
    against = _count(_l("反对"))
    abstained = _count(_l("弃权"))

    def votes(self) -> Votes | None:
        """The numbers as they were typed; the domain judges them."""
        counted = (self[name].data for name in ("entitled", "present", "in_favour", "against", "abstained"))
        return Votes(self.assembly.data, *counted)


class ForceForm(KeyedForm):
    """From which month the rules are in force."""

    effective_on = SelectField(_l("从哪个月开始"))

    def offer(self, days: Mapping[date, str]) -> None:
        """Leave these first days to choose from, each with its words."""
        self.effective_on.choices = [SelectChoice(day.isoformat(), words) for day, words in days.items()]
