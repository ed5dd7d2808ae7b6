"""What every kind of import works with: the village as it stands, and a file's rows with their identities."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_
from villagepoints.domain.ledger import Draft, PostedEntry
from villagepoints.domain.rulebook import RuleBook
from villagepoints.models import Household, ImportRow, Relative, Resident, User
from villagepoints.services import rulebook
from villagepoints.services.importing import values
from villagepoints.services.importing.result import NEW, SAME, ImportResult, Unusable
from villagepoints.services.importing.table import Reader, Record, Table
from villagepoints.services.workbook import Sheet

LOOK_UP = 5_000  # identities in one statement
T = TypeVar("T")


@dataclass(slots=True)
class Account:
    """A household as an import needs it; `balance` moves along with the rows of the file."""

    id: UUID
    number: str
    residency: str
    balance: int
    names: set[str]


@dataclass(slots=True)
class Row(Generic[T]):
    """A readable row: its business columns (its identity) and what the kind makes of it."""

    record: Record
    business: tuple[object, ...]
    data: T
    identity: bytes = b""


@dataclass(slots=True)
class File:
    """A file that was read: its kind, its name, its hash and its tables (or, for a rule book, its text)."""

    kind: str
    filename: str
    sha256: bytes
    tables: list[Table]
    records: list[list[Record]]
    result: ImportResult
    text: str = ""
    sheets: list[Sheet] = field(default_factory=list)
    left_out: list[Record] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """What a file will do: entries in the order they are to be posted, and what else is written."""

    drafts: Iterable[Draft] = ()
    count: int = 0
    identities: list[bytes] = field(default_factory=list)
    points: int = 0
    write: Callable[[Session], None] | None = None  # before the entries
    after: Callable[[Session, list[PostedEntry]], None] | None = None  # for each lot of posted entries


@dataclass(slots=True)
class Context:
    """One import as it runs: who, when, into which village, with what is loaded once."""

    session: Session
    actor: Actor
    now: datetime
    today: date
    file: File
    batch_id: UUID
    identity_key: bytes
    _accounts: dict[str, Account] | None = None
    _own: frozenset[UUID] = frozenset()
    _books: list[RuleBook] | None = None

    @property
    def village_id(self) -> UUID:
        """The village that is imported into."""
        return self.actor.village_id

    @property
    def result(self) -> ImportResult:
        """Where counts, refusals and warnings are collected."""
        return self.file.result

    def book(self, on: date) -> RuleBook:
        """The rule book in force on a day."""
        if self._books is None:
            self._books = rulebook.versions(self.session, self.village_id)
        return next((book for book in reversed(self._books) if book.effective_on <= on), self._books[0])

    def accounts(self) -> dict[str, Account]:
        """Every household by its number, in three statements; Unusable where there is no roster yet."""
        if self._accounts is None:
            self._accounts = _accounts(self.session, self.village_id)
            self._own = _households_of(self.session, self.actor)
            if not self._accounts:
                raise Unusable(N_("村里还没有住户。请先导入花名册（roster），再导入这个文件。"))
        return self._accounts

    def account(self, reader: Reader) -> Account | None:
        """The household a row names; refuses the row when there is none.

        Warns when the head's name is another, and when it is that of whoever imports or of a declared relative.
        """
        number = reader.get("household", values.code, needed=True)
        if number is None:
            return None
        accounts = self.accounts()
        account = accounts.get(number) or accounts.get(_without_zeros(number))
        if account is None:
            reader.refuse(
                "household", N_("花名册里没有户号 %(number)s，请核对户号，或先把这一户补进花名册"), number=number
            )
            return None
        record = reader.record
        if account.id in self._own:
            warning = N_("户号 %(number)s 是导入人自己家或亲属家，按表里写的记，请另一个人核对")
            self.result.warnings.append(record.problem("household", warning, number=number))
        if record.has("head") and account.names and values.name(record.raw("head")) not in account.names:
            warning = N_("户号 %(number)s 家里没有叫这个名字的人，按户号记；请核对是不是串了行")
            self.result.warnings.append(record.problem("head", warning, number=number))
        return account

    def check_day(self, reader: Reader, field_name: str, on: date | None) -> None:
        """Refuse a day more than a year ahead, which is a slip of the pen; warn of one that has not come yet."""
        if on is None or on <= self.today:
            return
        if (on - self.today).days > 366:
            reader.refuse(field_name, N_("日期 %(day)s 还没到，请核对年份"), day=on.isoformat())
        else:
            warning = N_("日期 %(day)s 还没到，按表里写的记，请核对")
            self.result.warnings.append(reader.record.problem(field_name, warning, day=on.isoformat()))

    def unknown(self, rows: list[Row[T]]) -> list[Row[T]]:
        """The rows that are not in the books yet; the others are counted as unchanged."""
        identify(rows)
        known = _known(self.session, self.village_id, self.file.kind, [row.identity for row in rows])
        fresh = [row for row in rows if row.identity not in known]
        for row in rows:
            self.result.mark(row.record.table.sheet, row.record.number, SAME if row.identity in known else NEW)
        self.result.unchanged += len(rows) - len(fresh)
        self.result.new += len(fresh)
        return fresh


def identify(rows: Iterable[Row[Any]]) -> None:
    """Give each row its identity: the hash of its business columns and of its ordinal among equal rows of the file."""
    seen: Counter[tuple[object, ...]] = Counter()
    for row in rows:
        seen[row.business] += 1
        words = "\x1f".join(map(str, (*row.business, seen[row.business])))
        row.identity = hashlib.blake2b(words.encode(), digest_size=16).digest()


def _known(session: Session, village_id: UUID, kind: str, identities: list[bytes]) -> set[bytes]:
    known: set[bytes] = set()
    for start in range(0, len(identities), LOOK_UP):
        known.update(
            session.scalars(
                select(ImportRow.identity).where(
                    ImportRow.village_id == village_id,
                    ImportRow.kind == kind,
                    ImportRow.identity.in_(identities[start : start + LOOK_UP]),
                )
            )
        )
    return known


def _accounts(session: Session, village_id: UUID) -> dict[str, Account]:
    of_village = Household.village_id == village_id
    accounts = {
        row.id: Account(row.id, row.number, row.residency, row.balance, {row.head_name} - {""})
        for row in session.execute(
            select(Household.id, Household.number, Household.residency, Household.balance, Household.head_name).where(
                of_village
            )
        )
    }
    for row in session.execute(select(Resident.household_id, Resident.name).where(Resident.village_id == village_id)):
        accounts[row.household_id].names.add(row.name)
    return _by_number(accounts.values())


def _households_of(session: Session, actor: Actor) -> frozenset[UUID]:
    """The household of the member of staff who imports, and those of declared relatives; none for a command."""
    own = select(User.household_id).where(User.village_id == actor.village_id, User.id == actor.user_id)
    relatives = select(Relative.household_id).where(
        Relative.village_id == actor.village_id, Relative.user_id == actor.user_id
    )
    found = session.scalars(own.union(relatives)) if actor.user_id is not None else ()
    return frozenset(household_id for household_id in found if household_id is not None)


def _by_number(accounts: Iterable[Account]) -> dict[str, Account]:
    """Accounts by their number, and by what a spreadsheet leaves of 001 where no two numbers become the same."""
    by_number = {values.code(account.number): account for account in accounts}
    bare = Counter(map(_without_zeros, by_number))
    for number, account in list(by_number.items()):
        if bare[_without_zeros(number)] == 1:
            by_number.setdefault(_without_zeros(number), account)
    return by_number


def _without_zeros(number: str) -> str:
    return number.lstrip("0") if number.isdigit() else number


def records(file: File) -> Iterator[tuple[Table, Record]]:
    """Every row of every table, in the file's order."""
    for table, rows in zip(file.tables, file.records, strict=True):
        for record in rows:
            yield table, record
