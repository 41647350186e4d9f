"""Clock stops: facts that pause, restart or end the handling, or merge it into another case.

A stop without a decider is carried out at once, one with a decider (and every `pause_or_end`) is a proposal:
the person records `paused`, `restarted`, `ended` or `merged` with `data: {stop: id}`. A stop without a
condition is a person's choice altogether.
"""

from collections.abc import Mapping

from policies.engine.conditions import Counts, Need, facts_read, holds, unmet
from policies.engine.events import Event
from policies.engine.schema import ClockStop, Policy

EVENT_OF_STOP = {"pause": "paused", "restart": "restarted", "end": "ended", "merge": "merged"}
# What may be recorded under a stop.
EVENTS_OF_STOP = {
    **{effect: frozenset({kind}) for effect, kind in EVENT_OF_STOP.items()},
    "pause_or_end": frozenset({"paused", "ended"}),
}


def is_automatic(stop: ClockStop) -> bool:
    return stop.effect in EVENT_OF_STOP and not stop.decider


def comes_up(stop: ClockStop, event: Event, held_before: bool) -> bool:
    """Whether a stop whose condition holds now begins to count with this event.

    It does when the condition did not hold before, and when what it waits for has happened once more.
    """
    return not held_before or event.kind in facts_read(stop.when)


def stop_missing(
    policy: Policy,
    event: Event,
    facts: Mapping[str, object],
    *,
    role: str | None = None,
    counts: Counts | None = None,
) -> list[Need]:
    """Why an event recorded under a clock stop is refused; an event under none is not looked at.

    Codes: not_allowed (no such stop, or it does something else), role, and those of its condition.
    """
    name = event.data.get("stop")
    if name is None:
        return []
    stop = next((one for one in policy.clock_stops if one.id == name), None)
    if stop is None or event.kind not in EVENTS_OF_STOP[stop.effect]:
        return [Need("not_allowed", fact=str(name))]
    needs = unmet(stop.when, facts, counts=counts)
    if role and stop.decider and not policy.role_is(role, stop.decider):
        needs.append(Need("role", expected=(stop.decider,)))
    return needs


def holding(policy: Policy, facts: Mapping[str, object], counts: Counts) -> dict[str, bool]:
    """Which stops' conditions hold."""
    return {
        stop.id: bool(stop.when) and holds(stop.when, facts, counts=counts) for stop in policy.clock_stops
    }
