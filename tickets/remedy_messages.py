"""Who is told of a remedy: those who approve it, then who proposed it. Within the transaction of the move."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from complaints.models import Complaint
from notifications.services import Message, tell
from notifications.wording import worded
from organizations.directory import Directory
from organizations.models import User
from policies.engine.schema import Policy
from policies.posts import Posts
from policies.readable import phrases
from policies.selectors import policy_of
from tickets.authority import approvers
from tickets.models import Remedy


def named(policy: Policy, remedy: Remedy) -> str:
    """A remedy in a few words: 「退款 ¥200.00」."""
    kind = phrases.value(policy, "remedy", remedy.kind)
    return f"{kind} ¥{remedy.yuan}" if remedy.yuan else kind


def tell_proposed(directory: Directory, posts: Posts, case: Complaint, remedy: Remedy, now: datetime) -> None:
    """Tell those who decide."""
    people = approvers(directory, posts, policy_of(case.policy_id), remedy)

    def title() -> str:
        return _("%(department)s asks you to approve “%(remedy)s”: %(number)s %(subject)s")

    _tell(case, remedy, people, "remedy_proposed", title, remedy.text, now)


def tell_decided(case: Complaint, remedy: Remedy, now: datetime) -> None:
    """Tell who proposed it."""

    def title() -> str:
        if remedy.is_promised:
            return _("“%(remedy)s” has been approved: %(number)s %(subject)s")
        return _("“%(remedy)s” has been refused: %(number)s %(subject)s")

    occasion = "remedy_approved" if remedy.is_promised else "remedy_refused"
    _tell(case, remedy, [remedy.proposed_by], occasion, title, remedy.reason, now)


def _tell(
    case: Complaint,
    remedy: Remedy,
    people: Iterable[User],
    occasion: str,
    title: Callable[[], str],
    body: str,
    now: datetime,
) -> None:
    def words() -> str:
        return title() % {
            "department": remedy.department.name,
            "remedy": named(policy_of(case.policy_id), remedy),
            "number": case.number,
            "subject": case.subject,
        }

    messages = [
        Message(
            user=user,
            key=f"{occasion}:{remedy.pk}",
            occasion=occasion,
            title=said,
            body=body,
            url=case.get_absolute_url(),
            case=case,
        )
        for user, said in worded(people, words)
    ]
    tell(case.organization, messages, now=now)
