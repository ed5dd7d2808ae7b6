"""Opening a month's audit, and the sizes of its sample."""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField
from wtforms.validators import InputRequired

from villagepoints.domain.audit_draw import Sizes
from villagepoints.forms.base import KeyedForm, WholeNumber, Words, narrow

NEEDED = InputRequired(_l("这里要填。"))


class Lot(Words):
    """A number as it was drawn: its digits one by one, leading noughts too, in narrow or full-width type."""

    def process_formdata(self, values: list[str]) -> None:
        self.data = narrow(values[0] if values else "").replace(" ", "").replace("-", "")


class OpenForm(KeyedForm):
    """What two members type when the number has been drawn."""

    month = SelectField(_l("审哪个月"), validate_choice=False)
    lot = Lot(_l("抽到的数"), validators=[NEEDED])
    pin = PasswordField(_l("你的签字密码"), validators=[NEEDED])
    witness_id = SelectField(_l("和你一起抽的是谁"), validate_choice=False, validators=[NEEDED])
    witness_pin = PasswordField(_l("这一位的签字密码"), validators=[NEEDED])


@dataclass(frozen=True, slots=True)
class SizeWords:
    """How a size is asked for."""

    label: LazyString
    unit: LazyString | str  # none where the label says it
    hint: LazyString


SIZES = {
    "households": SizeWords(_l("入户看几户"), "", _l("按组、按住处分开抽，没看过的先抽，另留五分之一从全村抽。")),
    "blind_percent": SizeWords(
        _l("其中先打分、后看账的"), _l("%"), _l("不看账上记了多少，先自己打一遍分，免得照着打。")
    ),
    "large_from": SizeWords(_l("多少分以上条条都看"), _l("分"), _l("加分、扣分、冲正、接续；兑换另外按份抽。")),
    "share_percent": SizeWords(_l("每个记录人、每个项目抽几成"), _l("%"), _l("谁记的都抽，哪一项都抽。")),
    "share_least": SizeWords(_l("再少也抽"), _l("条记录"), _l("每个记录人、每个项目至少看这么多条。")),
    "share_most": SizeWords(_l("再多也只抽"), _l("条记录"), _l("基础分每月上万条，每项看几条就够，不必按份往上加。")),
    "proxy_from": SizeWords(_l("替老人代办，多少分以上条条都看"), _l("分"), _l("这些钱花在谁手里，要问到老人本人。")),
    "goods": SizeWords(_l("点几种商品"), "", _l("当场数一数，和账上对。")),
    "due_days": SizeWords(_l("查出的问题几天里改好"), _l("天"), _l("提问题的时候还可以另定。")),
}


class SizesForm(KeyedForm):
    """The sizes of samples; in the order and with the words of SIZES."""

    households = WholeNumber(SIZES["households"].label, validators=[NEEDED])
    blind_percent = WholeNumber(SIZES["blind_percent"].label, validators=[NEEDED])
    large_from = WholeNumber(SIZES["large_from"].label, validators=[NEEDED])
    share_percent = WholeNumber(SIZES["share_percent"].label, validators=[NEEDED])
    share_least = WholeNumber(SIZES["share_least"].label, validators=[NEEDED])
    share_most = WholeNumber(SIZES["share_most"].label, validators=[NEEDED])
    proxy_from = WholeNumber(SIZES["proxy_from"].label, validators=[NEEDED])
    goods = WholeNumber(SIZES["goods"].label, validators=[NEEDED])
    due_days = WholeNumber(SIZES["due_days"].label, validators=[NEEDED])

    @property
    def sizes(self) -> Sizes:
        """What was typed, as sizes; due_days stands apart."""
        return Sizes(**{name: self[name].data for name in Sizes().as_json()})
