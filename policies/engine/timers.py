"""Timers: what a trigger waits for when it waits for time to pass.

A timer that runs once is ripe from its hour on: if its condition does not hold then, it runs at the first
event after which it does. (A communicative complaint a month old is not re-graded; switched to valid it is,
at once.) A repeating one looks at each of its hours only. A further `since` event starts the count anew.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from policies.engine.calendars import Calendar
from policies.engine.effects import Cause
from policies.engine.frozen import EMPTY
from policies.engine.limits import due_for
from policies.engine.schema import Trigger

# A repeating timer on a case nobody closes: after so many hours struck nobody listens any more.
MOST_TICKS = 1000


@dataclass(slots=True)
class Waiting:
    """A timer that has been wound up. `next_at` None = it has struck for the last time."""

    trigger: Trigger
    since: Cause
    next_at: datetime | None
    ticks: int = 0
    ripe: bool = False

    @classmethod
    def started(cls, trigger: Trigger, since: Cause, calendar: Calendar) -> "Waiting":
        waiting = cls(trigger, since, None)
        waiting.next_at = waiting._tick(1, calendar)
        return waiting

    def strike(self, calendar: Calendar) -> None:
        """Its hour has come: wind it up again, or let it be ripe."""
        self.ticks += 1
        assert self.trigger.timer is not None
        if self.trigger.timer.repeats and self.ticks < MOST_TICKS:
            self.next_at = self._tick(self.ticks + 1, calendar)
        else:
            self.next_at, self.ripe = None, not self.trigger.timer.repeats

    def cause(self, at: datetime) -> Cause:
        name = f"{self.since.name}+{self.ticks}"
        return Cause(name, "timer", at, self.since.ticket, self.since.wake)

    def _tick(self, number: int, calendar: Calendar) -> datetime | None:
        # Each hour is counted from the start: month by month from the 31st would stay on the 28th.
        timer = self.trigger.timer
        if timer is None or timer.limit.value is None:
            return None
        limit = replace(timer.limit, value=timer.limit.value * number)
        due = due_for(limit, self.since.at, calendar, EMPTY)
        return due.at if due else None
