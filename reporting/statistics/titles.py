"""What the ids in the figures are called, by the rules that were in force when the period ended."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from organizations.models import Organization
from policies.engine.schema import Item, Policy
from policies.models import PolicyVersion
from policies.selectors import policy_of


class Titles:
    """Titles from the versions published before `moment`, the newest first.

    An id that the newest version no longer has is looked up in the older ones: cases keep the version they
    were registered under. Where nothing was published before (imported history), the first version counts.
    """

    def __init__(self, organization: Organization, moment: datetime) -> None:
        self.organization = organization
        self.moment = moment

    @cached_property
    def policies(self) -> list[Policy]:
        versions = PolicyVersion.objects.filter(
            organization=self.organization, state=PolicyVersion.State.PUBLISHED
        ).order_by("-published_at", "-number")
        published = list(versions.values_list("pk", "published_at"))
        known = [pk for pk, at in published if at is not None and at < self.moment]
        return [policy_of(pk) for pk in known or [pk for pk, _ in published[-1:]]]

    def of(self, list_name: str, value: str) -> str:
        """The title of an entry; the id itself where no version has it."""
        path = self.path(list_name, value)
        return path[-1].title if path else value

    def path(self, list_name: str, value: str) -> list[Item]:
        """An entry of a tree with everything above it, outermost first; empty if no version has it."""
        return next(
            (found for policy in self.policies if (found := _path(policy.items(list_name), value))), []
        )

    def order(self, list_name: str) -> list[str]:
        """The ids of a list as the newest version orders them, children after their parent."""
        return [item.id for top in self._newest_items(list_name) for item in top.walk()]

    def _newest_items(self, list_name: str) -> tuple[Item, ...]:
        return self.policies[0].items(list_name) if self.policies else ()

    def tiers(self) -> list[str]:
        """The ids of the tiers, the gravest first."""
        return [tier.id for tier in reversed(self.policies[0].tiers)] if self.policies else []

    def duty(self, duty_id: str) -> str:
        """The title of a duty; its id where no version has it."""
        found = (policy.duties_by_id.get(duty_id) for policy in self.policies)
        return next((duty.title or duty.id for duty in found if duty), duty_id)

    def duty_order(self) -> list[str]:
        return [duty.id for policy in self.policies[:1] for duty in policy.duties]

    def duties(self) -> list[str]:
        """The ids of all duties of any version."""
        return sorted({duty.id for policy in self.policies for duty in policy.duties})

    def duties_ending_with(self, event: str) -> list[str]:
        """The ids of all duties that the event fulfils, in any version."""
        return sorted({duty.id for policy in self.policies for duty in policy.duties if event in duty.end})


def _path(items: tuple[Item, ...], value: str) -> list[Item]:
    return next(_paths(items, value), [])


def _paths(items: tuple[Item, ...], value: str) -> Iterator[list[Item]]:
    for item in items:
        if item.id == value:
            yield [item]
        for below in _paths(item.children, value):
            yield [item, *below]
