"""In which role of the rules somebody acts on a case, where the rules name who may."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from complaints.models import Complaint
from complaints.rights import RIGHTS
from organizations.actors import Actor
from organizations.errors import Forbidden
from policies.engine.schema import Policy
from policies.posts import Posts, seat_of_role
from policies.selectors import policy_of, posts_of


def fills(actor: Actor, case: Complaint, role: str, posts: Posts, department_id: int | None = None) -> bool:
    """Whether the actor fills a role of the rules for the case; `department_id` is that of the work (the
    leading department if not given). No query."""
    place = department_id or case.lead_department_id or case.desk_id
    policy = policy_of(case.policy_id)
    seat = seat_of_role(actor.directory, posts, policy, role, desk_id=case.desk_id, department_id=place)
    return actor.has_for(seat.department_id, seat.role)


def fits(policy: Policy, role: str, named: Iterable[str]) -> bool:
    """Whether who acts in `role` is one of those the rules name; anybody is where they name nobody."""
    named = tuple(named)
    return not named or any(policy.role_is(role, one) for one in named)


def role_under(
    actor: Actor, case: Complaint, verb: str, named: Iterable[str], posts: Posts | None = None
) -> str:
    """The role in which the actor does what the rules leave to `named`; "" if the actor has no right to it.

    Who has the product's right but none of these roles gets it all the same: the rules then refuse the event
    and say whom it is for. One query for the places of the roles, if `posts` are not given and it matters.
    """
    policy, named = policy_of(case.policy_id), tuple(named)
    own = [role for role in RIGHTS[verb] if actor.role_for(case.desk_id, role)]
    for role in own:
        if fits(policy, role, named):
            return role
    if named:
        posts = posts_of(case.organization) if posts is None else posts
        for name in named:
            if fills(actor, case, name, posts):
                return name
    return own[0] if own else ""


def check_under(
    actor: Actor, case: Complaint, verb: str, named: Iterable[str], posts: Posts | None = None
) -> str:
    """The same; raises Forbidden if there is none."""
    role = role_under(actor, case, verb, named, posts)
    if not role:
        raise Forbidden(_("Your roles do not allow this."))
    return role
