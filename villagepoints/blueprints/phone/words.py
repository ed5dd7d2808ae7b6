"""How an entry is told in a few words: what it was for, who recorded it, and what it changed."""

from markupsafe import Markup

from villagepoints.blueprints.filters import signed
from villagepoints.blueprints.language import rule_text
from villagepoints.blueprints.quick import plain as _


def change(points: int, kind: str = "") -> Markup:
    """A change of points, its sign written and coloured; what was spent was not taken away."""
    how = "gain" if points > 0 else "spent" if kind == "redemption" else "loss"
    return Markup('<span class="{}">{}</span>').format(how, signed(points))  # a frame; format escapes what is put in


def what(kind: str, note: str, item_name: str | None, seq: int | None) -> str:
    """What an entry was: its note, else its item; goods, corrections and expiry say what they are."""
    if kind == "redemption":
        return _("兑换 %(goods)s", goods=note)
    if kind in ("refund", "reversal"):
        sentence = _("退回第 %(seq)s 条的积分", seq=seq) if kind == "refund" else _("更正第 %(seq)s 条", seq=seq)
        return _("%(what)s：%(why)s", what=sentence, why=note) if note else sentence
    if kind == "expiry":
        return note or _("到期的积分")
    if kind == "opening":
        return note or _("以前的积分转进来")
    if kind == "transfer":
        return note or _("并户转账")
    return rule_text(note or item_name) or _("积分")


def by(recorder: str, approver: str) -> str:
    """Who recorded an entry and who approved it; empty where nobody did, as for one's own redemption."""
    if recorder and approver and recorder != approver:
        return _("%(who)s记，%(second)s审", who=recorder, second=approver)
    who = recorder or approver
    return _("%(who)s记", who=who) if who else ""
