"""Who fills a role of the rules: from the id a pack gives it to the people who do that work here now."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from organizations.actors import DESK_ROLES
from organizations.directory import Directory
from organizations.models import Role, User
from policies.engine.routes import is_recused, recused
from policies.engine.schema import Policy

# Role of the rules -> the department it is here (policies.selectors.posts_of).
Posts = Mapping[str, int]

# Who speaks for a department where nobody in it holds the role's own product role.
_SPEAKERS = (
    Role.DEPT_HEAD,
    Role.DEPT_MANAGER,
    Role.GENERAL_MANAGER,
    Role.DESK_SUPERVISOR,
    Role.HANDLER,
    Role.RECEPTIONIST,
)


class Seat(NamedTuple):
    """A product role held for a department: `directory.holders(*seat)` are its people."""

    role: str
    department_id: int | None


def people_of_role(
    directory: Directory,
    posts: Posts,
    policy: Policy,
    role: str,
    *,
    desk_id: int | None,
    department_id: int | None,
    without: Collection[int] = (),
) -> list[User]:
    """The people who fill `role` (an id of the rules, or a product role) for a case; [] if nobody does.

    A role that has a place in the organization is the people of that department. Any other is whoever holds
    the product role it acts as: a desk role for `desk_id`, the others for `department_id`, from the nearest
    department above that has any. Who is in `without` (ids of users) is passed over, and the next above is
    asked. Costs no query once the directory is loaded.
    """
    seat = seat_of_role(
        directory, posts, policy, role, desk_id=desk_id, department_id=department_id, without=without
    )
    return directory.holders(*seat, without=without)


def seat_of_role(
    directory: Directory,
    posts: Posts,
    policy: Policy,
    role: str,
    *,
    desk_id: int | None,
    department_id: int | None,
    without: Collection[int] = (),
) -> Seat:
    """By which product role, held for which department, people fill `role`; see people_of_role."""
    acting = policy.acts_as(role)
    if role in posts:
        return _seat_in(directory, posts[role], acting, without)
    return Seat(acting, desk_id if acting in DESK_ROLES else department_id)


def people_of_post(
    directory: Directory, department_id: int, acting: str, *, without: Collection[int] = ()
) -> list[User]:
    """The people of the department that a role is: who holds the product role `acting` at this very
    department (not above it), else its head, its manager, whoever works in it; where the department has
    nobody at all, the nearest head or manager above."""
    return directory.holders(*_seat_in(directory, department_id, acting, without), without=without)


def _seat_in(directory: Directory, department_id: int, acting: str, without: Collection[int]) -> Seat:
    for role in (acting, *_SPEAKERS):
        if directory.stationed(role, department_id, without=without):
            return Seat(role, department_id)
    has_head = directory.holders(Role.DEPT_HEAD, department_id, without=without)
    return Seat(Role.DEPT_HEAD if has_head else Role.DEPT_MANAGER, department_id)


def kept_out(directory: Directory, policy: Policy, facts: Mapping[str, object]) -> frozenset[int]:
    """The people whom the rules keep out of a case because it is about them (`routes.recusal`): ids of those
    whose name or login one of the facts named there gives."""
    if not recused(policy, facts):  # for nearly every case: nobody has to be asked
        return frozenset()
    return frozenset(
        user.pk
        for user in directory.people.values()
        if is_recused(policy, facts, str(user), user.get_username())
    )
