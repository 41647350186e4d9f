"""The desk calls a ticket back."""

from datetime import timedelta

import pytest

from complaints.models import Deadline, State
from escalation.audit import audit
from notifications.models import Notification
from organizations.errors import Refused
from tests.world import MONDAY, World, handled_case, sent_case
from tickets.models import Ticket
from tickets.services import dispatch, sign_for, withdraw_ticket
from web.queue import desk_tasks

LATER = MONDAY + timedelta(minutes=5)


def test_the_leading_ticket_puts_the_case_back_to_the_desk(world: World):
    company = world.property
    case, ticket = sent_case(company)
    with company.scope():
        sign_for(actor=company.actor("he"), ticket=ticket, now=MONDAY)
        lin = company.actor("lin")
        ticket = withdraw_ticket(actor=lin, ticket=ticket, reason="派错部门", now=LATER)
        case.refresh_from_db()
        assert (ticket.state, ticket.withdrawn_at) == (Ticket.State.WITHDRAWN, LATER)
        assert (case.state, case.lead_department) == (State.ACCEPTED, None)
        told = Notification.objects.filter(occasion="withdrawn").order_by("user__username")
        assert [row.user.username for row in told] == ["he", "sun"]
        assert not Deadline.objects.filter(complaint=case, ticket_ref=ticket.pk, state="open").exists()
        # No limit of the standard rules begins with it; the desk sees it all the same.
        assert [(task.kind, task.case) for task in desk_tasks(lin, LATER)] == [("dispatch", case)]
        dispatch(actor=lin, complaint=case, lead=company.departments["lifts"], now=LATER)
        assert list(audit(company.organization)) == []


def test_a_helper_s_ticket_leaves_the_lead_where_it_is(world: World):
    company = world.property
    case, ticket = sent_case(company)
    with company.scope():
        lin = company.actor("lin")
        (helper,) = dispatch(
            actor=lin,
            complaint=case,
            lead=company.departments["works"],
            helpers=[company.departments["cleaning"]],
            now=MONDAY,
        )
        withdraw_ticket(actor=lin, ticket=helper, reason="不需要了", now=LATER)
        case.refresh_from_db()
        assert (case.state, case.lead_department) == (State.DISPATCHED, company.departments["works"])
        assert Ticket.objects.get(pk=ticket.pk).is_open


def test_what_is_done_is_not_called_back(world: World):
    company = world.property
    _case, ticket = handled_case(company)
    with company.scope(), pytest.raises(Refused):
        withdraw_ticket(actor=company.actor("lin"), ticket=ticket, reason="派错部门", now=LATER)
