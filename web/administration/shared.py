"""What the pages about rules and calendar have in common."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max

from complaints.models import Deadline
from escalation.models import Rollout
from escalation.services.rollouts import Preview
from organizations.actors import Actor
from policies.days import OwnDays, own_days
from policies.engine.schema import Policy
from policies.models import PolicyVersion
from policies.rights import check_administrator, check_reader, is_administrator
from policies.selectors import rules_of, version_numbered
from policies.yearly import unknown_years
from tickets.access import visible_cases
from web.request import Request

UNDER_WAY = 5


@dataclass(frozen=True)
class Opened:
    """A version with its rules."""

    version: PolicyVersion
    policy: Policy

    @property
    def is_draft(self) -> bool:
        return self.version.state == PolicyVersion.State.DRAFT


def opened(actor: Actor, number: int, *, to_change: bool = False) -> Opened:
    """The version with this number, for reading or for changing. Forbidden comes before NotVisible."""
    if to_change:
        check_administrator(actor)
    else:
        check_reader(actor)
    version = version_numbered(actor.organization, number)
    return Opened(version, rules_of(version))


def in_force(actor: Actor) -> PolicyVersion | None:
    """The version in force, None before the first is published."""
    return (
        PolicyVersion.objects.filter(organization=actor.organization, state=PolicyVersion.State.PUBLISHED)
        .order_by("-published_at", "-number")
        .first()
    )


def surroundings(request: Request, here: str) -> dict[str, Any]:
    """The context of every page here: tabs, what is under way, years that are only a guess."""
    actor = request.actor
    rollouts = Rollout.objects.filter(organization=actor.organization, finished_at=None)
    return {
        "here": here,
        "may_change": is_administrator(actor),
        "under_way": list(rollouts.select_related("version")[:UNDER_WAY]),
        "guessed_years": guessed_years(request, own_days(actor.organization)),
    }


def previewed(actor: Actor, preview: Preview) -> dict[str, Any]:
    """A preview with the numbers of the cases that exist for the actor: administrators need not see cases."""
    numbers = {row.number for row in preview.moves}
    visible = visible_cases(actor).filter(number__in=numbers).values_list("number", flat=True)
    return {"preview": preview, "visible": set(visible)}


def guessed_years(request: Request, own: OwnDays) -> list[int]:
    """The years to warn of. One query: how far the running limits reach."""
    zone = request.organization.zone
    # A paused one is looked at when it runs again, and reaches further then. (These are in an index.)
    running = Deadline.objects.filter(organization=request.organization, state=Deadline.State.OPEN)
    latest = running.aggregate(at=Max("due_at"))["at"]
    reach: date | None = latest.astimezone(zone).date() if latest else None
    return unknown_years(own, request.now.astimezone(zone).date(), reach)
