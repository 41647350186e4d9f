"""Which deadlines are due, fairly between organizations.

The only reads of the sweep that look at all organizations at once; they see ids and nothing else.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django_scopes import scopes_disabled

from complaints.models import Deadline
from organizations.models import Organization

# One round takes at most so many batches of one organization before it looks again who else has come due, ...
BATCHES_EACH = 10
# ... and holds at most so many ids in memory.
ROUND_LIMIT = 40_000


@dataclass(frozen=True, slots=True)
class Due:
    """A due deadline, and the case whose lock covers it."""

    deadline_id: int
    complaint_id: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Due deadlines of one organization, oldest first, to be decided in one transaction."""

    organization_id: int
    rows: tuple[Due, ...]


def due_round(now: datetime, batch_size: int, organization: Organization | None = None) -> list[Batch]:
    """The batches of one round, a batch of each organization in turn; with `organization` only its own.

    One statement while little is due. When more than a batch is, a second one sees to it that a tenant with
    100,000 due rows does not hide the tenant with one.
    """
    with scopes_disabled():
        due = Deadline.objects.filter(next_fire_at__lte=now)
        if organization is not None:
            due = due.filter(organization=organization)
        rows = list(_oldest(due, batch_size + 1))
        if len(rows) > batch_size:
            rows = list(_oldest_of_each(due, batch_size * BATCHES_EACH))
    return list(_in_turn(rows, batch_size))


def _oldest(due: QuerySet[Deadline], limit: int) -> Iterable[tuple[int, int, int]]:
    """(organization, deadline, case) of the oldest due rows: an index probe when nothing is due."""
    rows = due.order_by("next_fire_at", "pk")
    return rows.values_list("organization_id", "pk", "complaint_id")[:limit]


def _oldest_of_each(due: QuerySet[Deadline], limit: int) -> Iterable[tuple[int, int, int]]:
    place = Window(
        RowNumber(), partition_by=F("organization_id"), order_by=[F("next_fire_at").asc(), F("pk").asc()]
    )
    rows = due.annotate(place=place).filter(place__lte=limit).order_by("place", "next_fire_at", "pk")
    return rows.values_list("organization_id", "pk", "complaint_id")[:ROUND_LIMIT]


def _in_turn(rows: list[tuple[int, int, int]], batch_size: int) -> Iterator[Batch]:
    by_organization: dict[int, list[Due]] = defaultdict(list)
    for organization_id, deadline_id, complaint_id in rows:
        by_organization[organization_id].append(Due(deadline_id, complaint_id))
    waiting = deque(by_organization.items())
    while waiting:
        organization_id, due = waiting.popleft()
        yield Batch(organization_id, tuple(due[:batch_size]))
        if rest := due[batch_size:]:
            waiting.append((organization_id, rest))
