"""Passing a case on to another role of the rules."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.acting import check_under
from complaints.forms import HandedIn
from complaints.models import CaseEvent, Complaint
from complaints.states import check_state
from complaints.timeline import lock, record
from notifications.services import Message, tell
from notifications.wording import worded
from organizations.actors import Actor
from organizations.errors import Refused
from organizations.models import Role
from organizations.text import normalise
from policies.engine.frozen import EMPTY
from policies.engine.schema import Policy
from policies.engine.vocabulary import PARTIES
from policies.posts import people_of_role
from policies.readable import phrases
from policies.selectors import policy_of, posts_of


@transaction.atomic
def transfer(
    *,
    actor: Actor,
    complaint: Complaint,
    to: str,
    reason: str,
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """Put on record that the case is passed on to `to`, a role of the rules, and tell who fills it.

    Who has to work on it is said by dispatching. Refused where the rules leave passing on to others, or to
    other roles only.
    """
    case = lock(complaint, revision)
    policy = policy_of(case.policy_id)
    role = check_under(actor, case, "transfer", may_transfer(policy))
    check_state(case, "transfer")
    if to not in targets(policy):
        raise Refused(_("Choose from the list to whom it goes."), field="to")
    if not normalise(reason):
        raise Refused(_("Say why it is passed on."), field="reason")
    event = record(
        case,
        kind="transferred",
        actor=actor,
        now=now,
        role=role,
        reason=normalise(reason),
        data={"to": to},
        forms=forms,
    )
    _tell(actor, case, policy, event, now)
    return case


def may_transfer(policy: Policy) -> tuple[str, ...]:
    """The roles that the rules let pass a case on; () = whoever has the product's right."""
    return _named(policy, "by")


def targets(policy: Policy) -> tuple[str, ...]:
    """The roles a case may be passed on to: those the rules name, else every role there is."""
    return _named(policy, "to") or tuple(
        name for name in policy.roles if name not in PARTIES and policy.acts_as(name) != Role.ADMINISTRATOR
    )


def _named(policy: Policy, key: str) -> tuple[str, ...]:
    rule = policy.routes.settings.get("transfer")
    named = rule.get(key) if hasattr(rule, "get") else None
    return (named,) if isinstance(named, str) else tuple(named or ())


def _tell(actor: Actor, case: Complaint, policy: Policy, event: CaseEvent, now: datetime) -> None:
    to = str(event.data["to"])
    people = people_of_role(
        actor.directory,
        posts_of(case.organization),
        policy,
        to,
        desk_id=case.desk_id,
        department_id=case.lead_department_id or case.desk_id,
    )

    def title() -> str:
        return _("%(number)s was passed on to %(who)s: %(subject)s") % {
            "number": case.number,
            "who": phrases.role(policy, to),
            "subject": case.subject,
        }

    messages = [
        Message(
            user=user,
            key=f"transferred:{event.pk}",
            occasion="transferred",
            title=said,
            body=event.reason,
            url=case.get_absolute_url(),
            case=case,
        )
        for user, said in worded(people, title)
        if user.pk != actor.user.pk
    ]
    tell(case.organization, messages, now=now)
