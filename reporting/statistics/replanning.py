"""Cases whose stored deadlines no longer tell how they stood at the period's end, planned again as of then.

A tier changed on the 2nd moves a due time of the 30th before: the stored row then says nothing about the
month that has ended. There are few such cases (none on the 1st, when the report is made), and `plan()` with
the events before the end says exactly what was known then. They are streamed, so memory does not grow with
their number.
"""

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, groupby
from typing import Any

from django.db.models import OuterRef, QuerySet

from complaints.deadlines import planned_rows
from complaints.models import CaseEvent, Complaint
from organizations.models import Organization
from reporting.periods import Period
from reporting.statistics.moment import DIMENSIONS, ENDING, dimensions, last_turn
from reporting.statistics.standing import is_overdue, standing_of, uncertain_at
from reporting.statistics.veiling import veiled

LAST = datetime.max.replace(tzinfo=UTC)
Place = tuple[Any, ...]  # the values of all dimensions, in the order of DIMENSIONS


@dataclass(frozen=True, slots=True, order=True)
class OpenCase:
    """A case of the list of open and overdue ones, ordered as the list is: longest overdue, then oldest.

    `due_at` is the earliest due time that was passed (LAST if none was), `duty` its duty.
    """

    due_at: datetime
    received_at: datetime
    pk: int
    number: str = field(compare=False)
    subject: str = field(compare=False)
    tier: str = field(compare=False)
    lead: int | None = field(compare=False)
    duty: str = field(compare=False, default="")


@dataclass
class Replanned:
    """What the re-planned cases add to the figures. `cases` are to be left out of the queries on stored rows;
    None if there are none."""

    cases: QuerySet | None = None
    duties: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # duty, force, standing
    handling: Counter[tuple[Place, str]] = field(default_factory=Counter)  # place, standing
    overdue: Counter[tuple[Place, str]] = field(default_factory=Counter)  # place, force
    listed: list[OpenCase] = field(default_factory=list)

    def left_out(self, rows: QuerySet, path: str) -> QuerySet:
        """The rows without those of the re-planned cases."""
        return rows if self.cases is None else rows.exclude(**{f"{path}__in": self.cases})


def replan(organization: Organization, period: Period, handling: list[str], cap: int) -> Replanned:
    """Plan every uncertain case as of the period's end. `handling` are the duties whose keeping is broken
    down, `cap` is the length of the list of open cases. At most two queries, whatever the number of cases."""
    found = Replanned()
    affected = uncertain_at(period.end).values("complaint_id").order_by()
    heap: list[OpenCase] = []
    for case, columns in _planned(organization, affected, period.end):
        found.cases = affected
        place = tuple(getattr(case, f"then_{name}") for name in DIMENSIONS)
        _judge(found, place, columns, period, handling)
        if case.last_turn not in ENDING:
            heap = heapq.nsmallest(cap, [*heap, _judge_open(found, case, place, columns, period.end)])
    found.listed = heap
    return found


def _planned(
    organization: Organization, affected: QuerySet, moment: datetime
) -> Iterator[tuple[Any, list[tuple[str, dict[str, Any]]]]]:
    """Each affected case, annotated as it stood, with its deadlines (duty, columns) as of the moment."""
    cases = Complaint.objects.filter(pk__in=affected).annotate(
        last_turn=last_turn(moment, OuterRef("pk")), **dimensions(moment)
    )
    events = CaseEvent.objects.filter(complaint__in=affected, at__lt=moment).order_by(
        "complaint_id", "at", "pk"
    )
    found = cases.order_by("pk").iterator(chunk_size=500)
    first = next(found, None)
    if first is None:
        return
    timelines = groupby(events.iterator(chunk_size=2000), key=lambda event: event.complaint_id)
    pk, timeline = next(timelines, (None, iter(())))
    for case in chain([first], found):
        known: list[CaseEvent] = []  # none on a case that was written down only after the moment
        if case.pk == pk:
            known = list(timeline)
            pk, timeline = next(timelines, (None, iter(())))
        case.organization = organization
        case.lead_department_id = case.then_lead  # type: ignore[attr-defined]
        planned = planned_rows(case, known)
        yield case, [(identity[0], columns) for identity, columns in planned.items()]


def _judge(
    found: Replanned,
    place: Place,
    planned: list[tuple[str, dict[str, Any]]],
    period: Period,
    handling: list[str],
) -> None:
    for duty, columns in planned:
        standing = standing_of(columns, period)
        if standing is None:
            continue
        found.duties[duty, columns["force"], standing] += 1
        if duty in handling and columns["force"] == "must":
            found.handling[place, standing] += 1


def _judge_open(
    found: Replanned,
    case: Any,
    place: Place,
    planned: list[tuple[str, dict[str, Any]]],
    moment: datetime,
) -> OpenCase:
    broken = [
        (columns["due_at"], duty, columns["force"])
        for duty, columns in planned
        if is_overdue(columns, moment)
    ]
    musts = [row for row in broken if row[2] == "must"]
    if broken:
        found.overdue[place, "must" if musts else "should"] += 1
    due_at, duty, _force = min(musts, default=(LAST, "", ""))
    return OpenCase(
        due_at=due_at,
        received_at=case.received_at,
        pk=case.pk,
        number=case.number,
        subject=veiled(case.subject, case.complainant_name),
        tier=case.then_tier,
        lead=case.then_lead,
        duty=duty,
    )
