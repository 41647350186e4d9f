"""Deadlines that move although nothing happened on the case: the calendar was corrected."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from complaints.course import events_of
from complaints.deadlines import differences, identity, planned_rows
from complaints.models import Complaint, Deadline
from complaints.timeline import lock, record
from organizations.models import Organization

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline whose due time the new calendar has changed. Times are UTC."""

    number: str
    duty: str
    ticket_ref: int
    before: datetime | None
    after: datetime | None


def replan_open_cases(
    *, organization: Organization, now: datetime, since: datetime | None = None, reason: str = ""
) -> list[Moved]:
    """Compute the deadlines again after a correction of the calendar; returns those whose due time moved.

    To be called after `policies.services.correct_calendar`, inside the organization's scope. Looks at cases
    with a running deadline and at those with one due at or after `since` (now, if not given: pass the
    corrected day when it lies in the past). Each case whose plan changes gets a note on its timeline, saying
    what moved, in a transaction of its own; an interrupted run is finished by calling it again.
    """
    moved: list[Moved] = []
    for pk in _cases(organization, since or now):
        moved += _replan(organization, pk, now, reason)
    return moved


def _cases(organization: Organization, since: datetime) -> Iterator[int]:
    """The ids of the cases to look at, in chunks: a reader held open over all of them would block SQLite."""
    running = Q(state__in=[Deadline.State.OPEN, Deadline.State.PAUSED])
    rows = Deadline.objects.filter(running | Q(due_at__gte=since), organization=organization)
    last = 0
    while chunk := list(
        rows.filter(complaint__gt=last)
        .order_by("complaint")
        .values_list("complaint_id", flat=True)
        .distinct()[:CHUNK]
    ):
        yield from chunk
        last = chunk[-1]


@transaction.atomic
def _replan(organization: Organization, pk: int, now: datetime, reason: str) -> list[Moved]:
    case = lock(Complaint(pk=pk))
    # The row was read with the organization as it is in the database; the calendar's revision must be new.
    case.organization = organization
    return replan_case(case, now, reason) or []


def replan_case(case: Complaint, now: datetime, reason: str = "") -> list[Moved] | None:
    """Compute the deadlines of a locked case again and note on its timeline what moved; None = no change."""
    wanted = planned_rows(case, events_of(case))
    changed = [
        row
        for row in Deadline.objects.filter(complaint=case)
        if identity(row) in wanted and differences(row, wanted[identity(row)])
    ]
    if not changed:
        return None
    moved = [
        Moved(case.number, row.duty, row.ticket_ref, row.due_at, wanted[identity(row)]["due_at"])
        for row in changed
        if row.due_at != wanted[identity(row)]["due_at"]
    ]
    record(
        case,
        kind="noted",
        actor=None,
        now=now,
        reason=reason or _("The working days were corrected; limits were computed again."),
        data={
            "calendar": case.organization.calendar_revision,
            "moved": [
                {"duty": one.duty, "ticket": one.ticket_ref, "from": one.before, "to": one.after}
                for one in moved
            ],
        },
    )
    return moved
