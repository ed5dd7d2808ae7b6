"""What happened to a household in a sentence of its own: on its phone, on the slip it is brought, at the telephone."""

from collections.abc import Callable

from villagepoints import clock
from villagepoints.blueprints.filters import day, month_name, points, signed
from villagepoints.blueprints.language import rule_text
from villagepoints.blueprints.phone.words import what
from villagepoints.blueprints.quick import plain as _
from villagepoints.domain.calendar import village_date
from villagepoints.services.news import News


def told(line: News) -> str:
    """The sentence, without its full stop: what somebody typed often brings one."""
    return _SENTENCES[line.source](line).rstrip("。.")


def _entry(line: News) -> str:
    name = what(line.kind or "", line.text, rule_text(line.item_name), line.number)
    if line.points:
        return _("%(what)s：%(points)s 分", what=name, points=signed(line.points))
    return name


def _base(line: News) -> str:
    month = month_name(line.day.month) if line.day else ""
    return _("%(month)s的基础分记上了：%(points)s 分", month=month, points=signed(line.points))


def _redemption(line: News) -> str:
    if line.kind == "reserved":
        return _("给你家留好了%(goods)s，%(day)s前到村里领", goods=line.text, day=day(line.until))
    if line.who:
        return _("%(name)s代你家换了%(goods)s，用了 %(n)s 分", name=line.who, goods=line.text, n=points(line.points))
    return _("在窗口换了%(goods)s，用了 %(n)s 分", goods=line.text, n=points(line.points))


def _finding(line: News) -> str:
    name = line.text or rule_text(line.item_name)
    if line.kind == "persuaded" and line.until and line.until < village_date(clock.now()):
        return _("走访看到：%(what)s。村里就要再来看，改好的不扣", what=name)
    if line.kind == "persuaded":
        return _("走访看到：%(what)s。%(day)s前改好，一分不扣", what=name, day=day(line.until))
    if line.kind == "rectified":
        return _("%(what)s：已经改好，不扣分", what=name)
    return _("%(what)s：算在这个月的基础分里", what=name)


def _red_line(line: News) -> str:
    if line.kind == "waiting":
        return _("有人记下你家碰了红线 %(code)s，还没认定，什么都没有变", code=line.item_code)
    if line.kind == "confirmed":
        return _("红线 %(code)s 认定了，%(day)s起可以再兑换，积分都在", code=line.item_code, day=day(line.until))
    return _("红线 %(code)s 不算了，什么都没有变", code=line.item_code)


def _claim(line: News) -> str:
    name = line.text or rule_text(line.item_name)
    return _("申报的「%(what)s」没有同意：%(why)s", what=name, why=line.who)


def _objection(line: News) -> str:
    if line.kind == "upheld":
        return _("你家提的异议第 %(number)s 号答复了：提得对，已经改过来", number=line.number)
    return _("你家提的异议第 %(number)s 号答复了：查过，没有改。%(why)s", number=line.number, why=line.text)


def _other_objection(line: News) -> str:
    if line.kind == "upheld":
        return _("有人对你家的一条记录提了异议，查过以后改了")
    return _("有人对你家的一条记录提了异议，查过，没有改")


def _request(line: News) -> str:
    return _("你家说的第 %(number)s 件，村里答复了：%(answer)s", number=line.number, answer=line.text)


def _expiring(line: News) -> str:
    return _("有 %(n)s 分%(day)s到期，先用掉就不会少", n=points(line.points), day=day(line.day))


_SENTENCES: dict[str, Callable[[News], str]] = {
    "entry": _entry,
    "base": _base,
    "redemption": _redemption,
    "finding": _finding,
    "red_line": _red_line,
    "claim": _claim,
    "objection": _objection,
    "other_objection": _other_objection,
    "request": _request,
    "expiring": _expiring,
}
