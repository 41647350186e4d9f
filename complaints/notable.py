"""Which events can be recorded by `note`: those that the rules of a case wait for and that no other verb
records."""

from django.utils.translation import gettext as _

from complaints.models import CaseEvent, Complaint
from complaints.rights import role_to
from complaints.states import may_move
from organizations.actors import Actor
from organizations.errors import Forbidden, Refused
from policies.engine.naming import after_closing, named_events
from policies.engine.schema import Policy
from policies.readable import phrases

# What verbs of their own record. (`contacted` is recorded with the registration, which keeps its time.)
_NOT_BY_NOTE = """
    recorded accepted rejected explained graded regraded corrected dispatched acknowledged assigned worked
    handled part_handled returned helper_returned told follow_up_attempt follow_up_done consented closed
    reopened paused resumed extension_asked extended extension_refused
    contacted merged ended restarted transferred withdrawn
"""
ELSEWHERE = frozenset(_NOT_BY_NOTE.split())
# Can be noted whatever the rules wait for: that somebody calls again is told to the desk under any rules.
ALWAYS = frozenset({"noted", "contacted_again"})
# Said or decided for the organization, so recorded by the desk or the general manager only.
OF_THE_DESK = frozenset({"promise_made", "listed", "accept.doubt", "contacted_again", "archived"})
_FAMILIES_OF_THE_DESK = ("forwarded.", "answered.")


def notable(policy: Policy) -> frozenset[str]:
    """The events that can be noted under a policy."""
    longest = CaseEvent._meta.get_field("kind").max_length or 0
    return frozenset(
        kind for kind in named_events(policy) | ALWAYS if kind not in ELSEWHERE and len(kind) <= longest
    )


def notable_now(policy: Policy, case: Complaint, actor: Actor) -> frozenset[str]:
    """Those that the actor may record on the case as it stands."""
    if not may_move(case, "note"):
        return frozenset()
    kinds = notable(policy) if case.is_open else notable(policy) & after_closing(policy)
    return frozenset(kind for kind in kinds if role_to_note(actor, case, kind))


def role_to_note(actor: Actor, case: Complaint, event: str = "noted") -> str:
    """The role by which the actor may record the event on the case; "" if there is none."""
    role = role_to(actor, "note", case.desk_id)
    if not role and not is_of_the_desk(event):
        role = role_to(actor, "note_work", case.lead_department_id)
    return role


def is_of_the_desk(event: str) -> bool:
    return event in OF_THE_DESK or event.startswith(_FAMILIES_OF_THE_DESK)


def check_noting(actor: Actor, case: Complaint, event: str = "noted") -> str:
    """The role the actor notes in. Raises Forbidden if there is none."""
    role = role_to_note(actor, case, event)
    if not role:
        raise Forbidden(_("Your roles do not allow this."))
    return role


def check_event(policy: Policy, case: Complaint, event: str) -> None:
    """Raise Refused, saying why, if the event cannot be noted on the case as it stands."""
    said = {"event": phrases.event(policy, event)}
    if event in ELSEWHERE:
        raise Refused(_("“%(event)s” is not recorded by a note.") % said, field="event")
    if event not in notable(policy):
        raise Refused(_("The rules of this case know no “%(event)s”.") % said, field="event")
    if not case.is_open and event not in after_closing(policy):
        raise Refused(_("This has no place after the close-out."), field="event")
