"""What happened on a case: the only input, besides the facts, that a policy reacts to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One immutable entry of a case's timeline.

    `kind` is a name of docs/policies.md, "Events". `at` is aware, in any zone, and kept in UTC. `ticket`
    names the department's share the event belongs to. `facts` are the facts this event sets from now on.
    `data` holds what only this kind of event needs:

        extended    {"duty": id, "due_at": ISO time or datetime, "ticket": number or None}
        consented   {"role": id}   (without it the actor's own role has consented)
        form_filed  {"form": id}
        listed      {"list": id of a schedule}
    """

    id: int
    kind: str
    at: datetime
    ticket: int | None = None
    role: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    data: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"event {self.id} ({self.kind}) has a time without a zone: {self.at}")
        # Subtracting two times of one zone ignores a change of its clocks: from here on everything is UTC.
        object.__setattr__(self, "at", self.at.astimezone(UTC))


def in_order(events: Sequence[Event]) -> list[Event]:
    """The events as they happened: by time, and by id where the times are equal."""
    return sorted(events, key=lambda event: (event.at, event.id))
