"""How long it took: to send off, to sign for, to handle, to tell, to close out."""

from array import array
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce

from complaints.models import CaseEvent
from reporting.periods import Period
from reporting.statistics.flow import in_period
from reporting.statistics.moment import first_of_its_kind
from reporting.statistics.part import Part

# figure: the event that ends the time
MEASURED = {
    "dispatch": "dispatched",
    "sign": "acknowledged",
    "handle": "handled",
    "tell": "told",
    "close": "closed",
}
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Durations:
    """Times of one kind in microseconds, exact. Median: the mean of the middle two where the number is even.
    `p90`: the shortest time within which at least nine tenths stayed (nearest rank)."""

    count: int = 0
    mean: Fraction | None = None
    median: Fraction | None = None
    p90: Fraction | None = None
    longest: Fraction | None = None


def durations(period: Period) -> dict[str, Durations]:
    """Every measure over the events of the period. One query, streamed; keeps eight bytes for each event.

    (Ranked by window functions in the database this took four times as long on SQLite, which computes the
    length anew for every window.)
    """
    took = {kind: array("q") for kind in MEASURED.values()}
    for kind, length in _timed(period).values_list("kind", "took").iterator(chunk_size=5000):
        if length is not None:  # an imported signature without its dispatch
            took[kind].append(length // MICROSECOND)
    return {name: _summed_up(sorted(took[kind])) for name, kind in MEASURED.items()}


def handling_by_lead(period: Period, part: Part) -> dict[int | None, tuple[int, Durations]]:
    """For each department that leads now: how many of its cases were handled in the period, and how long that
    took. One query."""
    took: dict[int | None, list[int]] = defaultdict(list)
    cases: dict[int | None, set[int]] = defaultdict(set)
    rows = part.of(_timed(period).filter(kind="handled"), "complaint")
    columns = ("complaint__lead_department_id", "complaint_id", "took")
    for lead, case, length in rows.values_list(*columns).iterator(chunk_size=5000):
        took[lead].append(length // MICROSECOND)
        cases[lead].add(case)
    return {lead: (len(cases[lead]), _summed_up(sorted(lengths))) for lead, lengths in took.items()}


def _timed(period: Period) -> Any:
    """The ending events of the period with `took`, the time since what they answer.

    sign: since the ticket was sent. The others, by round: in the first, dispatch since registration and the
    rest since the first contact; in later ones, since the case was taken up again. Only the first
    dispatch of a round ends a time.
    """
    same_round = CaseEvent.objects.filter(complaint=OuterRef("complaint_id"), round=OuterRef("round"))
    same_ticket = CaseEvent.objects.filter(
        complaint=OuterRef("complaint_id"), ticket_ref=OuterRef("ticket_ref"), kind="dispatched"
    )
    since = Case(
        When(kind="acknowledged", then=_time_of(same_ticket)),
        When(round__gt=1, then=_time_of(same_round.filter(kind="reopened"))),
        When(
            kind="dispatched",
            then=Coalesce(_time_of(same_round.filter(kind="recorded")), F("complaint__received_at")),
        ),
        default=F("complaint__received_at"),
        output_field=DateTimeField(),
    )
    # Helpers are sent to after the lead, and a ticket that came back is sent again; the other events happen
    # once in a round, or once on a ticket (complaints.states).
    first = ~Q(kind="dispatched") | first_of_its_kind("round")
    return (
        in_period(period)
        .filter(kind__in=MEASURED.values())
        .filter(first)
        .annotate(since=since)
        .annotate(took=ExpressionWrapper(F("at") - F("since"), output_field=DurationField()))
    )


def _time_of(events: QuerySet[CaseEvent]) -> Subquery:
    return Subquery(events.order_by("at", "id").values("at")[:1])


def _summed_up(took: list[int]) -> Durations:
    """Of lengths in microseconds, in order."""
    number = len(took)
    if not number:
        return Durations()
    middle = took[(number - 1) // 2] + took[number // 2]
    return Durations(
        count=number,
        mean=Fraction(sum(took), number),
        median=Fraction(middle, 2),
        p90=Fraction(took[(9 * number + 9) // 10 - 1]),
        longest=Fraction(took[-1]),
    )
