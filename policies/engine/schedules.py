"""Schedules: when reports, reviews and inspections are due, and which cases they take up."""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from policies.engine.calendars import Calendar
from policies.engine.conditions import Counts, holds
from policies.engine.limits import clipped
from policies.engine.schema import CalendarRule, Schedule

MONTHS_IN = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
WORKDAYS = CalendarRule(kind="workday")


def due_days(schedule: Schedule, calendar: Calendar, first: date, last: date) -> list[date]:
    """The days from `first` to `last` by whose end the schedule is due.

    `due: {day, month, weekday, last_day}` picks the day within the period: a day of the month (clipped to
    its last), of the `month` of the period (the last one if it is not given), a weekday (1 = Monday). Without
    it the last day of the period counts. `step` takes every nth period, counted from January. An irregular
    schedule is due by the end of each `at_least` period, or never by itself.
    """
    every = schedule.at_least if schedule.every == "irregular" else schedule.every
    if not every or first > last:
        return []
    return [day for day in _days(schedule, every, calendar, first, last) if first <= day <= last]


def selects(schedule: Schedule, facts: Mapping[str, object], *, counts: Counts | None = None) -> bool:
    """Whether a schedule takes up a case with these facts; one without `selects` takes up all."""
    return holds(schedule.selects, facts, counts=counts)


def _days(schedule: Schedule, every: str, calendar: Calendar, first: date, last: date) -> Iterator[date]:
    if every in MONTHS_IN:
        yield from _months(schedule, MONTHS_IN[every], first, last)
        return
    day = first
    weekday = schedule.due.get("weekday") or 7
    while day <= last:
        weekly = (
            every == "week" and day.isoweekday() == weekday and day.isocalendar().week % schedule.step == 0
        )
        daily = every == "day" or (every == "business_day" and calendar.is_workday(day, WORKDAYS))
        if weekly or daily:
            yield day
        day += timedelta(days=1)


def _months(schedule: Schedule, length: int, first: date, last: date) -> Iterator[date]:
    """One day of each period of so many months that touches the stretch."""
    length *= schedule.step
    due = schedule.due
    # Counted in months since the year 0, so that periods begin in January whatever their length.
    period = (first.year * 12 + first.month - 1) // length
    while True:
        begins = period * length
        if date(begins // 12, begins % 12 + 1, 1) > last:
            return
        month = begins + min(int(str(due.get("month") or length)), length) - 1
        year, number = month // 12, month % 12 + 1
        day = due.get("day")
        if due.get("last_day") or day is None:
            yield date(year, number, monthrange(year, number)[1])
        else:
            yield clipped(year, number, int(str(day)))
        period += 1
