"""The form of an import, and of taking one back."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectChoice
from wtforms.validators import InputRequired, Length

from villagepoints.forms.base import KeyedForm, Words

KIND_NAMES = {
    "roster": _l("花名册"),
    "opening": _l("期初结转"),
    "base-scores": _l("基础分评分表"),
    "events": _l("加减分明细"),
    "rewards": _l("兑换品目录"),
    "redemptions": _l("兑换登记"),
    "rulebook": _l("积分办法"),
}
KIND_HINTS = {
    "roster": _l("户号、姓名，可以有与户主关系、出生日期、身份证号、电话、居住情况、住址、组别"),
    "opening": _l("户号、积分：把纸上的结余搬过来"),
    "base-scores": _l("户号和各项基础分，一个月一张表，表名写 2025年8月"),
    "events": _l("日期、户号、项目编号、分值，可以有事由、记录人"),
    "rewards": _l("编号、名称、所需积分、库存"),
    "redemptions": _l("日期、户号、兑换品编号、数量、合计积分、兑换方式"),
    "rulebook": _l("一个 .toml 文件，从它写的日期起用新办法"),
}


class ImportForm(KeyedForm):
    """Which kind of file, and the file."""

    kind = RadioField(
        _l("这是什么表"),
        choices=[SelectChoice(kind, name) for kind, name in KIND_NAMES.items()],
        validators=[InputRequired(_l("请选这是什么表。"))],
    )
    file = FileField(_l("文件（.xlsx、.xls、.csv）"), validators=[FileRequired(_l("请选一个文件。"))])


class ConfirmForm(KeyedForm):
    """The previewed file is to go in."""


class TakeBackForm(KeyedForm):
    """Why an import is taken back."""

    reason = Words(
        _l("为什么收回"),
        validators=[
            InputRequired(_l("请写明为什么收回，村民会看到。")),
            Length(max=200, message=_l("最多 200 个字。")),
        ],
    )
