"""Why an event may not happen now: everything the rules say before it is recorded.

One place for the product and for scenarios, so that what a scenario proves is what a person meets.
"""

from collections.abc import Iterator

from policies.engine.conditions import Need
from policies.engine.demands import held_up
from policies.engine.events import Event
from policies.engine.forms import forms_missing
from policies.engine.gates import EFFECT_OF_EVENT, GATE_OF_EVENT, missing, reason_missing
from policies.engine.routes import contact_missing, transfer_missing
from policies.engine.stops import stop_missing
from policies.engine.triggers import Run

TALKS_TO_CUSTOMER = frozenset({"told", "progress_told"})


def refusal(run: Run, event: Event, *, with_forms: bool = True) -> list[Need]:
    """What stands before `event` on the case as `run` has it; an empty list means it may happen.

    Looks at gates, forms, clock stops, what triggers demand or forbid, and who may pass the case on or speak
    to the customer (by `event.role`; "" = not checked). Codes are those of the functions asked, each need
    once. Extensions have conditions of their own, see check_extension().
    """
    return list(dict.fromkeys(_needs(run, event, with_forms)))


def _needs(run: Run, event: Event, with_forms: bool) -> Iterator[Need]:
    policy, role = run.policy, event.role or None
    facts = {**run.facts, **event.facts}
    counts = run.fold.counts(event.at)
    if event.kind in EFFECT_OF_EVENT:
        facts["accept_effect"] = EFFECT_OF_EVENT[event.kind]
    for gate in GATE_OF_EVENT.get(event.kind, ()):
        yield from missing(policy, gate, facts, run.events, role=role, counts=counts)
    if event.kind == "merged":
        yield from reason_missing(policy, facts, counts=counts)
    if with_forms:
        yield from forms_missing(policy, event, facts, counts=counts)
    yield from stop_missing(policy, event, facts, role=role, counts=counts)
    yield from held_up(run.effects, event.kind, facts)
    if role and event.kind == "transferred":
        yield from transfer_missing(policy, role, to=str(event.data.get("to", "")))
    if role and event.kind in TALKS_TO_CUSTOMER:
        yield from contact_missing(policy, role)
