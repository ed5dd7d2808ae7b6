"""The tables; importing this package loads every one of them."""

from villagepoints.models.activity import Activity
from villagepoints.models.base import Base
from villagepoints.models.card import Attempt, Card, Phone
from villagepoints.models.claim import Claim, Council, CouncilItem, CouncilMember, Review
from villagepoints.models.evidence import Evidence
from villagepoints.models.finding import Finding, MonthClose, SheetRow
from villagepoints.models.gathering import Attendance, Gathering
from villagepoints.models.household import Household, Resident
from villagepoints.models.importing import ImportBatch, ImportRow
from villagepoints.models.ledger import EntryText, LedgerEntry, RequestKey
from villagepoints.models.notice import Notice, Objection
from villagepoints.models.red_line import RedLineCase, Repair
from villagepoints.models.redemption import Redemption, RedemptionLine, Reward, StockMove
from villagepoints.models.rulebook import Deliberation, RuleBookVersion, RuleDraft, RuleItem
from villagepoints.models.seal import Seal, SealHead
from villagepoints.models.service_request import ServiceRequest
from villagepoints.models.user import Relative, SignInLink, User
from villagepoints.models.village import News, Village, WorkingDay
from villagepoints.models.welfare import WelfareLine, WelfareScheme

__all__ = [
    "Activity",
    "Attempt",
    "Attendance",
    "Base",
    "Card",
    "Claim",
    "Council",
    "CouncilItem",
    "CouncilMember",
    "Deliberation",
    "EntryText",
    "Evidence",
    "Finding",
    "Gathering",
    "Household",
    "ImportBatch",
    "ImportRow",
    "LedgerEntry",
    "MonthClose",
    "News",
    "Notice",
    "Objection",
    "Phone",
    "RedLineCase",
    "Redemption",
    "RedemptionLine",
    "Relative",
    "Repair",
    "RequestKey",
    "Resident",
    "Review",
    "Reward",
    "RuleBookVersion",
    "RuleDraft",
    "RuleItem",
    "Seal",
    "SealHead",
    "ServiceRequest",
    "SheetRow",
    "SignInLink",
    "StockMove",
    "User",
    "Village",
    "WelfareLine",
    "WelfareScheme",
    "WorkingDay",
]
