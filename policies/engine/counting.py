"""Count conditions: how many cases there are like this one, or how often something has happened on it.

    {count: {of: cases, same: [customer, problem], window: {value: 30, unit: d}, gte: 2}}
    {count: {of: returned, gte: 3}}

Who holds the cases (a database, a scenario) answers through a CaseCounter; the engine itself counts only the
events of the case at hand.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from policies.engine.calendars import Calendar
from policies.engine.conditions import Counts, holds, look_up
from policies.engine.limits import clipped

# How many cases of the organization satisfy this count condition, seen from a case with these facts at this
# moment (aware). The case itself is one of them. None = nobody can say.
CaseCounter = Callable[[Mapping[str, Any], Mapping[str, object], datetime], int | None]

_LENGTHS = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_MONTHS_IN = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class RelatedCase:
    """Another case, as far as counting needs it: when it was received, and its facts."""

    at: datetime
    facts: Mapping[str, object] = field(default_factory=dict)


def counts_at(
    counter: CaseCounter | None, facts: Mapping[str, object], times: Mapping[str, int], at: datetime
) -> Counts:
    """The answers to count conditions at the moment `at`; `times` says how often each event has happened."""

    def count(condition: Mapping[str, object]) -> int | None:
        if condition["of"] != "cases":
            return times.get(str(condition["of"]), 0)
        return counter(condition, facts, at) if counter else None

    return count


def among(cases: Iterable[RelatedCase], calendar: Calendar) -> CaseCounter:
    """A CaseCounter over cases in memory."""
    known = tuple(cases)

    def count(condition: Mapping[str, Any], facts: Mapping[str, object], at: datetime) -> int:
        since = begin_of(condition.get("window"), at, calendar)
        own = RelatedCase(at, facts)
        return sum(
            1
            for case in (*known, own)
            if is_like(condition, case, own) and case.at <= at and (since is None or case.at >= since)
        )

    return count


def begin_of(window: Mapping[str, Any] | None, at: datetime, calendar: Calendar) -> datetime | None:
    """Since when a count looks: the beginning of the running period, or so much time before `at`.

    None = from the beginning of all records; so does a window the organization has not filled in.
    """
    if not window:
        return None
    if "period" in window:
        return calendar.start_of(_first_day(str(window["period"]), calendar.day_of(at)))
    if window["value"] is None:
        return None
    value, unit = int(window["value"]), window["unit"]
    if unit in _LENGTHS:
        return at - _LENGTHS[unit] * value
    day = calendar.day_of(at)
    if unit == "mo":
        month = day.year * 12 + day.month - 1 - value
        return calendar.start_of(clipped(month // 12, month % 12 + 1, day.day))
    while value > 0:  # working days
        day -= timedelta(days=1)
        value -= calendar.is_workday(day)
    return calendar.start_of(day)


def _first_day(period: str, day: date) -> date:
    if period == "day":
        return day
    if period == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS_IN[period]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def is_like(condition: Mapping[str, Any], case: RelatedCase, own: RelatedCase) -> bool:
    """Whether a case is like this one in every fact named. What nobody knows is not the same as anything."""
    for name in condition.get("same", ()):
        value = look_up(own.facts, name)
        if value in (None, "") or look_up(case.facts, name) != value:
            return False
    return holds(condition.get("when", {}), case.facts)
