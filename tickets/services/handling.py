"""The work on a ticket, up to its result."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints import values
from complaints.files import Prepared
from complaints.files.keeping import stored
from complaints.forms import HandedIn
from complaints.models import State
from complaints.rights import check_right, role_to
from complaints.states import check_state
from complaints.timeline import record
from organizations.actors import Actor, actor_for
from organizations.errors import Refused
from organizations.models import User
from organizations.text import normalise
from policies.engine.frozen import EMPTY
from policies.selectors import policy_of
from tickets import messages
from tickets.models import Ticket
from tickets.services.dispatching import lock_ticket


def _check_in_hand(ticket: Ticket) -> None:
    if ticket.state == Ticket.State.DISPATCHED:
        raise Refused(_("Sign for the ticket first."))
    if ticket.state != Ticket.State.SIGNED:
        raise Refused(_("This ticket is at “%(state)s”.") % {"state": ticket.get_state_display()})


@transaction.atomic
def assign(
    *,
    actor: Actor,
    ticket: Ticket,
    handler: User,
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Ticket:
    """Hand a signed ticket to a person of the department."""
    case, ticket = lock_ticket(ticket, revision)
    role = check_right(actor, "assign", ticket.department_id)
    check_state(case, "work")
    _check_in_hand(ticket)
    other = actor_for(handler, actor.organization, actor.directory)
    if other is None or not role_to(other, "work", ticket.department_id):
        raise Refused(
            _("%(person)s does not work in this department.") % {"person": handler}, field="handler"
        )
    ticket.handler = handler
    ticket.save(update_fields=["handler"])
    record(
        case,
        kind="assigned",
        actor=actor,
        now=now,
        role=role,
        department=ticket.department,
        ticket_ref=ticket.pk,
        data={"ticket": ticket.number, "handler": handler.pk, "name": str(handler)},
        forms=forms,
    )
    messages.tell_assigned(case, ticket, now)
    return ticket


def record_work(
    *,
    actor: Actor,
    ticket: Ticket,
    note: str,
    files: Sequence[Prepared] = (),
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Ticket:
    """Write down what was done, with photos of it. Files that the case has already are not kept twice."""
    with stored(actor.organization, files) as batch, transaction.atomic():
        case, ticket = lock_ticket(ticket, revision)
        role = check_right(actor, "work", ticket.department_id)
        check_state(case, "work")
        _check_in_hand(ticket)
        if not normalise(note):
            raise Refused(_("Write down what was done."), field="note")
        event = record(
            case,
            kind="worked",
            actor=actor,
            now=now,
            role=role,
            department=ticket.department,
            ticket_ref=ticket.pk,
            reason=normalise(note),
            data={"ticket": ticket.number, **batch.admit(case)},
            forms=forms,
        )
        batch.keep(event)
        return ticket


def file_result(
    *,
    actor: Actor,
    ticket: Ticket,
    result: str,
    cause: str = "",
    outcome: str = "",
    liability: str = "",
    files: Sequence[Prepared] = (),
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Ticket:
    """File the result of a ticket. The leading department's result makes the case handled; a helper's is its
    part of it. Outcome and liability are the lead's to propose, from the pack's lists."""
    with stored(actor.organization, files) as batch, transaction.atomic():
        case, ticket = lock_ticket(ticket, revision)
        role = check_right(actor, "file_result", ticket.department_id)
        check_state(case, "file_result")
        _check_in_hand(ticket)
        if not normalise(result):
            raise Refused(_("Write down the result."), field="result")
        leads = ticket.part == Ticket.Part.LEAD
        proposed = (
            {"outcome": outcome or case.outcome, "liability": liability or case.liability} if leads else {}
        )
        changes = values.clean_case(policy_of(case.policy_id), proposed)
        ticket.state, ticket.done_at, ticket.done_by = Ticket.State.DONE, now, actor.user
        ticket.result, ticket.cause = normalise(result), normalise(cause)
        ticket.save(update_fields=["state", "done_at", "done_by", "result", "cause"])
        event = record(
            case,
            kind="handled" if leads else "part_handled",
            actor=actor,
            now=now,
            role=role,
            department=ticket.department,
            ticket_ref=ticket.pk,
            reason=ticket.result,
            changes={**changes, "state": State.HANDLED} if leads else {},
            facts={"cause": ticket.cause} if leads and ticket.cause else {},
            data={"ticket": ticket.number, "cause": ticket.cause, **batch.admit(case)},
            forms=forms,
        )
        batch.keep(event)
        messages.tell_handled(actor.directory, case, ticket, now)
        return ticket
