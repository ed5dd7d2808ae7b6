"""What is worth a look in a month: reckoned from the books, kept when an audit opens, answered by its members."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import prompt_acts, prompt_homes, prompt_people
from villagepoints.domain.actor import Actor
from villagepoints.domain.audit import CONCLUDED, EXPLAINED, PROBLEM
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, NotFound
from villagepoints.domain.prompt import KINDS, ORDER, Prompt
from villagepoints.domain.prompt_books import Books
from villagepoints.models import Audit, AuditPrompt, Supervisor, User
from villagepoints.services import activity, once, prompt_books, prompt_rows, supervisor
from villagepoints.services.transaction import transaction

MOST_OF_KIND = 20  # prompts of one kind: the rarest, so that a member reads them all
MOST_NOTE = 400
FINDERS: tuple[Callable[[Books], Iterable[Prompt]], ...] = (
    prompt_people.relatives,
    prompt_people.groups,
    prompt_people.lenient,
    prompt_acts.bursts,
    prompt_homes.photos,
    prompt_homes.caps,
    prompt_acts.just_under,
    prompt_homes.edits,
    prompt_acts.nights,
    prompt_acts.helpers,
    prompt_homes.never_down,
    prompt_homes.never_scored,
    prompt_homes.residencies,
)


def found(books: Books) -> list[Prompt]:
    """What these books give to look at, kind by kind, the rarest of each first."""
    every = [one for find in FINDERS for one in find(books)]
    kept: list[Prompt] = []
    for kind in ORDER:
        of_kind = sorted((one for one in every if one.kind == kind), key=lambda one: (one.rate, str(one.behind)))
        kept += of_kind[:MOST_OF_KIND]
    return kept


def live(session: Session, village_id: UUID, month: Month, now: datetime) -> list[Prompt]:
    """What a month gives to look at as the books stand; sixteen statements, two seconds for half a million entries."""
    return found(prompt_books.read(session, village_id, month, now))


def write(session: Session, of: Audit, now: datetime) -> int:
    """Keep what an audit's month gives to look at, inside the transaction that opens it; how many."""
    prompts = live(session, of.village_id, Month.parse(of.month), now)
    session.add_all(
        AuditPrompt(
            village_id=of.village_id,
            audit_id=of.id,
            position=position,
            kind=one.kind,
            subject_id=one.subject_id,
            figures=dict(one.figures),
            behind=one.behind,
        )
        for position, one in enumerate(prompts, 1)
    )
    session.flush()
    return len(prompts)


def of_audit(session: Session, village_id: UUID, audit_id: UUID) -> Sequence[AuditPrompt]:
    """The prompts of an audit, kind by kind; one statement."""
    return session.scalars(
        select(AuditPrompt)
        .where(AuditPrompt.village_id == village_id, AuditPrompt.audit_id == audit_id)
        .order_by(AuditPrompt.position)
    ).all()


def counts(session: Session, village_id: UUID, audit_id: UUID) -> dict[tuple[str, str], int]:
    """How many of each kind are in each state: all of it that a report says. One statement."""
    rows = session.execute(
        select(AuditPrompt.kind, AuditPrompt.status, func.count())
        .where(AuditPrompt.village_id == village_id, AuditPrompt.audit_id == audit_id)
        .group_by(AuditPrompt.kind, AuditPrompt.status)
    )
    return Counter({(kind, status): count for kind, status, count in rows})


def one(session: Session, village_id: UUID, prompt_id: UUID) -> AuditPrompt:
    """A prompt of the village; NotFound."""
    row = session.get(AuditPrompt, (village_id, prompt_id))
    if row is None:
        raise NotFound(N_("没有这条要看的。"))
    return row


def answered_by(session: Session, row: AuditPrompt) -> str:
    """The name of the member who answered; empty where nobody did. One statement."""
    of_term = and_(User.village_id == Supervisor.village_id, User.id == Supervisor.user_id)
    name = select(User.name).join(Supervisor, of_term)
    return session.scalar(name.where(Supervisor.village_id == row.village_id, Supervisor.id == row.answered_by)) or ""


@transaction
def answer(session: Session, actor: Actor, *, prompt_id: UUID, status: str, note: str, key: str, now: datetime) -> None:
    """A member looked: `explained` with what explains it, or `problem`; a later answer takes its place.

    Raises NotAllowed for those it is about too closely, Conflict once the audit is concluded, BadInput without a
    note that says why it is explained, NotFound.
    """
    asked = {"answer_prompt": prompt_id, "status": status, "note": note, "by": actor.user_id}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    member = supervisor.current(session, actor, village_date(now))
    row = one(session, actor.village_id, prompt_id)
    of = session.scalars(  # shared by those who answer, alone for who concludes
        select(Audit)
        .where(Audit.village_id == actor.village_id, Audit.id == row.audit_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()
    if of.status == CONCLUDED:
        raise Conflict(N_("这个月的审核已经定下来了，不能再改。没有记。"))
    if reason := why_not(session, member, row):
        raise NotAllowed(reason)
    row.status, row.note = status, _check(status, note)
    row.answered_by, row.answered_at = member.id, now
    session.flush()
    detail = {"month": of.month, "number": row.position}
    activity.record(session, actor, "audit.prompt_answered", now, subject=row.id, detail=detail)
    once.answer(session, actor.village_id, key, {})


def why_not(session: Session, member: Supervisor, row: AuditPrompt) -> str | None:
    """Why a member leaves a prompt to another: it is about few households and theirs or a relative's is one of them,
    or about what they recorded; None where they may answer it. At most four statements."""
    ties = supervisor.ties(session, member)
    if row.subject_id is not None and row.subject_id == member.user_id:
        return ties.against(None, member.user_id)
    if not KINDS[row.kind].is_of_few:
        return None
    return next(filter(None, map(ties.against, prompt_rows.households(session, row))), None)


def _check(status: str, note: str) -> str:
    note = note.strip()
    if status not in (EXPLAINED, PROBLEM):
        raise BadInput(N_("请选一样：说得通，还是有问题。没有记。")).at("status")
    if not note:
        raise BadInput(N_("请写一句看到了什么，别人才知道怎么得出来的。没有记。")).at("note")
    if len(note) > MOST_NOTE:
        raise BadInput(N_("写得太长了，最多 %(most)s 个字。没有记。"), most=MOST_NOTE).at("note")
    return note
