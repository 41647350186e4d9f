"""Finds the rollouts that are under way, in whichever organization, and carries them on."""

import time
from datetime import datetime

from django_scopes import scope, scopes_disabled

from escalation.models import Rollout
from escalation.services.rollouts import carry_on
from organizations.models import Organization

SECONDS = 12.0


def carry_on_all(now: datetime, *, seconds: float = SECONDS) -> int:
    """A little of every rollout in turn until time is up or all are done; how many are left."""
    stop_at = time.monotonic() + seconds
    while True:
        with scopes_disabled():
            waiting = list(
                Rollout.objects.filter(finished_at=None).order_by("pk").values_list("pk", "organization")
            )
        for pk, organization_id in waiting:
            if time.monotonic() > stop_at:
                return len(waiting)
            _carry_on(pk, organization_id, now)
        if not waiting:
            return 0


def _carry_on(pk: int, organization_id: int, now: datetime) -> None:
    organization = Organization.objects.get(pk=organization_id)
    with scope(organization=organization):
        carry_on(rollout=Rollout.objects.get(pk=pk), now=now, seconds=2.0)
