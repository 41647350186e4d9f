"""A case in each state, brought there by the verbs, and the deadlines it has then."""

from datetime import datetime, timedelta

from complaints import services
from complaints.models import CaseEvent, Complaint, Deadline, State
from tests.world import MONDAY, Company, handled_case, intake, new_case, sent_case
from tickets.models import Ticket
from tickets.services import sign_for

LATER = MONDAY + timedelta(minutes=5)


def case_in(company: Company, state: str) -> Complaint:
    """A new case of the property company at this state, everything at MONDAY. Its department is works."""
    desk = company.actor("lin")
    with company.scope():
        if state in (State.RECORDED, State.EXPLAINED, State.REJECTED):
            case = services.register(actor=desk, intake=intake(), now=MONDAY)
            if state == State.EXPLAINED:
                case = services.explain_only(
                    actor=desk, complaint=case, reason="explained_ok", note="已解释", now=MONDAY
                )
            if state == State.REJECTED:
                case = services.reject(actor=desk, complaint=case, reason="not_ours", now=MONDAY)
        elif state == State.ACCEPTED:
            case = new_case(company)
        elif state in (State.DISPATCHED, State.IN_HAND):
            case, ticket = sent_case(company)
            if state == State.IN_HAND:
                sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
        else:
            case = _after_the_result(company, state)
        case.refresh_from_db()
    assert case.state == state
    return case


def _after_the_result(company: Company, state: str) -> Complaint:
    desk = company.actor("lin")
    case, _ticket = handled_case(company)
    if state in (State.TOLD, State.FOLLOWED_UP, State.CLOSED):
        case = services.tell(actor=desk, complaint=case, summary="已告知", now=MONDAY)
    if state in (State.FOLLOWED_UP, State.CLOSED):
        case = services.follow_up(
            actor=desk, complaint=case, reached=True, solved=True, satisfaction="satisfied", now=MONDAY
        )
    if state == State.CLOSED:
        case = services.close(actor=desk, complaint=case, now=MONDAY)
    return case


def ticket_of(case: Complaint) -> Ticket:
    return Ticket._base_manager.select_related("complaint").filter(complaint=case).latest("pk")


def deadline(case: Complaint, duty: str, *, round: int = 1, occurrence: int | None = None) -> Deadline:
    """The deadline of a duty; the last one if there are several."""
    rows = Deadline._base_manager.filter(complaint=case, duty=duty, round=round)
    if occurrence is not None:
        rows = rows.filter(occurrence=occurrence)
    return rows.order_by("occurrence", "ticket_ref").last()


def last_event(case: Complaint) -> CaseEvent:
    return CaseEvent._base_manager.filter(complaint=case).latest("pk")


def times(row: Deadline) -> tuple[str, datetime | None, datetime | None]:
    return row.state, row.due_at, row.met_at
