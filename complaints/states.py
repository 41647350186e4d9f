"""From which states each verb may be used, and what is said when it may not."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from complaints.models import OPEN, Complaint, Deadline, State
from organizations.errors import Refused
from policies.engine.schema import Policy

S = State
# A helper's ticket goes on while the lead's was returned (ACCEPTED) or is done (HANDLED and later).
_AT_WORK = (S.ACCEPTED, S.DISPATCHED, S.IN_HAND, S.HANDLED, S.TOLD, S.FOLLOWED_UP)
MOVES: dict[str, tuple[State, ...]] = {
    "accept": (S.RECORDED,),
    "grade": OPEN,
    "correct": tuple(State),
    "dispatch": (S.ACCEPTED, S.DISPATCHED, S.IN_HAND),
    "sign_for": _AT_WORK,
    "return": _AT_WORK,
    "work": _AT_WORK,
    "file_result": _AT_WORK,
    "tell": (S.HANDLED,),
    "follow_up": (S.TOLD,),
    "close": (S.HANDLED, S.TOLD, S.FOLLOWED_UP),
    "reopen": (S.HANDLED, S.TOLD, S.FOLLOWED_UP, S.CLOSED),
    "consent": OPEN,
    "note": (*OPEN, S.CLOSED),  # after the close-out some events only, see notable.py
    "attach": tuple(State),  # signed papers come back after the close-out, too
    "give_code": tuple(State),  # what became of a case can be read after its end, too
    "pause": OPEN,
    "resume": OPEN,
    "restart": OPEN,
    "end": OPEN,
    "transfer": OPEN,
    "merge": OPEN,
    "withdraw": _AT_WORK,
    "settle_task": tuple(State),
    "issue_order": OPEN,
    "ask_extension": OPEN,
    "decide_extension": OPEN,
    "propose_remedy": _AT_WORK,
    "settle_remedy": (*_AT_WORK, S.CLOSED),  # decided on, withdrawn or given: also after the close-out
    "decide_penalty": (*_AT_WORK, S.CLOSED),
}


def check_state(case: Complaint, verb: str) -> None:
    """Raise Refused, saying where the case stands, if the verb has no place in its state."""
    if case.state not in MOVES[verb]:
        raise Refused(
            _("This is not possible now: case %(number)s is at “%(state)s”.")
            % {"number": case.number, "state": case.get_state_display()}
        )


def is_awaited(policy: Policy, running: Iterable[Deadline], kind: str) -> bool:
    """Whether a limit that still runs ends with this event: what the rules ask for after the end of a case
    has its place there (G1-16)."""
    return any(
        kind in duty.end
        for row in running
        if row.state in (Deadline.State.OPEN, Deadline.State.PAUSED)
        and (duty := policy.duties_by_id.get(row.duty)) is not None
    )


def may_move(case: Complaint, verb: str) -> bool:
    """Whether the verb has a place in the case's state: for showing or hiding a button."""
    return case.state in MOVES[verb]
