"""Gates: what must be true before a case may pass."""

from collections.abc import Iterator, Mapping, Sequence

from policies.engine.conditions import Counts, Need, holds, unmet
from policies.engine.events import Event
from policies.engine.schema import Condition, Gate, Policy
from policies.engine.timeline import facts_after

# The gate an event has to pass before it may be recorded.
GATE_OF_EVENT: Mapping[str, tuple[str, ...]] = {
    "accepted": ("accept",),
    "explained": ("accept",),
    "rejected": ("accept",),
    "dispatched": ("dispatch",),
    "transferred": ("transfer",),
    "told": ("answer", "told"),
    "follow_up_done": ("follow_up",),
    "closed": ("close",),
    "reopened": ("reopen",),
}
# What `accept_effect` an event of the accept gate stands for.
EFFECT_OF_EVENT = {
    "accepted": "register",
    "explained": "explain_only",
    "rejected": "reject",
    "merged": "merge",
}


def missing(
    policy: Policy,
    gate_name: str,
    facts: Mapping[str, object],
    events: Sequence[Event],
    *,
    role: str | None = None,
    counts: Counts | None = None,
) -> list[Need]:
    """What still stands before the gate `gate_name`; an empty list means the case may pass.

    `events` are those of the case so far, `facts` are laid over what they left behind: pass here what the
    passing event is about to set (outcome, accept_effect ...). `role` is the role the acting person uses,
    of the pack or of the product; None = not checked. A gate the policy does not define lets everything
    pass. That a reason is given (`reason: required`) is for the verb to ask: it is an argument, not a fact
    of the case. `counts` answers count conditions; without it none holds.

    Codes besides those of conditions: role (one of `expected` must act), not_by (none of `expected` may),
    blocked (`text` says why), kind (none of the gate's ways fits; the options say what each wants), decide
    (one of `expected` is a legal decision), reason (`fact` cannot be the reason for this decision: it stands
    for `expected`), rounds (`expected` rounds are all there may be), duty (the duty
    `fact` has to be done first).
    """
    known = facts_after(policy, {}, events, then=facts)
    held_up = list(_held_up_by_duties(policy, gate_name, known))
    gate = policy.gates.get(gate_name)
    reason = reason_missing(policy, known, counts=counts) if gate_name == "accept" else []
    if gate is None or not holds(gate.applies_when, known, counts=counts):
        return [*reason, *held_up]
    return [
        *_who(policy, gate, role),
        *_decision(gate, known),
        *reason,
        *_needs(gate, known, counts),
        *_blocks(gate, known, counts),
        *held_up,
    ]


def shut(policy: Policy, gate_name: str, facts: Mapping[str, object], *, role: str) -> list[Need]:
    """Why nobody in `role` gets through the gate, whatever else may still be learnt of the case: the gate is
    for others, or knows no such decision (fact accept_effect). Codes: role, not_by, decide."""
    gate = policy.gates.get(gate_name)
    if gate is None or not holds(gate.applies_when, facts):
        return []
    return [*_who(policy, gate, role), *_unknown_decision(gate, facts)]


def reason_missing(
    policy: Policy, facts: Mapping[str, object], *, counts: Counts | None = None
) -> list[Need]:
    """Why the reason given (fact accept_reason) does not carry the decision (fact accept_effect).

    A reason stands for one effect, may have a condition of its own, and names facts that must be given with
    it. A reason the pack does not know, or none at all, is the verb's business.
    """
    reason = next((one for one in policy.accept_reasons if one.id == facts.get("accept_reason")), None)
    if reason is None:
        return []
    needs = unmet(reason.when, facts, counts=counts)
    effect = facts.get("accept_effect")
    if effect is not None and effect != reason.effect:
        needs.append(Need("reason", fact=reason.id, expected=reason.effect))
    needs.extend(
        Need("fact", fact=name, op="exists", expected=True)
        for name in reason.needs
        if facts.get(name) in (None, "", False)
    )
    return needs


def _who(policy: Policy, gate: Gate, role: str | None) -> list[Need]:
    if role is None:
        return []
    needs = []
    if gate.who and not any(policy.role_is(role, wanted) for wanted in gate.who):
        needs.append(Need("role", expected=gate.who))
    if any(policy.role_is(role, unwanted) for unwanted in gate.not_by):
        needs.append(Need("not_by", expected=gate.not_by))
    return needs


def _decision(gate: Gate, facts: Mapping[str, object]) -> list[Need]:
    effect = facts.get("accept_effect")
    if effect is None or not gate.decide:
        return []
    return _unknown_decision(gate, facts) or _all_unmet(gate.effects.get(str(effect), ()), facts)


def _unknown_decision(gate: Gate, facts: Mapping[str, object]) -> list[Need]:
    effect = facts.get("accept_effect")
    is_known = effect is None or not gate.decide or effect in gate.decide
    return [] if is_known else [Need("decide", expected=gate.decide)]


def _needs(gate: Gate, facts: Mapping[str, object], counts: Counts | None) -> list[Need]:
    kind = next((kind for kind in gate.kinds if holds(kind.when, facts, counts=counts)), None)
    needs: list[Need] = []
    excused = bool(gate.or_reason) and facts.get(gate.or_reason) not in (None, "", False)
    if not excused and not (kind and kind.replaces_always):
        needs.extend(unmet(gate.always, facts, counts=counts))
    if kind is not None:
        needs.extend(_all_unmet(kind.needs, facts))
    elif gate.kinds:
        ways = tuple(Need("all", options=tuple(unmet(way.when, facts)), text=way.id) for way in gate.kinds)
        needs.append(Need("kind", options=ways))
    for extra in gate.extra:
        if holds(extra.when, facts, counts=counts):
            needs.extend(_all_unmet(extra.needs, facts))
    return list(dict.fromkeys(needs))


def _held_up_by_duties(policy: Policy, gate_name: str, facts: Mapping[str, object]) -> Iterator[Need]:
    """Duties that have begun, are not met, and say that this must wait for them (`blocks`)."""
    passing = {kind for kind, gates in GATE_OF_EVENT.items() if gate_name in gates}
    for duty in policy.duties:
        if passing.isdisjoint(duty.blocks) or not holds(duty.when, facts):
            continue
        if any(facts.get(kind) is True for kind in duty.start) and not any(
            facts.get(kind) for kind in duty.end
        ):
            yield Need("duty", fact=duty.id, expected=duty.end, text=duty.title)


def _blocks(gate: Gate, facts: Mapping[str, object], counts: Counts | None) -> list[Need]:
    needs = [
        Need("blocked", expected=block.when, text=block.text)
        for block in gate.blocks
        if holds(block.when, facts, counts=counts)
    ]
    if gate.max_rounds is not None and int(str(facts.get("rounds", 1))) >= gate.max_rounds:
        needs.append(Need("rounds", fact="rounds", op="lt", expected=gate.max_rounds))
    return needs


def _all_unmet(conditions: Sequence[Condition], facts: Mapping[str, object]) -> list[Need]:
    return [need for condition in conditions for need in unmet(condition, facts)]
