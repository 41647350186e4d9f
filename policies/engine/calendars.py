"""Which days are worked, when the doors are open, and where a day begins and ends in an organization's zone.

Every moment that goes in is aware; every moment that comes out is UTC. Days are local dates. Chinese working
days follow the State Council's yearly notice, make-up weekends (调休) included; a year without a known notice
falls back to the statutory holidays, then to plain weekdays, and says so through `provisional`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays

from policies.engine.schema import CalendarRule, Hours

if TYPE_CHECKING:
    from policies.engine.schema import Policy

ONE_DAY = timedelta(days=1)
MIDNIGHT = time(0)
# A calendar that is closed for ten years on end has no next opening: the search stops there.
HORIZON = 3660
PLAUSIBLE_YEARS = range(1900, 2200)

Span = tuple[datetime, datetime]


class NoOpenTime(ValueError):
    """A calendar offers no (or too little) open time within the horizon."""


@lru_cache(maxsize=20_000)
def statutory_workday(day: date) -> bool:
    """Whether mainland China works on this day, as far as is known."""
    try:
        # Never unguarded: it raises for every year whose notice it does not have (the next one, from
        # January on).
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5 and day not in _statutory_holidays(day.year)


@lru_cache(maxsize=200)
def notice_known(year: int) -> bool:
    """Whether the yearly notice with its make-up days is known for this year."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=200)
def _statutory_holidays(year: int) -> frozenset[date]:
    # An empty answer (years before 1950, far future) leaves the plain weekday rule.
    return frozenset(holidays.country_holidays("CN", years=year))


@dataclass(frozen=True)
class Calendar:
    """An organization's days and hours.

    `days` are its own corrections (True = worked), stronger than any table. `hours` replace the opening
    hours of the policy's calendar of that name. `confirmed_years` are years whose table the organization
    has checked.
    """

    zone: ZoneInfo
    days: Mapping[date, bool] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)
    confirmed_years: frozenset[int] = frozenset()

    @classmethod
    def for_policy(
        cls,
        policy: "Policy",
        *,
        zone: str | ZoneInfo,
        days: Mapping[date, bool] | None = None,
        hours: Mapping[str, Hours] | None = None,
        confirmed_years: frozenset[int] = frozenset(),
    ) -> "Calendar":
        """The calendar of one organization; the opening hours of `policy` count where it has none."""
        named = {name: rule.hours for name, rule in policy.calendars.items() if rule.hours}
        return cls(
            zone=ZoneInfo(zone) if isinstance(zone, str) else zone,
            days=dict(days or {}),
            hours={**named, **(hours or {})},
            confirmed_years=confirmed_years,
        )

    def moment(self, value: object) -> datetime | None:
        """A fact as a time: a datetime or an ISO string, local if it has no zone; None if it is neither.

        A year no complaint can be about is no time: it would overflow the arithmetic further on.
        """
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return None
        if not isinstance(value, datetime) or value.year not in PLAUSIBLE_YEARS:
            return None
        return (value if value.tzinfo else value.replace(tzinfo=self.zone)).astimezone(UTC)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """00:00 of a local day; where the clocks jump over midnight, the first moment of that day."""
        return datetime.combine(day, MIDNIGHT, tzinfo=self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """24:00 of a local day, that is 00:00 of the next."""
        return self.start_of(day + ONE_DAY)

    def is_workday(self, day: date, rule: CalendarRule | None = None) -> bool:
        corrected = self.days.get(day)
        if corrected is not None:
            return corrected
        kind = rule.days if rule else "cn_workdays"
        if kind == "every_day":
            return True
        return day.weekday() < 5 if kind == "weekdays" else statutory_workday(day)

    def provisional(self, day: date) -> bool:
        """Whether it is only a guess if `day` is worked, because its year's notice is not known yet."""
        return not (day in self.days or day.year in self.confirmed_years or notice_known(day.year))

    def hours_of(self, rule: CalendarRule) -> Hours:
        """The opening ranges of a worked day: the organization's own, else the policy's."""
        return self.hours.get(rule.name) or rule.hours

    def openings(self, day: date, rule: CalendarRule) -> tuple[Span, ...]:
        """The opening ranges of a day in UTC, in order; none on a rest day."""
        if not self.is_workday(day, rule):
            return ()
        return tuple(
            (self._at(day, opens), self.end_of(day) if closes == MIDNIGHT else self._at(day, closes))
            for opens, closes in self.hours_of(rule)
        )

    def whole_day(self, day: date, rule: CalendarRule) -> tuple[Span, ...]:
        """A worked day as one range from 00:00 to 24:00; none on a rest day."""
        return ((self.start_of(day), self.end_of(day)),) if self.is_workday(day, rule) else ()

    def days_from(self, day: date) -> Iterator[date]:
        """The days from `day` on, as far as anybody looks."""
        for ahead in range(HORIZON):
            yield day + timedelta(days=ahead)

    def next_workday(self, day: date, rule: CalendarRule) -> date:
        """`day` itself if it is worked, else the first worked day after it. NoOpenTime if there is none."""
        for candidate in self.days_from(day):
            if self.is_workday(candidate, rule):
                return candidate
        raise NoOpenTime("no working day within ten years")

    def next_opening(self, moment: datetime, rule: CalendarRule) -> datetime:
        """`moment` itself inside opening hours, else the next opening. NoOpenTime if there is none."""
        for day in self.days_from(self.day_of(moment)):
            for opens, closes in self.openings(day, rule):
                if moment < closes:
                    return max(moment, opens)
        raise NoOpenTime("no opening hours within ten years")

    def close_of(self, day: date, rule: CalendarRule) -> datetime:
        """When business stops on a day; 24:00 where it does not open at all."""
        openings = self.openings(day, rule)
        return openings[-1][1] if openings else self.end_of(day)

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)


def first_business(policy: "Policy") -> CalendarRule | None:
    """The business calendar of a policy that says when its doors are open; None if it has none."""
    return next((rule for rule in policy.calendars.values() if rule.kind == "business"), None)


def open_hours(calendar: Calendar, rule: CalendarRule, moment: datetime) -> dict[str, bool]:
    """The facts open_hours and after_hours at a moment."""
    spans = calendar.openings(calendar.day_of(moment), rule)
    is_open = any(opens <= moment < closes for opens, closes in spans)
    return {"open_hours": is_open, "after_hours": not is_open}
