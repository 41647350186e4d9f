"""Supervision orders that a person has issued: who has to answer one, and telling people about it."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from complaints.models import Complaint, Task
from complaints.texts import moment
from notifications.services import Message, tell
from notifications.wording import worded
from organizations.directory import Directory
from organizations.models import User
from policies.posts import Posts, kept_out, people_of_role
from policies.selectors import policy_of

# `Task.source` of an order that no rule has made.
PERSON = "person"


def people_to_answer(directory: Directory, posts: Posts, task: Task) -> list[User]:
    """Those whom an order asks, without whoever the rules keep out of the case. `task.complaint` is loaded.
    No query once the directory is loaded."""
    case, policy = task.complaint, policy_of(task.complaint.policy_id)
    out = kept_out(directory, policy, case.facts)
    found: list[User] = []
    for role in task.roles:
        found += people_of_role(
            directory,
            posts,
            policy,
            role,
            desk_id=case.desk_id,
            department_id=task.department_id,
            without=out,
        )
    return list(dict.fromkeys(found))


def tell_issued(case: Complaint, task: Task, people: Iterable[User], now: datetime) -> None:
    """Tell those who have to answer an order that it is there."""

    def words() -> tuple[str, str]:
        return _("Supervision order %(number)s: %(subject)s") % _said(case, task), _body(task)

    tell(case.organization, _messages(case, task, people, "order_issued", words), now=now)


def tell_answered(case: Complaint, task: Task, now: datetime) -> None:
    """Tell whoever issued an order what was answered, unless it was their own answer."""
    issuer = task.issued_by
    if issuer is None or issuer == task.settled_by:
        return

    def words() -> tuple[str, str]:
        return _("Supervision order %(number)s answered: %(subject)s") % _said(case, task), task.answer

    tell(case.organization, _messages(case, task, [issuer], "order_answered", words), now=now)


def overdue_messages(task: Task, people: Iterable[User]) -> list[Message]:
    """That the time of an order has passed: for those who have to answer, and for whoever issued it."""
    case = task.complaint

    def words() -> tuple[str, str]:
        title = _("Supervision order %(number)s is overdue: %(subject)s") % _said(case, task)
        return title, _body(task)

    everybody = [*people, *filter(None, [task.issued_by])]
    return _messages(case, task, everybody, "order_overdue", words)


def _said(case: Complaint, task: Task) -> dict[str, str]:
    return {"number": task.number, "subject": case.subject}


def _body(task: Task) -> str:
    text = str(task.action.get(Task.Kind.ORDER, ""))
    if task.due_at is None:
        return text
    until = _("To be answered by %(due)s") % {"due": moment(task.due_at, task.complaint.organization)}
    return f"{text}\n{until}"


def _messages(
    case: Complaint,
    task: Task,
    people: Iterable[User],
    occasion: str,
    words: Callable[[], tuple[str, str]],
) -> list[Message]:
    return [
        Message(
            user=user,
            key=f"{occasion}:{task.pk}",
            occasion=occasion,
            title=title,
            body=body,
            url=f"{case.get_absolute_url()}#task-{task.pk}",
            case=case,
        )
        for user, (title, body) in worded(dict.fromkeys(people), words)
    ]
