"""The tables; importing this package loads every one of them."""

from villagepoints.models.activity import Activity
from villagepoints.models.audit import (
    Audit,
    AuditItem,
    AuditLook,
    AuditProblem,
    AuditProblemStep,
    AuditPrompt,
    AuditRule,
    AuditSignature,
    AuditWitness,
    PublishedReport,
)
from villagepoints.models.base import Base
from villagepoints.models.card import Attempt, Card, Phone
from villagepoints.models.claim import Claim, Council, CouncilItem, CouncilMember, Review
from villagepoints.models.counter import Counter, CounterStaff, RewardCounter, Stocktake, StocktakeLine
from villagepoints.models.evidence import Evidence
from villagepoints.models.finding import Finding, MonthClose, SheetRow
from villagepoints.models.gathering import Attendance, Gathering
from villagepoints.models.household import Household, Resident, Succession
from villagepoints.models.importing import ImportBatch, ImportRow, ImportSession
from villagepoints.models.ledger import EntryText, LedgerEntry, RequestKey
from villagepoints.models.neighbourhood import JointItem, JointSession, Neighbourhood, NeighbourhoodMember, Relocation
from villagepoints.models.notice import Notice, Objection
from villagepoints.models.red_line import RedLineCase, Repair
from villagepoints.models.redemption import Redemption, RedemptionLine, Reward, StockMove
from villagepoints.models.rulebook import Deliberation, RuleBookVersion, RuleDraft, RuleItem
from villagepoints.models.saved_filter import SavedFilter
from villagepoints.models.seal import Checkpoint, CheckpointHead, Seal, SealHead
from villagepoints.models.service_request import ServiceRequest
from villagepoints.models.supervision import CommitteeMember, CommitteeRelative, Supervisor
from villagepoints.models.user import Relative, RoleChange, SecondFactor, SignInLink, StaffDevice, StaffRule, User
from villagepoints.models.village import News, Village, WorkingDay
from villagepoints.models.welfare import WelfareLine, WelfareScheme

__all__ = [
    "Activity",
    "Attempt",
    "Attendance",
    "Audit",
    "AuditItem",
    "AuditLook",
    "AuditProblem",
    "AuditProblemStep",
    "AuditPrompt",
    "AuditRule",
    "AuditSignature",
    "AuditWitness",
    "Base",
    "Card",
    "Checkpoint",
    "CheckpointHead",
    "Claim",
    "CommitteeMember",
    "CommitteeRelative",
    "Council",
    "CouncilItem",
    "CouncilMember",
    "Counter",
    "CounterStaff",
    "Deliberation",
    "EntryText",
    "Evidence",
    "Finding",
    "Gathering",
    "Household",
    "ImportBatch",
    "ImportRow",
    "ImportSession",
    "JointItem",
    "JointSession",
    "LedgerEntry",
    "MonthClose",
    "Neighbourhood",
    "NeighbourhoodMember",
    "News",
    "Notice",
    "Objection",
    "Phone",
    "PublishedReport",
    "RedLineCase",
    "Redemption",
    "RedemptionLine",
    "Relative",
    "Relocation",
    "Repair",
    "RequestKey",
    "Resident",
    "Review",
    "Reward",
    "RewardCounter",
    "RoleChange",
    "RuleBookVersion",
    "RuleDraft",
    "RuleItem",
    "SavedFilter",
    "Seal",
    "SealHead",
    "SecondFactor",
    "ServiceRequest",
    "SheetRow",
    "SignInLink",
    "StaffDevice",
    "StaffRule",
    "StockMove",
    "Stocktake",
    "StocktakeLine",
    "Succession",
    "Supervisor",
    "User",
    "Village",
    "WelfareLine",
    "WelfareScheme",
    "WorkingDay",
]
