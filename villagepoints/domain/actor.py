"""Who acts: a member of staff, a household by its own phone, or a command."""

from dataclasses import dataclass, field
from uuid import UUID

CLERK, GRID_WORKER, REVIEWER, COUNTER = "clerk", "grid_worker", "reviewer", "counter"
SUPERVISOR, NEIGHBOURHOOD, TOWN, ADMIN = "supervisor", "neighbourhood", "town", "admin"
ROLES = (CLERK, GRID_WORKER, REVIEWER, COUNTER, SUPERVISOR, NEIGHBOURHOOD, TOWN, ADMIN)


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts, in one village: `user_id` for staff, `household_id` for a phone, neither for a command."""

    village_id: UUID
    user_id: UUID | None = None
    household_id: UUID | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    name: str = ""

    def is_any(self, *roles: str) -> bool:
        """Whether the actor holds at least one of the roles."""
        return not self.roles.isdisjoint(roles)
