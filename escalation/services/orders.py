"""Issuing a supervision order (督办单): a numbered demand of a person that a department has to answer."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.models import Complaint, Task
from complaints.orders import PERSON, people_to_answer, tell_issued
from complaints.rights import RIGHTS, role_to
from complaints.states import check_state
from complaints.tasks import number_orders
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.errors import Forbidden, Refused
from organizations.models import Department, Role, User
from organizations.text import normalise
from policies.posts import Posts
from policies.selectors import posts_of
from tickets.models import Ticket

LONGEST_TEXT = 1000
# Whose answer is asked for: the first of these that somebody fills.
_AT_DESK = (Role.DESK_SUPERVISOR, Role.RECEPTIONIST)
_AT_WORK = (Role.DEPT_HEAD, Role.DEPT_MANAGER, Role.GENERAL_MANAGER)


@transaction.atomic
def issue_order(
    *,
    actor: Actor,
    complaint: Complaint,
    text: str,
    department: Department,
    due_at: datetime | None = None,
    now: datetime,
    revision: int | None = None,
) -> Task:
    """Order a department that has a part in an open case, through its head, to answer by `due_at` (aware;
    None: no time is set).

    The desk's supervisor may order every department on the desk's cases, a manager those below the manager's
    own. The order is numbered in the same series as those of the rules, and settled as they are
    (complaints.services.settle_task). Forbidden for anybody else; Refused if the text is empty, the time has
    passed, the department has no part in the case, or nobody but the actor could answer.
    """
    case = lock(complaint, revision)
    role = check_ordering(actor, case, department)
    check_state(case, "issue_order")
    text = normalise(text)
    _check(case, text, department, due_at, now)
    task = Task(
        organization=case.organization,
        complaint=case,
        kind=Task.Kind.ORDER,
        source=PERSON,
        action={Task.Kind.ORDER: text},
        department=department,
        made_at=now,
        issued_by=actor.user,
        due_at=due_at,
    )
    people = _addressed(actor, task, department)
    number_orders([task], now)
    task.key = f"{PERSON}:{task.number}"
    task.save()
    record(
        case,
        kind="order_issued",
        actor=actor,
        now=now,
        role=role,
        department=department,
        reason=text,
        data={"task": task.pk, "number": task.number, "due_at": due_at},
    )
    tell_issued(case, task, people, now)
    return task


def check_ordering(actor: Actor, case: Complaint, department: Department) -> str:
    """The role in which the actor orders a department to answer. Raises Forbidden if there is none."""
    role = role_to(actor, "issue_order", case.desk_id) or role_to(actor, "issue_order", department.pk)
    if not role:
        raise Forbidden(_("Your roles do not allow this."))
    return role


def departments_to_order(actor: Actor, case: Complaint, worked: Collection[int]) -> list[Department]:
    """The departments that the actor may order to answer on a case; `worked` are those with a ticket. No
    query besides the directory's."""
    directory = actor.directory
    if role_to(actor, "issue_order", case.desk_id):
        allowed = frozenset(directory.departments)
    else:
        allowed = actor.departments(*RIGHTS["issue_order"])
    part = _with_a_part(actor, case, worked)
    return [row for pk, row in directory.departments.items() if pk in part and pk in allowed]


def _with_a_part(actor: Actor, case: Complaint, worked: Collection[int]) -> set[int]:
    """The desk of a case, the departments that have or had a ticket, and those above these: everybody else
    could not even see it."""
    above = {pk for place in worked for pk in actor.directory.ancestors(place)}
    return (above - {actor.directory.root_id}) | set(worked) | {case.desk_id}


def _check(
    case: Complaint, text: str, department: Department, due_at: datetime | None, now: datetime
) -> None:
    if not text:
        raise Refused(_("Say what has to be answered."), field="text")
    if len(text) > LONGEST_TEXT:
        raise Refused(_("At most %(count)d characters.") % {"count": LONGEST_TEXT}, field="text")
    if due_at is not None and due_at <= now:
        raise Refused(_("The time has to lie in the future."), field="due_at")


def _addressed(actor: Actor, task: Task, department: Department) -> list[User]:
    """Fills in the role that is asked; returns its people."""
    case = task.complaint
    tickets = Ticket.objects.filter(complaint=case).values_list("department_id", flat=True)
    words = {"department": department.name}
    if department.pk not in _with_a_part(actor, case, set(tickets)):
        raise Refused(
            _("%(department)s has no part in this case; dispatch it there first.") % words, field="department"
        )
    posts = posts_of(case.organization)
    for role in _AT_DESK if department.pk == case.desk_id else _AT_WORK:
        task.roles = [role]
        if people := _others(actor, task, posts):
            return people
    raise Refused(_("There is nobody in %(department)s who could answer.") % words, field="department")


def _others(actor: Actor, task: Task, posts: Posts) -> list[User]:
    return [user for user in people_to_answer(actor.directory, posts, task) if user != actor.user]
