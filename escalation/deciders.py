"""Who decides on a request for more time."""

from collections.abc import Iterable

from complaints.models import Complaint, Deadline
from complaints.rights import RIGHTS
from escalation.models import ExtensionRequest
from organizations.actors import Actor
from organizations.directory import Directory
from organizations.models import Role, User
from policies.posts import Posts, Seat, seat_of_role
from policies.selectors import policy_of


def deciders(directory: Directory, role: str, department_id: int | None, asked_by: int) -> list[User]:
    """The holders of a role nearest to the department, without the person who asked."""
    return [user for user in directory.holders(role, department_id) if user.pk != asked_by]


def deciding_seat(
    directory: Directory,
    posts: Posts,
    case: Complaint,
    row: Deadline,
    approvers: Iterable[str],
    asked_by: User,
) -> Seat:
    """The first of the policy's approvers that somebody else than the asker is, as a product role held for a
    department.

    If there is none the general manager decides: a request never waits for nobody.
    """
    policy = policy_of(case.policy_id)
    place = row.department_id or case.desk_id
    for name in approvers:
        seat = seat_of_role(
            directory, posts, policy, name, desk_id=case.desk_id, department_id=place, without=(asked_by.pk,)
        )
        if seat.role in RIGHTS["decide_extension"] and deciders(directory, *seat, asked_by.pk):
            return seat
    return Seat(Role.GENERAL_MANAGER, place)


def may_decide(actor: Actor, request: ExtensionRequest) -> bool:
    """Whether the actor may decide on the request: in its role for its place, and not the asker.

    If nobody holds the role any more, the general manager may.
    """
    if actor.user.pk == request.asked_by_id:
        return False
    if actor.has_for(request.decided_in_id, request.approver_role):
        return True
    left = deciders(actor.directory, request.approver_role, request.decided_in_id, request.asked_by_id)
    return not left and actor.has_for(request.department_id, Role.GENERAL_MANAGER)
