"""Telling the complainant the result, and asking later whether it is right."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import values
from complaints.forms import HandedIn
from complaints.models import CaseEvent, Complaint, Deadline, State
from complaints.rights import check_right
from complaints.states import check_state, is_awaited
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.errors import Refused
from organizations.text import normalise
from policies.engine.frozen import EMPTY
from policies.selectors import policy_of


class Satisfaction(TextChoices):
    """What the complainant says of the result."""

    SATISFIED = "satisfied", gettext_lazy("satisfied")
    FAIR = "fair", gettext_lazy("fairly satisfied")
    UNSATISFIED = "unsatisfied", gettext_lazy("not satisfied")


@transaction.atomic
def tell(
    *,
    actor: Actor,
    complaint: Complaint,
    summary: str,
    way: str = "phone",
    outcome: str = "",
    liability: str = "",
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """The desk has checked the result and told it to the complainant. `summary` is what was said.

    An outcome (from the pack's list) is needed unless the department has named one. After the end of the case
    it has its place where a limit that runs still waits for it; nothing of the case changes then.
    """
    case = lock(complaint, revision)
    role = check_right(actor, "tell", case.desk_id)
    is_late = tells_late(case)
    if not is_late:
        check_state(case, "tell")
    if not normalise(summary):
        raise Refused(_("Write down what the complainant was told."), field="summary")
    if is_late:
        _check_unchanged(case, outcome=outcome, liability=liability)
        changes: dict[str, Any] = {}
    else:
        changes = {**_result(case, outcome, liability), "state": State.TOLD}
    record(
        case,
        kind="told",
        actor=actor,
        now=now,
        role=role,
        reason=normalise(summary),
        changes=changes,
        facts={"told_way": normalise(way)} if normalise(way) else {},
        data={"way": normalise(way)},
        forms=forms,
    )
    return case


def tells_late(case: Complaint) -> bool:
    """Whether the case has ended and its rules still wait for the complainant to be told. One query then."""
    if case.is_open:
        return False
    running = Deadline.objects.filter(complaint=case, state__in=(Deadline.State.OPEN, Deadline.State.PAUSED))
    return is_awaited(policy_of(case.policy_id), running, "told")


def _check_unchanged(case: Complaint, **given: str) -> None:
    for name, value in given.items():
        if value and value != getattr(case, name):
            raise Refused(_("The case has ended: this is not changed by telling."), field=name)


def _result(case: Complaint, outcome: str, liability: str) -> dict[str, Any]:
    new = {"outcome": outcome or case.outcome, "liability": liability or case.liability}
    changes = values.clean_case(policy_of(case.policy_id), new)
    if not changes["outcome"]:
        raise Refused(_("Choose the outcome."), field="outcome")
    return changes


@transaction.atomic
def follow_up(
    *,
    actor: Actor,
    complaint: Complaint,
    reached: bool,
    solved: bool | None = None,
    satisfaction: str = "",
    note: str = "",
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """Record a follow-up call. Not reached: an attempt. Reached: whether it is solved and how satisfied.

    The person who filed the result does not follow up where the pack forbids it (T1: not_by handler).
    """
    case = lock(complaint, revision)
    role = check_right(actor, "follow_up", case.desk_id)
    check_state(case, "follow_up")
    _check_not_handler(case, actor)
    if not reached:
        record(
            case,
            kind="follow_up_attempt",
            actor=actor,
            now=now,
            role=role,
            reason=normalise(note),
            forms=forms,
        )
        return case
    if satisfaction not in Satisfaction.values:
        raise Refused(_("Choose how satisfied the complainant is."), field="satisfaction")
    if solved is None:
        raise Refused(_("Say whether the matter is solved."), field="solved")
    facts: dict[str, Any] = {"solved": solved, "satisfied": satisfaction != Satisfaction.UNSATISFIED}
    record(
        case,
        kind="follow_up_done",
        actor=actor,
        now=now,
        role=role,
        reason=normalise(note),
        changes={"satisfaction": satisfaction, "state": State.FOLLOWED_UP},
        facts=facts,
        forms=forms,
    )
    return case


def _check_not_handler(case: Complaint, actor: Actor) -> None:
    gate = policy_of(case.policy_id).gates.get("follow_up")
    if gate is None or "handler" not in gate.not_by:
        return
    handled = CaseEvent.objects.filter(
        complaint=case, round=case.round, kind__in=("handled", "part_handled"), actor=actor.user
    )
    if handled.exists():
        raise Refused(_("The follow-up has to be done by another person than the one who handled the case."))
