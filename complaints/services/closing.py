"""Signing a case off, and taking it up again."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.forms import HandedIn
from complaints.models import CaseEvent, Complaint, State
from complaints.rights import RIGHTS, check_right
from complaints.services.ending import MERGED_FACT, is_merged, state_again
from complaints.states import check_state
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.errors import Forbidden, Refused
from organizations.text import normalise
from policies.engine.frozen import EMPTY


@transaction.atomic
def close(
    *,
    actor: Actor,
    complaint: Complaint,
    note: str = "",
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """Close the case out (销项) if the pack's gate lets it pass; else Refused names what is missing."""
    case = lock(complaint, revision)
    role = check_right(actor, "close", case.desk_id)
    check_state(case, "close")
    record(
        case,
        kind="closed",
        actor=actor,
        now=now,
        role=role,
        reason=normalise(note),
        changes={"state": State.CLOSED, "closed_at": now, "paused_at": None},
        forms=forms,
    )
    return case


@transaction.atomic
def reopen(
    *,
    actor: Actor,
    complaint: Complaint,
    reason: str,
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """Start the next round: same number, first received time kept, to be dispatched again."""
    case = lock(complaint, revision)
    role = check_right(actor, "reopen", case.desk_id)
    check_state(case, "reopen")
    if not normalise(reason):
        raise Refused(_("Say why the case is taken up again."), field="reason")
    record_reopening(case, actor=actor, role=role, reason=normalise(reason), forms=forms, now=now)
    return case


def record_reopening(
    case: Complaint,
    *,
    actor: Actor | None,
    role: str,
    reason: str,
    forms: HandedIn = EMPTY,
    now: datetime,
) -> None:
    """Begin the next round of a locked case whose state allows it. What is done for nobody (actor None) the
    rules are not asked about here."""
    facts: dict[str, Any] = {
        "check_failed": case.state == State.HANDLED,
        "complainant_says_unsolved": case.state != State.HANDLED,
    }
    changes: dict[str, Any] = {
        "state": state_again(case),
        "round": case.round + 1,
        "closed_at": None,
        "paused_at": None,
        "outcome": "",
        "satisfaction": "",
    }
    if is_merged(case):  # it is a matter of its own again
        facts[MERGED_FACT] = ""
        changes["facts"] = {name: value for name, value in case.facts.items() if name != MERGED_FACT}
    record(
        case,
        kind="reopened",
        actor=actor,
        now=now,
        role=role,
        reason=reason,
        changes=changes,
        facts=facts,
        forms=forms,
    )


@transaction.atomic
def consent(
    *,
    actor: Actor,
    complaint: Complaint,
    role: str,
    note: str = "",
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """Give the consent a gate asks for (重大: the general manager's), in a role held for the case."""
    case = lock(complaint, revision)
    held = any(actor.has_for(place, role) for place in (case.lead_department_id, case.desk_id))
    if role not in RIGHTS["consent"] or not held:
        raise Forbidden(_("Your roles do not allow this."))
    check_state(case, "consent")
    given = CaseEvent.objects.filter(complaint=case, round=case.round, kind="consented", role=role)
    if given.exists():
        raise Refused(_("This consent has been given already."))
    record(
        case,
        kind="consented",
        actor=actor,
        now=now,
        role=role,
        reason=normalise(note),
        data={"role": role},
        forms=forms,
    )
    return case
