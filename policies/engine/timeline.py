"""What is known about a case after each event: its facts, flags, round, open tickets.

Planning and gates read the same facts from here, so a gate can never ask for something the planner sees
differently.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from policies.engine.events import Event, in_order
from policies.engine.forms import forms_filed
from policies.engine.frozen import EMPTY
from policies.engine.schema import Policy
from policies.engine.vocabulary import (
    CASE_EVENTS,
    ENDING_EVENTS,
    EVENTS,
    TICKET_ENDS,
)

# The state a case is in after an event; other events leave it where it is.
STATE_AFTER = {
    "contacted": "draft",
    "recorded": "recorded",
    "accepted": "accepted",
    "rejected": "not_accepted",
    "explained": "not_accepted",
    "dispatched": "dispatched",
    "returned": "accepted",
    "acknowledged": "in_hand",
    "arrived": "in_hand",
    "told": "answered",
    "handled": "handled",
    "follow_up_done": "followed_up",
    "closed": "closed",
    "merged": "closed",
    "ended": "closed",
    "reopened": "reopened",
}


class Timeline:
    """The facts of one case, moved on event by event.

    `facts` holds what was given, what events set, and what follows from them:

    - a flag for every kind of event: true once it has happened in this round (matters of the case, such as
      `accepted`, stay true over rounds), false before; forwarded.<role> and answered.<body> likewise
    - rounds, follow_up_attempts (of this round), open_tickets, state
    - consent.<role>, form.<id> (handed in, and complete), listed_in.<schedule>
    - the attributes of list values: nature.group, channel.recorded, tier.rank
    """

    def __init__(self, policy: Policy, facts: Mapping[str, object]) -> None:
        self.policy = policy
        self.round = 1
        self.paused_since: datetime | None = None
        self.times: Counter[str] = Counter()
        self._open_tickets: set[int] = set()
        self._resting_state = "draft"
        self.facts: dict[str, object] = {
            **dict.fromkeys(EVENTS, False),
            "rounds": 1,
            "follow_up_attempts": 0,
            "open_tickets": 0,
            "state": "draft",
        }
        self.set_facts(facts)

    def set_facts(self, facts: Mapping[str, object]) -> set[str]:
        """Lay facts over what is known; returns the names of those that changed, derived ones included."""
        changed: set[str] = set()
        for name, value in facts.items():
            if name not in self.facts or self.facts[name] != value:
                changed.add(name)
                self.facts[name] = value
                changed |= self._derive(name, value)
        return changed

    def happened(self, event: Event) -> set[str]:
        """Take in that an event has happened, its own facts apart; returns the facts that changed."""
        if event.kind == "reopened":
            self._begin_round()
        self.times.update(self.names_of(event))
        flags = {event.kind: True, **self._counted(event), **self._said(event)}
        changed = self.set_facts(flags)
        # A new round clears many flags at once; naming them all is simpler than finding which.
        return set(self.facts) if event.kind == "reopened" else changed

    def names_of(self, event: Event) -> frozenset[str]:
        """What an event counts as: forwarded.general_manager is forwarded.gm too, if the pack says so."""
        if event.kind.startswith("forwarded."):
            role = event.kind.partition(".")[2]
            return frozenset(f"forwarded.{name}" for name in self._roles_meant_by(role))
        return frozenset({event.kind})

    def _begin_round(self) -> None:
        self.round += 1
        self._open_tickets.clear()
        for name in list(self.facts):
            of_round = name in EVENTS - CASE_EVENTS or name.startswith(
                ("consent.", "forwarded.", "answered.")
            )
            if of_round:
                self.facts[name] = False
        self.facts["follow_up_attempts"] = 0

    def _counted(self, event: Event) -> dict[str, object]:
        counted: dict[str, object] = {"rounds": self.round, "open_tickets": self._tickets_open_after(event)}
        if event.kind == "follow_up_attempt":
            counted["follow_up_attempts"] = int(self.facts["follow_up_attempts"]) + 1  # type: ignore[call-overload]
        counted["state"] = self._state_after(event)
        return counted

    def _tickets_open_after(self, event: Event) -> int:
        if event.ticket is not None:
            if event.kind == "dispatched":
                self._open_tickets.add(event.ticket)
            elif event.kind in TICKET_ENDS:
                self._open_tickets.discard(event.ticket)
        return len(self._open_tickets)

    def _state_after(self, event: Event) -> str:
        if event.kind == "paused" and self.paused_since is None:
            self.paused_since = event.at
        elif event.kind in ("resumed", "reopened") or event.kind in ENDING_EVENTS:
            self.paused_since = None
        self._resting_state = STATE_AFTER.get(event.kind, self._resting_state)
        return "suspended" if self.paused_since else self._resting_state

    def _said(self, event: Event) -> dict[str, object]:
        """What an event of consent, of paper work or of forwarding makes true."""
        if event.kind == "consented":
            role = str(event.data.get("role") or event.role)
            return {f"consent.{name}": True for name in self._roles_meant_by(role)}
        if event.kind == "listed" and "list" in event.data:
            return {f"listed_in.{event.data['list']}": True}
        said: dict[str, object] = dict.fromkeys(self.names_of(event), True)
        filed = forms_filed(self.policy, event, self.facts)
        return {**said, **dict.fromkeys((f"form.{form}" for form in filed), True)}

    def _roles_meant_by(self, role: str) -> Iterable[str]:
        return {role} | {name for name in self.policy.roles if self.policy.role_is(role, name)}

    def _derive(self, name: str, value: object) -> set[str]:
        """The attributes of a list value become facts of their own; those of the value before it go."""
        entries = self.policy.attributes.get(name)
        if not entries:
            return set()
        gone = {key for key in self.facts if key.startswith(f"{name}.")}
        for key in gone:
            del self.facts[key]
        says = entries.get(str(value), {})
        for attribute, said in says.items():
            self.facts[f"{name}.{attribute}"] = said
        return gone | {f"{name}.{attribute}" for attribute in says}


def facts_after(
    policy: Policy,
    facts: Mapping[str, object],
    events: Sequence[Event],
    *,
    then: Mapping[str, object] = EMPTY,
) -> dict[str, object]:
    """The facts of a case after all of its events. `facts` are known from the start, `then` comes last."""
    timeline = Timeline(policy, facts)
    for event in in_order(events):
        timeline.set_facts(event.facts)
        timeline.happened(event)
    timeline.set_facts(then)
    return timeline.facts
