"""Posts the demo village's five months, in the order in which they happened, through the one way into the ledger."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain import redemption as redemptions
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import SHANGHAI, Month
from villagepoints.domain.ledger import Draft
from villagepoints.domain.rulebook import RuleBook
from villagepoints.models import ImportBatch, Redemption, RedemptionLine
from villagepoints.models.base import new_id
from villagepoints.services import posting, rulebook
from villagepoints.services.demo import words
from villagepoints.services.demo.points import BASE_ITEMS, DemoRedemption, Event, Points
from villagepoints.services.redemption import summary

GOODS = {code: name for code, name, _, _ in words.GOODS}
DEEDS, GOODS_TAKEN, MONTH_CLOSED, HONOURED = 11, 16, 18, 19  # the order of one day: hours at which things happen
_Placed = tuple[tuple[date, int], Draft]


def _sitting(placed: _Placed) -> tuple[Month, bool]:
    (day, hour), _ = placed
    return Month.of(day), hour == HONOURED


@dataclass(frozen=True, slots=True)
class Names:
    """Ids by the names the rows use: household numbers, names of staff, codes of goods."""

    households: dict[str, UUID]
    users: dict[str, UUID]
    rewards: dict[str, UUID]


class _History:
    def __init__(self, session: Session, actor: Actor, rows: Points, names: Names, now: datetime) -> None:
        self.session, self.actor, self.rows, self.names, self.now = session, actor, rows, names, now
        self.books: list[RuleBook] = rulebook.versions(session, actor.village_id)
        self.batches = {kind: new_id() for kind in ("base-scores", "events", "redemptions")}
        self.redemption_ids = [new_id() for _ in rows.redemptions]

    def book(self, on: date) -> RuleBook:
        """The version in force on a day."""
        return next((book for book in reversed(self.books) if book.effective_on <= on), self.books[0])

    def drafts(self) -> Iterator[tuple[datetime, list[Draft]]]:
        """Every entry in the order of time: a month's registers go into the books on its last day, its honours last."""
        placed = sorted([*self._base(), *self._events(), *self._redemptions()], key=itemgetter(0))
        for (month, honours), together in groupby(placed, key=_sitting):
            recorded_at = datetime.combine(month.last, time(HONOURED if honours else MONTH_CLOSED), SHANGHAI)
            yield recorded_at, [draft for _, draft in together]

    def _base(self) -> Iterator[_Placed]:
        for row in self.rows.base:
            on = row.month.last
            version, household_id = self.book(on).version, self.names.households[row.household]
            for item, points in zip(BASE_ITEMS, row.points, strict=True):
                yield (
                    (on, MONTH_CLOSED),
                    Draft(
                        household_id=household_id,
                        kind=ledger.AWARD,
                        points=points,
                        occurred_on=on,
                        origin=ledger.IMPORT,
                        rulebook_version=version,
                        item_code=item,
                        recorded_by=self.names.users[words.CLERKS[0]],
                        batch_id=self.batches["base-scores"],
                    ),
                )

    def _events(self) -> Iterator[_Placed]:
        for row in self.rows.events:
            is_of_month = row.item == "A6"  # the tidy homes are named when the month's scores are known
            yield (row.occurred_on, HONOURED if is_of_month else DEEDS), self._event(row)

    def _event(self, row: Event) -> Draft:
        book, household_id = self.book(row.occurred_on), self.names.households[row.household]
        item = book.item(row.item)
        second = next(name for name in words.CLERKS if name != row.recorder)
        return Draft(
            household_id=household_id,
            kind=ledger.AWARD if row.points > 0 else ledger.PENALTY,
            points=row.points,
            occurred_on=row.occurred_on,
            origin=ledger.IMPORT,
            rulebook_version=book.version,
            item_code=row.item,
            grade=row.grade or None,
            quantity=row.points // item.points if item.unit else 1,
            occasion=ledger.occasion_hash(household_id, row.subject) if item.once_per else None,
            recorded_by=self.names.users[row.recorder],
            approved_by=self.names.users[second] if book.needs_second_approver(row.points) else None,
            batch_id=self.batches["events"],
            note=row.note,
            recorder=row.recorder,
        )

    def _redemptions(self) -> Iterator[_Placed]:
        for redemption_id, row in zip(self.redemption_ids, self.rows.redemptions, strict=True):
            household_id = self.names.households[row.household]
            by_self = row.channel == redemptions.SELF
            yield (
                (row.occurred_on, GOODS_TAKEN),
                Draft(
                    household_id=household_id,
                    kind=ledger.REDEMPTION,
                    points=-row.price * row.quantity,
                    occurred_on=row.occurred_on,
                    origin=ledger.IMPORT,
                    recorded_by=None if by_self else self.names.users[words.SHOPKEEPER],
                    acted_for=None if by_self else household_id,
                    redemption_id=redemption_id,
                    batch_id=self.batches["redemptions"],
                    note=summary([(GOODS[row.reward], row.quantity)]),
                ),
            )

    def write_batches(self) -> None:
        """What the page of imports shows: where these entries came from."""
        counts = (len(self.rows.base), len(self.rows.events), len(self.rows.redemptions))
        totals = (
            sum(sum(row.points) for row in self.rows.base),
            sum(row.points for row in self.rows.events),
            -sum(row.price * row.quantity for row in self.rows.redemptions),
        )
        batches = [
            {
                "village_id": self.actor.village_id,
                "id": batch_id,
                "kind": kind,
                "filename": "演示数据",
                "file_sha256": b"",
                "row_count": count,
                "points": total,
                "imported_at": self.now,
            }
            for (kind, batch_id), count, total in zip(self.batches.items(), counts, totals, strict=True)
        ]
        self.session.execute(insert(ImportBatch), batches)

    def write_redemptions(self, seqs: dict[UUID, int]) -> None:
        """The register of redemptions, all handed over; `seqs` the number of each one's entry."""
        pairs = list(zip(self.redemption_ids, self.rows.redemptions, strict=True))
        self.session.execute(insert(Redemption), [self._redemption(id_, row, seqs[id_]) for id_, row in pairs])
        lines = [
            {
                "village_id": self.actor.village_id,
                "redemption_id": id_,
                "line": 1,
                "reward_id": self.names.rewards[row.reward],
                "name": GOODS[row.reward],
                "quantity": row.quantity,
                "points_each": row.price,
            }
            for id_, row in pairs
        ]
        self.session.execute(insert(RedemptionLine), lines)

    def _redemption(self, id_: UUID, row: DemoRedemption, seq: int) -> dict[str, Any]:
        shopkeeper = self.names.users[words.SHOPKEEPER]
        at = datetime.combine(row.occurred_on, time(GOODS_TAKEN), SHANGHAI)
        return {
            "village_id": self.actor.village_id,
            "id": id_,
            "household_id": self.names.households[row.household],
            "status": redemptions.FULFILLED,
            "channel": row.channel,
            "points": row.price * row.quantity,
            "occurred_on": row.occurred_on,
            "proxy_name": row.proxy,
            "entry_seq": seq,
            "reserved_at": at,
            "reserved_by": None if row.channel == redemptions.SELF else shopkeeper,
            "fulfilled_at": at,
            "fulfilled_by": shopkeeper,
            "batch_id": self.batches["redemptions"],
        }


def write(session: Session, actor: Actor, rows: Points, names: Names, now: datetime) -> None:
    """Post everything and write the register of redemptions, inside the caller's transaction."""
    history = _History(session, actor, rows, names, now)
    history.write_batches()
    seqs: dict[UUID, int] = {}
    for recorded_at, drafts in history.drafts():
        entries = posting.post(session, actor.village_id, drafts, recorded_at)
        seqs |= {entry.redemption_id: entry.seq for entry in entries if entry.redemption_id is not None}
    history.write_redemptions(seqs)
