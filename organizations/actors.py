"""The person behind a request, with the roles held in one organization."""

from dataclasses import dataclass, field
from functools import cached_property

from organizations.directory import Directory
from organizations.models import Membership, Organization, Role, User

DESK_ROLES = (Role.RECEPTIONIST, Role.DESK_SUPERVISOR)
DEPARTMENT_ROLES = (Role.HANDLER, Role.DEPT_HEAD, Role.DEPT_MANAGER, Role.GENERAL_MANAGER)
MANAGER_ROLES = (Role.DESK_SUPERVISOR, Role.DEPT_MANAGER, Role.GENERAL_MANAGER)
# Who sees what a desk keeps, whoever has it in hand: its own people, and who leads a department above it.
DESK_READERS = (*DESK_ROLES, Role.DEPT_HEAD, Role.DEPT_MANAGER, Role.GENERAL_MANAGER)


@dataclass(frozen=True, eq=False)
class Actor:
    """A user in one organization. `grants` are the (role, department id) pairs of active memberships."""

    user: User
    organization: Organization
    grants: frozenset[tuple[str, int]]
    directory: Directory = field(repr=False)

    @cached_property
    def _scopes(self) -> dict[str, frozenset[int]]:
        return {
            role: self.directory.subtree(pk for held, pk in self.grants if held == role)
            for role in {role for role, _ in self.grants}
        }

    def has(self, *roles: str) -> bool:
        """True if any of the roles is held anywhere in the organization."""
        return any(role in self._scopes for role in roles)

    def has_for(self, department_id: int | None, *roles: str) -> bool:
        """True if any of the roles is held for the department, directly or from above."""
        return department_id is not None and any(
            department_id in self._scopes.get(role, ()) for role in roles
        )

    def departments(self, *roles: str) -> frozenset[int]:
        """All departments for which any of the roles is held."""
        return frozenset().union(*(self._scopes.get(role, frozenset()) for role in roles))

    def role_for(self, department_id: int | None, *roles: str) -> str:
        """The first of the roles that is held for the department; "" if none."""
        return next((role for role in roles if self.has_for(department_id, role)), "")


def actor_for(user: User, organization: Organization, directory: Directory | None = None) -> Actor | None:
    """The actor, or None if the user has no active membership in the organization. One query."""
    if not user.is_active or not organization.is_active:
        return None
    grants = frozenset(
        Membership.objects.filter(organization=organization, user=user, is_active=True).values_list(
            "role", "department_id"
        )
    )
    if not grants:
        return None
    return Actor(user, organization, grants, directory or Directory(organization))
