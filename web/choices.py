"""What can be chosen: lists of the organization's rules, departments and people, as a select wants them."""

from collections.abc import Iterable

from complaints.values import criteria
from organizations.actors import Actor
from organizations.directory import Directory
from organizations.models import Department, Role, User
from policies.engine.schema import Item, Policy
from policies.selectors import compiled, current_version, options

Choice = tuple[str, str]
Group = tuple[str, list[Choice]]
NONE: Choice = ("", "—")


def policy_in_force(actor: Actor) -> Policy:
    """The rules for a new case. Refused if the organization has published none."""
    return compiled(current_version(actor.organization))


def listed(policy: Policy, name: str) -> list[Choice]:
    """Nothing, then the entries of a list."""
    return [NONE, *options(policy, name)]


def reasons(policy: Policy, effect: str) -> list[Choice]:
    """The accept reasons that have this effect."""
    return [NONE, *((row.id, row.title) for row in policy.accept_reasons if row.effect == effect)]


def tree(policy: Policy, name: str) -> list[Choice | Group]:
    """A list in two levels: every top entry that has children is a group, with itself as the first choice."""
    return [NONE, *(_branch(item) for item in policy.items(name))]


def _branch(item: Item) -> Choice | Group:
    if not item.children:
        return item.id, item.title
    below = [entry for child in item.children for entry in _flat(child, "")]
    return item.title, [(item.id, item.title), *below]


def _flat(item: Item, above: str) -> list[Choice]:
    title = f"{above}{item.title}"
    return [(item.id, title), *(entry for child in item.children for entry in _flat(child, f"{title} / "))]


def family(policy: Policy, name: str, item_id: str) -> list[str]:
    """An entry of a list and everything below it, for filters; the id alone if the list does not have it."""
    tops = [item for top in policy.items(name) for item in top.walk() if item.id == item_id]
    return [item.id for top in tops for item in top.walk()] or [item_id]


def gradings(policy: Policy) -> list[Group]:
    """Every tier with its criteria: a criterion chosen is a tier chosen. Values are `tier:criterion`."""
    return [
        (
            tier.title,
            [(f"{tier.id}:{key}", text) for key, text in criteria(policy, tier.id) or [("", tier.title)]],
        )
        for tier in policy.tiers
    ]


def workplaces(directory: Directory) -> list[Department]:
    """The departments a case can be sent to: not the root, not a service desk; all if that leaves none."""
    active = [row for row in directory.departments.values() if row.is_active]
    return [row for row in active if row.parent_id is not None and not row.is_desk] or active


def named(directory: Directory, departments: Iterable[Department]) -> list[Choice]:
    """Departments with their place in the tree."""
    return [(str(row.pk), directory.path(row.pk)) for row in departments]


def colleagues(directory: Directory, department_id: int) -> list[User]:
    """The people who can be given a ticket of the department."""
    roles = (Role.HANDLER, Role.DEPT_HEAD, Role.DEPT_MANAGER)
    people = [user for role in roles for user in directory.holders(role, department_id)]
    return list(dict.fromkeys(people))
