"""How the limits were kept, what fired because of them, and how much more time was given."""

from collections import Counter

from django.db.models import Count, Q

from escalation.models import ExtensionRequest, Firing
from reporting.periods import Period
from reporting.statistics import standing
from reporting.statistics.replanning import Replanned

Tally = Counter[tuple[str, str, str]]  # duty, force, standing


def tally(period: Period, replanned: Replanned) -> Tally:
    """The limits due in the period by duty, must or should, and where they stood at its end. One query."""
    rows = replanned.left_out(standing.due_in(period), "complaint").order_by()
    found = Counter(replanned.duties)
    for duty, force, where, number in rows.values_list("duty", "force", "standing").annotate(Count("pk")):
        found[duty, force, where] += number
    return found


def firings(period: Period) -> Counter[tuple[str, str, int]]:
    """Warnings, breaches and escalations by (duty, kind, rung), by the rung's own time. One query.

    A rung fires at the first moment that no longer belongs to the limit: it is counted like a due time.
    """
    rows = Firing.objects.filter(due_at__gt=period.start, due_at__lte=period.end).order_by()
    counted = rows.values_list("duty", "kind", "rung").annotate(Count("pk"))
    return Counter({(duty, kind, rung): number for duty, kind, rung, number in counted})


def extensions(period: Period) -> dict[str, dict[str, int]]:
    """Requests for more time by duty: asked in the period, approved and refused in it. One query."""

    def within(column: str) -> Q:
        return Q(**{f"{column}__gte": period.start, f"{column}__lt": period.end})

    rows = (
        ExtensionRequest.objects.filter(within("asked_at") | within("decided_at"))
        .order_by()
        .values("deadline__duty")
        .annotate(
            asked=Count("pk", filter=within("asked_at")),
            approved=Count("pk", filter=within("decided_at") & Q(state=ExtensionRequest.State.APPROVED)),
            refused=Count("pk", filter=within("decided_at") & Q(state=ExtensionRequest.State.REFUSED)),
        )
    )
    return {
        row["deadline__duty"]: {name: row[name] for name in ("asked", "approved", "refused")} for row in rows
    }
