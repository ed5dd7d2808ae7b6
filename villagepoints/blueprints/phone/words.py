"""How an entry is told in a few words: what it was for, who recorded it, and what it changed."""

from markupsafe import Markup

from villagepoints.blueprints.filters import signed
from villagepoints.blueprints.language import rule_text
from villagepoints.blueprints.quick import text as _


def change(points: int) -> Markup:
    """A change of points, its sign written and coloured."""
    return Markup(f'<span class="{"loss" if points < 0 else "gain"}">{signed(points)}</span>')  # a number only


def what(kind: str, note: str, item_name: str | None, seq: int | None) -> str:
    """What an entry was: its note, else its item; goods, corrections and expiry say what they are."""
    # Markup() keeps the note from being escaped twice: what is returned is a plain str, escaped where it is shown
    if kind == "redemption":
        return str(_("兑换 %(goods)s", goods=Markup(note)))
    if kind in ("refund", "reversal"):
        sentence = _("退回第 %(seq)s 条的积分", seq=seq) if kind == "refund" else _("更正第 %(seq)s 条", seq=seq)
        return str(_("%(what)s：%(why)s", what=sentence, why=Markup(note))) if note else str(sentence)
    if kind == "expiry":
        return note or str(_("到期的积分"))
    if kind == "opening":
        return note or str(_("以前的积分转进来"))
    if kind == "transfer":
        return note or str(_("并户转账"))
    return rule_text(note or item_name) or str(_("积分"))


def by(recorder: str, approver: str) -> str:
    """Who recorded an entry and who approved it; empty where nobody did, as for one's own redemption."""
    if recorder and approver and recorder != approver:
        return str(_("%(who)s记，%(second)s审", who=Markup(recorder), second=Markup(approver)))
    who = recorder or approver
    return str(_("%(who)s记", who=Markup(who))) if who else ""
