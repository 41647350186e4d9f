"""What triggers have asked for (`require`) or forbidden (`block`), and what of it still stands."""

from collections.abc import Iterator, Mapping, Sequence

from policies.engine.conditions import Need, holds, unmet
from policies.engine.effects import Effect
from policies.engine.frozen import EMPTY, FrozenDict
from policies.engine.schema import Action


def demands(effects: Sequence[Effect], facts: Mapping[str, object]) -> list[Need]:
    """Everything that was required on the case and has not happened yet."""
    needs = [need for demand in _all(effects, "require") for need in _open(demand, facts)]
    return list(dict.fromkeys(needs))


def held_up(effects: Sequence[Effect], kind: str, facts: Mapping[str, object]) -> list[Need]:
    """What an event of this kind has to wait for: demands made `before` it, and blocks on it.

    A block with `until` ends when that condition holds; one without stays. Its code is `blocked`.
    """
    needs: list[Need] = []
    for demand in _all(effects, "require"):
        if kind in demand.get("before", ()):  # type: ignore[operator]
            needs.extend(_open(demand, facts))
    for block in _all(effects, "block"):
        until = block.get("until")
        if kind in block["event"] and not (isinstance(until, Mapping) and holds(until, facts)):  # type: ignore[operator]
            wanted = until if isinstance(until, Mapping) else EMPTY
            text = str(block.get("text", ""))
            needs.extend([Need("blocked", text=text)] if text or not wanted else unmet(wanted, facts))
    return list(dict.fromkeys(needs))


def _all(effects: Sequence[Effect], verb: str) -> Iterator[Action]:
    for effect in effects:
        for action in effect.actions:
            if verb in action and not effect.proposed:
                yield _in_full(verb, action[verb])


def _in_full(verb: str, target: object) -> Action:
    """`require: progress_told` is short for {fact: progress_told}, `block: told` for {event: [told]}."""
    if isinstance(target, Mapping):
        several = {key: _several(target[key]) for key in ("event", "before") if key in target}
        if verb == "require" and "event" in target:
            several["event"] = target["event"]
        return FrozenDict({**target, **several})
    return FrozenDict({"fact": target} if verb == "require" else {"event": (target,)})


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _open(demand: Action, facts: Mapping[str, object]) -> Iterator[Need]:
    for key in ("fact", "event"):
        if key in demand and facts.get(str(demand[key])) is not True:
            yield Need("fact", fact=str(demand[key]), expected=True)
    if "form" in demand and facts.get(f"form.{demand['form']}") is not True:
        yield Need("form", fact=f"form.{demand['form']}", expected=demand["form"])
    approvers = _several(demand.get("approval", ()))
    wanted = [f"consent.{role}" for role in approvers]  # type: ignore[attr-defined]
    if wanted and not any(facts.get(name) is True for name in wanted):
        options = tuple(Need("consent", fact=name, expected=name.removeprefix("consent.")) for name in wanted)
        yield options[0] if len(options) == 1 else Need("any", options=options)
