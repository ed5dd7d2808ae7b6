"""Imports a rule book as the next version."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import ADMIN
from villagepoints.domain.errors import N_, DomainError, NotAllowed
from villagepoints.domain.rule_check import parse
from villagepoints.models import RuleBookVersion
from villagepoints.services import rulebook
from villagepoints.services.importing.plan import Context, Plan
from villagepoints.services.importing.result import Unusable

MOST = 1 << 20  # bytes


def read_text(path: Path) -> str:
    """The words of a rule book file; Unusable when it is no text."""
    try:
        if path.stat().st_size > MOST:
            raise Unusable(N_("办法文件太大了。请检查是不是选错了文件。"))
        return path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError):
        raise Unusable(N_("办法要是 UTF-8 文字的 .toml 文件。请检查是不是选错了文件。")) from None


def plan(context: Context) -> Plan:
    """Adopt the book, unless it is word for word the newest version already.

    NotAllowed for who records points: whoever could also change what they are worth would need no second person.
    """
    if context.actor.user_id is not None and not context.actor.is_any(ADMIN):
        raise NotAllowed(N_("积分办法要由管理员导入，记分的人不能自己改分值和上限。没有导入。"))
    try:
        source = rulebook.read_text(context.file.text)
        book = parse(source, 0)
    except DomainError as error:
        raise Unusable(error.sentence, **error.values) from error
    except (LookupError, TypeError, ValueError) as error:
        raise Unusable(N_("办法文件的格式读不懂（%(error)s），没有导入。"), error=error) from error
    newest = context.session.scalar(
        select(RuleBookVersion.body)
        .where(RuleBookVersion.village_id == context.village_id)
        .order_by(RuleBookVersion.version.desc())
        .limit(1)
    )
    context.result.totals = {"items": len(book.items), "red_lines": len(book.red_lines)}
    if newest == source:
        context.result.unchanged = 1
        return Plan()
    context.result.new = 1

    def write(session: Session) -> None:
        rulebook.adopt(session, context.actor, source, context.now)

    return Plan(count=1, write=write)
