"""Who is told what when a ticket moves. Each runs inside the transaction of the move."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from complaints.models import Complaint
from complaints.texts import facts_for_texts, text_for
from notifications.services import Message, tell
from notifications.wording import worded
from organizations.actors import DESK_ROLES
from organizations.directory import Directory
from organizations.models import Role, User
from tickets.models import Ticket


def workers(directory: Directory, department_id: int) -> list[User]:
    """Who is responsible for a department's tickets: its head, or the nearest one above."""
    return directory.holders(Role.DEPT_HEAD, department_id) or directory.holders(
        Role.DEPT_MANAGER, department_id
    )


def desk_people(directory: Directory, case: Complaint) -> list[User]:
    """Who looks after a case at the desk: who recorded it if still there, otherwise the whole desk."""
    people = [user for role in DESK_ROLES for user in directory.holders(role, case.desk_id)]
    mine = [user for user in people if user.pk == case.recorded_by_id]
    return mine or list(dict.fromkeys(people))


def tell_dispatched(directory: Directory, case: Complaint, tickets: Iterable[Ticket], now: datetime) -> None:
    facts = facts_for_texts([case], ["dispatched"]).get(case.pk, {})
    messages: list[Message] = []
    for ticket in tickets:
        people = workers(directory, ticket.department_id)
        messages += _messages(
            case,
            people,
            f"dispatched:{ticket.pk}",
            "dispatched",
            lambda: _("New ticket %(number)s: %(subject)s"),
            {"number": ticket.number, "subject": case.subject},
            facts=facts,
            instructions=ticket.instructions,
            **_of(ticket),
        )
    tell(case.organization, messages, now=now)


def tell_also(case: Complaint, people: Iterable[User], now: datetime) -> None:
    """Tell those whom the rules want to know where a case was sent."""
    lead = case.lead_department
    messages = _messages(
        case,
        people,
        f"sent:{case.pk}:{case.round}",
        "sent",
        lambda: _("%(number)s %(subject)s was sent to %(department)s"),
        {"number": case.number, "subject": case.subject, "department": lead.name if lead else "—"},
        department=lead.name if lead else "",
    )
    tell(case.organization, messages, now=now)


def tell_returned(directory: Directory, case: Complaint, ticket: Ticket, reason: str, now: datetime) -> None:
    messages = _messages(
        case,
        desk_people(directory, case),
        f"returned:{ticket.pk}",
        "returned",
        lambda: _("%(department)s returned ticket %(number)s"),
        {"department": ticket.department.name, "number": ticket.number},
        reason,
        reason=reason,
        **_of(ticket),
    )
    tell(case.organization, messages, now=now)


def tell_withdrawn(
    directory: Directory, case: Complaint, tickets: Iterable[Ticket], reason: str, now: datetime
) -> None:
    """Tell the departments that have nothing more to do, and whoever had the ticket in hand."""
    facts = facts_for_texts([case], ["withdrawn"]).get(case.pk, {})
    messages: list[Message] = []
    for ticket in tickets:
        in_hand = directory.people.get(ticket.handler_id or 0)
        people = [*workers(directory, ticket.department_id), *([in_hand] if in_hand else [])]
        messages += _messages(
            case,
            people,
            f"withdrawn:{ticket.pk}",
            "withdrawn",
            lambda: _("Ticket %(number)s was withdrawn: %(subject)s"),
            {"number": ticket.number, "subject": case.subject},
            reason,
            facts=facts,
            reason=reason,
            **_of(ticket),
        )
    tell(case.organization, messages, now=now)


def tell_assigned(case: Complaint, ticket: Ticket, now: datetime) -> None:
    if ticket.handler is None:
        return
    messages = _messages(
        case,
        [ticket.handler],
        f"assigned:{ticket.pk}:{case.revision}",
        "assigned",
        lambda: _("Ticket %(number)s was given to you: %(subject)s"),
        {"number": ticket.number, "subject": case.subject},
        **_of(ticket),
    )
    tell(case.organization, messages, now=now)


def tell_handled(directory: Directory, case: Complaint, ticket: Ticket, now: datetime) -> None:
    messages = _messages(
        case,
        desk_people(directory, case),
        f"handled:{ticket.pk}",
        "handled",
        lambda: _("%(department)s filed the result of %(number)s"),
        {"department": ticket.department.name, "number": case.number},
        ticket.result,
        result=ticket.result,
        **_of(ticket),
    )
    tell(case.organization, messages, now=now)


def _of(ticket: Ticket) -> dict[str, str]:
    return {"ticket": ticket.number, "department": ticket.department.name}


def _messages(
    case: Complaint,
    people: Iterable[User],
    key: str,
    occasion: str,
    title: Callable[[], str],
    said: Mapping[str, str],
    body: str = "",
    **known: Any,
) -> list[Message]:
    """A message for each, in the words of the rules where they have any for the occasion (`known` are what
    only the caller knows of them), else `title()` with what is `said` in it, and `body`."""

    def words() -> tuple[str, str]:
        own = text_for(case, occasion, **known)
        return ((own and own.subject) or title() % said, own.text if own else body)

    return [
        Message(
            user=user,
            key=key,
            occasion=occasion,
            title=subject,
            body=text,
            url=case.get_absolute_url(),
            complaint_id=case.pk,
        )
        for user, (subject, text) in worded(people, words)
    ]
