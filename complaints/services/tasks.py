"""Settling what the rules want a person to do beside the verbs of a case."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.forms import HandedIn
from complaints.models import Complaint, Task
from complaints.orders import tell_answered
from complaints.services.clock import check_running
from complaints.services.ending import lock_both, merge_locked, record_end
from complaints.settling import check_settling, stop_of
from complaints.states import check_state
from complaints.taskwords import task_title
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.errors import Refused
from organizations.text import normalise
from policies.engine.frozen import EMPTY
from policies.engine.schema import ClockStop, Policy
from policies.engine.stops import EVENT_OF_STOP
from policies.posts import Posts, people_of_role
from policies.selectors import policy_of, posts_of

# These want an answer; nobody declines them.
ANSWERED = (Task.Kind.ORDER, Task.Kind.TASK)
PAUSE, END = "pause", "end"


@transaction.atomic
def settle_task(
    *,
    actor: Actor,
    task: Task,
    answer: str = "",
    accepted: bool = True,
    choice: str = "",
    into: Complaint | None = None,
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Task:
    """Answer a supervision order or a task; do or decline anything else. Declining needs a reason (`answer`).

    A clock stop that is accepted is recorded as its own event, in the name of the rule: `choice` says which
    for one that pauses or ends, `into` is the other case for one that merges. Forbidden for those whom the
    task is not for; Refused if somebody has settled it, and for proposed penalties (a verb of their own).
    """
    if into is not None and accepted and _merges(task):
        case, into = lock_both(task.complaint, into, revision)
    else:
        case, into = lock(task.complaint, revision), None
    task = Task.objects.select_related("department", "settled_by", "issued_by").get(pk=task.pk)
    task.complaint = case
    posts, policy = posts_of(case.organization), policy_of(case.policy_id)
    role = check_settling(actor, task, posts)
    check_state(case, "settle_task")
    answer = normalise(answer)
    stop = stop_of(policy, task) if accepted else None
    _check(task, answer, accepted, stop)
    _store(task, actor, answer, accepted, now)
    if stop is not None:
        role = _in_place_of(actor, task, stop, role, posts)
        said: dict[str, Any] = {"reason": answer, "forms": forms}
        _carry_out(case, task, stop, choice, into, actor=actor, role=role, now=now, **said)
        return task
    record(
        case,
        kind="task_settled",
        actor=actor,
        now=now,
        role=role,
        department=task.department,
        ticket_ref=task.ticket_ref,
        reason=answer,
        data={
            "task": task.pk,
            "kind": task.kind,
            "number": task.number or None,
            "accepted": accepted,
            "title": task_title(policy, task),
        },
    )
    tell_answered(case, task, now)
    return task


def _check(task: Task, answer: str, accepted: bool, stop: ClockStop | None) -> None:
    if task.kind == Task.Kind.PENALTY:
        raise Refused(_("A proposed penalty is decided on by itself."))
    if task.state != Task.State.OPEN:
        words = {"person": task.settled_by or _("the system"), "state": task.get_state_display()}
        raise Refused(_("%(person)s has settled this already: %(state)s.") % words)
    if task.kind in ANSWERED and not accepted:
        raise Refused(_("This has to be answered."), field="accepted")
    if not answer and task.kind in ANSWERED:
        raise Refused(_("Write down the answer."), field="answer")
    if task.kind == Task.Kind.CLOCK and accepted and stop is None:
        raise Refused(_("The rules of this case know this no more; it can only be declined."))
    if not answer and not accepted:
        raise Refused(_("Say why it is declined."), field="answer")


def _store(task: Task, actor: Actor, answer: str, accepted: bool, now: datetime) -> None:
    task.state = Task.State.DONE if accepted else Task.State.DECLINED
    task.settled_at, task.settled_by, task.answer = now, actor.user, answer
    task.save(update_fields=["state", "settled_at", "settled_by", "answer"])


# --- clock stops --------------------------------------------------------------------------------------------


def _merges(task: Task) -> bool:
    stop = stop_of(policy_of(task.complaint.policy_id), task)
    return stop is not None and stop.effect == "merge"


def _in_place_of(actor: Actor, task: Task, stop: ClockStop, role: str, posts: Posts) -> str:
    """The decider's role, where nobody fills it: a proposal never waits for nobody."""
    policy, case = policy_of(task.complaint.policy_id), task.complaint
    if not stop.decider or policy.role_is(role, stop.decider):
        return role
    filled = people_of_role(
        actor.directory,
        posts,
        policy,
        stop.decider,
        desk_id=case.desk_id,
        department_id=task.department_id,
    )
    return role if filled else stop.decider


def _carry_out(
    case: Complaint,
    task: Task,
    stop: ClockStop,
    choice: str,
    into: Complaint | None,
    *,
    actor: Actor,
    role: str,
    reason: str,
    forms: HandedIn,
    now: datetime,
) -> None:
    kind = _event_of(stop, choice)
    data = {"stop": stop.id, "task": task.pk}
    if kind == "merged":
        if into is None:
            raise Refused(_("Say which case it is merged into."), field="into")
        merge_locked(actor, case, into, role, reason, now, forms, **data)
    elif kind == "ended":
        check_state(case, "end")
        record_end(case, kind, actor, role, now, reason=reason, data=data, forms=forms)
    else:
        check_state(case, "pause")
        if kind == "paused":
            check_running(case)
        changes = {"paused_at": now} if kind == "paused" else {}
        record(
            case,
            kind=kind,
            actor=actor,
            now=now,
            role=role,
            reason=reason,
            changes=changes,
            data=data,
            forms=forms,
        )


def _event_of(stop: ClockStop, choice: str) -> str:
    if stop.effect != "pause_or_end":
        return EVENT_OF_STOP[stop.effect]
    if choice not in (PAUSE, END):
        raise Refused(_("Choose whether the clock stops or the handling ends."), field="choice")
    return EVENT_OF_STOP[choice]


def choices_of(policy: Policy, task: Task) -> tuple[str, ...]:
    """What can be chosen when a clock stop is accepted; () where nothing is to be chosen."""
    stop = stop_of(policy, task)
    return (PAUSE, END) if stop is not None and stop.effect == "pause_or_end" else ()
