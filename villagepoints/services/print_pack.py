"""The print pack: which papers a month asks for, and each of them made ready by its name."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Village
from villagepoints.services import finding_list, print_board, print_forms, print_statements
from villagepoints.services.print_file import Sheets

BOARD, RULES, PERSUASION, BLANK_PERSUASION = "board", "rules", "persuasion", "persuasion-blank"
OBJECTION, REQUEST, COUNTERS = "objection", "request", "counters"
PAPERS = {  # in the order in which a month is printed, but for the statements of each group
    BOARD: N_("公示榜（姓名打星号，扣分不写户）"),
    RULES: N_("办法一览（常住、动迁上楼两种写法）"),
    PERSUASION: N_("劝导通知，按现在劝导中的填好"),
    BLANK_PERSUASION: N_("劝导通知，空白"),
    OBJECTION: N_("积分异议书，空白"),
    REQUEST: N_("告诉村里（反映、求助），空白"),
    COUNTERS: N_("到哪里领东西"),
}
STATEMENTS = re.compile(r"statements-(\d{1,4}|none)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which paper: its name (`statements-3`: the statements of group 3), for which month, on what size."""

    what: str
    month: Month
    paper: str = "a4"
    per_page: int = 2
    finding_id: UUID | None = None


def statements_of(group_no: int | None) -> str:
    """The name of a group's statements."""
    return f"statements-{'none' if group_no is None else group_no}"


def group_of(what: str) -> tuple[int | None] | None:
    """The group whose statements a name means, in a tuple since there may be none; None for any other paper."""
    found = STATEMENTS.fullmatch(what)
    return None if found is None else (None if found[1] == "none" else int(found[1]),)


def sheets(session: Session, village: Village, asked: Asked, today: date, *, url: str) -> Sheets:
    """A paper made ready; the board's code leads to `url`. NotFound for a name that means none."""
    if (group := group_of(asked.what)) is not None:
        wanted = print_statements.Asked(group_no=group[0], month=asked.month, per_page=asked.per_page)
        return print_statements.of_group(session, village, wanted, today, paper=asked.paper)
    if asked.what == BOARD:
        return print_board.board(session, village, asked.month, today, url=url, paper=asked.paper)
    if asked.what in (PERSUASION, BLANK_PERSUASION):
        return _persuasion(session, village, asked, today)
    blanks = {
        RULES: print_board.rules,
        OBJECTION: print_forms.objection,
        REQUEST: print_forms.request,
        COUNTERS: print_forms.counters,
    }
    if asked.what not in blanks:
        raise NotFound(N_("没有这一种可以打印。"))
    return blanks[asked.what](session, village, today, paper=asked.paper)


def _persuasion(session: Session, village: Village, asked: Asked, today: date) -> Sheets:
    if asked.what == BLANK_PERSUASION:
        findings = []
    elif asked.finding_id:
        findings = [finding_list.slip(session, village.id, asked.finding_id)]
    else:
        findings = list(finding_list.slips(session, village.id, None))
        if not findings:
            raise NotFound(N_("现在没有劝导中的，不用印劝导通知。"))
    return print_forms.persuasion(session, village, findings, today, paper=asked.paper)
