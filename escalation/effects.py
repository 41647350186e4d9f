"""The other half of the sweep: triggers whose hour has come, and telling people what triggers did."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from complaints.deadlines import PendingRung
from complaints.models import Complaint, Deadline, Effect, Task
from complaints.timeline import catch_up, lock
from escalation.recipients import Addressees, load_hands
from escalation.together import for_each_organization
from notifications.services import Message, tell
from notifications.wording import worded
from organizations.directory import Directory
from organizations.models import Organization, Role, User
from policies.engine.schema import Policy
from policies.readable import phrases
from policies.selectors import policy_of, posts_of, trigger_title
from tickets.models import Ticket

logger = logging.getLogger(__name__)

BATCH_SIZE = 500
# A case whose rules cannot be carried out is looked at again after this.
DELAY = timedelta(minutes=15)


class Waiting(NamedTuple):
    """What there is to do besides the limits: on cases, to tell of effects, to remind of orders."""

    due: bool
    untold: bool
    unanswered: bool


def waiting(now: datetime, organization: Organization | None = None) -> Waiting:
    """Whether a case has something to be carried out by `now`, whether somebody is to be told something, and
    whether the time of a supervision order has passed.

    One statement of three index probes, for all organizations or for one: the price of having nothing to do.
    """
    of_one = " AND organization_id = %s" if organization else ""
    cases, effects, tasks = (model._meta.db_table for model in (Complaint, Effect, Task))
    sql = (  # names from this file only; the words of the partial indexes, which are found by nothing else
        f"SELECT EXISTS (SELECT 1 FROM {cases} WHERE next_effect_at <= %s{of_one}),"  # noqa: S608
        f" EXISTS (SELECT 1 FROM {effects} WHERE told_at IS NULL{of_one}),"
        f" EXISTS (SELECT 1 FROM {tasks} WHERE state = 'open' AND reminded_at IS NULL"
        f" AND due_at <= %s{of_one})"
    )
    at = connection.ops.adapt_datetimefield_value(now)
    own = [organization.pk] if organization else []
    with connection.cursor() as cursor:
        cursor.execute(sql, [at, *own, *own, at, *own])
        return Waiting(*map(bool, cursor.fetchone()))


def carry_out_due(now: datetime, organization: Organization | None = None) -> int:
    """Carry out what has come due on cases by the passing of time; returns how many cases were looked at.

    A case at a time, each in its transaction. One that raises is put back and holds up nobody.
    """
    with scopes_disabled():
        due = Complaint.objects.filter(next_effect_at__lte=now)
        if organization is not None:
            due = due.filter(organization=organization)
        rows = due.order_by("next_effect_at", "pk").values_list("organization_id", "pk")
        found = list(rows[:BATCH_SIZE])
    organizations = Organization.objects.in_bulk({organization_id for organization_id, _pk in found})
    for organization_id, pk in found:
        with scope(organization=organizations[organization_id]):
            _carry_out(pk, now)
    return len(found)


def _carry_out(pk: int, now: datetime) -> None:
    try:
        with transaction.atomic():
            case = lock(Complaint(pk=pk))
            if case.next_effect_at is not None and case.next_effect_at <= now:
                catch_up(case, now)
    except Exception:
        if not connection.is_usable():
            raise
        logger.exception("the rules of case %s could not be carried out", pk)
        Complaint.objects.filter(pk=pk).update(next_effect_at=now + DELAY)


def tell_effects(now: datetime, organization: Organization | None = None) -> int:
    """Tell people what triggers have brought about for them; returns how many messages were written."""
    with scopes_disabled():
        rows = Effect.objects.filter(told_at=None)
        if organization is not None:
            rows = rows.filter(organization=organization)
        found = list(rows.order_by("pk").values_list("organization_id", "pk")[:BATCH_SIZE])
    tell_some = partial(_tell_together, now=now)
    return for_each_organization(found, tell_some, "nobody could be told of effect %s")


@transaction.atomic
def _tell_together(organization: Organization, ids: Sequence[int], now: datetime) -> int:
    effects = list(
        Effect.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk__in=ids, told_at=None)
        .select_related("complaint")
        .order_by("pk")
    )
    directory, posts = Directory(organization), posts_of(organization)
    hands = load_hands([effect.complaint_id for effect in effects])
    tickets = Ticket.objects.filter(pk__in={effect.ticket_ref for effect in effects if effect.ticket_ref})
    departments = dict(tickets.values_list("pk", "department_id"))
    messages: list[Message] = []
    for effect in effects:
        effect.complaint.organization = organization
        policy = policy_of(effect.complaint.policy_id)
        addressees = Addressees(directory, posts, policy, effect.complaint, hands)
        messages += _messages(policy, effect, _people(addressees, effect, departments))
    Effect.objects.filter(pk__in=[effect.pk for effect in effects]).update(told_at=now)
    return len(tell(organization, messages, now=now))


def _people(addressees: Addressees, effect: Effect, departments: Mapping[int, int]) -> list[User]:
    """Whom an effect addresses, as if it were a rung of a limit of the ticket's department (`departments`, by
    ticket), else of the department that leads the case."""
    case = effect.complaint
    place = Deadline(
        organization=case.organization,
        complaint=case,
        owner_role=Role.DEPT_HEAD,
        ticket_ref=effect.ticket_ref,
        department_id=departments.get(effect.ticket_ref) or case.lead_department_id or case.desk_id,
        ladder=[],
    )
    return addressees.of(place, PendingRung(0, 0, "effect", effect.at, tuple(effect.to)))


def _messages(policy: Policy, effect: Effect, people: Iterable[User]) -> list[Message]:
    case = effect.complaint
    return [
        Message(
            user=user,
            key=f"effect:{effect.pk}",
            occasion="effect",
            title=title,
            body=body,
            url=case.get_absolute_url(),
            case=case,
        )
        for user, (title, body) in worded(people, lambda: (_title(policy, effect), _body(policy, effect)))
    ]


def _title(policy: Policy, effect: Effect) -> str:
    case = effect.complaint
    return _("%(number)s: %(rule)s: %(subject)s") % {
        "number": case.number,
        "rule": trigger_title(policy, effect.source) or phrases.actions(policy, effect.actions),
        "subject": case.subject,
    }


def _body(policy: Policy, effect: Effect) -> str:
    case = effect.complaint
    lines = [_("Case: %(number)s %(subject)s") % {"number": case.number, "subject": case.subject}]
    lines.append(_("By the rules: %(actions)s") % {"actions": phrases.actions(policy, effect.actions)})
    return "\n".join(lines)
