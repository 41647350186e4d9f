"""Calendar months as an organization lives them.

A month begins and ends at local midnight of the organization's zone. Everything stored is UTC, so a period
carries its two ends in UTC and nothing else in reporting knows about zones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

EARLIEST, LATEST = 1970, 9000  # years a month may be asked for; beyond them datetime arithmetic overflows


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch of time [start, end) in UTC. `first` is its first local day."""

    first: date
    start: datetime
    end: datetime
    zone: ZoneInfo

    @property
    def label(self) -> str:
        """2026-11"""
        return f"{self.first:%Y-%m}"

    def has_ended(self, now: datetime) -> bool:
        return self.end <= now


def month_period(month: date, zone: ZoneInfo) -> Period:
    """The month in which the day `month` lies, from local midnight of the 1st to that of the next month's
    1st."""
    first = month.replace(day=1)
    return Period(first, _midnight(first, zone), _midnight(next_month(first), zone), zone)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def previous_month(month: date) -> date:
    """The first day of the month before."""
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def month_of(moment: datetime, zone: ZoneInfo) -> date:
    """The first day of the local month a moment lies in."""
    return moment.astimezone(zone).date().replace(day=1)


def ended_months(first: datetime, now: datetime, zone: ZoneInfo) -> Iterator[date]:
    """Every month that has ended by `now`, from that of the moment `first` on, oldest first."""
    month, current = month_of(first, zone), month_of(now, zone)
    while month < current:
        yield month
        month = next_month(month)


def parse_month(text: str) -> date:
    """「2026-11」 as its first day. ValueError for anything else."""
    year, dash, month = text.strip().partition("-")
    if not (dash and year.isascii() and month.isascii() and len(year) == 4 and len(month) == 2):
        raise ValueError(text)
    day = date(int(year), int(month), 1)
    if not EARLIEST <= day.year <= LATEST:
        raise ValueError(text)
    return day


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Where a change of clocks skips midnight, zoneinfo takes the offset before it: the same moment as the
    # gap's end.
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
