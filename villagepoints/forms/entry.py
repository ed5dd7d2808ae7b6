"""Recording an item, undoing an entry, deciding on a claim."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, Length

from villagepoints.domain.rulebook import RuleItem
from villagepoints.forms.base import Day, KeyedForm, LongWords, WholeNumber, Words


class EntryForm(KeyedForm):
    """An item for a household: the item decides which of the fields are asked."""

    grade = Words(_l("等次"))
    quantity = WholeNumber(_l("几小时"), default=1)
    occurred_on = Day(_l("哪一天的事"), validators=[InputRequired(_l("请填是哪一天的事。"))])
    occasion = Words(_l("是哪一件（同一件只记一次）"), validators=[Length(max=80, message=_l("最多 80 个字。"))])
    document = Words(_l("文书名称或文号"), validators=[Length(max=80, message=_l("最多 80 个字。"))])
    note = LongWords(_l("事由（村民会看到）"), validators=[Length(max=300, message=_l("最多 300 个字。"))])

    def ask_only(self, item: RuleItem) -> None:
        """Leave out the fields that the item does not need."""
        unasked = {
            "grade": not item.grades,
            "quantity": item.unit is None,
            "occasion": item.once_per is None,
            "document": not item.requires_document and item.evidence != "document",
        }
        for name in [name for name, leave_out in unasked.items() if leave_out]:
            delattr(self, name)


class ReasonForm(KeyedForm):
    """A reason, without which nothing is undone or refused."""

    reason = LongWords(_l("原因（村民会看到）"), validators=[Length(max=200, message=_l("最多 200 个字。"))])


class FalseClaimForm(ReasonForm):
    """Why a contribution was falsely claimed, and by what it shows."""

    document = Words(_l("依据：文书或核查记录的名称"), validators=[Length(max=80, message=_l("最多 80 个字。"))])
