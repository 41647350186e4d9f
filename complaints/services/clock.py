"""Stopping the clock of a case, starting it again, and starting it anew."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.forms import HandedIn
from complaints.models import CaseEvent, Complaint
from complaints.rights import check_right
from complaints.states import check_state
from complaints.stops import Under, check_stopping, choose_stop, stops_for
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.errors import Refused
from organizations.text import normalise
from policies.engine.frozen import EMPTY
from policies.selectors import options, policy_of


@transaction.atomic
def pause(
    *,
    actor: Actor,
    complaint: Complaint,
    cause: str,
    reason: str,
    stop: str = "",
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """Stop the clock for a cause of the pack's list, under one of its clock stops (the first that the actor
    may choose, if not given). The time until `resume` does not count.

    Refused where the rules have no such stop, leave it to somebody else, or its condition does not hold.
    """
    case = lock(complaint, revision)
    under = choose_stop(actor, case, "pause", "paused", stop)
    check_state(case, "pause")
    check_running(case)
    if cause not in dict(options(policy_of(case.policy_id), "pause_reasons")):
        raise Refused(_("Choose a reason from the list."), field="cause")
    if not normalise(reason):
        raise Refused(_("Say why the clock has to stop."), field="reason")
    record(
        case,
        kind="paused",
        actor=actor,
        now=now,
        role=under.role,
        reason=normalise(reason),
        changes={"paused_at": now},
        data={"cause": cause, **under.data},
        forms=forms,
    )
    return case


def check_running(case: Complaint) -> None:
    """Raise Refused if the clock of the case is stopped."""
    if case.paused_at is not None:
        raise Refused(_("The clock of this case is stopped already."))


@transaction.atomic
def resume(
    *,
    actor: Actor,
    complaint: Complaint,
    reason: str = "",
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """Let the clock run again; every running limit moves by the time that was not counted."""
    case = lock(complaint, revision)
    role = check_stopping(actor, case, "resume", "paused")
    check_state(case, "resume")
    if case.paused_at is None:
        raise Refused(_("The clock of this case is running."))
    record(
        case,
        kind="resumed",
        actor=actor,
        now=now,
        role=role,
        reason=normalise(reason),
        changes={"paused_at": None},
        forms=forms,
    )
    return case


@transaction.atomic
def restart(
    *,
    actor: Actor,
    complaint: Complaint,
    reason: str,
    stop: str = "",
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """Let every running limit count anew from now: under a clock stop of the rules, or for new facts.

    Without a stop there have to be new facts on the case that no restart has taken account of yet.
    """
    case = lock(complaint, revision)
    under = _under(actor, case, stop)
    role = under.role if under else check_right(actor, "restart", case.desk_id)
    check_state(case, "restart")
    if under is None and not has_new_facts(case):
        raise Refused(_("The rules of this case do not let its limits count anew."))
    if not normalise(reason):
        raise Refused(_("Say why the limits have to count anew."), field="reason")
    record(
        case,
        kind="restarted",
        actor=actor,
        now=now,
        role=role,
        reason=normalise(reason),
        data=under.data if under else {},
        forms=forms,
    )
    return case


def _under(actor: Actor, case: Complaint, stop: str) -> Under | None:
    if stop or stops_for(policy_of(case.policy_id), "restarted"):
        return choose_stop(actor, case, "restart", "restarted", stop)
    return None


def has_new_facts(case: Complaint) -> bool:
    """Whether new facts have come up since the limits of the case last counted anew. One query."""
    rows = CaseEvent.objects.filter(complaint=case, kind__in=("new_facts", "restarted"))
    return rows.order_by("-at", "-pk").values_list("kind", flat=True).first() == "new_facts"
