"""Time that counts: elapsed time, business hours, or the hours of working days.

A limit in business hours runs only while the doors are open, one in working days only on working days; all
others run day and night. Warnings, pauses and ladders are measured in the time of their limit, so a pause
over a weekend costs a business-hours limit nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from policies.engine.calendars import Calendar, NoOpenTime, Span
from policies.engine.schema import Limit

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class OpenTime:
    """The time one limit counts in, on one calendar."""

    calendar: Calendar
    limit: Limit

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much counted time lies between two moments; zero if `end` is not after `start`."""
        if end <= start:
            return ZERO
        if self._elapsed:
            # Subtracting two times of one zone ignores a change of its clocks: count in UTC.
            return end.astimezone(UTC) - start.astimezone(UTC)
        total, day = ZERO, self.calendar.day_of(start)
        last = self.calendar.day_of(end)
        while day <= last:
            for opens, closes in self._spans(day):
                total += max(ZERO, min(closes, end) - max(opens, start))
            day += timedelta(days=1)
        return total

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """The first moment by which `amount` of counted time has passed since `start`. UTC.

        Raises NoOpenTime where the calendar never offers that much.
        """
        start = start.astimezone(UTC)
        if amount <= ZERO or self._elapsed:
            return start + max(amount, ZERO)
        for day in self.calendar.days_from(self.calendar.day_of(start)):
            for opens, closes in self._spans(day):
                available = closes - max(opens, start)
                if available >= amount:
                    return max(opens, start) + amount
                amount -= max(ZERO, available)
        raise NoOpenTime("not enough open time within ten years")

    def fraction(self, start: datetime, due: datetime, share: float, pauses: Sequence[Span] = ()) -> datetime:
        """When `share` of the counted time from `start` to `due` is used up; paused time is not used."""
        used_by_pauses = sum((self.between(begins, min(ends, due)) for begins, ends in pauses), ZERO)
        moment = self.after(start, (self.between(start, due) - used_by_pauses) * share)
        for begins, ends in pauses:
            if begins < moment:
                moment = self.after(moment, self.between(begins, ends))
        return min(moment, due)

    @property
    def _elapsed(self) -> bool:
        return self.limit.unit not in ("bh", "wd")

    def _spans(self, day: date) -> tuple[Span, ...]:
        rule = self.limit.calendar
        return (
            self.calendar.openings(day, rule)
            if self.limit.unit == "bh"
            else self.calendar.whole_day(day, rule)
        )
