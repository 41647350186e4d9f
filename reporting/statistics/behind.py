"""The cases behind a figure of the month so far: a list exactly as long as the number that leads to it.

A figure is named as it stands in an address: `closed.2026-11` are the cases closed out in that month,
`late.2026-11.solve` those with a limit `solve` that was due in it and met too late, `open.now` those that are
open. Counting (so_far.py) and listing ask the same querysets.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from complaints.models import OPEN, Deadline
from reporting.periods import Period, month_period, parse_month
from reporting.statistics import flow, standing
from reporting.statistics.moment import DIMENSIONS
from reporting.statistics.standing import IN_TIME, LATE, MISSED
from reporting.statistics.titles import Titles

NOW = "now"
RECEIVED, OPEN_NOW, OVERDUE = "received", "open", "overdue"
# Figures of events: those of flow.EVENTS that a reader asks the cases of.
OF_EVENTS = ("accepted", "explained", "rejected", "handled", "told", "closed", "reopened")
# Figures of the limits of a duty, and of those of handling a case.
STANDINGS: dict[str, tuple[str, ...]] = {
    "in_time": (IN_TIME,),
    "late": (LATE,),
    "missed": (MISSED,),
    "broken": (LATE, MISSED),
}
HANDLING = "@handled"  # no id of a duty
CATEGORY_TOP = "category_top"
# column of the case: the dimension of moment.DIMENSIONS, as long as nothing has happened since
COLUMN_OF = dict(zip(DIMENSIONS, ("tier", "category", "channel", "lead_department_id"), strict=True))
# What happened at this very moment has happened.
TICK = timedelta(microseconds=1)


def so_far(month: date, now: datetime, zone: ZoneInfo) -> Period:
    """The month, as far as it has gone."""
    period = month_period(month, zone)
    return Period(period.first, period.start, min(period.end, now + TICK), zone)


@dataclass(frozen=True, slots=True)
class Figure:
    """Which figure: `month` is None for what is so now, `duty` is "" unless it is one of limits."""

    name: str
    month: date | None = None
    duty: str = ""

    @property
    def token(self) -> str:
        return ".".join(filter(None, (self.name, f"{self.month:%Y-%m}" if self.month else NOW, self.duty)))

    @classmethod
    def read(cls, token: str) -> "Figure":
        """The figure of an address. ValueError for anything else."""
        name, _dot, rest = token.partition(".")
        when, _dot, duty = rest.partition(".")
        month = None if when == NOW else parse_month(when)
        if (name in (OPEN_NOW, OVERDUE)) != (month is None) or (name in STANDINGS) != bool(duty):
            raise ValueError(token)
        if name not in (RECEIVED, OPEN_NOW, OVERDUE, *OF_EVENTS, *STANDINGS):
            raise ValueError(token)
        return cls(name, month, duty)


def in_figure(figure: Figure, now: datetime, zone: ZoneInfo, titles: Titles) -> Q:
    """The condition on cases."""
    if figure.name == OPEN_NOW:
        return Q(state__in=OPEN)
    if figure.name == OVERDUE:
        return Q(state__in=OPEN) & Exists(_late_now(now).filter(complaint=OuterRef("pk")))
    assert figure.month is not None
    period = so_far(figure.month, now, zone)
    if figure.name == RECEIVED:
        return Q(received_at__gte=period.start, received_at__lt=period.end)
    if figure.name in STANDINGS:
        all_of_it = figure.duty == HANDLING
        duties = titles.duties_ending_with("handled") if all_of_it else [figure.duty]
        rows = due_so_far(period, duties).filter(standing__in=STANDINGS[figure.name])
    else:
        rows = flow.in_period(period).filter(kind__in=flow.EVENTS[figure.name])
    return Q(pk__in=rows.values("complaint"))


def _late_now(now: datetime) -> QuerySet[Deadline]:
    """The must-limits that have passed and still run."""
    # Whatever is met or void is not among them; said so that the database need not look into each of those.
    running = (Deadline.State.OPEN, Deadline.State.PAUSED)
    return standing.overdue_at(now + TICK).filter(state__in=running, force="must").order_by()


def due_so_far(period: Period, duties: Collection[str] | None = None) -> QuerySet[Deadline]:
    """The must-limits due in the period, of some duties or of all, with their standing."""
    rows = standing.due_in(period).filter(force="must").order_by()
    return rows if duties is None else rows.filter(duty__in=duties)


@dataclass(frozen=True, slots=True)
class Value:
    """One row of a breakdown: `name` is of moment.DIMENSIONS, or `category_top`; `value` is "" for what is
    not stated."""

    name: str
    value: str

    @property
    def token(self) -> str:
        return f"{self.name}.{self.value}"

    @classmethod
    def read(cls, token: str) -> "Value":
        """The row of an address. ValueError for anything else."""
        name, dot, value = token.partition(".")
        if not dot or name not in (*DIMENSIONS, CATEGORY_TOP):
            raise ValueError(token)
        if name == "lead" and value and not (value.isascii() and value.isdigit() and len(value) < 19):
            raise ValueError(token)
        return cls(name, value)


def in_row(row: Value, titles: Titles) -> Q:
    """The condition on cases."""
    if row.name == CATEGORY_TOP:
        return Q(category__in=family(titles, row.value))
    if row.name == "lead":
        return Q(lead_department=int(row.value)) if row.value else Q(lead_department=None)
    return Q(**{COLUMN_OF[row.name]: row.value})


def family(titles: Titles, top: str) -> set[str]:
    """The categories that are summed up under one: by the newest version of the rules that knows them."""
    tops = [first for policy in titles.policies for first in policy.items("categories")]
    ids = {item.id for first in tops for item in first.walk()}
    return {one for one in ids if titles.path("categories", one)[0].id == top} | {top}
