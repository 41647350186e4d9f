"""Who is who in one organization: the department tree with the roles held in it.

Loaded once for a request or a sweep batch (two queries) and then answered from memory, so that resolving the
recipients of ten thousand messages costs no query for any of them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property

from organizations.models import Department, Membership, Organization, User


class Directory:
    """The tree and its role holders, as they are now."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization

    @cached_property
    def departments(self) -> dict[int, Department]:
        """All departments by id, in the order of their codes."""
        return {row.pk: row for row in Department.objects.filter(organization=self.organization)}

    @cached_property
    def root_id(self) -> int:
        return next(pk for pk, row in self.departments.items() if row.parent_id is None)

    @cached_property
    def _children(self) -> dict[int | None, list[int]]:
        children: dict[int | None, list[int]] = defaultdict(list)
        for pk, row in self.departments.items():
            children[row.parent_id].append(pk)
        return children

    @cached_property
    def _holders(self) -> dict[tuple[str, int], list[User]]:
        holders: dict[tuple[str, int], list[User]] = defaultdict(list)
        rows = Membership.objects.filter(
            organization=self.organization, is_active=True, user__is_active=True
        ).select_related("user")
        for row in rows.order_by("pk"):
            holders[row.role, row.department_id].append(row.user)
        return holders

    @cached_property
    def people(self) -> dict[int, User]:
        """Everybody with an active membership, by id."""
        return {user.pk: user for holders in self._holders.values() for user in holders}

    def ancestors(self, department_id: int | None) -> list[int]:
        """The department itself, then its parents up to the root. An unknown or empty id gives the root."""
        chain: list[int] = []
        while department_id is not None and department_id in self.departments:
            chain.append(department_id)
            department_id = self.departments[department_id].parent_id
        return chain or [self.root_id]

    def subtree(self, department_ids: Iterable[int]) -> frozenset[int]:
        """The given departments and everything below them."""
        found: set[int] = set()
        todo = [pk for pk in department_ids if pk in self.departments]
        while todo:
            pk = todo.pop()
            if pk not in found:
                found.add(pk)
                todo.extend(self._children[pk])
        return frozenset(found)

    def holders(self, role: str, department_id: int | None, *, without: Collection[int] = ()) -> list[User]:
        """Who has `role` for a department: those of the nearest ancestor (itself first) that has any.

        Who is in `without` (ids of users) counts as if not there.
        """
        for pk in self.ancestors(department_id):
            if people := self.stationed(role, pk, without=without):
                return people
        return []

    def stationed(self, role: str, department_id: int, *, without: Collection[int] = ()) -> list[User]:
        """Who holds a role at this very department, not above it."""
        return [user for user in self._holders.get((role, department_id), ()) if user.pk not in without]

    def all_holders(self, role: str) -> list[User]:
        """Everybody who holds a role anywhere, each person once, by the order of the departments."""
        people = [user for pk in self.departments for user in self._holders.get((role, pk), ())]
        return list(dict.fromkeys(people))

    def everybody(self, roles: Iterable[str], department_id: int) -> list[User]:
        """Everybody who holds any of `roles` for a department, directly or from above, each person once."""
        places, wanted = self.ancestors(department_id), tuple(roles)
        people = [user for pk in places for role in wanted for user in self._holders.get((role, pk), ())]
        return list(dict.fromkeys(people))

    def path(self, department_id: int) -> str:
        """「公司 / 工程部 / 电梯班」, without the root unless it is the root itself."""
        chain = self.ancestors(department_id)
        names = [self.departments[pk].name for pk in reversed(chain[:-1] or chain)]
        return " / ".join(names)
