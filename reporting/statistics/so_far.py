"""The month so far, for a part of the organization. docs/statistics.md, "The month so far".

Counts cases where the month's report counts events, so that each number leads to a list as long as it is
(behind.py). Everything else is as in the report, with the present moment for the end of the month: what is
stored is right then, so nothing has to be planned again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Case, Count, QuerySet, Value, When

from complaints.models import CaseEvent, Complaint
from organizations.directory import Directory
from organizations.models import Organization
from reporting.models import MonthlyReport
from reporting.periods import Period, month_of, month_period, previous_month
from reporting.statistics import flow
from reporting.statistics.behind import (
    COLUMN_OF,
    OF_EVENTS,
    OPEN_NOW,
    OVERDUE,
    RECEIVED,
    Figure,
    due_so_far,
    in_figure,
    so_far,
)
from reporting.statistics.breakdown import Table
from reporting.statistics.durations import handling_by_lead
from reporting.statistics.measuring import plain_execution
from reporting.statistics.moment import DIMENSIONS
from reporting.statistics.part import WHOLE, Part
from reporting.statistics.presenting import breakdowns
from reporting.statistics.rounding import hours, percent
from reporting.statistics.standing import DECIDED, IN_TIME, PAUSED, VOID
from reporting.statistics.titles import Titles

MONTHS = 13  # of the trend, this one included
Figures = dict[str, Any]
_SHOWN = ("id", "title", "received", "closed", "open", "overdue")


def month_so_far(
    organization: Organization, now: datetime, part: Part = WHOLE, directory: Directory | None = None
) -> Figures:
    """The figures of the month in which `now` lies, of the cases of a part of the organization.

    A JSON-ready dict; `cases` are numbers of cases. Needs the organization's scope. At most fifteen queries.
    """
    titles, directory = Titles(organization, now), directory or Directory(organization)
    period = so_far(month_of(now, organization.zone), now, organization.zone)
    with plain_execution():
        table, totals = _breakdown(period, now, part, titles)
        return {
            "month": period.label,
            "now": now.astimezone(period.zone).isoformat(),
            "counts": _counts(period, part) | {name: _once(number) for name, number in totals.items()},
            "duties": _duties(period, part, titles),
            "by": _named(table, titles, directory),
            "departments": _departments(period, part, directory),
            "months": _months(organization, period, part),
        }


def _once(number: int) -> Figures:
    return {"cases": number, "times": number}


def _counts(period: Period, part: Part) -> Figures:
    """Of the events: how many cases, and how often. One query."""
    kinds = {flow.EVENTS[name][0]: name for name in OF_EVENTS}
    rows = part.of(flow.in_period(period).filter(kind__in=kinds), "complaint")
    counted = rows.values_list("kind").annotate(Count("complaint_id", distinct=True), Count("pk"))
    found: Figures = {name: _once(0) for name in OF_EVENTS}
    for kind, cases, times in counted:
        found[kinds[kind]] = {"cases": cases, "times": times}
    return found


# --- breakdowns ---------------------------------------------------------------------------------------------


def _breakdown(period: Period, now: datetime, part: Part, titles: Titles) -> tuple[Table, dict[str, int]]:
    """Received, closed, open, overdue and the limits of handling by every dimension; the totals of those that
    count cases as they are and not events. Five queries."""
    table: Table = {name: defaultdict(Counter) for name in DIMENSIONS}
    totals = dict.fromkeys((RECEIVED, OPEN_NOW, OVERDUE), 0)
    for place, figure, number in _counted(period, now, part, titles):
        for name, value in zip(DIMENSIONS, place, strict=True):
            table[name][value][figure] += number
        if figure in totals:
            totals[figure] += number
    return table, totals


def _counted(
    period: Period, now: datetime, part: Part, titles: Titles
) -> Iterator[tuple[tuple[Any, ...], str, int]]:
    columns = tuple(COLUMN_OF[name] for name in DIMENSIONS)
    of_case = tuple(f"complaint__{column}" for column in columns)
    for figure in (Figure(RECEIVED, period.first), Figure(OPEN_NOW), Figure(OVERDUE)):
        cases = Complaint.objects.filter(in_figure(figure, now, period.zone, titles)).order_by()
        for *place, number in part.of(cases).values_list(*columns).annotate(Count("pk")):
            yield tuple(place), figure.name, number
    closed = part.of(flow.in_period(period).filter(kind__in=flow.EVENTS["closed"]), "complaint")
    for *place, number in closed.values_list(*of_case).annotate(Count("complaint_id", distinct=True)):
        yield tuple(place), "closed", number
    handling = part.of(due_so_far(period, titles.duties_ending_with("handled")), "complaint")
    for *place, standing, number in handling.values_list(*of_case, "standing").annotate(Count("pk")):
        yield tuple(place), standing, number


def _named(table: Table, titles: Titles, directory: Directory) -> Figures:
    nothing: Table = {name: {} for name in DIMENSIONS}
    return {
        section: [_row(row) for row in rows]
        for section, rows in breakdowns(table, nothing, titles, directory).items()
    }


def _row(row: Figures) -> Figures:
    rate = {name: row["on_time"][name] for name in ("part", "whole", "value")}
    return {**{name: row[name] for name in _SHOWN}, "on_time": rate}


# --- limits -------------------------------------------------------------------------------------------------


def _duties(period: Period, part: Part, titles: Titles) -> list[Figures]:
    """How the limits of each duty were kept, and on how many cases. One query.

    A case with several tickets may be among those in time and among the late ones.
    """
    limits: dict[str, Counter[str]] = defaultdict(Counter)
    cases: dict[str, Counter[str]] = defaultdict(Counter)
    # With the duties named, the index of limits by duty and due time leads to those of the month.
    rows = part.of(due_so_far(period, titles.duties()), "complaint").values_list("duty", "standing")
    for duty, standing, number, of_cases in rows.annotate(Count("pk"), Count("complaint_id", distinct=True)):
        if standing != VOID:
            limits[duty][standing], cases[duty][standing] = number, of_cases
    order = {duty: place for place, duty in enumerate(titles.duty_order())}
    return [
        {
            "duty": duty,
            "title": titles.duty(duty),
            **{standing: limits[duty][standing] for standing in (*DECIDED, PAUSED)},
            "cases": {standing: cases[duty][standing] for standing in DECIDED},
            "part": limits[duty][IN_TIME],
            "whole": _decided(limits[duty]),
            "value": percent(limits[duty][IN_TIME], _decided(limits[duty])),
        }
        for duty in sorted(limits, key=lambda duty: (order.get(duty, len(order)), duty))
        if _decided(limits[duty])
    ]


def _decided(counted: Counter[str]) -> int:
    return sum(counted[standing] for standing in DECIDED)


# --- departments and months ---------------------------------------------------------------------------------


def _departments(period: Period, part: Part, directory: Directory) -> list[Figures]:
    """The departments by how long handling took them, the slowest first. One query."""
    found = handling_by_lead(period, part)
    rows = [
        {
            "id": lead,
            "title": directory.path(lead) if lead in directory.departments else "",
            "cases": cases,
            "median": hours(times.median),
            "p90": hours(times.p90),
            "longest": hours(times.longest),
        }
        for lead, (cases, times) in found.items()
    ]
    return sorted(rows, key=lambda row: (-row["median"], -row["p90"], str(row["title"])))


def _months(organization: Organization, period: Period, part: Part) -> list[Figures]:
    """Received and closed-out cases of the last months, the oldest first; the rate of limits kept as the
    stored reports of the whole organization have it. Three queries."""
    months = [period]
    for _ in range(MONTHS - 1):
        months.append(month_period(previous_month(months[-1].first), period.zone))
    months.reverse()
    received = part.of(Complaint.objects.order_by())
    closed = part.of(CaseEvent.objects.filter(kind__in=flow.EVENTS["closed"]).order_by(), "complaint")
    came = _by_month(received, "received_at", Count("pk"), months)
    went = _by_month(closed, "at", Count("complaint_id", distinct=True), months)
    kept = _kept(organization, months[0].first) if part.is_whole else {}
    return [
        {
            "month": month.label,
            "received": came[place],
            "closed": went[place],
            "on_time": kept.get(month.first),
        }
        for place, month in enumerate(months)
    ]


def _by_month(rows: QuerySet, column: str, number: Count, months: list[Period]) -> Counter[int]:
    """The number for each of the months, which follow one another."""
    within = rows.filter(**{f"{column}__gte": months[0].start, f"{column}__lt": months[-1].end})
    latest_first = [
        When(**{f"{column}__gte": month.start}, then=Value(place)) for place, month in enumerate(months)
    ][::-1]
    counted = within.annotate(which=Case(*latest_first)).values_list("which")
    return Counter(dict(counted.annotate(number)))


def _kept(organization: Organization, since: date) -> dict[date, float | None]:
    reports = MonthlyReport.objects.filter(organization=organization, month__gte=since).order_by()
    return dict(reports.values_list("month", "figures__on_time__must__value"))
