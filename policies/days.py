"""What an organization says itself about its days and hours, and the calendar that comes of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import pairwise

from django.utils.translation import gettext as _

from organizations.models import Department, Organization
from policies.engine.calendars import Calendar
from policies.engine.schema import Hours, Policy
from policies.models import CalendarDay, CalendarYear, OpeningHours

MOST_RANGES = 6


@dataclass(frozen=True)
class OwnDays:
    """An organization's corrections, opening hours and confirmed years.

    `hours` are by (calendar of the rules, department); department None = the whole organization. `above`
    names the parent of each department that has one. The `with_` functions give a changed copy, so that a
    change can be tried out before it is made.
    """

    zone: str
    days: Mapping[date, bool] = field(default_factory=dict)
    hours: Mapping[tuple[str, int | None], Hours] = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    above: Mapping[int, int | None] = field(default_factory=dict)

    def with_day(self, day: date, is_workday: bool | None) -> "OwnDays":
        """`None` takes the correction away."""
        days = {key: value for key, value in self.days.items() if key != day}
        return replace(self, days=days if is_workday is None else {**days, day: is_workday})

    def with_hours(self, calendar: str, department_id: int | None, hours: Hours) -> "OwnDays":
        """No ranges = those of the rules again."""
        kept = {key: value for key, value in self.hours.items() if key != (calendar, department_id)}
        return replace(self, hours={**kept, (calendar, department_id): hours} if hours else kept)

    def with_year(self, year: int, confirmed: bool) -> "OwnDays":
        return replace(self, years=self.years | {year} if confirmed else self.years - {year})

    def calendar(self, policy: Policy, desk_id: int | None = None) -> Calendar:
        """The calendar under a policy for the cases of a service desk; None = the whole organization's."""
        return Calendar.for_policy(
            policy,
            zone=self.zone,
            days=self.days,
            hours={name: hours for name in policy.calendars if (hours := self._hours(name, desk_id))},
            confirmed_years=self.years,
        )

    def _hours(self, name: str, desk_id: int | None) -> Hours:
        """The nearest department at or above the desk that has hours of its own, else the organization's."""
        place = desk_id
        while place is not None:
            if hours := self.hours.get((name, place)):
                return hours
            place = self.above.get(place)
        return self.hours.get((name, None), ())


def own_days(organization: Organization) -> OwnDays:
    """What is stored, freshly read. Three queries, four where departments have hours of their own."""
    hours = {
        (row.calendar, row.department_id): hours_of(row.ranges)
        for row in OpeningHours.objects.filter(organization=organization)
    }
    parents: Iterable[tuple[int, int | None]] = ()
    if any(department is not None for _name, department in hours):
        parents = Department.objects.filter(organization=organization).values_list("pk", "parent_id")
    return OwnDays(
        zone=organization.time_zone,
        days=dict(CalendarDay.objects.filter(organization=organization).values_list("day", "is_workday")),
        hours=hours,
        years=frozenset(
            CalendarYear.objects.filter(organization=organization).values_list("year", flat=True)
        ),
        above=dict(parents),
    )


def hours_of(ranges: Sequence[str]) -> Hours:
    """Opening ranges from their texts; "24:00" closes at midnight. ValueError, with a sentence, if they are
    no ranges, not in order, or overlap."""
    found = tuple(_range(one) for one in ranges)
    for earlier, later in pairwise(found):
        if earlier[1] == time(0) or later[0] < earlier[1]:
            raise ValueError(_("The opening ranges have to be in order and must not overlap."))
    return found


def _range(text: str) -> tuple[time, time]:
    try:
        opens, closes = (_clock(part) for part in text.split("-"))
    except ValueError as error:
        raise ValueError(_("“%(text)s” is no opening range like 08:30-12:00.") % {"text": text}) from error
    if closes != time(0) and closes <= opens:
        raise ValueError(_("“%(text)s” ends before it begins.") % {"text": text})
    return opens, closes


def _clock(text: str) -> time:
    text = text.strip()
    return time(0) if text == "24:00" else datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a clock


def ranges_of(hours: Hours) -> list[str]:
    """The texts of opening ranges."""
    return [
        f"{opens:%H:%M}-{'24:00' if closes == time(0) else format(closes, '%H:%M')}"
        for opens, closes in hours
    ]


def names_of_business(policies: Collection[Policy]) -> dict[str, Hours]:
    """The business calendars of some policies by name, with the hours the first of them gives."""
    found: dict[str, Hours] = {}
    for policy in policies:
        for name, rule in policy.calendars.items():
            if rule.kind == "business":
                found.setdefault(name, rule.hours)
    return found
