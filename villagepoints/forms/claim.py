"""A household's own claim: the item decides which of the fields are asked."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import InputRequired, Length

from villagepoints.domain.rulebook import RuleItem
from villagepoints.forms.base import Day, KeyedForm, LongWords, WholeNumber, Words

CONSENT = "consent"


class ClaimForm(KeyedForm):
    """What somebody of the household did, when, and which of the kinds the book knows."""

    grade = RadioField(_l("是哪一种"), validators=[InputRequired(_l("请选一种。"))], validate_choice=False)
    quantity = WholeNumber(_l("做了几小时"), default=1)
    occurred_on = Day(_l("哪一天的事"), validators=[InputRequired(_l("请填是哪一天的事。"))])
    occasion = Words(_l("是哪一件"), validators=[Length(max=80, message=_l("最多 80 个字。"))])
    age = RadioField(
        _l("这个人多大"), choices=["grown", CONSENT], validators=[InputRequired(_l("请选一下这个人多大。"))]
    )
    document = Words(_l("证书或证明叫什么（没有就空着）"), validators=[Length(max=80, message=_l("最多 80 个字。"))])
    note = LongWords(
        _l("做了什么"),
        validators=[InputRequired(_l("请写一句做了什么。")), Length(max=300, message=_l("最多 300 个字。"))],
    )

    def ask_only(self, item: RuleItem) -> None:
        """Leave out the fields that the item does not need."""
        unasked = {
            "grade": not item.grades,
            "quantity": item.unit is None,
            "occasion": item.once_per is None,
            "age": item.guardian_consent_under is None,
            "document": item.evidence != "document",
        }
        for name in [name for name, leave_out in unasked.items() if leave_out]:
            delattr(self, name)
