"""Plays stories in the order of their times: a story yields the time of its next step, then takes it."""

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta

from complaints.models import Deadline
from escalation.sweep import sweep
from reporting.demo.company import Company
from reporting.demo.scenery import Scenery

Story = Iterator[datetime]
SWEEP_EVERY = timedelta(seconds=30)


class Stage:
    """Where the stories are played. `now` is the time in the play; all of it is before `end`."""

    def __init__(self, company: Company, scenery: Scenery, *, start: datetime, end: datetime) -> None:
        self.company, self.scenery, self.random = company, scenery, scenery.random
        self.now, self.end = start, end
        self.zone = company.organization.zone

    def perform(self, stories: list[Story]) -> None:
        """Play all stories up to `end`, sweeping as the worker would have; what is later stays open."""
        queue = [
            (moment, number, story) for number, story in enumerate(stories) if (moment := next(story, None))
        ]
        heapq.heapify(queue)
        while queue:
            moment, number, story = heapq.heappop(queue)
            if moment >= self.end:
                continue
            self._sweep_until(moment)
            self.now = moment
            following = next(story, None)
            if following is not None:
                heapq.heappush(queue, (max(following, moment), number, story))
        self._sweep_until(self.end)

    def _sweep_until(self, moment: datetime) -> None:
        """Everything that came due before `moment`, at the tick of the sweep that would have found it."""
        while (due := self._next_due()) is not None:
            tick = _tick_after(due)
            if tick > moment:
                return
            sweep(tick, organization=self.company.organization)

    def _next_due(self) -> datetime | None:
        rows = Deadline.objects.filter(
            organization=self.company.organization, next_fire_at__isnull=False
        ).order_by("next_fire_at")
        return rows.values_list("next_fire_at", flat=True).first()


def _tick_after(moment: datetime) -> datetime:
    seconds = SWEEP_EVERY.total_seconds()
    late = seconds - moment.timestamp() % seconds
    return moment + timedelta(seconds=late)
