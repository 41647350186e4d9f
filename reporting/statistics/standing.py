"""Where a deadline stood at a moment: kept, broken or not yet to be judged.

The same question is answered twice, for stored rows in SQL and for re-planned ones in Python. It rests on
three times that never change once they are known: met, void, and the pause that was running.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from complaints.models import Deadline
from policies.engine.deadlines import is_late
from reporting.periods import Period

IN_TIME = "in_time"  # met before its due time
LATE = "late"  # met afterwards, but before the period's end
MISSED = "missed"  # due, and not met by the period's end
PAUSED = "paused"  # the clock was stopped before the due time: not decided
VOID = "void"  # no longer needed before it was due: not counted
DECIDED = (IN_TIME, LATE, MISSED)


def due_in(period: Period) -> QuerySet[Deadline]:
    """The stored deadlines due in the period, with their `standing` at its end.

    A due time is an exclusive end: 24:00 of the last day belongs to that day, so it is start < due <= end.
    """
    rows = _with_ends(Deadline.objects.filter(started_at__lt=period.end))
    return rows.filter(due_at__gt=period.start, due_at__lte=period.end).annotate(
        standing=Case(
            When(void_at__lt=F("due_at"), then=Value(VOID)),
            When(paused_since__lt=F("due_at"), then=Value(PAUSED)),
            # As policies.engine.deadlines.is_late has it: a limit of length zero is kept in its own moment.
            When(Q(met_at__lt=F("due_at")) | Q(met_at=F("started_at")), then=Value(IN_TIME)),
            When(met_at__lt=period.end, then=Value(LATE)),
            default=Value(MISSED),
            output_field=CharField(),
        )
    )


def overdue_at(moment: datetime) -> QuerySet[Deadline]:
    """The stored deadlines that were running at the moment although their due time had come."""
    rows = _with_ends(Deadline.objects.filter(started_at__lt=moment, due_at__lte=moment))
    return (
        rows.filter(Q(met_at__isnull=True) | Q(met_at__gte=moment))
        .filter(Q(void_at__isnull=True) | Q(void_at__gte=moment))
        .filter(Q(paused_since__isnull=True) | Q(paused_since__gte=F("due_at")))
    )


def uncertain_at(moment: datetime) -> QuerySet[Deadline]:
    """The stored deadlines that do not tell how they stood at the moment: something has happened on their
    case since, they had not ended by then, and their due time is not the one they began with (or never was
    one)."""
    rows = _with_ends(
        Deadline.objects.filter(complaint__last_event_at__gte=moment, complaint__received_at__lt=moment)
    )
    moved = (
        Q(revision__gt=0)
        | Q(due_at__isnull=True)
        | Q(state=Deadline.State.PAUSED)
        | Q(basis__pauses__0__isnull=False)
    )
    return (
        rows.filter(moved)
        .filter(Q(met_at__isnull=True) | Q(met_at__gte=moment))
        .filter(Q(void_at__isnull=True) | Q(void_at__gte=moment))
    )


def standing_of(columns: Mapping[str, Any], period: Period) -> str | None:
    """The standing of a re-planned deadline; None if it is not due in the period.

    `columns` are those of `complaints.deadlines.planned_rows`, from the events before the period's end.
    """
    due = columns["due_at"]
    if due is None or not period.start < due <= period.end:
        return None
    if _is_before(void_at(columns), due):
        return VOID
    if _is_before(paused_since(columns), due):
        return PAUSED
    if columns["met_at"] is not None:
        return LATE if is_late(columns["started_at"], due, columns["met_at"]) else IN_TIME
    return MISSED


def is_overdue(columns: Mapping[str, Any], moment: datetime) -> bool:
    """Whether a re-planned deadline was running at the moment although its due time had come."""
    due = columns["due_at"]
    if due is None or due > moment or columns["state"] in (Deadline.State.MET, Deadline.State.VOID):
        return False
    return not _is_before(paused_since(columns), due)


def void_at(columns: Mapping[str, Any]) -> datetime | None:
    void = columns["basis"].get("void")
    return datetime.fromisoformat(void["at"]) if void else None


def paused_since(columns: Mapping[str, Any]) -> datetime | None:
    since = columns["basis"].get("paused_since")
    return datetime.fromisoformat(since) if since else None


def _is_before(moment: datetime | None, due: datetime) -> bool:
    return moment is not None and moment < due


def _with_ends(rows: QuerySet[Deadline]) -> QuerySet[Deadline]:
    """Annotates `void_at` and `paused_since`, read from the basis only where the state says they are
    there."""
    return rows.annotate(
        void_at=_time_in_basis(Deadline.State.VOID, "basis__void__at"),
        paused_since=_time_in_basis(Deadline.State.PAUSED, "basis__paused_since"),
    )


def _time_in_basis(state: str, key: str) -> Case:
    return Case(
        When(state=state, then=Cast(KT(key), DateTimeField())), default=None, output_field=DateTimeField()
    )
