"""What a trigger or a clock stop does: one Effect for each run, and the events it puts on the timeline."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2s
from typing import Any

from policies.engine.events import Event
from policies.engine.schema import Action

LONGEST_KEY = 160


@dataclass(frozen=True, slots=True)
class Effect:
    """One run of a trigger (or of a clock stop: its `source` is clock_stop.<id>). Times are UTC.

    `key` is the same whenever the same timeline is looked at again, also with more events at its end: what
    has been done under a key is never done twice. The events an effect brings about (set, emit, merge, the
    stop of a clock) carry it as `data.effect`; record them so, and the engine knows them again.
    """

    key: str
    source: str
    occurrence: int  # 1 for the first run of this source on the case
    at: datetime
    because: str  # the kind of event, warn.<duty> ..., or timer
    actions: tuple[Action, ...]
    to: tuple[str, ...]  # everybody the actions address
    ticket: int | None = None
    proposed: bool = False  # waits for `decider`; nothing has happened yet
    decider: str = ""
    events: tuple[Event, ...] = ()  # what it puts on the timeline by itself


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something runs: what happened, when, and the sources in whose wake it happened."""

    name: str  # identifies it, for the keys of effects
    because: str
    at: datetime
    ticket: int | None = None
    wake: frozenset[str] = frozenset()


def cause_of(event: Event, kind: str = "", wake: frozenset[str] = frozenset()) -> Cause:
    """An event as a cause. One that an effect has brought about is known by that effect, whatever its id."""
    made_by = event.data.get("effect")
    name = f"{made_by}>{event.kind}" if made_by else f"event:{event.id}"
    return Cause(name, kind or event.kind, event.at, event.ticket, wake)


def key_of(source: str, cause: Cause) -> str:
    """What names one run of a source: at most LONGEST_KEY characters, however long the chain of causes is."""
    key = f"{source}@{cause.name}"
    if len(key) <= LONGEST_KEY:
        return key
    return f"{source[:60]}@{blake2s(key.encode(), digest_size=16).hexdigest()}"


def changes_of(actions: tuple[Action, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind of event, facts it sets) for each event a list of actions brings about, in their order.

    What is set before an `emit` is set by the event emitted; what is left over, by a note.
    """
    facts: dict[str, Any] = {}
    for action in actions:
        for verb, target in action.items():
            if verb == "set" and isinstance(target, Mapping):
                facts.update(target)
            elif verb in ("emit", "merge"):
                yield (str(target) if verb == "emit" else "merged"), facts
                facts = {}
    if facts:
        yield "noted", facts
