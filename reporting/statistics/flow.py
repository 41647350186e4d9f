"""How many came in, what was done with them, and what was left at the end."""

from collections import Counter
from typing import Any

from django.db.models import Count, F, OuterRef, Q

from complaints.models import CaseEvent, Complaint
from reporting.periods import Period
from reporting.statistics.moment import ENDING, earlier, latest_turn, said

# figure: the events it counts, each as often as it happened in the period
EVENTS: dict[str, tuple[str, ...]] = {
    "accepted": ("accepted",),
    "explained": ("explained",),
    "rejected": ("rejected",),
    "dispatched": ("dispatched",),
    "signed": ("acknowledged",),
    "returned": ("returned", "helper_returned"),
    "handled": ("handled",),
    "told": ("told",),
    "closed": ("closed",),
    "ended": ENDING,
    "reopened": ("reopened",),
    "follow_ups": ("follow_up_done",),
    "attempts": ("follow_up_attempt",),
    "paused": ("paused",),
}
# kind of event: (list of its reasons, key of its data that holds one)
REASONS = {
    "rejected": ("accept_reasons", "reason"),
    "explained": ("accept_reasons", "reason"),
    "returned": ("return_reasons", "cause"),
    "helper_returned": ("return_reasons", "cause"),
}


def in_period(period: Period) -> Any:
    """The events that happened in the period, by the time they happened (not by that of writing them
    down)."""
    return CaseEvent.objects.filter(at__gte=period.start, at__lt=period.end).order_by()


def event_counts(period: Period) -> dict[str, int]:
    """How often each verb of EVENTS was carried out in the period. One query."""
    kinds = {kind for wanted in EVENTS.values() for kind in wanted}
    rows = in_period(period).filter(kind__in=kinds).values_list("kind").annotate(Count("pk"))
    times = dict(rows)
    return {figure: sum(times.get(kind, 0) for kind in wanted) for figure, wanted in EVENTS.items()}


def reasons(period: Period) -> dict[str, Counter[str]]:
    """Why cases were refused or explained and tickets returned: how often for each id of the pack. One
    query."""
    rows = (
        in_period(period)
        .filter(kind__in=REASONS)
        .annotate(because=said("data__reason", "data__cause"))
        .values_list("kind", "because")
        .annotate(Count("pk"))
    )
    found: dict[str, Counter[str]] = {kind: Counter() for kind in ("rejected", "explained", "returned")}
    for kind, because, times in rows:
        found["returned" if kind == "helper_returned" else kind][because] += times
    return found


def received(period: Period) -> Any:
    """The cases whose first contact lies in the period."""
    return Complaint.objects.filter(received_at__gte=period.start, received_at__lt=period.end)


def rounds(period: Period) -> dict[str, int]:
    """Cases taken up again: how many of them, and how many had ended before. One query."""
    reopened = in_period(period).filter(kind="reopened")
    ended = reopened.annotate(before=latest_turn(earlier(), OuterRef("complaint_id")))
    return ended.aggregate(
        reopened_cases=Count("complaint_id", distinct=True),
        reopened_after_end=Count("pk", filter=Q(before__in=ENDING)),
    )


def closed_by_round(period: Period) -> dict[int, int]:
    """Close-outs by the round in which they came. One query."""
    return dict(in_period(period).filter(kind="closed").values_list(F("round")).annotate(Count("pk")))
