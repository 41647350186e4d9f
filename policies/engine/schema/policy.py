"""The whole of one version of the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from policies.engine.schema.gates import Gate
from policies.engine.schema.lists import AcceptReason, Fact, Form, Item, Role, Tier
from policies.engine.schema.others import (
    Basis,
    Grant,
    Keeping,
    Metric,
    Penalty,
    Routes,
    Schedule,
    Trigger,
)
from policies.engine.schema.templates import Template
from policies.engine.schema.times import CalendarRule, ClockStop, Duty, ExtensionRule


@dataclass(frozen=True, eq=False)
class Policy:
    """All rules of one version. Equal and hashed by its document, so it can be a cache key.

    `document` is the resolved mapping it was parsed from: JSON-ready, and parse_policy(policy.document) ==
    policy. `warnings` are readable lines about what is legal but doubtful (a row that can never hold ...).
    """

    document: Mapping[str, object]
    checksum: str
    id: str
    version: int
    title: str
    industry: str
    language: str
    basis: tuple[Basis, ...]
    calendars: Mapping[str, CalendarRule]
    lists: Mapping[str, tuple[Item, ...]]
    facts: tuple[Fact, ...]
    forms: tuple[Form, ...]
    duties: tuple[Duty, ...]
    clock_stops: tuple[ClockStop, ...]
    extensions: tuple[ExtensionRule, ...]
    triggers: tuple[Trigger, ...]
    routes: Routes
    gates: Mapping[str, Gate]
    grants: tuple[Grant, ...]
    penalties: tuple[Penalty, ...]
    schedules: tuple[Schedule, ...]
    metrics: tuple[Metric, ...]
    keeping: Keeping
    templates: tuple[Template, ...]
    attributes: Mapping[str, Mapping[str, Mapping[str, object]]]  # fact -> value -> attribute -> what it says
    warnings: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and self.checksum == other.checksum

    def __hash__(self) -> int:
        return hash(self.checksum)

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        return {role.id: role for role in self.lists.get("roles", ()) if isinstance(role, Role)}

    @cached_property
    def tiers(self) -> tuple[Tier, ...]:
        """Lightest first."""
        found = [tier for tier in self.lists.get("tiers", ()) if isinstance(tier, Tier)]
        return tuple(sorted(found, key=lambda tier: tier.rank))

    @cached_property
    def accept_reasons(self) -> tuple[AcceptReason, ...]:
        return tuple(item for item in self.lists.get("accept_reasons", ()) if isinstance(item, AcceptReason))

    @cached_property
    def duties_by_id(self) -> Mapping[str, Duty]:
        return {duty.id: duty for duty in self.duties}

    @cached_property
    def duties_begun_by(self) -> Mapping[str, tuple[Duty, ...]]:
        """The duties each kind of event begins, in their order."""
        kinds = {kind for duty in self.duties for kind in duty.start}
        return {kind: tuple(duty for duty in self.duties if kind in duty.start) for kind in kinds}

    def items(self, list_name: str) -> tuple[Item, ...]:
        """The entries of a list in their order; an unused list is empty."""
        return self.lists.get(list_name, ())

    def title_of(self, list_name: str, item_id: str) -> str:
        """The title of an entry anywhere in the tree of a list; an id nobody knows is its own title."""
        return next(
            (item.title for top in self.items(list_name) for item in top.walk() if item.id == item_id),
            item_id,
        )

    def acts_as(self, role_id: str) -> str:
        """The product role behind a role of the pack; a role the pack does not name stands for itself."""
        role = self.roles.get(role_id)
        return (role.acts_as if role else "") or role_id

    def role_is(self, actual: str, wanted: str) -> bool:
        """Whether who acts in role `actual` (of the pack or the product) counts as the pack's `wanted`."""
        return actual == wanted or (wanted in self.roles and self.roles[wanted].acts_as == actual)
