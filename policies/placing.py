"""The roles of an organization's rules as its administrator sees them: what each is used for, which
department it is here, and whom that reaches."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from organizations.directory import Directory
from organizations.models import Department, User
from policies.engine.rungs import receivers
from policies.engine.schema import Policy
from policies.engine.vocabulary import PRODUCT_ROLES
from policies.posts import Posts, people_of_post
from policies.readable import phrases
from policies.readable.words import listed

DUTIES, TRIGGERS, EXTENSIONS, ROUTES = "duties", "triggers", "extensions", "routes"
GRANTS, PENALTIES = "grants", "penalties"
USES: Mapping[str, Promise] = {
    DUTIES: _("Limits"),
    TRIGGERS: _("What happens by itself"),
    EXTENSIONS: _("More time"),
    ROUTES: _("Who gets the case"),
    GRANTS: _("Remedies"),
    PENALTIES: _("Penalties"),
}


@dataclass(frozen=True, slots=True)
class Use:
    """What a role is named for in one section of the rules: titles, each once."""

    section: str
    titles: tuple[str, ...]

    @property
    def label(self) -> Promise:
        return USES[self.section]


@dataclass(slots=True)
class RoleRow:
    """One role of the rules. `people` are those it reaches now: of its department or, where it has no place
    and acts as a product role, everybody who holds that one (a case reaches those of its own department)."""

    id: str
    title: str
    acts_as: str
    uses: list[Use] = field(default_factory=list)
    department: Department | None = None
    people: list[User] = field(default_factory=list)
    is_current: bool = True  # in the rules in force
    is_drafted: bool = False  # in a draft that is not in force yet

    @property
    def is_open(self) -> bool:
        """Whether it has to be placed: the rules count on it, and no product role says who it is."""
        return bool(self.uses) and self.department is None and not self.acts_as

    @property
    def is_out_of_reach(self) -> bool:
        """Whether the rules count on somebody, and nobody is there."""
        return bool(self.uses) and not self.people


def role_rows(
    directory: Directory, posts: Posts, current: Policy | None, draft: Policy | None = None
) -> list[RoleRow]:
    """Every role of the rules in force and of a draft, those to be placed first, then in the rules' order.

    A role that has a place and is in neither (any more) comes last, so that it can be taken away. No query
    once the directory is loaded.
    """
    rows: dict[str, RoleRow] = {}
    for policy in filter(None, (draft, current)):  # what is in force has the last word on a title
        uses = uses_of_roles(policy)
        for role in policy.roles.values():
            rows[role.id] = RoleRow(role.id, role.title, role.acts_as, uses.get(role.id, []))
    ordered = [rows[name] for policy in (current, draft) if policy for name in policy.roles]
    ordered += [RoleRow(role, role, "") for role in posts if role not in rows]
    found = list({row.id: row for row in ordered}.values())
    for row in found:
        _place(directory, posts, row)
        row.is_current = current is not None and row.id in current.roles
        row.is_drafted = draft is not None and row.id in draft.roles
    return sorted(found, key=lambda row: not row.is_open)


def _place(directory: Directory, posts: Posts, row: RoleRow) -> None:
    if row.id in posts:
        row.department = directory.departments[posts[row.id]]
        row.people = people_of_post(directory, row.department.pk, row.acts_as or row.id)
    elif row.acts_as or row.id in PRODUCT_ROLES:
        row.acts_as = row.acts_as or row.id
        row.people = directory.all_holders(row.acts_as)


def uses_of_roles(policy: Policy) -> dict[str, list[Use]]:
    """What each role is named for by limits, triggers, rules about more time, routes, grants of remedies and
    penalties."""
    named: dict[str, dict[str, dict[str, None]]] = {}
    for section, title, roles in _named(policy):
        for role in roles:
            if role in policy.roles:
                named.setdefault(role, {}).setdefault(section, {})[title] = None
    return {
        role: [Use(section, tuple(sections[section])) for section in USES if section in sections]
        for role, sections in named.items()
    }


def _named(policy: Policy) -> Iterator[tuple[str, str, Iterable[str]]]:
    """(section, title of the rule, roles it names)."""
    for duty in policy.duties:
        told = [*duty.on_warn, *duty.on_breach, *(one for step in duty.ladder for one in step.actions)]
        yield DUTIES, duty.title or duty.id, (duty.owner, *receivers(told))
    for trigger in policy.triggers:
        yield TRIGGERS, trigger.title or trigger.id, receivers(trigger.do)
    for rule in policy.extensions:
        duty_ = policy.duties_by_id.get(rule.duty)
        yield EXTENSIONS, (duty_.title if duty_ else "") or rule.duty, (*rule.approver, *rule.notify)
    for title, rows in ((_("Sent to"), policy.routes.assign), (_("Owned by"), policy.routes.case_owner)):
        for row in rows:
            also = (row.settings.get(key) for key in ("with", "helped_by", "else", "also_notify"))
            yield ROUTES, str(title), (row.to, *(name for value in also for name in _several(value)))
    for grant in policy.grants:
        if grant.right == "remedy":
            kinds = listed(phrases.value(policy, "remedy", kind) for kind in grant.kinds)
            yield GRANTS, kinds or str(_("Anything")), (grant.role, grant.over)
    for penalty in policy.penalties:
        decides = (penalty.decided_by, str(penalty.fallback.get("decides", "")))
        yield PENALTIES, penalty.title or penalty.id, decides


def _several(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list | tuple) else (str(value),)
