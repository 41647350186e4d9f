"""A call from its first word to what becomes of it, all or nothing."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from complaints.drafts import discard_draft
from complaints.models import Complaint, State
from complaints.services import Intake, explain_only, register, reject
from organizations.actors import Actor
from organizations.models import Department
from tickets.services.dispatching import log_call

# What `complaints.drafts` calls the drafts of this form.
CALL = "call"


class Decision(StrEnum):
    """What becomes of a call at once."""

    DISPATCH = "dispatch"
    REGISTER = "register"
    EXPLAIN = "explain"
    REJECT = "reject"


@transaction.atomic
def log_and_decide(
    *,
    actor: Actor,
    intake: Intake,
    decision: Decision,
    reason: str = "",
    note: str = "",
    lead: Department | None = None,
    helpers: Sequence[Department] = (),
    instructions: str = "",
    now: datetime,
) -> Complaint:
    """Register a call and, as decided, accept and dispatch it, end it with an explanation, reject it, or
    leave it at that. `reason` and `note` are those of the decision; the draft of the form goes with it.

    The same `intake.request_key` again returns the case of the first time as it is. Raises what the verbs
    raise; then nothing has been written.
    """
    who: dict[str, Any] = {"actor": actor, "now": now}
    if decision == Decision.DISPATCH:
        sent: dict[str, Any] = {"lead": lead, "helpers": helpers, "instructions": instructions}
        case = log_call(intake=intake, accept_reason=reason, **sent, **who)
    else:
        case = register(intake=intake, **who)
        if case.state == State.RECORDED and decision in _ENDS:  # else the same form was sent twice
            case = _ENDS[decision](complaint=case, reason=reason, note=note, **who)
    discard_draft(actor=actor, kind=CALL, key=intake.request_key)
    return case


_ENDS: dict[Decision, Callable[..., Complaint]] = {Decision.EXPLAIN: explain_only, Decision.REJECT: reject}
