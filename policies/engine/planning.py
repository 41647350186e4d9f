"""plan(): from a policy and a timeline to the deadlines of a case.

A pure fold over the events in the order of their time. Nothing is remembered between two calls: planning
again with one event more gives what would have come out had it been known from the start.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from policies.engine.calendars import Calendar, first_business, open_hours
from policies.engine.conditions import Counts, holds
from policies.engine.counting import CaseCounter, counts_at
from policies.engine.deadlines import PlannedDeadline, Rung
from policies.engine.events import Event, in_order
from policies.engine.instances import Instance
from policies.engine.schema import Duty, Policy
from policies.engine.timeline import Timeline
from policies.engine.vocabulary import BOOKKEEPING, ENDING_EVENTS, TICKET_GIVEN_BACK

__all__ = ["Event", "PlannedDeadline", "Rung", "plan"]

# No department keeps hours of its own.
ALL_ALIKE: Mapping[int, Calendar] = MappingProxyType({})
Key = tuple[str, int | None]  # a duty, on a ticket or on the case


def plan(
    policy: Policy,
    calendar: Calendar,
    facts: Mapping[str, object],
    events: Sequence[Event],
    *,
    counts: CaseCounter | None = None,
    tickets: Mapping[int, Calendar] = ALL_ALIKE,
) -> list[PlannedDeadline]:
    """Every deadline the policy sets on a case with this timeline, in the order they began.

    `facts` are known from the beginning; events add theirs. The order in which `events` are given does not
    matter. `counts` answers count conditions over cases, asked at the time of each event; without it none
    holds. `tickets` are the calendars of tickets whose department keeps hours of its own; everything else
    goes by `calendar`. Times come out in UTC. How each kind of event acts is in docs/policies.md, "What
    plan() does".
    """
    fold = Fold(policy, calendar, facts, counts, tickets)
    for event in in_order(events):
        fold.take(event)
    return fold.deadlines()


class Fold:
    """The state while the events pass, one by one and in order."""

    def __init__(
        self,
        policy: Policy,
        calendar: Calendar,
        facts: Mapping[str, object],
        counts: CaseCounter | None = None,
        tickets: Mapping[int, Calendar] = ALL_ALIKE,
    ) -> None:
        self.policy = policy
        self.calendar = calendar
        self._of_ticket = tickets
        self.timeline = Timeline(policy, facts)
        self._counter = counts
        self._open = first_business(policy)
        self.instances: list[Instance] = []
        self._running: dict[Key, Instance] = {}
        self._occurrences: dict[tuple[Key, int], int] = defaultdict(int)

    def take(self, event: Event) -> None:
        """One event: facts first, then the clock, then what it ends, then what it begins."""
        kinds = self.timeline.names_of(event)
        self._look_at_the_clock(event)
        self._reconsider(event, self.timeline.set_facts(event.facts))
        self._turn_clock(event)
        self._meet(event, kinds)
        self._overtake(event)
        self._end(event)
        self._reconsider(event, self.timeline.happened(event))
        self._begin(event, kinds)

    def deadlines(self) -> list[PlannedDeadline]:
        return [instance.planned() for instance in self.instances]

    def counts(self, at: datetime) -> Counts:
        """The answers to count conditions as of now."""
        return counts_at(self._counter, self.timeline.facts, self.timeline.times, at)

    def is_overdue(self, at: datetime) -> bool:
        """Whether a deadline that still runs has passed."""
        return any(
            one.due_at is not None and one.due_at <= at and one.paused_since is None
            for one in self._running.values()
        )

    def _look_at_the_clock(self, event: Event) -> None:
        """Whether the doors were open when the matter came in, unless somebody has said so."""
        if self._open is None or event.kind not in ("contacted", "recorded"):
            return
        if "open_hours" not in self.timeline.facts:
            self.timeline.set_facts(open_hours(self.calendar, self._open, event.at))

    def _reconsider(self, event: Event, changed: set[str]) -> None:
        """Facts have changed: duties that no longer apply are void, the others may count by another row."""
        if not changed:
            return
        facts = self.timeline.facts
        for key, instance in list(self._running.items()):
            if instance.duty.reads.isdisjoint(changed):
                continue
            counts = self.counts(event.at)
            if holds(instance.duty.when, facts, counts=counts):
                instance.choose(facts, counts)
            else:
                self._void(key, event, "no_longer_applies")

    def _turn_clock(self, event: Event) -> None:
        if event.kind == "paused":
            for instance in self._running.values():
                instance.pause(event.at)
        elif event.kind == "resumed":
            for instance in self._running.values():
                instance.resume(event.at, self.timeline.facts)
        elif event.kind == "extended":
            self._extend(event)
        elif event.kind == "restarted":
            self._restart(event)

    def _restart(self, event: Event) -> None:
        """New facts: what runs (or the one duty named) counts anew from here."""
        for (duty, _ticket), instance in self._running.items():
            if event.data.get("duty") in (None, duty) and _concerns(event, instance):
                instance.restart(event, self.timeline.facts, self.counts(event.at))
                if self.timeline.paused_since is not None:
                    instance.pause(event.at)

    def _extend(self, event: Event) -> None:
        due_at = self.calendar.moment(event.data.get("due_at"))
        ticket = event.data.get("ticket") or event.ticket
        for (duty, of_ticket), instance in self._running.items():
            meant = duty == event.data.get("duty") and (of_ticket is None or ticket in (None, of_ticket))
            if meant and due_at is not None:
                instance.extend(event.at, due_at, self.timeline.facts)

    def _meet(self, event: Event, kinds: frozenset[str]) -> None:
        for key, instance in list(self._running.items()):
            if not _concerns(event, instance):
                continue
            if kinds.isdisjoint(instance.duty.end) and not _is_part(event, instance):
                continue
            instance.meet(event.at, self.timeline.facts)
            del self._running[key]

    def _overtake(self, event: Event) -> None:
        if event.kind in BOOKKEEPING:
            return
        for instance in self._running.values():
            if _concerns(event, instance):
                instance.overtaken(event.at, self.timeline.facts)

    def _end(self, event: Event) -> None:
        if event.kind in ENDING_EVENTS or event.kind == "reopened":
            for key in list(self._running):
                self._void(key, event, event.kind)
        elif event.kind in TICKET_GIVEN_BACK and event.ticket is not None:
            for key in [key for key in self._running if key[1] == event.ticket]:
                self._void(key, event, event.kind)

    def _void(self, key: Key, event: Event, reason: str) -> None:
        self._running.pop(key).void(event.at, reason)

    def _begin(self, event: Event, kinds: frozenset[str]) -> None:
        for duty in self._begun_by(kinds):
            if duty.each == "ticket" and event.ticket is None:
                continue
            if not holds(duty.when, self.timeline.facts, counts=self.counts(event.at)):
                continue
            key = (duty.id, event.ticket if duty.each == "ticket" else None)
            running = self._running.get(key)
            if running is None:
                running = self._begin_anew(duty, key, event)
            else:
                running.restart(event, self.timeline.facts, self.counts(event.at))
            if self.timeline.paused_since is not None:
                running.pause(event.at)

    def _begun_by(self, kinds: frozenset[str]) -> Iterable[Duty]:
        begun = self.policy.duties_begun_by
        if len(kinds) == 1:
            return begun.get(next(iter(kinds)), ())
        return [duty for duty in self.policy.duties if not kinds.isdisjoint(duty.start)]

    def _begin_anew(self, duty: Duty, key: Key, event: Event) -> Instance:
        round_ = self.timeline.round
        self._occurrences[key, round_] += 1
        instance = Instance(
            duty,
            event,
            self._of_ticket.get(key[1] or 0, self.calendar),
            self.timeline.facts,
            round_,
            self._occurrences[key, round_],
            self.counts(event.at),
        )
        self.instances.append(instance)
        self._running[key] = instance
        return instance


def _concerns(event: Event, instance: Instance) -> bool:
    """A duty of one ticket is not touched by what happens on another."""
    return instance.ticket is None or event.ticket is None or event.ticket == instance.ticket


def _is_part(event: Event, instance: Instance) -> bool:
    """A helping department's result ends its own share, though not the case's."""
    return event.kind == "part_handled" and instance.ticket == event.ticket and "handled" in instance.duty.end
