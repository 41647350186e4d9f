"""Trying rules out before they are published: what would become of a case that comes in at a given moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from policies.engine.calendars import Calendar
from policies.engine.deadlines import PlannedDeadline
from policies.engine.effects import Effect
from policies.engine.events import Event, in_order
from policies.engine.planning import plan
from policies.engine.routes import route
from policies.engine.schema import Policy
from policies.engine.timeline import facts_after
from policies.engine.triggers import effects
from policies.engine.vocabulary import ENDING_EVENTS

MOST_STEPS = 40
MOST_EFFECTS = 100  # a trigger that urges every hour would fill the page
JUST_BEFORE = timedelta(minutes=1)
# With a case come these, in this order; what a pack does not use changes nothing.
FIRST = ("contacted", "recorded")


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried. `steps` are further events (kind, time); `just_in_time`: everything that is due is done
    a minute before its limit."""

    start: datetime
    facts: Mapping[str, object] = field(default_factory=dict)
    steps: tuple[tuple[str, datetime], ...] = ()
    just_in_time: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """What would become of it. `effects` are what triggers do until the last rung of the last limit; `to` are
    the roles the rules send the case to."""

    deadlines: list[PlannedDeadline]
    events: list[Event]
    effects: list[Effect]
    to: tuple[str, ...]


def try_out(policy: Policy, calendar: Calendar, trial: Trial) -> Tried:
    """The deadlines of a case that has not happened, with the events they come from."""
    events = [
        Event(number, kind, trial.start, facts=trial.facts) for number, kind in enumerate(FIRST, start=1)
    ]
    graded = "graded" if "tier" in trial.facts else ""
    for kind, at in [*((name, trial.start) for name in ("accepted", graded) if name), *trial.steps]:
        events.append(_event(len(events) + 1, kind, at))
    deadlines = plan(policy, calendar, {}, events)
    while trial.just_in_time and len(events) < MOST_STEPS:
        following = _next_step(policy, deadlines, events)
        if following is None:
            break
        events.append(_event(len(events) + 1, *following))
        deadlines = plan(policy, calendar, {}, events)
    events = in_order(events)
    until = max((rung.at for row in deadlines for rung in row.rungs), default=events[-1].at)
    done = effects(policy, calendar, {}, events, ask_at=max(until, events[-1].at))
    sent = route(policy, facts_after(policy, {}, events))
    return Tried(deadlines, events, done[:MOST_EFFECTS], sent.to if sent else ())


def _next_step(
    policy: Policy, deadlines: Sequence[PlannedDeadline], events: Sequence[Event]
) -> tuple[str, datetime] | None:
    """What would be done next: the event that meets the limit that comes first."""
    if any(event.kind in ENDING_EVENTS for event in events):
        return None
    running = [(row.due_at, row) for row in deadlines if row.state == "open" and row.due_at is not None]
    if not running:
        return None
    due_at, row = min(running, key=lambda pair: (pair[0], pair[1].started_at))
    return policy.duties_by_id[row.duty].end[0], max(row.started_at, due_at - JUST_BEFORE)


def _event(number: int, kind: str, at: datetime) -> Event:
    return Event(number, kind, at, ticket=1 if kind in _OF_A_TICKET else None)


_OF_A_TICKET = frozenset(
    {"dispatched", "acknowledged", "assigned", "worked", "arrived", "handled", "returned"}
)


def usable_events(policy: Policy) -> Iterator[str]:
    """The events a limit of these rules begins or ends with, in the order of the rules, each once."""
    seen: set[str] = set(FIRST)
    for duty in policy.duties:
        for kind in (*duty.start, *duty.end):
            if kind not in seen:
                seen.add(kind)
                yield kind
    yield from (kind for kind in ("paused", "resumed", "closed") if kind not in seen)
