"""A case as it stood at a moment, as SQL expressions.

The columns of Complaint are the state now. Where nothing has happened since the moment (`last_event_at` lies
before it), they are also the state then, at no cost; only for the others are the events read. So a month's
figures cost the same whether they are computed an hour or a year after its end, and they are the same
figures.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from complaints.models import OPEN, CaseEvent, Complaint
from policies.engine.vocabulary import ENDING_EVENTS

ENDING = tuple(sorted(ENDING_EVENTS))
DIMENSIONS = ("tier", "category", "channel", "lead")
# `closed_at` is the clock of the verb, the event's `at` may be later by the time it waited for a lock.
CLOCK_TOLERANCE = timedelta(days=1)


def dimensions(at: datetime, path: str = "") -> dict[str, Combinable]:
    """Annotations then_tier, then_category, then_channel ("" = not stated) and then_lead (a department's id
    or None).

    `path` is the way from the queried model to the complaint ("" = it is the complaint itself).
    """
    facts = {f"then_{name}": _fact_then(name, at, path) for name in ("tier", "category", "channel")}
    return {**facts, "then_lead": _lead_then(at, path)}


def open_cases(at: datetime) -> QuerySet[Complaint]:
    """The cases that had come in before the moment and had not ended by then."""
    # Its latest end lies well before the moment, and `reopened` would have emptied the column: ended then.
    perhaps = Complaint.objects.filter(received_at__lt=at).filter(
        Q(closed_at__isnull=True) | Q(closed_at__gte=at - CLOCK_TOLERANCE)
    )
    return perhaps.annotate(last_turn=last_turn(at, OuterRef("pk"))).filter(
        Q(last_event_at__lt=at, state__in=OPEN) | (Q(last_event_at__gte=at) & ~Q(last_turn__in=ENDING))
    )


def last_turn(at: datetime, case: OuterRef) -> Coalesce:
    """The kind of the last event before `at` that ended a case or took it up again; "" if there was none."""
    return latest_turn(Q(at__lt=at), case)


def latest_turn(before: Q, case: OuterRef) -> Coalesce:
    """As `last_turn`, among the events for which `before` holds."""
    turns = CaseEvent.objects.filter(before, complaint=case, kind__in=(*ENDING, "reopened"))
    return Coalesce(Subquery(turns.order_by("-at", "-id").values("kind")[:1]), Value(""))


def earlier() -> Q:
    """The events that stand before the outer one on a timeline: two verbs may carry the same moment."""
    return Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), id__lt=OuterRef("id"))


def first_of_its_kind(*same: str) -> Any:
    """A condition on events: none of the same kind came before it on the case with the same `same` fields."""
    matching = {name: OuterRef(name) for name in same}
    same_kind = CaseEvent.objects.filter(
        complaint=OuterRef("complaint_id"), kind=OuterRef("kind"), **matching
    )
    return ~Exists(same_kind.filter(earlier()))


def said(*keys: str) -> Coalesce:
    """What an event's data says under the first of the keys that is there, as text; "" under none."""
    return Coalesce(*(KT(key) for key in keys), Value(""), output_field=CharField())


def _case(path: str) -> OuterRef:
    return OuterRef(f"{path}_id" if path else "pk")


def _column(path: str, name: str) -> str:
    return f"{path}__{name}" if path else name


def _as_it_was(at: datetime, path: str, column: str, from_events: Any, output_field: Any = None) -> Case:
    unchanged = Q(**{_column(path, "last_event_at") + "__lt": at})
    return Case(
        When(unchanged, then=F(_column(path, column))), default=from_events, output_field=output_field
    )


def _fact_then(name: str, at: datetime, path: str) -> Case:
    # A case received before the moment but written down after it is counted as it was written down.
    told = CaseEvent.objects.filter(complaint=_case(path), **{f"data__facts__{name}__isnull": False}).filter(
        Q(at__lt=at) | Q(kind="recorded")
    )
    latest = Subquery(told.order_by("-at", "-id").values(said=KT(f"data__facts__{name}"))[:1])
    return _as_it_was(at, path, name, Coalesce(latest, Value(""), output_field=CharField()), CharField())


def _lead_then(at: datetime, path: str) -> Case:
    sent = Q(kind__in=("dispatched", "withdrawn"), data__part="lead") | Q(kind="returned")
    turns = CaseEvent.objects.filter(sent, complaint=_case(path), at__lt=at).order_by("-at", "-id")
    leads = Case(When(kind="dispatched", then=F("department_id")), default=None)
    return _as_it_was(at, path, "lead_department_id", Subquery(turns.values(lead=leads)[:1]))


def grouped(
    rows: QuerySet, at: datetime, path: str = "", *also: str, **counts: Any
) -> Sequence[dict[str, Any]]:
    """Rows counted by all dimensions at once (and by the columns `also`): one pass over the table for every
    breakdown there is. The result is as long as there are combinations, not as there are cases."""
    names = [f"then_{name}" for name in DIMENSIONS]
    return rows.order_by().annotate(**dimensions(at, path)).values(*names, *also).annotate(**counts)
