"""A case's way to a department, and back if it does not belong there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.forms import HandedIn, apart
from complaints.models import Complaint, State
from complaints.numbers import next_number
from complaints.rights import check_right
from complaints.services import Intake, accept, register
from complaints.states import check_state
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.errors import Refused
from organizations.models import Department
from organizations.text import normalise
from policies.engine.frozen import EMPTY
from policies.selectors import compiled, current_version, options, policy_of
from tickets import messages
from tickets.models import Ticket
from tickets.proposing import also_told


@transaction.atomic
def dispatch(
    *,
    actor: Actor,
    complaint: Complaint,
    lead: Department,
    helpers: Sequence[Department] = (),
    instructions: str = "",
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> list[Ticket]:
    """Send a case to one leading department and any number of helping ones.

    May be used again to add helpers, or to name a new lead after the old one returned its ticket. Returns the
    new tickets, the leading one first. One `dispatched` event for each ticket: each starts its own receipt
    duty. Refused while another department leads, or if a department has an open ticket already.
    """
    case = lock(complaint, revision)
    role = check_right(actor, "dispatch", case.desk_id)
    check_state(case, "dispatch")
    departments = _departments(actor, lead, helpers)
    tickets = [
        _ticket(case, department, part, normalise(instructions), now)
        for department, part in _parts(case, departments)
    ]
    for ticket in tickets:
        _record_dispatch(case, ticket, actor, role, now, forms)
    messages.tell_dispatched(actor.directory, case, tickets, now)
    if tickets[0].part == Ticket.Part.LEAD:
        messages.tell_also(case, also_told(case, directory=actor.directory, now=now), now)
    return tickets


def _departments(actor: Actor, lead: Department, helpers: Sequence[Department]) -> list[Department]:
    chosen = [lead, *helpers]
    if len({row.pk for row in chosen}) < len(chosen):
        raise Refused(_("A department can be chosen only once."), field="helpers")
    for row in chosen:
        known = actor.directory.departments.get(row.pk)
        if known is None or not known.is_active:
            raise Refused(_("Choose a department from the list."), field="lead")
    return chosen


def _parts(case: Complaint, departments: list[Department]) -> list[tuple[Department, Ticket.Part]]:
    """Who leads and who helps; a lead that is already in place stays and is not sent to again."""
    in_place = {row.department_id: row for row in _open_tickets(case)}
    lead, *helpers = departments
    leader = next((row for row in in_place.values() if row.part == Ticket.Part.LEAD), None)
    if leader and leader.department_id != lead.pk:
        raise Refused(
            _("%(department)s leads this case already.") % {"department": leader.department.name},
            field="lead",
        )
    if not leader and lead.pk in in_place:
        raise Refused(_("%(department)s has an open ticket.") % {"department": lead.name}, field="lead")
    for row in helpers:
        if row.pk in in_place:
            raise Refused(_("%(department)s has an open ticket.") % {"department": row.name}, field="helpers")
    if leader and not helpers:
        raise Refused(_("%(department)s leads this case already.") % {"department": lead.name}, field="lead")
    parts = [] if leader else [(lead, Ticket.Part.LEAD)]
    return [*parts, *((row, Ticket.Part.HELPER) for row in helpers)]


def _open_tickets(case: Complaint) -> list[Ticket]:
    states = (Ticket.State.DISPATCHED, Ticket.State.SIGNED)
    return list(Ticket.objects.filter(complaint=case, state__in=states).select_related("department"))


def _ticket(
    case: Complaint, department: Department, part: Ticket.Part, instructions: str, now: datetime
) -> Ticket:
    return Ticket.objects.create(
        organization=case.organization,
        complaint=case,
        number=next_number(case.organization, "GD", now),
        round=case.round,
        department=department,
        part=part,
        instructions=instructions,
        dispatched_at=now,
    )


def _record_dispatch(
    case: Complaint, ticket: Ticket, actor: Actor, role: str, now: datetime, forms: HandedIn
) -> None:
    changes: dict[str, object] = {}
    if ticket.part == Ticket.Part.LEAD:
        changes = {"lead_department": ticket.department, "state": State.DISPATCHED}
    record(
        case,
        kind="dispatched",
        actor=actor,
        now=now,
        role=role,
        department=ticket.department,
        ticket_ref=ticket.pk,
        reason=ticket.instructions,
        changes=changes,
        data={"ticket": ticket.number, "part": ticket.part},
        forms=forms,
    )


@transaction.atomic
def log_call(
    *,
    actor: Actor,
    intake: Intake,
    now: datetime,
    accept_reason: str = "",
    lead: Department | None = None,
    helpers: Sequence[Department] = (),
    instructions: str = "",
) -> Complaint:
    """What the desk does while the caller is on the phone: register, accept and, if a department is chosen,
    dispatch, all or nothing. `intake.forms` may be forms of any of these. The same `intake.request_key` again
    changes nothing."""
    policy = compiled(current_version(actor.organization))
    accepting, sending, first = apart(policy, intake.forms, "accepted", "dispatched")
    case = register(actor=actor, intake=replace(intake, forms=first), now=now)
    if case.state != State.RECORDED:
        return case
    case = accept(actor=actor, complaint=case, now=now, reason=accept_reason, forms=accepting)
    if lead is not None:
        dispatch(
            actor=actor,
            complaint=case,
            lead=lead,
            helpers=helpers,
            instructions=instructions,
            forms=sending,
            now=now,
        )
        case.refresh_from_db()
    return case


@transaction.atomic
def sign_for(
    *,
    actor: Actor,
    ticket: Ticket,
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Ticket:
    """Sign for a ticket: from now on the department has it. Refused if somebody has signed or returned it."""
    case, ticket = lock_ticket(ticket, revision)
    role = check_right(actor, "sign_for", ticket.department_id)
    check_state(case, "sign_for")
    if ticket.state != Ticket.State.DISPATCHED:
        raise Refused(already(ticket))
    ticket.state, ticket.signed_at, ticket.signed_by = Ticket.State.SIGNED, now, actor.user
    ticket.handler = actor.user
    ticket.save(update_fields=["state", "signed_at", "signed_by", "handler"])
    leads = ticket.part == Ticket.Part.LEAD and case.state == State.DISPATCHED
    record(
        case,
        kind="acknowledged",
        actor=actor,
        now=now,
        role=role,
        department=ticket.department,
        ticket_ref=ticket.pk,
        changes={"state": State.IN_HAND} if leads else {},
        data={"ticket": ticket.number},
        forms=forms,
    )
    return ticket


def already(ticket: Ticket) -> str:
    """Why nothing can be done with a ticket as it stands."""
    if ticket.state == Ticket.State.SIGNED and ticket.signed_by:
        return _("%(person)s has signed for this ticket already.") % {"person": ticket.signed_by}
    return _("This ticket is at “%(state)s”.") % {"state": ticket.get_state_display()}


@transaction.atomic
def return_ticket(
    *,
    actor: Actor,
    ticket: Ticket,
    cause: str,
    reason: str,
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Ticket:
    """Send a ticket back to the desk, for a cause of the pack's list and with a reason in words.

    A returned lead puts the case back to the desk, whose dispatch limit starts again.
    """
    case, ticket = lock_ticket(ticket, revision)
    role = check_right(actor, "return", ticket.department_id)
    check_state(case, "return")
    if not ticket.is_open:
        raise Refused(already(ticket))
    causes = dict(options(policy_of(case.policy_id), "return_reasons"))
    if causes and cause not in causes:
        raise Refused(_("Choose a reason from the list."), field="cause")
    if not normalise(reason):
        raise Refused(_("Say why the ticket is returned."), field="reason")
    ticket.state, ticket.returned_at = Ticket.State.RETURNED, now
    ticket.save(update_fields=["state", "returned_at"])
    leads = ticket.part == Ticket.Part.LEAD
    record(
        case,
        kind="returned" if leads else "helper_returned",
        actor=actor,
        now=now,
        role=role,
        department=ticket.department,
        ticket_ref=ticket.pk,
        reason=normalise(reason),
        changes={"state": State.ACCEPTED, "lead_department": None} if leads else {},
        data={"ticket": ticket.number, "cause": cause},
        forms=forms,
    )
    messages.tell_returned(actor.directory, case, ticket, normalise(reason), now)
    return ticket


def lock_ticket(ticket: Ticket, revision: int | None) -> tuple[Complaint, Ticket]:
    """The case, locked, and the ticket as it is now. The case's lock covers all of its tickets."""
    case = lock(ticket.complaint, revision)
    return case, Ticket.objects.select_related("department", "signed_by").get(pk=ticket.pk)
