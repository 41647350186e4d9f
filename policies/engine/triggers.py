"""effects(): what the triggers and clock stops of a policy do on a timeline, and when.

The events pass in order of time; between two of them whatever comes due first comes first: the rungs of
deadlines (warn.<duty>, breach.<duty>, ladder.<duty>), then timers. What an effect sets or emits is an event
like any other: it is taken in at once, before the next trigger is looked at. Triggers run in the order of the
pack. Nothing runs for ever: no trigger runs in its own wake, none twice for one cause, and one case has at
most MOST_EFFECTS effects.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from policies.engine.calendars import Calendar
from policies.engine.conditions import holds
from policies.engine.counting import CaseCounter
from policies.engine.deadlines import PlannedDeadline, Rung
from policies.engine.effects import Cause, Effect, cause_of, changes_of, key_of
from policies.engine.events import Event, in_order
from policies.engine.instances import Instance
from policies.engine.planning import ALL_ALIKE, Fold
from policies.engine.rungs import receivers
from policies.engine.schema import Action, ClockStop, Policy, Trigger
from policies.engine.stops import EVENT_OF_STOP, comes_up, holding, is_automatic
from policies.engine.timers import Waiting
from policies.engine.vocabulary import ENDING_EVENTS, SIGNAL_FAMILIES

__all__ = ["Effect", "FiredRung", "Run", "effects"]

MOST_EFFECTS = 2000
Identity = tuple[str, int | None, int, int]


def effects(
    policy: Policy,
    calendar: Calendar,
    facts: Mapping[str, object],
    events: Sequence[Event],
    *,
    ask_at: datetime,
    counts: CaseCounter | None = None,
) -> list[Effect]:
    """Everything triggers and clock stops have done, or proposed, by `ask_at`, in the order it happened.

    Arguments are those of plan(); events after `ask_at` are left out. Events that carry out an effect
    (`data.effect` = its key) are recognised: the effect is listed, and its events are not made again.
    """
    run = Run(policy, calendar, facts, counts, expected=events, watched=listened_to(policy))
    for event in in_order(events):
        if event.at > ask_at:
            break
        run.take(event)
    run.advance(ask_at)
    return run.effects


@dataclass(frozen=True, slots=True)
class FiredRung:
    """A rung of a deadline whose time has come. `at` is the rung's own time."""

    at: datetime
    deadline: Identity
    rung: Rung


class Run:
    """A case while its events pass: deadlines, rungs, effects, and the events these bring about.

    `expected` are the events that will be taken; the ones among them that carry out an effect are awaited.
    `watched` are the duties whose rungs are of interest; None = all. What would have been caused before
    `since`, under other rules or before the case came into the product, is left alone unless it is awaited.
    `tickets` are the calendars of tickets whose department keeps hours of its own.
    """

    def __init__(
        self,
        policy: Policy,
        calendar: Calendar,
        facts: Mapping[str, object],
        counts: CaseCounter | None = None,
        *,
        expected: Iterable[Event] = (),
        watched: frozenset[str] | None = None,
        since: datetime | None = None,
        tickets: Mapping[int, Calendar] = ALL_ALIKE,
    ) -> None:
        self.policy, self.calendar = policy, calendar
        self.fold = Fold(policy, calendar, facts, counts, tickets)
        self._since = since
        self.effects: list[Effect] = []
        self.fired: list[FiredRung] = []
        self.events: list[Event] = []
        expected = tuple(expected)
        self._recorded = {str(event.data["effect"]) for event in expected if "effect" in event.data}
        self._next_id = max((event.id for event in expected), default=0)
        self._watched = watched
        self._signals = _signals_of(policy)
        self._rungs: dict[int, tuple[int, tuple[Rung, ...]]] = {}
        self._seen_rungs: set[tuple[Identity, int, int]] = set()
        self._waiting: dict[tuple[str, int | None], Waiting] = {}
        self._ended_at: datetime | None = None
        self._stops = dict.fromkeys((stop.id for stop in policy.clock_stops), False)
        self._keys: set[str] = set()
        self._runs: dict[str, int] = {}

    @property
    def facts(self) -> dict[str, object]:
        """What is known about the case now."""
        return self.fold.timeline.facts

    def deadlines(self) -> list[PlannedDeadline]:
        return self.fold.deadlines()

    def take(self, event: Event) -> None:
        """The next event; what comes due by its time comes first."""
        self.advance(event.at)
        self._take(event, frozenset())

    @property
    def next_at(self) -> datetime | None:
        """When the next rung a trigger waits for, or the next timer, comes due; None = nothing is awaited."""
        rungs = (
            rung.at
            for instance in self.fold.instances
            if self._watches(instance.duty.id)
            for rung in self._unfired(instance)
            if f"{rung.kind}.{instance.duty.id}" in self._signals
        )
        timers = (one.next_at for one in self._waiting.values() if one.next_at and not self._is_over(one))
        return min((*rungs, *timers), default=None)

    def advance(self, until: datetime) -> None:
        """Let time pass: fire the rungs and strike the timers that come due by `until`."""
        while True:
            rung, waiting = self._next_rung(until), self._next_timer(until)
            if rung is None and waiting is None:
                return
            rung_at = rung.at if rung else None
            timer_at = waiting.next_at if waiting else None
            if rung is not None and (timer_at is None or (rung_at is not None and rung_at <= timer_at)):
                self._fire_rung(rung)
            elif waiting is not None and timer_at is not None:
                waiting.strike(self.calendar)
                self._try_timer(waiting, timer_at)

    # Events

    def _take(self, event: Event, wake: frozenset[str]) -> None:
        cause = cause_of(event, wake=wake)
        self.fold.take(event)
        self.events.append(event)
        if event.kind == "reopened":
            self._ended_at = None
        elif event.kind in ENDING_EVENTS:
            self._ended_at = event.at
        names = self.fold.timeline.names_of(event)
        self._wind_up(names, cause)
        self._check_stops(event, cause)
        self._trigger(names, cause)
        for waiting in list(self._waiting.values()):
            if waiting.ripe:
                self._try_timer(waiting, event.at, wake)

    def _trigger(self, names: frozenset[str], cause: Cause) -> None:
        for trigger in self.policy.triggers:
            if not names.isdisjoint(trigger.events):
                self._run(trigger, cause)

    def _run(self, trigger: Trigger, cause: Cause) -> bool:
        """Run a trigger whose hour has come, if its condition holds. Whether it ran."""
        if trigger.id in cause.wake or (trigger.once and trigger.id in self._runs):
            return False
        if not holds(trigger.when, self._view(cause.at), counts=self.fold.counts(cause.at)):
            return False
        self._do(trigger.id, trigger.do, cause)
        return True

    def _view(self, at: datetime) -> Mapping[str, object]:
        """The facts a trigger sees: those of the case, and whether it is overdue at that moment."""
        facts = self.facts
        if not self.fold.is_overdue(at):
            return {**facts, "overdue": False}
        return {**facts, "overdue": True, "state": (facts["state"], "overdue")}

    def _do(
        self,
        source: str,
        actions: tuple[Action, ...],
        cause: Cause,
        *,
        made: Sequence[tuple[str, Mapping[str, object], Mapping[str, object]]] | None = None,
        to: tuple[str, ...] = (),
        decider: str = "",
        proposed: bool = False,
    ) -> None:
        """Note an effect and take in what it brings about: `made` as (kind, facts, data), or its actions."""
        key = key_of(source, cause)
        if key in self._keys or len(self.effects) >= MOST_EFFECTS or self._is_history(key, cause):
            return
        self._keys.add(key)
        self._runs[source] = self._runs.get(source, 0) + 1
        if made is None:
            made = [(kind, facts, {}) for kind, facts in changes_of(actions)]
        events = () if key in self._recorded else tuple(self._made(key, cause, made))
        self.effects.append(
            Effect(
                key=key,
                source=source,
                occurrence=self._runs[source],
                at=cause.at,
                because=cause.because,
                actions=actions,
                to=to or receivers(actions),
                ticket=cause.ticket,
                proposed=proposed,
                decider=decider,
                events=events,
            )
        )
        for event in events:
            self._take(event, cause.wake | {source})

    def _is_history(self, key: str, cause: Cause) -> bool:
        return self._since is not None and cause.at < self._since and key not in self._recorded

    def _made(
        self,
        key: str,
        cause: Cause,
        made: Sequence[tuple[str, Mapping[str, object], Mapping[str, object]]],
    ) -> Iterable[Event]:
        for kind, facts, data in made:
            self._next_id += 1
            marked = {**data, "effect": key}
            yield Event(self._next_id, kind, cause.at, ticket=cause.ticket, facts=facts, data=marked)

    # Rungs

    def _next_rung(self, until: datetime) -> FiredRung | None:
        """The earliest rung by `until` that has not fired for the present due time of its deadline."""
        found: FiredRung | None = None
        for instance in self.fold.instances:
            # What began this very moment is not late yet.
            if instance.started_at < until and self._watches(instance.duty.id):
                for rung in self._unfired(instance):
                    if rung.at <= until and (found is None or rung.at < found.at):
                        found = FiredRung(rung.at, _identity(instance), rung)
        return found

    def _watches(self, duty: str) -> bool:
        return self._watched is None or duty in self._watched

    def _unfired(self, instance: Instance) -> tuple[Rung, ...]:
        """The rungs of a deadline that have not fired; looked up anew only when the deadline has changed."""
        version, rungs = self._rungs.get(id(instance), (-1, ()))
        if version != instance.version:
            rungs = instance.rungs()
        name = _identity(instance)
        rungs = tuple(
            rung for rung in rungs if (name, instance.revision, rung.number) not in self._seen_rungs
        )
        self._rungs[id(instance)] = (instance.version, rungs)
        return rungs

    def _fire_rung(self, fired: FiredRung) -> None:
        instance = next(one for one in self.fold.instances if _identity(one) == fired.deadline)
        self._seen_rungs.add((fired.deadline, instance.revision, fired.rung.number))
        self.fired.append(fired)
        # A due time that was moved into the past is found out only now.
        at = max(fired.at, self.events[-1].at) if self.events else fired.at
        kind = f"{fired.rung.kind}.{fired.deadline[0]}"
        number = ".".join(str(part) for part in (*fired.deadline[1:], instance.revision, fired.rung.number))
        cause = Cause(f"{kind}:{number}", kind, at, fired.deadline[1])
        self._wind_up(frozenset({kind}), cause)
        self._trigger(frozenset({kind}), cause)

    # Timers

    def _wind_up(self, names: frozenset[str], cause: Cause) -> None:
        for trigger in self.policy.triggers:
            if trigger.timer is not None and trigger.timer.since in names:
                waiting = Waiting.started(trigger, cause, self.calendar)
                self._waiting[trigger.id, cause.ticket] = waiting

    def _next_timer(self, until: datetime) -> Waiting | None:
        due = [one for one in self._waiting.values() if one.next_at is not None and one.next_at <= until]
        return min(due, key=lambda one: one.next_at or until, default=None)

    def _try_timer(self, waiting: Waiting, at: datetime, wake: frozenset[str] = frozenset()) -> None:
        """Run what waited for this hour. On a case that is over, only what began with its end is of use."""
        if self._is_over(waiting):
            return
        cause = waiting.cause(at)
        cause = Cause(cause.name, cause.because, cause.at, cause.ticket, cause.wake | wake)
        if self._run(waiting.trigger, cause):
            waiting.ripe = False

    def _is_over(self, waiting: Waiting) -> bool:
        return self._ended_at is not None and waiting.since.at < self._ended_at

    # Clock stops

    def _check_stops(self, event: Event, cause: Cause) -> None:
        if not self.policy.clock_stops:
            return
        before, now = self._stops, holding(self.policy, self.facts, self.fold.counts(event.at))
        self._stops = now
        for stop in self.policy.clock_stops:
            source = f"clock_stop.{stop.id}"
            if source in cause.wake:
                continue
            if now[stop.id] and comes_up(stop, event, before[stop.id]):
                self._stop(stop, source, stop.effect, cause)
            elif before[stop.id] and not now[stop.id] and stop.effect == "pause" and is_automatic(stop):
                self._stop(stop, source, "resume", cause)

    def _stop(self, stop: ClockStop, source: str, effect: str, cause: Cause) -> None:
        automatic = is_automatic(stop)
        kind = "resumed" if effect == "resume" else EVENT_OF_STOP.get(effect, "")
        self._do(
            source,
            ({"stop": effect},),
            cause,
            made=[(kind, {}, {"stop": stop.id})] if automatic else [],
            to=(stop.tell,) if stop.tell else (),
            decider=stop.decider,
            proposed=not automatic,
        )


def _identity(instance: Instance) -> Identity:
    return instance.duty.id, instance.ticket, instance.round, instance.occurrence


def listened_to(policy: Policy) -> frozenset[str]:
    """The duties whose rungs a trigger waits for."""
    return frozenset(name.partition(".")[2] for name in _signals_of(policy))


def _signals_of(policy: Policy) -> frozenset[str]:
    """The rungs a trigger waits for: warn.<duty> ..."""
    names = {name for trigger in policy.triggers for name in trigger.events}
    names |= {trigger.timer.since for trigger in policy.triggers if trigger.timer}
    return frozenset(name for name in names if name.startswith(SIGNAL_FAMILIES))
