"""A call from its first word to what becomes of it, all or nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from complaints.drafts import discard_draft
from complaints.files import Prepared
from complaints.files.keeping import stored
from complaints.forms import apart
from complaints.models import Complaint, State
from complaints.rights import role_to
from complaints.services import Intake, explain_only, register, reject
from complaints.services.attaching import attach_stored
from complaints.services.intake import own_desk
from complaints.timeline import lock
from organizations.actors import Actor
from organizations.models import Department
from policies.engine.conditions import Need
from policies.engine.frozen import EMPTY
from policies.engine.gates import EFFECT_OF_EVENT, GATE_OF_EVENT, shut
from policies.engine.schema import Policy
from policies.selectors import compiled, current_version
from tickets.services.dispatching import log_call

# What `complaints.drafts` calls the drafts of this form.
CALL = "call"


class Decision(StrEnum):
    """What becomes of a call at once."""

    DISPATCH = "dispatch"
    ACCEPT = "accept"
    REGISTER = "register"
    EXPLAIN = "explain"
    REJECT = "reject"


# What each decision records after the registration, and the verbs of complaints.rights that this takes.
EVENTS_OF: Mapping[Decision, tuple[str, ...]] = {
    Decision.DISPATCH: ("accepted", "dispatched"),
    Decision.ACCEPT: ("accepted",),
    Decision.REGISTER: (),
    Decision.EXPLAIN: ("explained",),
    Decision.REJECT: ("rejected",),
}
_VERB_OF = {"dispatched": "dispatch"}  # all others decide on accepting


@dataclass(frozen=True)
class Ways:
    """What whoever takes a call can make of it. `shut` has a row for each decision that the rules leave to
    others, or do not know: what they say against it."""

    shut: Mapping[Decision, list[Need]]

    def __contains__(self, decision: Decision) -> bool:
        return decision not in self.shut

    @property
    def furthest(self) -> Decision:
        """How far towards the department the call gets at once."""
        steps = (Decision.DISPATCH, Decision.ACCEPT, Decision.REGISTER)
        return next(decision for decision in steps if decision in self)


def ways_of_call(actor: Actor, policy: Policy, facts: Mapping[str, Any] = EMPTY) -> Ways:
    """What the actor can make of a call under the rules, as far as `facts` tell. No query but for the
    directory.

    That a decision is open does not say that nothing is missing for it.
    """
    desk = own_desk(actor).pk
    against = {
        decision: [need for event in events for need in _against(actor, desk, policy, event, facts)]
        for decision, events in EVENTS_OF.items()
    }
    return Ways({decision: needs for decision, needs in against.items() if needs})


def _against(actor: Actor, desk: int, policy: Policy, event: str, facts: Mapping[str, Any]) -> list[Need]:
    role = role_to(actor, _VERB_OF.get(event, "accept"), desk)
    effect = EFFECT_OF_EVENT.get(event)
    known = {**facts, "accept_effect": effect} if effect else facts
    return [need for gate in GATE_OF_EVENT[event] for need in shut(policy, gate, known, role=role)]


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
    files: Sequence[Prepared] = (),
    now: datetime,
) -> Complaint:
    """Register a call and, as decided, accept it and dispatch it, end it with an explanation, reject it, or
    leave it at that. `reason` and `note` are those of the decision, `intake.forms` may be forms of any of
    this; `files` are attached, and the draft of the form goes with it.

    The same `intake.request_key` again returns the case of the first time as it is. Raises what the verbs
    raise; then nothing has been written.
    """
    who: dict[str, Any] = {"actor": actor, "now": now}
    with stored(actor.organization, files) as batch, transaction.atomic():
        if decision == Decision.DISPATCH:
            sent: dict[str, Any] = {"lead": lead, "helpers": helpers, "instructions": instructions}
            case = log_call(intake=intake, accept_reason=reason, **sent, **who)
        elif decision == Decision.ACCEPT:
            case = log_call(intake=intake, accept_reason=reason, **who)
        else:
            case = _log_and_end(intake, decision, {"reason": reason, "note": note}, who)
        if files:
            attach_stored(batch, lock(case), request_key=intake.request_key, **who)
            case.refresh_from_db()
        discard_draft(actor=actor, kind=CALL, key=intake.request_key)
    return case


def _log_and_end(
    intake: Intake, decision: Decision, said: Mapping[str, str], who: Mapping[str, Any]
) -> Complaint:
    policy = compiled(current_version(who["actor"].organization))
    *ending, first = apart(policy, intake.forms, *EVENTS_OF[decision])
    case = register(intake=replace(intake, forms=first), **who)
    if case.state == State.RECORDED and decision in _ENDS:  # else the same form was sent twice
        case = _ENDS[decision](complaint=case, forms=ending[0], **said, **who)
    return case


_ENDS: dict[Decision, Callable[..., Complaint]] = {Decision.EXPLAIN: explain_only, Decision.REJECT: reject}
