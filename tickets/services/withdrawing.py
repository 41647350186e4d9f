"""Tickets that are called back: one by the desk, all open ones of a case that ends."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.forms import HandedIn
from complaints.models import Complaint, State
from complaints.rights import check_right
from complaints.states import check_state
from complaints.timeline import record
from organizations.actors import Actor
from organizations.directory import Directory
from organizations.errors import Refused
from organizations.text import normalise
from policies.engine.frozen import EMPTY
from tickets import messages
from tickets.models import Ticket
from tickets.services.dispatching import already, lock_ticket


@transaction.atomic
def withdraw_ticket(
    *,
    actor: Actor,
    ticket: Ticket,
    reason: str,
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Ticket:
    """The desk calls a ticket back, with a reason. The leading one puts the case back to the desk."""
    case, ticket = lock_ticket(ticket, revision)
    role = check_right(actor, "withdraw", case.desk_id)
    check_state(case, "withdraw")
    if not ticket.is_open:
        raise Refused(already(ticket))
    if not normalise(reason):
        raise Refused(_("Say why the ticket is withdrawn."), field="reason")
    ticket.state, ticket.withdrawn_at = Ticket.State.WITHDRAWN, now
    ticket.save(update_fields=["state", "withdrawn_at"])
    leads = ticket.part == Ticket.Part.LEAD
    record(
        case,
        kind="withdrawn",
        actor=actor,
        now=now,
        role=role,
        department=ticket.department,
        ticket_ref=ticket.pk,
        reason=normalise(reason),
        changes={"state": State.ACCEPTED, "lead_department": None} if leads else {},
        data={"ticket": ticket.number, "part": ticket.part},
        forms=forms,
    )
    messages.tell_withdrawn(actor.directory, case, [ticket], normalise(reason), now)
    return ticket


def withdraw_open(case: Complaint, now: datetime, directory: Directory | None = None, **_more: Any) -> None:
    """Withdraw what is still open of a case that has ended: nobody works on it any more. Listens to
    complaints.signals.case_ended."""
    open_ = (Ticket.State.DISPATCHED, Ticket.State.SIGNED)
    tickets = list(Ticket.objects.filter(complaint=case, state__in=open_).select_related("department"))
    if not tickets:
        return
    Ticket.objects.filter(pk__in=[row.pk for row in tickets]).update(
        state=Ticket.State.WITHDRAWN, withdrawn_at=now
    )
    messages.tell_withdrawn(directory or Directory(case.organization), case, tickets, "", now)
