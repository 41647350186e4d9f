"""Supervision orders that nobody has answered by their time: people are reminded once."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction
from django_scopes import scopes_disabled

from complaints.models import Task
from complaints.orders import overdue_messages, people_to_answer
from escalation.together import for_each_organization
from notifications.services import Message, tell
from organizations.directory import Directory
from organizations.models import Organization
from policies.selectors import posts_of

BATCH_SIZE = 500


def remind_orders(now: datetime, organization: Organization | None = None) -> int:
    """Remind people of the orders whose time has passed; returns how many messages were written."""
    with scopes_disabled():
        rows = Task.objects.filter(state=Task.State.OPEN, due_at__lte=now, reminded_at=None)
        if organization is not None:
            rows = rows.filter(organization=organization)
        found = list(rows.order_by("due_at", "pk").values_list("organization_id", "pk")[:BATCH_SIZE])
    remind_some = partial(_remind_together, now=now)
    return for_each_organization(found, remind_some, "nobody could be reminded of order %s")


@transaction.atomic
def _remind_together(organization: Organization, ids: Sequence[int], now: datetime) -> int:
    rows = Task.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        pk__in=ids, state=Task.State.OPEN, reminded_at=None
    )
    tasks = list(rows.select_related("complaint", "issued_by").order_by("pk"))
    directory, posts = Directory(organization), posts_of(organization)
    messages: list[Message] = []
    for task in tasks:
        task.complaint.organization = organization
        messages += overdue_messages(task, people_to_answer(directory, posts, task))
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(reminded_at=now)
    return len(tell(organization, messages, now=now))
