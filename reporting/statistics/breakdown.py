"""The same few figures for every tier, category, channel and leading department."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Case, Count, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from reporting.periods import Period
from reporting.statistics import standing
from reporting.statistics.flow import in_period, received
from reporting.statistics.moment import DIMENSIONS, grouped, open_cases
from reporting.statistics.replanning import Replanned

COUNTED = ("received", "handled", "closed", "open", "overdue", "overdue_should")
FIGURE_OF = {"must": "overdue", "should": "overdue_should"}
Table = dict[str, dict[Any, Counter[str]]]  # dimension -> value -> figure -> number


def breakdown(period: Period, replanned: Replanned, handling: list[str]) -> tuple[Table, Counter[str]]:
    """All figures by every dimension, and their totals. Four queries.

    The values of a case are those it had at the period's end, whatever the figure.
    """
    table: Table = {name: defaultdict(Counter) for name in DIMENSIONS}
    totals: Counter[str] = Counter()
    for place, figure, number in _counted(period, replanned, handling):
        totals[figure] += number
        for name, value in zip(DIMENSIONS, place, strict=True):
            table[name][value][figure] += number
    return table, totals


def _counted(
    period: Period, replanned: Replanned, handling: list[str]
) -> Iterable[tuple[tuple[Any, ...], str, int]]:
    for row in grouped(received(period), period.end, received=Count("pk")):
        yield _place(row), "received", row["received"]
    done = in_period(period).filter(kind__in=("handled", "closed"))
    for row in grouped(done, period.end, "complaint", "kind", times=Count("pk")):
        yield _place(row), row["kind"], row["times"]
    yield from _left_open(period, replanned)
    for (place, standing_), number in _handling(period, replanned, handling).items():
        yield place, standing_, number


def _left_open(period: Period, replanned: Replanned) -> Iterable[tuple[tuple[Any, ...], str, int]]:
    for row in grouped(_with_lateness(period, replanned), period.end, "", "lateness", number=Count("pk")):
        yield _place(row), "open", row["number"]
        if row["lateness"]:
            yield _place(row), FIGURE_OF[row["lateness"]], row["number"]
    for (place, force), number in replanned.overdue.items():
        yield place, FIGURE_OF[force], number


def _with_lateness(period: Period, replanned: Replanned) -> QuerySet:
    """The open cases with the force of the gravest limit that has passed: must, should or "" for none.

    Re-planned ones are judged apart. (A scalar subquery, not EXISTS: PostgreSQL would answer EXISTS by
    reading every deadline that was ever due, where a few hundred cases are open.)
    """
    late = standing.overdue_at(period.end).filter(complaint=OuterRef("pk")).order_by("force")
    gravest: Case | Coalesce = Coalesce(
        Subquery(late.values("force")[:1]), Value("")
    )  # must comes before should
    if replanned.cases is not None:
        gravest = Case(When(pk__in=replanned.cases, then=Value("")), default=gravest)
    return open_cases(period.end).annotate(lateness=gravest)


def _handling(
    period: Period, replanned: Replanned, handling: list[str]
) -> Counter[tuple[tuple[Any, ...], str]]:
    """How the limits for handling that were due in the period were kept."""
    rows = replanned.left_out(standing.due_in(period), "complaint")
    rows = rows.filter(duty__in=handling, force="must")
    found: Counter[tuple[tuple[Any, ...], str]] = Counter(replanned.handling)
    for row in grouped(rows, period.end, "complaint", "standing", times=Count("pk")):
        found[_place(row), row["standing"]] += row["times"]
    return found


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[f"then_{name}"] for name in DIMENSIONS)
