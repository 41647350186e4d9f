"""Does what the rules bring about by themselves: triggers and clock stops, in the transaction of their cause.
A penalty whose condition holds is put before those who decide on it in the same way.

Decided once: an effect is stored under its key, together with the events it records and the tasks it makes.
Telling people is left to the sweep, which finds it by `told_at`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from complaints.course import Course, departments_of
from complaints.facts import FACT_FIELDS
from complaints.models import CaseEvent, Complaint, Effect, State, Task
from complaints.penalties import proposed
from complaints.signals import case_ended
from complaints.tasks import COMPLAINANT, number_orders, tasks_of
from policies.engine.effects import Effect as Brought
from policies.engine.events import Event


def carry_out(course: Course, now: datetime) -> set[str]:
    """Do every effect of the course that has not been done; returns the columns of the case that changed.

    The case has to be locked. One query, and at most four writes if there is anything new.
    """
    case, found = course.case, [*course.run.effects, *proposed(course)]
    changed = _await_next(course)
    if not found:
        return changed
    known = set(Effect.objects.filter(complaint=case).values_list("key", flat=True))
    new = [effect for effect in found if effect.key not in known]
    if not new:
        return changed
    Effect.objects.bulk_create([_row(case, effect, now) for effect in new])
    _make_tasks(course, new, now)
    return changed | _record(course, new, now)


def _await_next(course: Course) -> set[str]:
    next_at = course.run.next_at
    if next_at == course.case.next_effect_at:
        return set()
    course.case.next_effect_at = next_at
    return {"next_effect_at"}


def _row(case: Complaint, effect: Brought, now: datetime) -> Effect:
    to = [name for name in effect.to if name != COMPLAINANT]
    if effect.proposed and effect.decider:
        to.append(effect.decider)
    return Effect(
        organization=case.organization,
        complaint=case,
        key=effect.key,
        source=effect.source,
        because=effect.because,
        ticket_ref=effect.ticket or 0,
        at=effect.at,
        recorded_at=now,
        actions=list(effect.actions),
        to=list(dict.fromkeys(to)),
        told_at=None if to else now,
    )


def _make_tasks(course: Course, effects: Iterable[Brought], now: datetime) -> None:
    places = departments_of(course.rows)
    tasks = [
        task
        for effect in effects
        for task in tasks_of(
            course.case,
            course.policy,
            _actions_for_people(effect),
            key=effect.key,
            source=effect.source,
            to=(effect.decider,) if effect.decider else effect.to,
            now=now,
            ticket_ref=effect.ticket or 0,
            department_id=places.get(effect.ticket or 0),
        )
    ]
    number_orders(tasks, now)
    if tasks:
        Task.objects.bulk_create(tasks)


def _actions_for_people(effect: Brought) -> list[Any]:
    """A clock stop becomes a task only if it waits for somebody; whom it tells is in `to`."""
    stops = [action for action in effect.actions if "stop" in action]
    if not stops:
        return list(effect.actions)
    told = [{"notify": COMPLAINANT}] if COMPLAINANT in effect.to else []
    return [*(stops if effect.proposed else ()), *told]


def _record(course: Course, effects: Iterable[Brought], now: datetime) -> set[str]:
    """Put the events of the effects on the timeline, and into the columns of the case."""
    case = course.case
    rows, changed = [], set()
    for effect in effects:
        for event in effect.events:
            changed |= _apply(case, event)
            rows.append(_event(case, effect, event, now))
    if not rows:
        return changed
    course.rows.extend(CaseEvent.objects.bulk_create(rows))
    case.last_event_at = max(case.last_event_at or rows[-1].at, rows[-1].at)
    if any(row.kind in _ENDS for row in rows):
        case_ended.send(Complaint, case=case, now=now, directory=None)
    return changed | {"last_event_at"}


def _event(case: Complaint, effect: Brought, event: Event, now: datetime) -> CaseEvent:
    facts = {"facts": dict(event.facts)} if event.facts else {}
    return CaseEvent(
        organization=case.organization,
        complaint=case,
        kind=event.kind,
        at=event.at,
        recorded_at=now,
        ticket_ref=event.ticket or 0,
        round=case.round,
        data={**event.data, **facts, "source": effect.source},
    )


# What an event of the rules does to the state of a case, as the verb of that name does.
_ENDS = ("closed", "ended", "merged")


def _apply(case: Complaint, event: Event) -> set[str]:
    columns: dict[str, Any] = {name: value for name, value in event.facts.items() if name in FACT_FIELDS}
    others = {name: value for name, value in event.facts.items() if name not in FACT_FIELDS}
    if others:
        columns["facts"] = {**case.facts, **others}
    if event.kind in _ENDS:
        columns |= {"state": State.CLOSED, "closed_at": event.at, "paused_at": None}
    elif event.kind in ("paused", "resumed"):
        columns["paused_at"] = event.at if event.kind == "paused" else None
    return case.change(columns)
