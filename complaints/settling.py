"""Who settles a task of the rules."""

from django.utils.translation import gettext as _

from complaints.acting import fills
from complaints.models import Complaint, Task
from complaints.rights import RIGHTS
from organizations.actors import DESK_ROLES, Actor
from organizations.errors import Forbidden
from organizations.models import User
from policies.engine.routes import is_recused
from policies.engine.schema import ClockStop, Policy
from policies.posts import Posts, people_of_role
from policies.selectors import policy_of

# Words of the rules for "whoever has the work".
OWNERS = frozenset({"owner", "assignee", "responsible"})
STOP_SOURCE = "clock_stop."


def role_to_settle(actor: Actor, task: Task, posts: Posts) -> str:
    """The role in which the actor may settle a task: one of those it is for, else the desk supervisor's or
    the general manager's, who always may; "" if none. `task.complaint` is loaded. No query.

    Whom the rules keep out of the case settles nothing on it.
    """
    if _is_kept_out(actor, task):
        return ""
    return _role_named(actor, task, posts) or _role_above(actor, task)


def waits_for(actor: Actor, task: Task, posts: Posts) -> bool:
    """Whether a task is the actor's to settle before anybody else's: of those it is for or, where there is
    nobody, of those above. No query."""
    if _is_kept_out(actor, task):
        return False
    if _role_named(actor, task, posts):
        return True
    return bool(_role_above(actor, task)) and not people_of(actor, task, posts)


def _is_kept_out(actor: Actor, task: Task) -> bool:
    policy = policy_of(task.complaint.policy_id)
    return is_recused(policy, task.complaint.facts, str(actor.user), actor.user.get_username())


def _role_named(actor: Actor, task: Task, posts: Posts) -> str:
    case = task.complaint
    for name in task.roles:
        if name in OWNERS:
            if role := actor.role_for(task.department_id, *_at_work(task, case)):
                return role
        elif fills(actor, case, name, posts, task.department_id):
            return str(name)
    return ""


def _role_above(actor: Actor, task: Task) -> str:
    return actor.role_for(task.complaint.desk_id, *RIGHTS["settle_task"])


def check_settling(actor: Actor, task: Task, posts: Posts) -> str:
    """The same. Raises Forbidden if there is none."""
    role = role_to_settle(actor, task, posts)
    if not role:
        raise Forbidden(_("Your roles do not allow this."))
    return role


def people_of(actor: Actor, task: Task, posts: Posts) -> list[User]:
    """The people a task is for, as far as it names a role that somebody fills. No query."""
    case, policy = task.complaint, policy_of(task.complaint.policy_id)
    found: list[User] = []
    for name in task.roles:
        for role in _at_work(task, case) if name in OWNERS else (name,):
            found += people_of_role(
                actor.directory,
                posts,
                policy,
                role,
                desk_id=case.desk_id,
                department_id=task.department_id,
            )
    return list(dict.fromkeys(found))


def _at_work(task: Task, case: Complaint) -> tuple[str, ...]:
    return DESK_ROLES if task.department_id == case.desk_id else RIGHTS["work"]


def stop_of(policy: Policy, task: Task) -> ClockStop | None:
    """The clock stop that a task proposes; None if it is another kind of task, or the rules changed."""
    if task.kind != Task.Kind.CLOCK:
        return None
    name = task.source.removeprefix(STOP_SOURCE)
    return next((stop for stop in policy.clock_stops if stop.id == name), None)
