"""A year of working days as people look at it, and the years that are still a guess."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
import holidays
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from policies.days import OwnDays
from policies.engine.calendars import notice_known, statutory_workday
from policies.models import CalendarDay

# The yearly notice comes out in November; who has nothing by then should know.
MONTH_OF_NOTICE = 11
# The two libraries spell the names differently; the first part that occurs decides.
_NAMES: tuple[tuple[str, Promise], ...] = (
    ("chinese new year", _("Spring Festival")),
    ("spring festival", _("Spring Festival")),
    ("new year", _("New Year's Day")),
    ("tomb", _("Tomb-sweeping Day")),
    ("labo", _("Labour Day")),
    ("dragon", _("Dragon Boat Festival")),
    ("autumn", _("Mid-autumn Festival")),
    ("national", _("National Day")),
)


@dataclass(frozen=True, slots=True)
class Day:
    """One day. `kind`: work | weekend | holiday | makeup | own_work | own_rest."""

    day: date
    kind: str
    title: str
    is_work: bool


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    weeks: list[list[Day | None]]
    work: int


def months(own: OwnDays, corrections: list[CalendarDay], year: int) -> list[Month]:
    """The twelve months of a year in weeks from Monday; None fills the days of other months."""
    notes = {row.day: row.note for row in corrections}
    return [_month(own, notes, year, number) for number in range(1, 13)]


def _month(own: OwnDays, notes: dict[date, str], year: int, number: int) -> Month:
    first = date(year, number, 1)
    weeks: list[list[Day | None]] = [[None] * first.weekday()]
    work, day = 0, first
    while day.month == number:
        if len(weeks[-1]) == 7:
            weeks.append([])
        found = day_of(own.days, day, notes.get(day, ""))
        weeks[-1].append(found)
        work += found.is_work
        day += timedelta(days=1)
    weeks[-1] += [None] * (7 - len(weeks[-1]))
    return Month(first, weeks, work)


def day_of(corrections: Mapping[date, bool], day: date, note: str = "") -> Day:
    """What a day is, and why."""
    corrected = corrections.get(day)
    if corrected is not None:
        said = gettext("worked by own correction") if corrected else gettext("off by own correction")
        return Day(day, "own_work" if corrected else "own_rest", f"{said} {note}".strip(), corrected)
    works, weekend = statutory_workday(day), day.weekday() >= 5
    if works:
        return Day(
            day, "makeup" if weekend else "work", gettext("make-up working day") if weekend else "", True
        )
    if name := holiday_name(day):
        return Day(day, "holiday", name, False)
    return Day(day, "weekend" if weekend else "holiday", gettext("weekend") if weekend else "", False)


def holiday_name(day: date) -> str:
    """The statutory holiday a day belongs to; "" for none."""
    try:
        name = chinese_calendar.get_holiday_detail(day)[1]
    except NotImplementedError:
        name = holidays.country_holidays("CN", years=day.year, language="en_US").get(day)
    known = (str(title) for part, title in _NAMES if name and part in name.lower())
    return next(known, name or "")


def is_known(own: OwnDays, year: int) -> bool:
    """Whether the working days of a year are more than a guess."""
    return year in own.years or notice_known(year)


def unknown_years(own: OwnDays, today: date, latest: date | None) -> list[int]:
    """The years to warn of: this one, the next from November on, and those that limits reach into."""
    return [year for year in _years(today, latest) if not is_known(own, year)]


def _years(today: date, latest: date | None) -> Iterator[int]:
    last = today.year + (today.month >= MONTH_OF_NOTICE)
    yield from range(today.year, max(last, latest.year if latest else last) + 1)
