"""Which events and facts a policy names: those that begin or end a duty, open a gate, set off a trigger ...

What nobody's rule looks at changes nothing; what a rule waits for has to be recordable.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from policies.engine.conditions import facts_read
from policies.engine.occasions import EVENT_OF
from policies.engine.schema import Fact, Gate, Policy
from policies.engine.vocabulary import SIGNALS, is_event

# Facts of the product's own that only a person can know. All others follow from events or from columns
# of the case: who could set `told` would pass every gate.
_STATEMENTS: Mapping[str, str] = {
    "bool": """
        reason_recorded complainant_agrees position_stated outside_ways_told urgent on_the_spot
        mass_affected upgrade_tendency multi_dept serious important complex special new_clue harm upheld
    """,
    "int": "harmed_persons",
    "money": "loss_amount",
    "datetime": "requested_due promised_due stated_due external_due",
    "text": "not_told_reason",
}
_TYPES = {name: kind for kind, names in _STATEMENTS.items() for name in names.split()}
_LISTED = {"case_kind": "case_kinds", "level": "levels", "class": "classes"}


@lru_cache(maxsize=256)
def asked_facts(policy: Policy) -> tuple[Fact, ...]:
    """The facts a person may state on a case: the dimensions of the categories, those the pack declares, then
    those of the product's own that only a person can know and that some rule looks at."""
    dimensions = tuple(
        Fact(name.partition(".")[2], "enum", from_list=name) for name in policy.lists if "." in name
    )
    declared = {fact.id for fact in (*dimensions, *policy.facts)}
    read = dict.fromkeys(name.partition(".")[0] for name in _names(policy))
    own = [Fact(name, _TYPES[name]) for name in read if name in _TYPES and name not in declared]
    for name, list_name in _LISTED.items():
        if name in read and name not in declared and policy.items(list_name):
            own.append(Fact(name, "enum", from_list=list_name))
    stated = {fact.id for fact in policy.facts}
    return (*(fact for fact in dimensions if fact.id not in stated), *policy.facts, *own)


@lru_cache(maxsize=256)
def named_events(policy: Policy) -> frozenset[str]:
    """Every event and every signal (accept.doubt, request_manager ...) that a rule of the policy waits for.

    `listed` is among them where a schedule selects cases, `form_filed` where there is any form, and what a
    text is written down with (progress_told, promise_made).
    """
    names = {name for name in _names(policy) if is_event(name) or name in SIGNALS}
    if policy.forms:
        names.add("form_filed")
    if any(row.selects for row in policy.schedules):
        names.add("listed")
    names.update(EVENT_OF[row.occasion] for row in policy.templates if row.occasion in EVENT_OF)
    return frozenset(names)


@lru_cache(maxsize=256)
def after_closing(policy: Policy) -> frozenset[str]:
    """The named events that have their place after the close-out: what a duty begun by it ends with, the
    review and the file, and the complainant's coming back."""
    ends = {kind for duty in policy.duties_begun_by.get("closed", ()) for kind in duty.end}
    late = {*ends, "reviewed", "archived", "contacted_again"} & named_events(policy)
    gate = policy.gates.get("close")
    return frozenset({*late, "noted"} if gate and gate.complete_after_close else late)


def _names(policy: Policy) -> Iterator[str]:
    for duty in policy.duties:
        yield from (*duty.start, *duty.end, *duty.blocks, *duty.reads)
        yield from _in_actions((*duty.on_warn, *duty.on_breach))
    for trigger in policy.triggers:
        yield from (*trigger.events, *facts_read(trigger.when))
        if trigger.timer:
            yield trigger.timer.since
        yield from _in_actions(trigger.do)
    for form in policy.forms:
        yield form.at
        yield from facts_read(form.when)
    for reason in policy.accept_reasons:
        yield from (*reason.needs, *facts_read(reason.when))
    for stop in policy.clock_stops:
        yield from facts_read(stop.when)
    for rule in policy.extensions:
        yield from _in_actions(rule.also)
    for grant in policy.grants:
        yield from (*grant.conditions, *facts_read(grant.when))
        yield from facts_read(grant.scope) if isinstance(grant.scope, Mapping) else ()
    for penalty in policy.penalties:
        yield from facts_read(penalty.when)
        yield from facts_read(penalty.fallback.get("when") or {})  # type: ignore[arg-type]
    for text in policy.templates:
        yield from facts_read(text.when)
    for gate in policy.gates.values():
        yield from _in_gate(gate)


def _in_gate(gate: Gate) -> Iterator[str]:
    conditions = [gate.applies_when, gate.always, *(row.when for row in gate.blocks)]
    for kind in (*gate.kinds, *gate.extra):
        conditions += [kind.when, *kind.needs]
    for needs in gate.effects.values():
        conditions += needs
    for condition in conditions:
        yield from facts_read(condition)


def _in_actions(actions: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """What is asked for by `require`, `block` and an extension's `act`."""
    for action in actions:
        for verb in ("require", "block", "act", "event"):
            yield from _words(action.get(verb))


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _words(inner)
