"""The ends of a case besides the close-out: its handling is ended, or it goes into another case."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from complaints.forms import HandedIn
from complaints.models import CaseEvent, Complaint, State
from complaints.rights import check_right
from complaints.signals import case_ended
from complaints.states import check_state
from complaints.stops import choose_stop
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.errors import NotVisible, Refused
from organizations.text import normalise
from policies.engine.frozen import EMPTY
from policies.engine.naming import named_events
from policies.engine.schema import Policy
from policies.selectors import policy_of

MERGED_FACT = "duplicate_of"


@transaction.atomic
def end_handling(
    *,
    actor: Actor,
    complaint: Complaint,
    reason: str,
    stop: str = "",
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """End the handling under a clock stop of the rules (the first that the actor may choose, if not given):
    a court or an authority has it, say. Open tickets are withdrawn."""
    case = lock(complaint, revision)
    under = choose_stop(actor, case, "end", "ended", stop)
    check_state(case, "end")
    if not normalise(reason):
        raise Refused(_("Say why the handling ends."), field="reason")
    why = normalise(reason)
    record_end(case, "ended", actor, under.role, now, reason=why, data=under.data, forms=forms)
    return case


def record_end(case: Complaint, kind: str, actor: Actor, role: str, now: datetime, **more: Any) -> CaseEvent:
    """Record an event that ends a locked case, and have its open tickets withdrawn."""
    changes = {"state": State.CLOSED, "closed_at": now, "paused_at": None, **more.pop("changes", {})}
    event = record(case, kind=kind, actor=actor, now=now, role=role, changes=changes, **more)
    case_ended.send(Complaint, case=case, now=now, directory=actor.directory)
    return event


@transaction.atomic
def merge(
    *,
    actor: Actor,
    complaint: Complaint,
    into: Complaint,
    reason: str,
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """Close a case because its matter is that of another one, which goes on with it.

    Both are locked, in the order of their ids. Refused if one of them is not open any more (merged itself,
    say), or if another case has gone into the one that is merged: no chains, no cycles. `revision` is that
    of the case that is merged.
    """
    case, into = lock_both(complaint, into, revision)
    role = check_right(actor, "merge", case.desk_id)
    check_right(actor, "merge", into.desk_id)
    merge_locked(actor, case, into, role, reason, now, forms)
    return case


def lock_both(
    complaint: Complaint, into: Complaint, revision: int | None = None
) -> tuple[Complaint, Complaint]:
    """Two cases of one organization, locked: whoever merges them the other way round waits and cannot lock
    us out. Raises NotVisible for a case of another organization."""
    if into.organization_id != complaint.organization_id:
        raise NotVisible(into.pk)
    if into.pk == complaint.pk:
        raise Refused(_("A case cannot be merged into itself."), field="into")
    wanted = {complaint.pk: (complaint, revision), into.pk: (into, None)}
    locked = {pk: lock(*wanted[pk]) for pk in in_order(wanted)}
    return locked[complaint.pk], locked[into.pk]


def in_order(ids: Iterable[int]) -> list[int]:
    return sorted(ids)


def merge_locked(
    actor: Actor,
    case: Complaint,
    into: Complaint,
    role: str,
    reason: str,
    now: datetime,
    forms: HandedIn = EMPTY,
    **data: Any,
) -> None:
    """The same for two locked cases, by somebody with the right to it."""
    check_state(case, "merge")
    check_state(into, "merge")  # a closed case goes on with nothing
    _check_free(case, into)
    if not normalise(reason):
        raise Refused(_("Say why it is the same matter."), field="reason")
    policy = policy_of(case.policy_id)
    known = _duplicate_of(policy, into)
    record_end(
        case,
        "merged",
        actor,
        role,
        now,
        reason=normalise(reason),
        changes={"facts": {**case.facts, **known}},
        # A reason for accepting stands for accepting; the decision is another one now.
        facts={**known, "accept_reason": _merge_reason(policy)},
        data={"into": into.number, **data},
        forms=forms,
    )
    other = named_events(policy_of(into.policy_id))
    record(
        into,
        kind="contacted_again" if "contacted_again" in other else "noted",
        actor=actor,
        now=now,
        role=role,
        reason=normalise(reason),
        data={"merged": case.number},
        forms=None,
    )


def _duplicate_of(policy: Policy, into: Complaint) -> dict[str, str]:
    """The fact `duplicate_of`: the number of the other case or, where the rules ask only whether that one is
    still open, `open` or `closed`."""
    declared = next((fact for fact in policy.facts if fact.id == MERGED_FACT), None)
    if declared is not None and declared.type == "enum":
        return {MERGED_FACT: "open" if into.is_open else "closed"}
    return {MERGED_FACT: into.number}


def _merge_reason(policy: Policy) -> str:
    return next((row.id for row in policy.accept_reasons if row.effect == "merge"), "")


def _check_free(case: Complaint, into: Complaint) -> None:
    if taken_in(case):
        raise Refused(
            _("Another case has been merged into this one: merge the other way round."), field="into"
        )


def is_merged(case: Complaint) -> bool:
    """Whether the case has gone into another one, and has not been taken up again since."""
    return CaseEvent.objects.filter(complaint=case, kind="merged", round=case.round).exists()


def state_again(case: Complaint) -> State:
    """Where a case goes on that is taken up again: to dispatch, unless it ended before it was accepted."""
    kinds = set(CaseEvent.objects.filter(complaint=case).values_list("kind", flat=True))
    ended_early = kinds & {"merged", "ended"} and "accepted" not in kinds
    return State.RECORDED if ended_early else State.ACCEPTED


def taken_in(case: Complaint) -> list[str]:
    """The numbers of the cases that have gone into this one and stay there."""
    rows = CaseEvent.objects.filter(
        organization=case.organization,
        kind="merged",
        data__into=case.number,
        round=F("complaint__round"),
    )
    return list(rows.values_list("complaint__number", flat=True))
