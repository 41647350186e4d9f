"""Who is told about a request for more time. Each runs inside the transaction of the move."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from complaints.models import Complaint
from complaints.texts import text_for
from escalation.deciders import deciders
from escalation.models import ExtensionRequest
from escalation.wording import moment
from notifications.services import Message, tell
from notifications.wording import worded
from organizations.directory import Directory
from organizations.models import Role, User
from policies.posts import people_of_role
from policies.selectors import duty_title, policy_of, posts_of


def tell_asked(directory: Directory, case: Complaint, request: ExtensionRequest, now: datetime) -> None:
    """Tell those who decide."""
    asker = request.asked_by_id
    people = deciders(directory, request.approver_role, request.decided_in_id, asker) or deciders(
        directory, Role.GENERAL_MANAGER, request.department_id, asker
    )

    def title() -> str:
        return _("%(department)s asks for more time for “%(duty)s” until %(due)s: %(number)s %(subject)s")

    _tell(case, request, people, "asked", "extension_asked", title, request.reason, now)


def tell_decided(
    directory: Directory, case: Complaint, request: ExtensionRequest, also: Sequence[str], now: datetime
) -> None:
    """Tell the asker, and the roles the policy wants to know."""
    policy, posts = policy_of(case.policy_id), posts_of(case.organization) if also else {}
    people = [request.asked_by]
    for name in also:
        people += people_of_role(
            directory, posts, policy, name, desk_id=case.desk_id, department_id=request.department_id
        )
    granted = request.state == ExtensionRequest.State.APPROVED

    def title() -> str:
        if granted:
            return _("More time for “%(duty)s”, until %(due)s: %(number)s %(subject)s")
        return _("No more time for “%(duty)s”: %(number)s %(subject)s")

    occasion = "extended" if granted else "extension_refused"
    _tell(case, request, people, "decided", occasion, title, request.decision_reason, now)


def _tell(
    case: Complaint,
    request: ExtensionRequest,
    people: Iterable[User],
    step: str,
    occasion: str,
    title: Callable[[], str],
    body: str,
    now: datetime,
) -> None:
    known = {
        "department": request.department.name,
        "duty": duty_title(policy_of(case.policy_id), request.deadline.duty),
        "due": moment(request.wanted_due_at, case.organization),
        "number": case.number,
        "subject": case.subject,
    }
    own = text_for(
        case,
        occasion,
        duty=known["duty"],
        due=known["due"],
        department=known["department"],
        reason=body,
    )
    messages = [
        Message(
            user=user,
            key=f"extension:{request.pk}:{step}",
            occasion=occasion,
            title=said,
            body=own.text if own else body,
            url=case.get_absolute_url(),
            case=case,
        )
        for user, said in worded(people, lambda: (own and own.subject) or title() % known)
    ]
    tell(case.organization, messages, now=now)
