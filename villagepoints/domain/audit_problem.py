"""What follows from an audit: who sees to a problem and by when, which ways are open, where it stands, how it ends."""

import json
from collections.abc import Collection
from datetime import date, timedelta
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from villagepoints.domain import claim, finding
from villagepoints.domain.actor import ADMIN, CLERK, COUNTER, GRID_WORKER, REVIEWER
from villagepoints.domain.audit import ANSWERED, CLOSED, DEDUCT, OPEN, PERSUADE, PUT_RIGHT, REVERSE, WITHDRAWN
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed

MOST_WORDS = 400
MOST_DAYS = timedelta(days=90)  # to put a problem right: what takes longer is a plan, not a problem

# Who of the staff can do what each way needs; who may decide on it afterwards is the second person, as for all points.
ABLE: dict[str, frozenset[str]] = {
    PERSUADE: frozenset({CLERK, REVIEWER, GRID_WORKER}),
    DEDUCT: frozenset({CLERK, REVIEWER, GRID_WORKER}),
    REVERSE: frozenset({CLERK, REVIEWER}),
    PUT_RIGHT: frozenset({CLERK, REVIEWER, ADMIN, COUNTER, GRID_WORKER}),
}

_ASKED = (CLERK, REVIEWER, GRID_WORKER, COUNTER, ADMIN)  # in this order

RAISED, PERSUADED, DEDUCTED, REVERSED, SENT_BACK = "raised", "persuaded", "deducted", "reversed", "sent_back"
STEPS = {
    RAISED: N_("监督小组提出"),
    PERSUADED: N_("劝导了这户"),
    DEDUCTED: N_("提出扣分，交审核"),
    REVERSED: N_("提出冲正，交审核"),
    ANSWERED: N_("写了怎么改的"),
    SENT_BACK: N_("监督小组请再办"),
    CLOSED: N_("监督小组复查，了结"),
    WITHDRAWN: N_("监督小组撤回"),
}

DO, MEND, BOOKS, RECHECK = "do", "mend", "books", "recheck"
STAGES = {
    DO: N_("等处理"),
    MEND: N_("劝导了，等改好"),
    BOOKS: N_("等审核和公示"),
    RECHECK: N_("等监督小组复查"),
    CLOSED: N_("了结"),
    WITHDRAWN: N_("撤回了"),
}


class Stands(Protocol):
    """A problem with what its finding and its claim say of themselves today (None where it has none)."""

    @property
    def status(self) -> str: ...
    @property
    def due_on(self) -> date: ...
    @property
    def finding_status(self) -> str | None: ...
    @property
    def rectify_by(self) -> date | None: ...
    @property
    def claim_status(self) -> str | None: ...


def stage(problem: Stands) -> str:
    """Whose turn it is: the owner's, the household's, the reviewer's, the group's, or nobody's any more."""
    if problem.status == OPEN:
        return DO
    if problem.status != ANSWERED:
        return problem.status
    if problem.finding_status == finding.PERSUADED:
        return MEND
    if problem.claim_status in (claim.WAITING, claim.APPROVED):
        return BOOKS
    return RECHECK


def late_since(problem: Stands, today: date) -> date | None:
    """The day that has passed without the owner having acted, or the household having put it right; None if none."""
    now = stage(problem)
    until = problem.due_on if now == DO else problem.rectify_by if now == MEND else None
    return until if until is not None and until < today else None


def first_asked(roles: Collection[str]) -> int:
    """The place among those who could own a problem: clerks before reviewers, administrators last."""
    return min((place for place, role in enumerate(_ASKED) if role in roles), default=len(_ASKED))


def suggested(*, household: bool, entry: bool, can_reverse: bool, was_told: bool) -> str:
    """The way a problem is first seen to: a wrong entry is reversed, a household is first talked to and deducted from
    where it was talked to before (`was_told`, in the months the rule book remembers), all else is put right."""
    if entry:
        return REVERSE if can_reverse else PUT_RIGHT
    if not household:
        return PUT_RIGHT
    return DEDUCT if was_told else PERSUADE


def ways(*, household: bool, entry: bool) -> list[str]:
    """The ways there are for a problem about a household, one of its entries, or neither."""
    return [*([REVERSE] if entry else []), *([PERSUADE, DEDUCT] if household else []), PUT_RIGHT]


def check_words(words: str, missing: str) -> str:
    """What somebody wrote, if they did: BadInput with the sentence `missing`, or where it is too long."""
    if not words.strip():
        raise BadInput(missing)
    if len(words.strip()) > MOST_WORDS:
        raise BadInput(N_("写得太长了，最多 %(most)s 个字。什么都没有记。"), most=MOST_WORDS)
    return words.strip()


def check_due(due_on: date, today: date) -> None:
    """Refuse a day by which nobody can put it right, or that is too far away (BadInput)."""
    if not today <= due_on <= today + MOST_DAYS:
        raise BadInput(
            N_("改好的日子要从今天起、%(days)s 天以内，填的是 %(day)s。什么都没有记。"),
            days=MOST_DAYS.days,
            day=due_on.isoformat(),
        ).at("due_on")


def check_way(remedy: str, *, household: bool, entry: bool) -> None:
    """Refuse a way that the problem has not (BadInput)."""
    if remedy not in ways(household=household, entry=entry):
        raise BadInput(N_("劝导和扣分要写明哪一户，冲正要写明哪一条记录。什么都没有记，请补上，或者选“别的改正”。")).at(
            "remedy"
        )


def check_owner(owner_id: UUID | None, able: Collection[UUID]) -> None:
    """Refuse an owner who cannot do it, lives there, is related, or made the record in question (BadInput)."""
    if owner_id not in able:
        raise BadInput(
            N_("这个人不能办这件事：没有这个权限，或者是自己家、亲属家的，或者就是他记的。什么都没有记，请换一个人。")
        ).at("owner_id")


def check_turn(status: str, owner_id: UUID, actor_id: UUID | None) -> None:
    """Refuse everybody but the owner, and what is not the owner's turn (NotAllowed, Conflict)."""
    if owner_id != actor_id:
        raise NotAllowed(N_("这件事归别人办。什么都没有动；要换人，请监督小组改。"))
    if status != OPEN:
        raise Conflict(N_("这件事已经办过了，等监督小组复查。没有再办。"))


def check_under_way(status: str) -> None:
    """Refuse to touch what has ended (Conflict)."""
    if status in (CLOSED, WITHDRAWN):
        raise Conflict(N_("这个问题已经了结或者撤回了，没有再动。"))


def check_sends_back(problem: Stands) -> None:
    """Refuse to begin again what is still on its way (Conflict)."""
    check_under_way(problem.status)
    if stage(problem) in (MEND, BOOKS):
        raise Conflict(N_("上一步还没有走完：在等改好，或者在等审核、公示。什么都没有动，走完了再看。"))


def check_closes(problem: Stands) -> None:
    """Refuse to close what nobody has seen to, what is still on its way, and what came to nothing (Conflict)."""
    check_under_way(problem.status)
    now = stage(problem)
    if now == DO:
        raise Conflict(N_("还没有人处理，不能了结。提错了可以撤回。"))
    if now == MEND:
        raise Conflict(N_("劝导以后还没有复查出结果，不能了结。请等网格员复查，记下改好了还是没改好。"))
    if now == BOOKS:
        raise Conflict(N_("还在审核、公示，没有入账，不能了结。入账以后再来复查。"))
    if problem.claim_status in (claim.REFUSED, claim.WITHDRAWN) or problem.finding_status == finding.WITHDRAWN:
        raise Conflict(N_("上次办的没有成：没有同意，或者撤回、撤销了。不能了结，请写明原因，请经办人再办。"))


def check_other(actor_id: UUID | None, owner_id: UUID) -> None:
    """Nobody closes what they own (NotAllowed)."""
    if actor_id == owner_id:
        raise NotAllowed(N_("这件事是你自己办的，要请监督小组别的人复查。没有动。"))


def check_item(result: str | None, agree: str) -> None:
    """Refuse a problem out of what nobody looked at, or what agreed (Conflict)."""
    if result is None:
        raise Conflict(N_("这一条还没有看过，先记下看到的，再提问题。什么都没有记。"))
    if result == agree:
        raise Conflict(N_("这一条看下来是对得上的。要提问题，先再看一次，记下哪里对不上。什么都没有记。"))


def check_can_raise(is_open: bool) -> None:
    """A concluded audit stands still (Conflict)."""
    if not is_open:
        raise Conflict(N_("这次审核已经写了结论，不能再提问题。什么都没有记，请提到下一次审核里。"))


def named(month: str, number: int, words: str) -> str:
    """What a record says that follows from a problem, so that its household reads where it comes from; Chinese, as
    all notes of the books are."""
    of = Month.parse(month)
    return f"{of.year}年{of.number}月监督审核第{number}号：{words.strip()}"


class Facts(Protocol):
    """What the group said when it raised a problem; it does not change."""

    @property
    def audit_id(self) -> UUID: ...
    @property
    def number(self) -> int: ...
    @property
    def item_id(self) -> UUID | None: ...
    @property
    def prompt_id(self) -> UUID | None: ...
    @property
    def household_id(self) -> UUID | None: ...
    @property
    def entry_seq(self) -> int | None: ...
    @property
    def reward_id(self) -> UUID | None: ...
    @property
    def text(self) -> str: ...
    @property
    def remedy(self) -> str: ...
    @property
    def recorded_by(self) -> UUID: ...


def facts_hash(problem: Facts) -> str:
    """The SHA-256 of what was said when a problem was raised, as the trail keeps it; hex."""
    ids = (problem.audit_id, problem.item_id, problem.prompt_id, problem.household_id, problem.reward_id)
    fields: list[object] = [
        1,
        *(None if id_ is None else str(id_) for id_ in ids),
        problem.number,
        problem.entry_seq,
        problem.text,
        problem.remedy,
        str(problem.recorded_by),
    ]
    return _digest(fields)


def outcome_hash(status: str, outcome: str) -> str:
    """The SHA-256 of how a problem ended, as the trail keeps it; hex."""
    return _digest([1, status, outcome])


def _digest(fields: list[object]) -> str:
    return sha256(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
