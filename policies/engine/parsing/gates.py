"""The section of gates. Every need is kept as a condition over the facts of the timeline."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from policies.engine.frozen import EMPTY, FrozenDict
from policies.engine.parsing.grammar import NEEDS, ROLES, SOURCE, TEXTS, condition
from policies.engine.parsing.shapes import (
    Reading,
    anything,
    choice,
    described,
    flag,
    join,
    list_of,
    one_or_many,
    optional,
    or_nothing,
    record,
    reference,
    required,
    text,
    whole,
)
from policies.engine.schema import Gate, GateBlock, GateKind
from policies.engine.vocabulary import ACCEPT_EFFECTS

GATES = ("accept", "dispatch", "transfer", "answer", "told", "follow_up", "close", "reopen")
# Carried for screens and services; they decide nothing here.
SETTINGS = (
    "to",
    "of",
    "order",
    "screened_by",
    "keeps_first_received",
    "original_time_kept",
    "tell",
)
_BLOCK = record(GateBlock, {"when": required(condition), "text": optional(text)})
_EXTRA = record(GateKind, {"id": optional(text), "when": optional(condition), "needs": required(NEEDS)})


def _extra(reading: Reading, path: str, value: Any) -> GateKind | None:
    named = {"id": "", **value} if isinstance(value, Mapping) else value
    found: GateKind | None = _EXTRA(reading, path, named)
    return found


_KIND = record(
    GateKind,
    {
        "id": required(text),
        "when": optional(condition),
        "needs": optional(NEEDS),
        "replaces_always": optional(flag),
    },
)
_EFFECT = record(dict, {"keep_record": optional(flag), "needs": optional(NEEDS)})
_ON_THE_SPOT = record(dict, {"still_needs": optional(NEEDS)})

_FIELDS = {
    "when": optional(condition),
    "who": optional(ROLES),
    "by": optional(ROLES, "by"),
    "decider": optional(ROLES),
    "not_by": optional(ROLES),
    "always": optional(condition),
    "kinds": optional(list_of(_KIND)),
    "extra": optional(list_of(_extra)),
    "blocks": optional(list_of(_BLOCK)),
    "needs": optional(NEEDS),
    "decide": optional(one_or_many(choice(*ACCEPT_EFFECTS))),
    "reason": optional(choice("required", "optional")),
    "or_reason": optional(reference("fact")),
    "max_rounds": optional(or_nothing(whole)),
    "satisfied_required": optional(flag),
    "complete_after_close": optional(TEXTS),
    "on_the_spot": optional(_ON_THE_SPOT),
    **{f"on_{effect}": optional(_EFFECT) for effect in ACCEPT_EFFECTS},
    **{name: optional(anything) for name in SETTINGS},
    "source": SOURCE,
}
_GATE = record(dict, _FIELDS)


def gates(reading: Reading, path: str, value: Any) -> dict[str, Gate]:
    if not isinstance(value, Mapping):
        reading.refuse(path, f"got {described(value)}", "a map of gates by name")
        return {}
    found = {}
    for name, raw in value.items():
        where = join(path, str(name))
        if name not in GATES:
            reading.refuse_name(where, "gate", name, GATES)
            continue
        given = _GATE(reading, where, raw)
        if given is not None:
            found[name] = _gate(name, given)
    return found


def _gate(name: str, given: Mapping[str, Any]) -> Gate:
    """A gate from its keys.

    `when` of a reopen gate is what must hold; elsewhere it says to which cases the gate applies at all.
    """
    must_hold = [given["always"]] if given.get("always") else []
    if name == "reopen" and given.get("when"):
        must_hold.append(given["when"])
    extra = list(given.get("extra", ()))
    if given.get("needs"):
        extra.append(GateKind(id="", needs=given["needs"]))
    if given.get("satisfied_required"):
        extra.append(GateKind(id="", needs=(FrozenDict({"satisfied": True}),)))
    if given.get("on_the_spot"):
        spot = FrozenDict({"on_the_spot": True})
        extra.append(GateKind(id="", when=spot, needs=given["on_the_spot"].get("still_needs", ())))
    plain = Gate(
        name=name,
        applies_when=given.get("when", EMPTY) if name != "reopen" else EMPTY,
        who=(*given.get("who", ()), *given.get("by", ()), *given.get("decider", ())),
        always=must_hold[0]
        if len(must_hold) == 1
        else FrozenDict({"all": tuple(must_hold)} if must_hold else {}),
        extra=tuple(extra),
        effects=FrozenDict(
            {
                effect: given[f"on_{effect}"].get("needs", ())
                for effect in ACCEPT_EFFECTS
                if given.get(f"on_{effect}")
            }
        ),
        reason_required=given.get("reason") == "required",
        settings=FrozenDict({key: given[key] for key in SETTINGS if key in given}),
    )
    same = (
        "not_by",
        "kinds",
        "blocks",
        "decide",
        "or_reason",
        "max_rounds",
        "complete_after_close",
        "source",
    )
    return replace(plain, **{key: given[key] for key in same if key in given})
