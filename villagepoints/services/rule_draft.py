"""办法草案: copy the rules and change them; what becomes of them is services/deliberation.py."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import deliberation as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, Conflict, DomainError, NotFound
from villagepoints.domain.rule_diff import BookDiff, diff
from villagepoints.domain.rule_draft import Edit, edited, what_is_wrong
from villagepoints.domain.rulebook import RuleBook, adopted
from villagepoints.models import RuleBookVersion, RuleDraft, User
from villagepoints.services import once, rulebook
from villagepoints.services.paging import Page, Wanted
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A line of the list of drafts."""

    id: UUID
    title: str
    status: str
    based_on: int
    adopted_version: int | None
    creator: str | None
    changed_at: datetime


def listed(session: Session, village_id: UUID, wanted: Wanted) -> Page[DraftRow]:
    """One page of the drafts, the last changed first; two statements."""
    mine = RuleDraft.village_id == village_id
    total = session.scalars(select(func.count()).select_from(RuleDraft).where(mine)).one()
    rows = session.execute(
        select(
            RuleDraft.id,
            RuleDraft.title,
            RuleDraft.status,
            RuleDraft.based_on,
            RuleDraft.adopted_version,
            User.name,
            RuleDraft.changed_at,
        )
        .outerjoin(User, and_(User.village_id == RuleDraft.village_id, User.id == RuleDraft.created_by))
        .where(mine)
        .order_by(RuleDraft.changed_at.desc(), RuleDraft.id)
        .limit(wanted.size)
        .offset(wanted.offset)
    )
    return Page([DraftRow(*row) for row in rows], wanted.number, wanted.size, total)


def get(session: Session, village_id: UUID, draft_id: UUID) -> RuleDraft:
    """A draft; NotFound where the village has none of that id."""
    draft = session.get(RuleDraft, (village_id, draft_id))
    if draft is None:
        raise NotFound(N_("没有这份草案。"))
    return draft


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as its pages show it: the book it would be, the one it changes, what differs and what is wrong."""

    row: RuleDraft
    book: RuleBook
    base: RuleBook
    diff: BookDiff
    problems: list[DomainError]
    is_outdated: bool  # another version came in the meantime


def opened(session: Session, village_id: UUID, draft_id: UUID) -> Draft:
    """The draft beside the version it was made from; NotFound where the village has none of that id."""
    row = get(session, village_id, draft_id)
    versions = rulebook.versions(session, village_id)
    base = next(book for book in versions if book.version == row.based_on)
    book = adopted(row.body, newest_of(versions).version + 1)
    is_open = row.status in (rules.DRAFT, rules.DELIBERATION)
    return Draft(
        row=row,
        book=book,
        base=base,
        diff=diff(base, book),
        problems=list(what_is_wrong(row.body)) if is_open else [],
        is_outdated=is_open and newest_of(versions).version != row.based_on,
    )


def newest_of(versions: list[RuleBook]) -> RuleBook:
    """The version adopted last, in force already or not yet."""
    return max(versions, key=lambda book: book.version)


@transaction
def create(session: Session, actor: Actor, *, title: str, copy_of: UUID | None, key: str, now: datetime) -> UUID:
    """A new draft with the text of the newest version, or of another draft; its id. BadInput without a title."""
    request = {"rule_draft": title, "copy_of": copy_of, "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["draft_id"])
    if not 1 <= len(title.strip()) <= 80:
        raise BadInput(N_("请给草案起个名字，最多 80 个字，例如「明年的办法」。没有新建。"))
    newest = newest_of(rulebook.versions(session, actor.village_id)).version
    if copy_of is None:
        body = session.scalars(
            select(RuleBookVersion.body).where(
                RuleBookVersion.village_id == actor.village_id, RuleBookVersion.version == newest
            )
        ).one()
    else:
        body = get(session, actor.village_id, copy_of).body
    draft = RuleDraft(
        village_id=actor.village_id,
        title=title.strip(),
        body=dict(body),
        based_on=newest,
        status=rules.DRAFT,
        created_by=actor.user_id,
        created_at=now,
        changed_at=now,
    )
    session.add(draft)
    session.flush()
    once.answer(session, actor.village_id, key, {"draft_id": str(draft.id)})
    return draft.id


@transaction
def change(
    session: Session, actor: Actor, *, draft_id: UUID, revision: int, edit: Edit, key: str, now: datetime
) -> list[DomainError]:
    """Change one part of a draft; what is still wrong with the whole of it, which it may be saved with.

    Conflict where somebody else changed it since `revision`, or it is no longer a draft; NotFound, BadInput.
    """
    request = {
        "change": str(draft_id),
        "revision": revision,
        "by": actor.user_id,
        "edit": [edit.part, edit.code, None if edit.values is None else dict(edit.values)],
    }
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return what_is_wrong(get(session, actor.village_id, draft_id).body)
    draft = locked(session, actor.village_id, draft_id)
    check_status(draft, rules.DRAFT)
    if draft.revision != revision:
        raise Conflict(
            N_("别人刚刚改过这份草案，你的这次没有存。你填的还在下面；先看看草案现在的样子，要是还要改，再存一次。")
        )
    draft.body = edited(draft.body, edit)
    touch(draft, now)
    once.answer(session, actor.village_id, key, {})
    return what_is_wrong(draft.body)


def locked(session: Session, village_id: UUID, draft_id: UUID) -> RuleDraft:
    """A draft that nobody else can change before the caller's transaction ends; NotFound."""
    query = select(RuleDraft).where(RuleDraft.village_id == village_id, RuleDraft.id == draft_id)
    draft = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if draft is None:
        raise NotFound(N_("没有这份草案。"))
    return draft


def check_status(draft: RuleDraft, *wanted: str) -> None:
    """Refuse a draft that has become something else (Conflict)."""
    if draft.status not in wanted:
        raise Conflict(_NOT_NOW[draft.status])


_NOT_NOW = {
    rules.DRAFT: N_("这份草案还在修改，还没有提交议定，没有动。"),
    rules.DELIBERATION: N_("这份草案正在民主议定，文字不能再改，没有动。要改请先退回修改。"),
    rules.ADOPTED: N_("这份草案已经定为办法，不能再改，没有动。要改请新起一份草案。"),
    rules.DROPPED: N_("这份草案已经作废，没有动。要用它的文字，请照它新起一份草案。"),
}


def touch(draft: RuleDraft, now: datetime) -> None:
    """Count a change, so that two editors notice each other."""
    draft.revision += 1
    draft.changed_at = now
