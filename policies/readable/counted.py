"""The days a limit was counted over, each with what it was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from policies.engine.calendars import Calendar, Span
from policies.engine.schema import Limit
from policies.readable.words import listed
from policies.yearly import day_of

MOST_DAYS = 40
# Units whose end is found by going from day to day.
BY_DAYS = frozenset({"d", "wd", "bh", "same_day", "next_open"})
LONGEST = timedelta(days=1500)  # a longer limit is a slip of the keyboard; its days are nothing to look at
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One day. `number` is its place in the count, 0 where it does not count; `why` says what it was."""

    day: date
    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Count:
    """The days from first to last; at most MOST_DAYS of them, `left_out` in the middle."""

    first: list[CountedDay]
    last: list[CountedDay]
    left_out: int


def count_days(
    calendar: Calendar, limit: Limit, start: datetime, due: datetime, pauses: Sequence[Span] = ()
) -> Count | None:
    """The days between a start and a due time as the limit counts them; None for hours that run through."""
    if limit.unit not in BY_DAYS or due < start:
        return None
    days = list(_days(calendar, limit, start, due, pauses))
    if len(days) <= MOST_DAYS:
        return Count(days, [], 0)
    half = MOST_DAYS // 2
    return Count(days[:half], days[-half:], len(days) - MOST_DAYS)


def _days(
    calendar: Calendar, limit: Limit, start: datetime, due: datetime, pauses: Sequence[Span]
) -> Iterator[CountedDay]:
    first = day = calendar.day_of(start)
    last = max(first, calendar.day_of(due - MICROSECOND))
    number = 0
    while day <= min(last, first + LONGEST):
        why = _not_counted(calendar, limit, day, first, pauses)
        if not why:
            number += 1
        yield CountedDay(day, 0 if why else number, why or _note(calendar, limit, day))
        day += timedelta(days=1)


def _not_counted(calendar: Calendar, limit: Limit, day: date, first: date, pauses: Sequence[Span]) -> str:
    """Why a day does not count; "" if it does."""
    by_day = limit.unit in ("d", "wd")
    if by_day and day == first and limit.calendar.first_day != "included":
        return _("the day it began is not counted")
    if any(begins <= calendar.start_of(day) and calendar.end_of(day) <= ends for begins, ends in pauses):
        return _("the clock was stopped")
    if limit.unit in ("wd", "bh", "next_open") and not calendar.is_workday(day, limit.calendar):
        return day_of(calendar.days, day).title or _("day off")
    return ""


def _note(calendar: Calendar, limit: Limit, day: date) -> str:
    """What is worth saying about a day that counts."""
    if limit.unit in ("bh", "next_open"):
        zone = calendar.zone
        spans = calendar.openings(day, limit.calendar)
        return listed(
            f"{opens.astimezone(zone):%H:%M}-{_closing(closes.astimezone(zone))}" for opens, closes in spans
        )
    return day_of(calendar.days, day).title


def _closing(at: datetime) -> str:
    return "24:00" if (at.hour, at.minute) == (0, 0) else f"{at:%H:%M}"
