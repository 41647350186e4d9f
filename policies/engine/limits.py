"""From a limit and a start to a due time, in every unit of the grammar.

Counting follows 《民法典》 200-204: hours run from the moment itself; days, working days and months do not
count the starting day and end at 24:00 of the last one; a month ends on the day of the same number, or on
the month's last day. A due time is an exclusive end: 24:00 of the 27th is 00:00 of the 28th.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from policies.engine.calendars import Calendar, NoOpenTime
from policies.engine.conditions import Counts, holds
from policies.engine.opentime import OpenTime
from policies.engine.schema import Limit

# The units whose end depends on which days are worked.
COUNTS_WORKDAYS = frozenset({"wd", "bh", "next_open"})


@dataclass(frozen=True, slots=True)
class Due:
    """A due time in UTC. `provisional`: it leans on a year whose working days are not announced yet."""

    at: datetime
    provisional: bool = False


def due_for(limit: Limit, start: datetime, calendar: Calendar, facts: Mapping[str, object]) -> Due | None:
    """When something that began at `start` is due.

    `facts` are read for a promised time, for `earlier_of` and to pick the bound of a range. None means that
    the limit has no due time (yet): a value the organization has not filled in, a promise not made, a
    calendar that never opens.
    """
    start = start.astimezone(UTC)
    try:
        at = _UNITS[limit.unit](limit, start, calendar, facts) if limit.unit else None
    except (NoOpenTime, OverflowError):
        at = None
    if limit.earlier_of:
        asked = calendar.moment(facts.get(limit.earlier_of))
        at = min((moment for moment in (at, asked) if moment), default=None)
    return Due(at, _is_provisional(limit, start, at, calendar)) if at else None


def first_row(
    limits: tuple[Limit, ...], facts: Mapping[str, object], counts: Counts | None = None
) -> tuple[int, Limit] | None:
    """The first row whose condition holds, with its number."""
    rows = enumerate(limits)
    return next(((number, row) for number, row in rows if holds(row.when, facts, counts=counts)), None)


def amount_of(limit: Limit, facts: Mapping[str, object]) -> float | None:
    """The number of units a limit allows: its value, or the bound of its range that the facts pick."""
    if limit.range is None:
        return limit.value
    return limit.range.lo if holds(limit.range.lo_when, facts) else limit.range.hi


def _immediate(limit: Limit, start: datetime, calendar: Calendar, facts: Mapping[str, object]) -> datetime:
    return start


def _elapsed(
    limit: Limit, start: datetime, calendar: Calendar, facts: Mapping[str, object]
) -> datetime | None:
    amount = amount_of(limit, facts)
    if amount is None:
        return None
    return start + (timedelta(minutes=amount) if limit.unit == "min" else timedelta(hours=amount))


def _business_hours(
    limit: Limit, start: datetime, calendar: Calendar, facts: Mapping[str, object]
) -> datetime | None:
    amount = amount_of(limit, facts)
    return None if amount is None else OpenTime(calendar, limit).after(start, timedelta(hours=amount))


def _same_day(limit: Limit, start: datetime, calendar: Calendar, facts: Mapping[str, object]) -> datetime:
    day, rule = calendar.day_of(start), limit.calendar
    if rule.kind != "business":
        return _last_moment(limit, day, calendar)
    # On a rest day, or after closing, "today" is the next business day.
    if not calendar.is_workday(day, rule) or start >= calendar.close_of(day, rule):
        day = calendar.next_workday(day + timedelta(days=1), rule)
    return _last_moment(limit, day, calendar)


def _next_open(limit: Limit, start: datetime, calendar: Calendar, facts: Mapping[str, object]) -> datetime:
    return calendar.next_opening(start, limit.calendar)


def _days(limit: Limit, start: datetime, calendar: Calendar, facts: Mapping[str, object]) -> datetime | None:
    amount = amount_of(limit, facts)
    if amount is None:
        return None
    included = limit.calendar.first_day == "included" and amount > 0
    last = calendar.day_of(start) + timedelta(days=amount - 1 if included else amount)
    return _last_moment(limit, last, calendar, may_roll=True)


def _working_days(
    limit: Limit, start: datetime, calendar: Calendar, facts: Mapping[str, object]
) -> datetime | None:
    amount = amount_of(limit, facts)
    if amount is None:
        return None
    day, rule = calendar.day_of(start), limit.calendar
    left = int(amount)
    if left and rule.first_day == "included" and calendar.is_workday(day, rule):
        left -= 1
    for _ in range(left):
        day = calendar.next_workday(day + timedelta(days=1), rule)
    return _last_moment(limit, day, calendar)


def _months(
    limit: Limit, start: datetime, calendar: Calendar, facts: Mapping[str, object]
) -> datetime | None:
    amount = amount_of(limit, facts)
    if amount is None:
        return None
    day = calendar.day_of(start)
    years, month = divmod(day.month - 1 + int(amount), 12)
    try:
        last = clipped(day.year + years, month + 1, day.day)
    except ValueError as error:  # beyond the year 9999
        raise OverflowError(str(error)) from error
    return _last_moment(limit, last, calendar, may_roll=True)


def _promise(
    limit: Limit, start: datetime, calendar: Calendar, facts: Mapping[str, object]
) -> datetime | None:
    return calendar.moment(facts.get(limit.fact))


def _fixed_day(
    limit: Limit, start: datetime, calendar: Calendar, facts: Mapping[str, object]
) -> datetime | None:
    if limit.day is None:
        return None
    today = calendar.day_of(start)
    day = clipped(today.year, today.month, limit.day)
    if day < today:
        year, month = divmod(today.year * 12 + today.month, 12)
        day = clipped(year, month + 1, limit.day)
    return _last_moment(limit, day, calendar, may_roll=True)


def clipped(year: int, month: int, day: int) -> date:
    """A day of a month, or the month's last day where it has fewer: the 30th of February is the 28th."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def _last_moment(limit: Limit, day: date, calendar: Calendar, *, may_roll: bool = False) -> datetime:
    rule = limit.calendar
    if may_roll and rule.roll_forward:
        day = calendar.next_workday(day, rule)
    ends = rule.ends or ("business_close" if rule.kind == "business" else "midnight")
    return calendar.close_of(day, rule) if ends == "business_close" else calendar.end_of(day)


def _is_provisional(limit: Limit, start: datetime, due: datetime | None, calendar: Calendar) -> bool:
    rule = limit.calendar
    leans = (
        limit.unit in COUNTS_WORKDAYS
        or rule.roll_forward
        or (limit.unit == "same_day" and rule.kind == "business")
    )
    if due is None or not leans or rule.days != "cn_workdays":
        return False
    # The end is exclusive: 24:00 of 31 December does not reach into the next year.
    return calendar.provisional(calendar.day_of(max(start, due - timedelta(microseconds=1))))


_UNITS: Mapping[str, Callable[[Limit, datetime, Calendar, Mapping[str, object]], datetime | None]] = {
    "immediate": _immediate,
    "min": _elapsed,
    "h": _elapsed,
    "bh": _business_hours,
    "same_day": _same_day,
    "next_open": _next_open,
    "d": _days,
    "wd": _working_days,
    "mo": _months,
    "promise": _promise,
    "at": _fixed_day,
}
