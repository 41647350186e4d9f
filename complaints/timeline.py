"""The one path by which anything happens to a case.

    with transaction.atomic():
        case = lock(complaint, revision)
        ... refuse, or decide ...
        record(case, kind=..., actor=..., now=..., changes={...}, ...)

`lock` takes the row lock that the sweep takes too, so a person and a deadline can never both win. `record`
appends the event, writes the changed columns and re-plans the deadlines.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from complaints import deadlines
from complaints.course import UNREAD, Course, course_of
from complaints.effects import carry_out
from complaints.facts import FACT_FIELDS
from complaints.forms import HandedIn, kept
from complaints.gatekeeping import check_allowed
from complaints.learning import learn
from complaints.models import CaseEvent, Complaint
from organizations.actors import Actor
from organizations.errors import Stale
from organizations.models import Department
from policies.engine.frozen import EMPTY
from policies.selectors import policy_of


def lock(complaint: Complaint, revision: int | None = None) -> Complaint:
    """The case, freshly read and locked until the transaction ends.

    `revision` is the one the actor saw, if the face knows it. Raises Stale if the case has moved on since.
    Must be called inside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a case is locked inside a transaction")
    case = (
        Complaint.objects.select_for_update(of=("self",))
        .select_related("organization", "desk", "lead_department")
        .get(pk=complaint.pk)
    )
    if revision is not None and case.revision != revision:
        raise Stale(
            _("This case has changed since you opened it. Look at it again, then repeat what you did.")
        )
    return case


def record(
    case: Complaint,
    *,
    kind: str,
    actor: Actor | None,
    now: datetime,
    at: datetime | None = None,
    role: str = "",
    department: Department | None = None,
    ticket_ref: int = 0,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    forms: HandedIn | None = EMPTY,
) -> CaseEvent:
    """Append one event to a locked case, apply `changes` to its columns and re-plan its deadlines.

    `at` is when it happened, `now` if not given; it is never put before the latest event of the case, so that
    whoever got the lock second also comes second on the timeline. `facts` are further facts for the planner;
    those that follow from changed columns are added here. `forms` are those filled in with it (see forms.py),
    None for what only goes along with something else: nobody is asked for a form then.

    What the rules bring about up to `now` is done in the same stroke: before the event what has come due
    since the last one, after it what the event sets off. Raises Refused, naming what is missing, if the rules
    do not let the event happen (gates, forms, demands of triggers, clock stops). Two or three reads.
    """
    read = kind not in UNREAD
    course = course_of(case, now) if read else None
    columns = carry_out(course, now) if course else set()
    at = _not_before_latest(case, at or now)
    changed = case.change(changes or {})
    known = {name: getattr(case, name) for name in FACT_FIELDS if name in changed}
    known |= facts or {}
    filled: dict[str, Any] = {}
    if course and actor and forms is not None:
        filled = kept(course, kind, role, known, forms, reason)
    columns_learnt, facts_learnt = learn(policy_of(case.policy_id), case, filled.get("forms", {}))
    changed |= case.change({**columns_learnt, "facts": {**case.facts, **facts_learnt}})
    known |= facts_learnt
    payload = {**filled, **(data or {}), "facts": known}
    event = CaseEvent(
        organization=case.organization,
        complaint=case,
        kind=kind,
        at=at,
        recorded_at=now,
        actor=actor.user if actor else None,
        role=role,
        department=department,
        ticket_ref=ticket_ref,
        round=case.round,
        reason=reason,
        data={key: value for key, value in payload.items() if value not in ({}, None)},
    )
    if course and actor:
        check_allowed(course, event, with_forms=forms is not None)
    event.save()
    course = _carried_on(course, case, event, now)
    columns |= changed | carry_out(course, now)
    case.last_event_at = max(case.last_event_at or at, at)
    case.revision += 1
    case.save(update_fields=sorted(columns | {"last_event_at", "revision"}))
    deadlines.replan(case, course)
    return event


def _carried_on(course: Course | None, case: Complaint, event: CaseEvent, now: datetime) -> Course:
    """The course with the event on it. Other rules, for one, make it another course altogether."""
    if course is None:
        return course_of(case, now)
    course.take(event)
    course.advance(now)
    return course


def catch_up(case: Complaint, now: datetime) -> bool:
    """Do what has come due on a locked case by the passing of time; returns whether anything was done."""
    course = course_of(case, now)
    columns = carry_out(course, now)
    if columns - {"next_effect_at"}:
        case.revision += 1
        columns.add("revision")
        deadlines.replan(case, course)
    if columns:
        case.save(update_fields=sorted(columns))
    return bool(columns)


def _not_before_latest(case: Complaint, at: datetime) -> datetime:
    """`at`, or the latest event's time if that is later.

    A breach decided at 10:00 is on the timeline at 10:00. A signature whose `now` was read at 09:59 but that
    waited for the sweep's lock has lost the race: it is dated 10:00, which is no longer within the limit.
    """
    return max(at, case.last_event_at) if case.last_event_at else at
