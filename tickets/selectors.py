"""Reads about remedies: those of a case, and those that wait for somebody's decision."""

from complaints.models import Complaint
from organizations.actors import Actor
from organizations.errors import NotVisible
from policies.selectors import policy_of, posts_for
from tickets.access import visible_cases
from tickets.authority import may_decide
from tickets.models import Remedy

_WITH = (
    "complaint",
    "complaint__organization",
    "department",
    "ticket",
    "proposed_by",
    "decided_by",
    "delivered_by",
)


def remedies_of(case: Complaint) -> list[Remedy]:
    """Everything proposed on a case, in its order. One query."""
    rows = list(Remedy.objects.filter(complaint=case).select_related(*_WITH[2:]))
    for row in rows:
        row.complaint = case
    return rows


def access_remedy(actor: Actor, pk: int) -> Remedy:
    """The remedy with this id. Raises NotVisible if neither its case nor the decision is the actor's."""
    remedy = Remedy.objects.filter(organization=actor.organization, pk=pk).select_related(*_WITH).first()
    if remedy is None:
        raise NotVisible(pk)
    policy, posts = policy_of(remedy.complaint.policy_id), posts_for(actor)
    is_mine = may_decide(actor, posts, policy, remedy)
    if not is_mine and not visible_cases(actor).filter(pk=remedy.complaint_id).exists():
        raise NotVisible(pk)
    return remedy


def remedies_to_decide(actor: Actor) -> list[Remedy]:
    """Those that wait for this actor's decision, the oldest first. Two queries besides the directory.

    Only what waits is read, and that is little: who decides depends on the rules of each case.
    """
    rows = Remedy.objects.filter(organization=actor.organization, state=Remedy.State.PROPOSED)
    waiting = list(rows.select_related(*_WITH).order_by("pk"))
    posts = posts_for(actor) if waiting else {}
    return [row for row in waiting if may_decide(actor, posts, policy_of(row.complaint.policy_id), row)]
