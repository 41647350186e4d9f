"""The doors to cases and tickets: which of them exist for an actor.

A case exists for the desk that owns it and for every department that has, or had, a ticket on it, with
everybody above them in the tree. For the people of a department that is a role of the rules also those exist
which they were told of: to be called in and then find no case would be of no use. Any other case is
NotVisible (404), as another organization's is.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet

from complaints.models import Attachment, Complaint, Task
from notifications.models import Notification
from organizations.actors import DEPARTMENT_ROLES, DESK_READERS, DESK_ROLES, Actor
from organizations.errors import NotVisible
from policies.models import Post
from tickets.models import Ticket


def visible_cases(actor: Actor) -> QuerySet[Complaint]:
    """All cases the actor may look at. Adds no condition for those who see the whole organization."""
    cases = Complaint.objects.filter(organization=actor.organization)
    desks, departments = actor.departments(*DESK_READERS), actor.departments(*DEPARTMENT_ROLES)
    if actor.directory.root_id in desks:
        return cases
    own = Ticket.objects.filter(
        organization=actor.organization, complaint=OuterRef("pk"), department__in=departments
    )
    # The roles first: most people's departments have none, and then no message has to be looked for.
    called_in = Exists(_posts(actor)) & Exists(_messages_about_it(actor))
    return cases.filter(Q(desk__in=desks) | Q(lead_department__in=departments) | Exists(own) | called_in)


def of_visible_case(actor: Actor) -> Exists:
    """The condition that the case of a row exists for the actor. Asked of each row: SQLite would make a list
    of all cases for `complaint__in`, to look a few up in it."""
    return Exists(visible_cases(actor).filter(pk=OuterRef("complaint")))


def _messages_about_it(actor: Actor) -> QuerySet[Notification]:
    return Notification.objects.filter(
        organization=actor.organization, user=actor.user, complaint=OuterRef("pk")
    )


def _posts(actor: Actor) -> QuerySet[Post]:
    """The roles of the rules that the actor's departments are now."""
    held = actor.departments(*DESK_ROLES, *DEPARTMENT_ROLES)
    return Post.objects.filter(organization=actor.organization, department__in=held)


def visible_tickets(actor: Actor) -> QuerySet[Ticket]:
    """The tickets of the departments the actor works for or manages."""
    tickets = Ticket.objects.filter(organization=actor.organization)
    departments = actor.departments(*DEPARTMENT_ROLES)
    return tickets if actor.directory.root_id in departments else tickets.filter(department__in=departments)


def access_case(actor: Actor, number: str) -> Complaint:
    """The case with this number. Raises NotVisible if there is none for the actor. One query."""
    case = (
        visible_cases(actor)
        .select_related("organization", "desk", "lead_department", "respondent", "recorded_by", "policy")
        .filter(number=number)
        .first()
    )
    if case is None:
        raise NotVisible(number)
    return case


def access_ticket(actor: Actor, number: str) -> Ticket:
    """The ticket with this number, with its case. Raises NotVisible if its case is none of the actor's."""
    ticket = (
        Ticket.objects.filter(organization=actor.organization, number=number)
        .select_related("complaint", "complaint__organization", "department", "signed_by", "handler")
        .first()
    )
    if ticket is None or not visible_cases(actor).filter(pk=ticket.complaint_id).exists():
        raise NotVisible(number)
    return ticket


def access_task(actor: Actor, pk: int) -> Task:
    """The task of the rules with this id, with its case. Raises NotVisible if its case is none of the
    actor's. Who may settle it is another question (complaints.settling)."""
    tasks = Task.objects.filter(organization=actor.organization, pk=pk)
    task = tasks.select_related("complaint", "complaint__organization", "department", "settled_by").first()
    if task is None or not visible_cases(actor).filter(pk=task.complaint_id).exists():
        raise NotVisible(pk)
    return task


def access_file(actor: Actor, number: str, pk: int) -> Attachment:
    """The file of the case with this number. Raises NotVisible if the actor has no such case, or it no such
    file."""
    row = Attachment.objects.filter(complaint=access_case(actor, number), pk=pk).first()
    if row is None:
        raise NotVisible(f"{number} {pk}")
    return row
