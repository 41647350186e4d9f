"""Everything that is counted of one period, still exact and without words."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from organizations.models import Organization
from reporting.periods import Period
from reporting.statistics import duties, flow, follow_up
from reporting.statistics.breakdown import Table, breakdown
from reporting.statistics.durations import Durations, durations
from reporting.statistics.open_list import open_list
from reporting.statistics.replanning import OpenCase, replan
from reporting.statistics.titles import Titles

LIST_CAP = 100  # open cases that are listed by name; the rest are only counted


@dataclass(frozen=True, slots=True)
class Measured:
    period: Period
    events: dict[str, int]
    totals: Counter[str]
    table: Table
    reasons: dict[str, Counter[str]]
    rounds: dict[str, int]
    closed_by_round: dict[int, int]
    tally: duties.Tally
    firings: Counter[tuple[str, str, int]]
    extensions: dict[str, dict[str, int]]
    durations: dict[str, Durations]
    satisfied: Counter[str]
    solved: Counter[str]
    open_cases: list[OpenCase]


@contextmanager
def plain_execution() -> Iterator[None]:
    """Switch off PostgreSQL's compiler of queries meanwhile: it is set off by the estimated cost of queries
    like these and spends seconds on what then runs in milliseconds (measured: 24 s for a month of 10,000
    cases)."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET jit")


def measure(organization: Organization, period: Period, titles: Titles, *, listed: bool) -> Measured:
    """Count the period. A fixed number of queries; `listed` adds the one for the list of open cases.

    Needs the organization's scope to be open, as every query on its rows does.
    """
    with plain_execution():
        return _measure(organization, period, titles, listed)


def _measure(organization: Organization, period: Period, titles: Titles, listed: bool) -> Measured:
    handling = titles.duties_ending_with("handled")
    replanned = replan(organization, period, handling, LIST_CAP)
    table, totals = breakdown(period, replanned, handling)
    satisfied, solved = follow_up.answers(period)
    return Measured(
        period=period,
        events=flow.event_counts(period),
        totals=totals,
        table=table,
        reasons=flow.reasons(period),
        rounds=flow.rounds(period),
        closed_by_round=flow.closed_by_round(period),
        tally=duties.tally(period, replanned),
        firings=duties.firings(period),
        extensions=duties.extensions(period),
        durations=durations(period),
        satisfied=satisfied,
        solved=solved,
        open_cases=open_list(period, replanned, LIST_CAP) if listed else [],
    )
