"""Who may do what: one table for pages, API and commands.

Every verb needs one of its roles for one department of the case: the desk that owns it, or the department
that works on it. Gates of the pack (who may close, who consents) come on top and may only narrow this.
"""

from django.utils.translation import gettext as _

from organizations.actors import Actor
from organizations.errors import Forbidden
from organizations.models import Role

_DESK = (Role.RECEPTIONIST, Role.DESK_SUPERVISOR)
_WORKERS = (Role.HANDLER, Role.DEPT_HEAD, Role.DEPT_MANAGER)

# Verbs of the desk are checked against the desk's department, verbs of the work against the ticket's.
RIGHTS: dict[str, tuple[str, ...]] = {
    "register": _DESK,
    "accept": _DESK,
    "grade": (*_DESK, Role.GENERAL_MANAGER),
    "correct": _DESK,
    "dispatch": _DESK,
    # The next five also belong to whoever the rules name for them (see acting.py).
    "pause": _DESK,
    "resume": _DESK,
    "restart": (Role.DESK_SUPERVISOR, Role.GENERAL_MANAGER),
    "end": _DESK,
    "transfer": _DESK,
    "merge": _DESK,
    # Whoever a task is for, and always these (see settling.py).
    "settle_task": (Role.DESK_SUPERVISOR, Role.GENERAL_MANAGER),
    # By the desk on its cases, by a department's manager to what is below (escalation/services/orders.py).
    "issue_order": (Role.DESK_SUPERVISOR, Role.DEPT_MANAGER, Role.GENERAL_MANAGER),
    "tell": _DESK,
    "follow_up": _DESK,
    "close": _DESK,
    "reopen": _DESK,
    "consent": (Role.DEPT_HEAD, Role.DEPT_MANAGER, Role.DESK_SUPERVISOR, Role.GENERAL_MANAGER),
    # What the rules wait for besides the verbs: at the desk, or for the leading department (see notable.py).
    "note": (*_DESK, Role.GENERAL_MANAGER),
    "note_work": _WORKERS,
    # Files: at the desk, or for a department that has, or had, a ticket (see services/attaching.py).
    "attach": (*_DESK, Role.GENERAL_MANAGER),
    "attach_work": _WORKERS,
    # The code of the public page, at the desk alone: whoever asks for one is made sure of first.
    "give_code": _DESK,
    "withdraw": _DESK,
    "sign_for": _WORKERS,
    "return": _WORKERS,
    "assign": (Role.DEPT_HEAD, Role.DEPT_MANAGER),
    "work": _WORKERS,
    "file_result": _WORKERS,
    "ask_extension": _WORKERS,
    "decide_extension": (Role.DEPT_HEAD, Role.DEPT_MANAGER, Role.DESK_SUPERVISOR, Role.GENERAL_MANAGER),
    # Remedies: at the desk, or for a department that has the case; the grants of the rules narrow this down
    # to whom they name (tickets/authority.py). Who decides is named by the rules, too.
    "remedy": (*_DESK, Role.GENERAL_MANAGER),
    "remedy_work": _WORKERS,
    "decide_remedy": (Role.DEPT_HEAD, Role.DEPT_MANAGER, Role.DESK_SUPERVISOR, Role.GENERAL_MANAGER),
    "decide_penalty": (Role.DEPT_HEAD, Role.DEPT_MANAGER, Role.DESK_SUPERVISOR, Role.GENERAL_MANAGER),
    # Held anywhere: what is taken along is only what the actor may look at.
    "export": (Role.DEPT_HEAD, Role.DEPT_MANAGER, Role.DESK_SUPERVISOR, Role.GENERAL_MANAGER),
}


def role_to(actor: Actor, verb: str, department_id: int | None) -> str:
    """The role by which the actor may do the verb for the department; "" if there is none."""
    return actor.role_for(department_id, *RIGHTS[verb])


def check_right(actor: Actor, verb: str, department_id: int | None) -> str:
    """The role the actor acts in. Raises Forbidden if there is none."""
    role = role_to(actor, verb, department_id)
    if not role:
        raise Forbidden(_("Your roles do not allow this."))
    return role
