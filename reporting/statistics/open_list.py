"""The cases that were open at the period's end, the longest overdue first."""

import heapq

from django.db.models import F, OuterRef, Subquery

from reporting.periods import Period
from reporting.statistics import standing
from reporting.statistics.moment import dimensions, open_cases
from reporting.statistics.replanning import LAST, OpenCase, Replanned
from reporting.statistics.veiling import veiled


def open_list(period: Period, replanned: Replanned, cap: int) -> list[OpenCase]:
    """At most `cap` of them: those with a passed must-limit by its due time, then the others by their age.
    One query."""
    broken = standing.overdue_at(period.end).filter(complaint=OuterRef("pk"), force="must")
    first = broken.order_by("due_at", "duty")
    cases = replanned.left_out(open_cases(period.end), "pk").annotate(
        first_due=Subquery(first.values("due_at")[:1]),
        first_duty=Subquery(first.values("duty")[:1]),
        **dimensions(period.end),
    )
    rows = cases.order_by(F("first_due").asc(nulls_last=True), "received_at", "pk").values_list(
        "first_due",
        "received_at",
        "pk",
        "number",
        "subject",
        "complainant_name",
        "then_tier",
        "then_lead",
        "first_duty",
    )[:cap]
    stored = [
        OpenCase(due or LAST, came, pk, number, veiled(subject, name), tier, lead, duty or "")
        for due, came, pk, number, subject, name, tier, lead, duty in rows
    ]
    return heapq.nsmallest(cap, [*stored, *replanned.listed])
