"""Imports the clerk's roster: who lives in which household; checked here, compared and written in roster_changes."""

from collections.abc import Iterable

from villagepoints.domain import identity
from villagepoints.domain.errors import N_, BadInput
from villagepoints.services.importing import values
from villagepoints.services.importing.plan import Context, Plan, records
from villagepoints.services.importing.result import Problem
from villagepoints.services.importing.roster_changes import HEADS, Changes, Home, Person
from villagepoints.services.importing.table import Reader, Table
from villagepoints.services.workbook import Cell

RESIDENCIES = {
    "resident": ("常住", "常住户", "在村", "本村", "在村常住", "村内", "RESIDENT"),
    "relocated": ("动迁上楼", "动迁", "上楼", "动迁户", "安置", "安置房", "拆迁", "拆迁上楼", "RELOCATED"),
}
RESIDENCY_OF = {word: residency for residency, words in RESIDENCIES.items() for word in words}


def plan(context: Context) -> Plan:
    """Read every row into its household, refuse what cannot be right, and compare with who is there."""
    homes: dict[str, Home] = {}
    above: tuple[Table | None, str] = (None, "")
    for table, record in records(context.file):
        reader = Reader(record, context.result.problems)
        carried = above[1] if above[0] is table else ""
        number = _number(reader, carried)
        person = _person(context, reader)
        if number:
            above = (table, number)
            _say(homes.setdefault(number, Home(number)), reader, person)
    _check_heads(context, homes.values())
    _refuse_twice(context, homes.values())
    changes = Changes(context, homes.values())
    changes.compare()
    return Plan(count=len(changes.new_people) + len(changes.changed_people), write=changes.write)


def _number(reader: Reader, carried: str) -> str:
    """The row's household; where merged cells were lost (csv), members continue the household above them."""
    if reader.record.has("household"):
        return reader.get("household", values.code) or ""
    is_head = values.code(reader.record.raw("relation")) in HEADS
    if carried and "relation" in reader.record.table.places and not is_head:
        return carried
    reader.refuse("household", N_("没有写户号，请填上"))
    return ""


def _person(context: Context, reader: Reader) -> Person | None:
    name = reader.get("name", values.name, needed=True)
    relation = reader.get("relation", lambda raw: values.name(raw, 20)) or ""
    sex = reader.get("sex", _sex) or ""
    birth_on = reader.get("birth", lambda raw: values.day(raw, earliest=1900))
    phone = reader.get("phone", values.phone) or ""
    number = reader.get("identity", _identity_number)
    if birth_on and birth_on > context.today:
        reader.refuse("birth", N_("出生日期还没到，请核对年份"))
    if number:
        says = identity.read(number)
        if birth_on and birth_on != says.birth_on:
            reader.refuse(
                "birth", N_("出生日期和身份证号里的 %(day)s 对不上，请改正其中一个"), day=says.birth_on.isoformat()
            )
        if sex and sex != says.sex:
            reader.refuse("sex", N_("性别和身份证号对不上（身份证号是%(sex)s），请改正其中一个"), sex=says.sex)
        birth_on, sex = birth_on or says.birth_on, sex or says.sex
    if not reader.ok or name is None:
        return None
    keyed = identity.identity_hash(context.identity_key, context.village_id, number) if number else None
    return Person(reader.record, name, relation, sex, birth_on, keyed, phone)


def _identity_number(raw: Cell) -> str:
    if identity.was_typed_as_number(raw):
        raise BadInput(
            N_("身份证号被 Excel 存成了数字，后几位已经丢了，补不回来。请把这一列设为「文本」格式，对照证件重新填写")
        )
    number = values.code(raw, most=30)
    identity.read(number)
    return number


def _sex(raw: Cell) -> str:
    words = values.name(raw)
    sex = {"男性": "男", "女性": "女"}.get(words, words)
    if sex not in ("男", "女"):
        raise BadInput(N_("性别写 男 或 女，请改正"))
    return sex


def _residency(raw: Cell) -> str:
    residency = RESIDENCY_OF.get(values.code(raw))
    if residency is None:
        raise BadInput(N_("居住情况写 常住 或 动迁上楼，请改正"))
    return residency


def _say(home: Home, reader: Reader, person: Person | None) -> None:
    """Add a row to its household; merged cells say the same in every row, otherwise the first that speaks counts."""
    residency = reader.get("residency", _residency) or ""
    if residency and home.residency and residency != home.residency:
        reader.refuse("residency", N_("同一户写了两种居住情况，请改成一样的"))
    home.residency = home.residency or residency
    home.address = home.address or reader.get("address", lambda raw: values.text(raw, 120)) or ""
    group_no = reader.get("group", values.group)
    home.group_no = group_no if home.group_no is None else home.group_no
    home.remark = home.remark or reader.get("remark", values.text) or ""
    if person is not None:
        home.people.append(person)


def _check_heads(context: Context, homes: Iterable[Home]) -> None:
    """Every household has one head; where the file has no column of relations, its first person is the head."""
    for home in homes:
        heads = [person for person in home.people if person.is_head]
        if len(heads) > 1:
            sentence = N_("户号 %(number)s 已经在第 %(row)s 行有户主了。不是同一户请改户号，是同一户请只留一个户主")
            context.result.problems.append(
                heads[1].record.problem("household", sentence, number=home.number, row=heads[0].record.number)
            )
        elif not heads and home.people and "relation" in home.people[0].record.table.places:
            sentence = N_("户号 %(number)s 没有户主，请在「与户主关系」里给一个人写上 户主")
            if not _has_refused_row(context.result.problems, home):
                context.result.problems.append(home.people[0].record.problem("relation", sentence, number=home.number))
        home.people.sort(key=lambda person: not person.is_head)


def _has_refused_row(problems: list[Problem], home: Home) -> bool:
    """Whether the head may be missing only because its own row was refused next to these."""
    first = home.people[0].record
    return any(p.sheet == first.table.sheet and 0 < first.number - p.row <= 2 for p in problems)


def _refuse_twice(context: Context, homes: Iterable[Home]) -> None:
    seen: dict[bytes, Person] = {}
    for home in homes:
        for person in home.people:
            if person.identity_hash is None:
                continue
            first = seen.setdefault(person.identity_hash, person)
            if first is not person:
                sentence = N_("这个身份证号在第 %(row)s 行（%(name)s）已经有了，请核对是谁的，删掉或改正一行")
                place = {"row": first.record.number, "name": first.name}
                context.result.problems.append(person.record.problem("identity", sentence, **place))
