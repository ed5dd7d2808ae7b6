"""One mechanism for every list of the desk: from one set of columns come its page, its print and its workbook."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from villagepoints import clock
from villagepoints.access import OFFICE, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import TAKEN, here, wanted
from villagepoints.blueprints.desk.export import as_workbook
from villagepoints.blueprints.desk.navigation import is_open
from villagepoints.blueprints.filters import day, full_day, month, points, signed
from villagepoints.domain.calendar import SHANGHAI, Month, village_date
from villagepoints.extensions import db
from villagepoints.services import saved_filter
from villagepoints.services.paging import MOST_PRINTED, MOST_TAKEN, Page, Wanted

Value = str | int | date | Month | None  # an instant is a date too
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as the page dresses it: where it leads, and its class (a mark, soft, loss …)."""

    value: Value
    url: str = ""
    look: str = ""
    picture: Markup | str = ""  # stands before it, on the page only


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column: its words, what it says of a row, the name it is sorted and added up by, the class of its cells
    (`num` stands at the right), and whether its numbers are changes, written with their sign."""

    head: str
    value: Callable[[Row], "Value | Cell"]
    sort: str = ""
    look: str = ""
    total: str = ""
    is_change: bool = False
    is_named: bool = False  # a card on a phone says its head before it


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form above a list; `tabs` stand above the form, what is `kept` is only handed on."""

    name: str
    label: str
    value: str = ""
    choices: Sequence[tuple[str, str]] | None = None
    kind: str = "choice"  # search, choice, month, tabs, kept
    waiting: str = ""  # what waits behind the first tab, as the navigation counts it

    @property
    def said(self) -> str:
        """What it asks for in words; nothing where it asks for nothing."""
        if not self.value:
            return ""
        if self.kind == "kept":
            return self.label
        words = dict(self.choices).get(self.value, self.value) if self.choices else self.value
        return _("%(field)s：%(words)s", field=self.label, words=words) if self.label else words


def search(name: str, label: str, value: str) -> Field:
    """The box for words."""
    return Field(name, label, value, kind="search")


def tabs(name: str, label: str, value: str, names: Mapping[str, str], waiting: str = "") -> Field:
    """States that a list is shown in, one beside the other; `waiting` is written beside the first."""
    return Field(name, label, value, [(one, _(text)) for one, text in names.items()], "tabs", waiting)


def group_field(numbers: Sequence[int], chosen: int | None) -> Field:
    """The groups of the village to choose from."""
    choices = [(str(one), _("%(number)s组", number=one)) for one in numbers]
    return Field("group", _("组"), "" if chosen is None else str(chosen), choices)


def asked_group() -> int | None:
    """The group that the query asks for."""
    number = request.args.get("group", type=int)
    return number if number is not None and 0 <= number < 10_000 else None


def asked_month() -> Month | None:
    """The month that the query asks for."""
    try:
        return Month.parse(request.args.get("month", ""))
    except ValueError:
        return None


def asked(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A value of the query that is one of those known."""
    value = request.args.get(name, otherwise)
    return value if value in known else otherwise


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done with chosen rows: the button's words, the page that does it (a form with one `field` a row),
    whether that is a GET (something is only printed), what is said before it is done, and how rows are named there."""

    name: str
    text: str
    endpoint: str
    field: str
    names: Callable[[Session, UUID, Sequence[UUID]], Sequence[str]]
    says: str = ""
    is_read: bool = False
    seen_as: str = ""  # the field that is given the instant at which the list was shown


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the desk: its page, its name, how it is sorted and how long a page is until somebody asks otherwise,
    who may take it home as a workbook, and what can be done with chosen rows."""

    endpoint: str
    title: str
    sort: str = ""
    size: int = 50
    takers: frozenset[str] = OFFICE
    acts: tuple[Act, ...] = ()

    def may_take(self) -> bool:
        """Whether the actor may take it home."""
        return not self.takers.isdisjoint(current_actor().roles)


LISTS: dict[str, Listing] = {}


def listed(endpoint: str, title: str, **options: Any) -> Listing:
    """Make a list known: its filters can be kept, its chosen rows acted on, and the tests of all lists try it."""
    LISTS[endpoint] = Listing(endpoint, title, **options)
    return LISTS[endpoint]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[Row]):
    """What a list says of each row: its columns, where it is opened, its id, whether it is struck, whether it may be
    chosen, and what can be done with chosen ones if not what the list says."""

    columns: Sequence[Column[Row]]
    opens: Callable[[Row], str]
    id_of: Callable[[Row], object] = lambda row: row.id  # type: ignore[attr-defined]
    is_struck: Callable[[Row], bool] = lambda _row: False
    may_choose: Callable[[Row], bool] = lambda _row: True
    next_step: Callable[[Row], str | Cell] | None = None  # at the row's end: what opening it is for
    acts: Sequence[Act] | None = None  # instead of those of the list


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the page: one cell for each column, in their order."""

    id: str
    url: str
    is_struck: bool
    may_choose: bool
    next_step: Cell
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of a list as its template reads it."""

    listing: Listing
    page: Page[Any]
    fields: Sequence[Field]
    columns: Sequence[Column[Any]]
    lines: Sequence[Line]
    saved: Sequence[saved_filter.Saved]
    acts: Sequence[Act]
    may_take: bool
    can_choose: bool
    on_paper: bool
    has_steps: bool
    seen_at: datetime
    state: str
    place: str

    @property
    def is_narrowed(self) -> bool:
        """Whether the form asks for anything."""
        return any(field.value for field in self.open_fields)

    @property
    def clear_url(self) -> str:
        """The list without what its form asks for."""
        return here(page=None, **{field.name: None for field in self.open_fields})

    @property
    def tabs(self) -> list[Field]:
        """The fields that stand above the form."""
        return [field for field in self.fields if field.kind == "tabs"]

    @property
    def open_fields(self) -> list[Field]:
        """The fields that the form shows."""
        return [field for field in self.fields if field.kind not in ("tabs", "kept")]

    @property
    def has_pictures(self) -> bool:
        """Whether a cell shows one: the rest of its row then stands at its middle."""
        return any(cell.picture for line in self.lines for cell in line.cells)

    @property
    def said(self) -> list[str]:
        """The whole filter in words."""
        return [field.said for field in self.fields if field.said]


def show(
    listing: Listing,
    template: str,
    table: Table[Row],
    find: Callable[[Wanted], Page[Row]],
    fields: Sequence[Field] = (),
    *,
    opens_single: bool = False,
    **values: Any,
) -> ResponseReturnValue:
    """The list as the query asks for it: a page of it, all of it on paper (`out=paper`) or as a workbook (`out=xlsx`),
    there only the rows of `only` if it names any. With `opens_single` a single find is opened at once."""
    g.listed_at = listing.endpoint
    asked_for = _wanted(listing, table)
    out = request.args.get("out", "")
    if out == "xlsx" and listing.may_take():
        return _workbook(listing, table, find, asked_for)
    if out == "paper":
        return _paper(listing, table, find, asked_for, fields)
    page = find(asked_for)
    if opens_single and page.total == 1 and page.rows:
        return redirect(table.opens(page.rows[0]))
    shown = _shown(listing, table, page, fields)
    return render_template(template, shown=shown, page=shown.page, **values)


def whole(rows: Sequence[Row], wanted: Wanted) -> Page[Row]:
    """A page of rows that are few and all read already."""
    cut = rows[wanted.offset : wanted.offset + wanted.size]
    return Page(cut, wanted.number, wanted.size, len(rows), wanted.sort)


def value_of(cell: Value | Cell) -> Cell:
    """A bare value as a cell."""
    return cell if isinstance(cell, Cell) else Cell(cell)


@blueprint.app_template_global("kept_of")
def kept(value: Value) -> str | int | None:
    """A value as a workbook keeps it: numbers as numbers, days and instants whole, so that they sort and are still
    understood next year."""
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return month(value) if isinstance(value, Month) else value


@blueprint.app_template_global("words_of")
def words(value: Value, is_change: bool = False) -> str:
    """A value as the page writes it; a day of this year without its year, an instant with its time."""
    if isinstance(value, date):
        now = clock.now()
        on = village_date(value) if isinstance(value, datetime) else value
        text = day(on) if on.year == village_date(now).year else full_day(on)
        return f"{text} {value.astimezone(SHANGHAI):%H:%M}" if isinstance(value, datetime) else text
    if isinstance(value, Month):
        return month(value)
    if isinstance(value, int):
        return signed(value) if is_change else points(value)
    return value or ""


def _query(without: Sequence[str]) -> str:
    return urlencode({name: value for name, value in request.args.to_dict().items() if value and name not in without})


def _wanted(listing: Listing, table: Table[Row]) -> Wanted:
    asked_for = wanted(listing.sort, listing.size)
    known = {column.sort for column in table.columns if column.sort}
    sort = asked_for.sort if asked_for.sort.removeprefix("-") in known else listing.sort
    return Wanted(asked_for.number, asked_for.size, sort)


def _shown(
    listing: Listing, table: Table[Row], page: Page[Row], fields: Sequence[Field], on_paper: bool = False
) -> Shown:
    acts = [act for act in (listing.acts if table.acts is None else table.acts) if is_open(act.endpoint)]
    return Shown(
        listing=listing,
        page=page,
        fields=fields,
        columns=table.columns,
        lines=[_line(table, row) for row in page.rows],
        saved=saved_filter.of(db.session(), current_actor(), listing.endpoint),
        acts=acts,
        may_take=listing.may_take(),
        can_choose=(bool(acts) or listing.may_take()) and not on_paper,
        on_paper=on_paper,
        has_steps=table.next_step is not None and not on_paper,
        seen_at=clock.now(),
        state=_query((*TAKEN, "page")),
        place=_query(TAKEN),
    )


def _line(table: Table[Row], row: Row) -> Line:
    cells = [value_of(column.value(row)) for column in table.columns]
    url, step = table.opens(row), value_of(table.next_step(row) if table.next_step else "")
    step = Cell(step.value, step.url or url)
    return Line(str(table.id_of(row)), url, table.is_struck(row), table.may_choose(row), step, cells)


def _workbook(
    listing: Listing, table: Table[Row], find: Callable[[Wanted], Page[Row]], asked_for: Wanted
) -> ResponseReturnValue:
    only = frozenset(filter(None, request.args.get("only", "").split(",")))
    page = find(asked_for if only else Wanted(size=MOST_TAKEN, sort=asked_for.sort))
    if page.has_next and not only:
        flash(_("找到的超过 %(most)s 行，没有导出。请选月份或别的条件，分几次导出。", most=points(MOST_TAKEN)), "wrong")
        return redirect(here())
    rows = [row for row in page.rows if not only or str(table.id_of(row)) in only]
    lines = ([kept(value_of(column.value(row)).value) for column in table.columns] for row in rows)
    return as_workbook(_(listing.title), [column.head for column in table.columns], lines)


def _paper(
    listing: Listing,
    table: Table[Row],
    find: Callable[[Wanted], Page[Row]],
    asked_for: Wanted,
    fields: Sequence[Field],
) -> ResponseReturnValue:
    page = find(Wanted(size=MOST_PRINTED, sort=asked_for.sort))
    shown = _shown(listing, table, page, fields, on_paper=True)
    return render_template("desk/list_paper.html", shown=shown, page=page, now=clock.now(), most=MOST_PRINTED)
