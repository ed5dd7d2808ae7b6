"""The tables; importing this package loads every one of them."""

from villagepoints.models.activity import Activity
from villagepoints.models.base import Base
from villagepoints.models.card import Attempt, Card, Phone
from villagepoints.models.claim import Claim, Review
from villagepoints.models.finding import Finding
from villagepoints.models.household import Household, Resident
from villagepoints.models.importing import ImportBatch, ImportRow
from villagepoints.models.ledger import EntryText, LedgerEntry, RequestKey
from villagepoints.models.redemption import Redemption, RedemptionLine, Reward, StockMove
from villagepoints.models.rulebook import RuleBookVersion, RuleItem
from villagepoints.models.seal import Seal, SealHead
from villagepoints.models.user import SignInLink, User
from villagepoints.models.village import News, Village

__all__ = [
    "Activity",
    "Attempt",
    "Base",
    "Card",
    "Claim",
    "EntryText",
    "Finding",
    "Household",
    "ImportBatch",
    "ImportRow",
    "LedgerEntry",
    "News",
    "Phone",
    "Redemption",
    "RedemptionLine",
    "RequestKey",
    "Resident",
    "Review",
    "Reward",
    "RuleBookVersion",
    "RuleItem",
    "Seal",
    "SealHead",
    "SignInLink",
    "StockMove",
    "User",
    "Village",
]
