"""Reads of supervision orders (督办单), those of the rules and those that people have issued."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from complaints.models import Task
from escalation.selectors import in_part
from organizations.actors import MANAGER_ROLES, Actor
from organizations.models import Role
from tickets.access import of_visible_case

READERS = (Role.DEPT_HEAD, *MANAGER_ROLES)
OPEN, OVERDUE, ANSWERED = "open", "overdue", "answered"
PEOPLE, RULES = "people", "rules"


def may_read_orders(actor: Actor) -> bool:
    """Whoever has to answer orders, or may issue them."""
    return actor.has(*READERS)


def orders(actor: Actor) -> QuerySet[Task]:
    """All supervision orders in the actor's part of the tree, and those the actor has issued."""
    rows = Task.objects.filter(organization=actor.organization, kind=Task.Kind.ORDER).exclude(number="")
    # No condition means everything, and would be lost in an OR.
    if part := in_part(actor, "department", "complaint__desk"):
        rows = rows.filter(part | Q(of_visible_case(actor), issued_by=actor.user))
    return rows.select_related(
        "complaint", "complaint__organization", "department", "issued_by", "settled_by"
    )


def narrowed(
    rows: QuerySet[Task],
    *,
    state: str = "",
    source: str = "",
    departments: Iterable[int] | None = None,
    now: datetime,
) -> QuerySet[Task]:
    """Orders that are open, overdue or answered; of people or of rules; to some departments."""
    if state == OPEN:
        rows = rows.filter(state=Task.State.OPEN)
    elif state == OVERDUE:
        rows = rows.filter(state=Task.State.OPEN, due_at__lte=now)
    elif state == ANSWERED:
        rows = rows.exclude(state=Task.State.OPEN)
    if source:
        rows = rows.filter(issued_by__isnull=source == RULES)
    return rows if departments is None else rows.filter(department__in=departments)
