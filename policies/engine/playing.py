"""Playing a scenario: what the product would do on this timeline.

An event that a gate, a form, a rule of transfer or of contact, a clock stop or a demand refuses does not
happen; between two events everything happens whose time comes before the second.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from policies.engine.conditions import Counts, Need
from policies.engine.counting import CaseCounter, among, counts_at
from policies.engine.deadlines import PlannedDeadline
from policies.engine.effects import Effect
from policies.engine.events import Event, in_order
from policies.engine.extensions import check_extension, extension_rule
from policies.engine.filling import filled
from policies.engine.forms import forms_missing
from policies.engine.gates import missing
from policies.engine.parsing import parse_policy
from policies.engine.refusals import refusal
from policies.engine.scenarios import Scenario
from policies.engine.schema import Policy
from policies.engine.triggers import FiredRung, Run


@dataclass(frozen=True, slots=True)
class Refusal:
    event: Event
    missing: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a scenario by its `ask_at`.

    `policy` is the one it was played under, with what the scenario fills in. `gates` says what each gate
    would still ask for then, `facts` what is known then.
    """

    policy: Policy
    deadlines: list[PlannedDeadline]
    fired: list[FiredRung]
    effects: list[Effect]
    refused: list[Refusal]
    gates: Mapping[str, tuple[Need, ...]]
    facts: Mapping[str, object]
    counts_for: Callable[[Mapping[str, object]], Counts]  # at `ask_at`, for these facts


def play(policy: Policy, scenario: Scenario) -> Played:
    """Run the timeline. Raises PolicyErrors if the scenario fills in what the pack does not leave open."""
    if scenario.fill:
        policy = parse_policy(filled(policy.document, scenario.fill), source=policy.id)
    counter = counter_of(scenario)
    run = Run(policy, scenario.calendar, scenario.facts, counter, expected=scenario.events)
    refused: list[Refusal] = []
    for event in in_order(scenario.events):
        if event.at > scenario.ask_at:
            break
        run.advance(event.at)
        needs = list(dict.fromkeys(_needs_before(scenario, run, event)))
        if needs:
            refused.append(Refusal(event, tuple(needs)))
        else:
            run.take(event)
    run.advance(scenario.ask_at)
    counts = run.fold.counts(scenario.ask_at)
    return Played(
        policy=policy,
        deadlines=run.deadlines(),
        fired=sorted(run.fired, key=lambda one: (one.at, one.deadline[0])),
        effects=run.effects,
        refused=refused,
        gates={
            name: tuple(missing(policy, name, run.facts, run.events, counts=counts)) for name in policy.gates
        },
        facts=dict(run.facts),
        counts_for=lambda facts: counts_at(counter, facts, run.fold.timeline.times, scenario.ask_at),
    )


def counter_of(scenario: Scenario) -> CaseCounter:
    """How a scenario answers count conditions: by one number, or by the other cases it names."""
    if scenario.counts is not None:
        return partial(_always, scenario.counts)
    return among(scenario.cases, scenario.calendar)


def _always(number: int, *_asked: object) -> int:
    return number


def _needs_before(scenario: Scenario, run: Run, event: Event) -> Iterator[Need]:
    """Why the product would refuse this event now."""
    if event.kind in ("extended", "extension_asked"):
        facts = {**run.facts, **event.facts}
        yield from _extension_needs(scenario, run, event, facts)
        if scenario.checks_forms:
            yield from forms_missing(run.policy, event, facts, counts=run.fold.counts(event.at))
    else:
        yield from refusal(run, event, with_forms=scenario.checks_forms)


def _extension_needs(
    scenario: Scenario, run: Run, event: Event, facts: Mapping[str, object]
) -> Iterator[Need]:
    deadlines = run.deadlines()
    duty, ticket = str(event.data.get("duty")), event.data.get("ticket") or event.ticket
    meant = [one for one in deadlines if one.duty == duty and one.state in ("open", "paused")]
    deadline = next((one for one in meant if one.ticket in (None, ticket)), None)
    new_due = scenario.calendar.moment(event.data.get("due_at"))
    if deadline is None or new_due is None:
        yield Need("met", fact=duty)
        return
    contents = event.data.get("contents", ())
    yield from check_extension(
        run.policy,
        scenario.calendar,
        facts,
        deadlines,
        deadline,
        new_due=new_due,
        now=event.at,
        contents=contents if isinstance(contents, list | tuple) else (),
    )
    rule = extension_rule(run.policy, duty, facts)
    decides = rule.approver if rule and event.kind == "extended" and event.role else ()
    if decides and not any(run.policy.role_is(event.role, approver) for approver in decides):
        yield Need("role", expected=decides)
