"""A slow second opinion about time, written without a look at the engine: it steps from minute to minute.

It knows a set of rest days and one list of opening ranges, and works in naive local time of a zone whose
clocks never change.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

MINUTE = timedelta(minutes=1)
OPENING = ((9 * 60, 12 * 60), (13 * 60, 17 * 60))  # 09:00-12:00, 13:00-17:00 in minutes of the day

Counts = Callable[[datetime], bool]


def always(minute: datetime) -> bool:
    return True


def in_opening_hours(rest: set[date]) -> Counts:
    def counts(minute: datetime) -> bool:
        of_day = minute.hour * 60 + minute.minute
        return minute.date() not in rest and any(opens <= of_day < closes for opens, closes in OPENING)

    return counts


def on_working_days(rest: set[date]) -> Counts:
    return lambda minute: minute.date() not in rest


def minutes_between(start: datetime, end: datetime, counts: Counts) -> int:
    total = 0
    while start < end:
        total += counts(start)
        start += MINUTE
    return total


def after(
    start: datetime, minutes: int, counts: Counts, paused: Iterable[tuple[datetime, datetime]] = ()
) -> datetime:
    """The end of the counted, not paused minute that makes up the amount."""
    paused = list(paused)
    while minutes > 0:
        if counts(start) and not any(begins <= start < ends for begins, ends in paused):
            minutes -= 1
        start += MINUTE
    return start


def working_day_end(start: datetime, days: int, rest: set[date]) -> datetime:
    """24:00 of the n-th working day, the starting day not counted."""
    day = start.date()
    while days > 0:
        day += timedelta(days=1)
        days -= day not in rest
    return datetime.combine(day, datetime.min.time()) + timedelta(days=1)
