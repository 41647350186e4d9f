"""The shapes of the small grammars that every section is written in: conditions, needs, actions, events."""

from collections.abc import Mapping
from typing import Any

from policies.engine.conditions import split_operator
from policies.engine.errors import nearest_name, one_of
from policies.engine.frozen import EMPTY, FrozenDict, freeze
from policies.engine.parsing.shapes import (
    Field,
    Reading,
    Shape,
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
from policies.engine.vocabulary import (
    ACTIONS,
    COMPUTED_FAMILIES,
    COUNT_PERIODS,
    EVENTS,
    GREATEST,
    LIST_OF_FACT,
    SIGNAL_FAMILIES,
    SIGNALS,
    is_event,
)

ROLE = reference("role")
ROLES = one_or_many(ROLE)
TEXTS = one_or_many(text)
SOURCE = optional(TEXTS, "source")
# Facts that are maps or references to something with attributes of its own; any attribute may be asked for.
OPEN_FACTS = frozenset({"respondent", "complainant", "customer", "place", "remedy"})
WINDOW_UNITS = ("min", "h", "d", "wd", "mo")


def event(reading: Reading, path: str, value: Any) -> str:
    """An event of the timeline: a fixed name, forwarded.<role> or answered.<body>."""
    if not isinstance(value, str):
        reading.refuse(path, f"got {described(value)}", "the name of an event")
        return ""
    family, _, rest = value.partition(".")
    if not is_event(value):
        reading.refuse_name(path, "event", value, EVENTS)
    elif family == "forwarded" and rest not in reading.names["role"]:
        reading.refuse_name(path, "role", rest, reading.names["role"])
    return value


EVENT_NAMES = one_or_many(event)


def signal(reading: Reading, path: str, value: Any) -> str:
    """What a trigger waits for: an event, a rung of a duty (warn.solve), or one of the desk's own signals."""
    if isinstance(value, str):
        family, dot, duty = value.partition(".")
        if value in SIGNALS:
            return value
        if family + dot in SIGNAL_FAMILIES and dot:
            if duty not in reading.names["duty"]:
                reading.refuse_name(path, "duty", duty, reading.names["duty"])
            return value
        if not is_event(value):
            reading.refuse_name(path, "event", value, EVENTS | SIGNALS)
            return value
    return event(reading, path, value)


def condition(reading: Reading, path: str, value: Any) -> Mapping[str, Any]:
    """A condition; every fact must be known, and a value must be one the fact can have."""
    if not isinstance(value, Mapping):
        reading.refuse(path, f"got {described(value)}", "a condition: a map of facts")
        return EMPTY
    for key, inner in value.items():
        _check_part(reading, join(path, str(key)), key, inner)
    return freeze(value)


def _check_part(reading: Reading, path: str, key: Any, value: Any) -> None:
    if not isinstance(key, str):
        reading.refuse(path, f"the key is {described(key)}", "the name of a fact")
    elif key in ("all", "any"):
        if not list_of(condition)(reading, path, value) and isinstance(value, list | tuple):
            reading.refuse(path, "is empty", "at least one condition")
    elif key == "not":
        condition(reading, path, value)
    elif key == "count":
        count(reading, path, value)
    elif key == "event_was":
        EVENT_NAMES(reading, path, value)
    else:
        _check_leaf(reading, path, key, value)


def _check_leaf(reading: Reading, path: str, key: str, value: Any) -> None:
    name, operator = split_operator(key)
    _check_fact(reading, path, name)
    if operator == "exists":
        flag(reading, path, value)
        return
    if operator not in ("is", "not"):
        if not isinstance(value, int | float | str) or isinstance(value, bool):
            reading.refuse(path, f"got {described(value)}", "a number or a time to compare with")
        return
    for given in value if isinstance(value, list | tuple) else (value,):
        _check_value(reading, path, name, given)


def _check_fact(reading: Reading, path: str, name: str) -> None:
    facts = reading.names["fact"]
    if name in facts or any(name.startswith(family) for family in COMPUTED_FAMILIES):
        _check_computed(reading, path, name)
        return
    owner, dot, attribute = name.partition(".")
    known = reading.names.get(f"attributes of {owner}", ())
    if dot and (owner in OPEN_FACTS or (owner in LIST_OF_FACT and not known)):
        return  # nothing is known about the attributes this may have
    if dot and known:
        if attribute not in known:
            reading.refuse_name(path, f"attribute of {owner}", attribute, known)
        return
    reading.refuse(
        path, f"unknown fact {name!r}", "a fact of the product or of this pack", nearest_name(name, facts)
    )


def _check_computed(reading: Reading, path: str, name: str) -> None:
    family, dot, rest = name.partition(".")
    kind = {"consent": "role", "form": "form", "listed_in": "schedule", "forwarded": "role"}.get(family)
    if dot and kind and rest not in reading.names[kind]:
        reading.refuse_name(path, kind, rest, reading.names[kind])


def _check_value(reading: Reading, path: str, fact: str, value: Any) -> None:
    if isinstance(value, Mapping | list | tuple) or value is None:
        reading.refuse(path, f"got {described(value)}", "a value, or a list of values")
        return
    values = reading.names.get(f"values of {fact}")
    if not values or isinstance(value, bool) or str(value) in values:
        return
    if reading.derived:
        # An overlay that replaces a list of its base often leaves rows behind that can no longer hold.
        reading.warnings.append(f"{path}: {fact} can never be {value!r} in this pack")
        return
    reading.refuse(path, f"unknown {fact} {value!r}", one_of(values), nearest_name(value, values))


def need(reading: Reading, path: str, value: Any) -> Mapping[str, Any]:
    """A need of a gate, kept as a condition.

    Written as the name of a fact, {form: id}, {consent: role}, {listed_in: schedule} or a condition.
    """
    if isinstance(value, str):
        return condition(reading, path, {value: True})
    if isinstance(value, Mapping) and len(value) == 1:
        ((key, inner),) = value.items()
        if key in ("form", "consent", "listed_in"):
            kind = {"form": "form", "consent": "role", "listed_in": "schedule"}[key]
            return FrozenDict({f"{key}.{reference(kind)(reading, join(path, key), inner)}": True})
    return condition(reading, path, value)


NEEDS = list_of(need)


def action(reading: Reading, path: str, value: Any) -> Mapping[str, Any]:
    """One thing to do: a map with one verb of the grammar."""
    if not isinstance(value, Mapping):
        reading.refuse(path, f"got {described(value)}", "an action such as {notify: owner}")
        return EMPTY
    if len(value) != 1:
        reading.refuse(path, f"has {len(value)} keys", "one verb for each action")
    for verb, target in value.items():
        if verb not in ACTIONS:
            reading.refuse_name(join(path, str(verb)), "action", verb, ACTIONS)
        elif verb in _TARGETS:
            _TARGETS[verb](reading, join(path, verb), target)
    return freeze(value)


def _check_set(reading: Reading, path: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        reading.refuse(path, f"got {described(value)}", "a map of facts")
        return
    for name, given in value.items():
        _check_fact(reading, join(path, str(name)), str(name))
        _check_value(reading, join(path, str(name)), str(name), given)


def telling(reading: Reading, path: str, value: Any) -> Mapping[str, Any]:
    """An action of a rung. What changes the case belongs to a trigger, which the timeline can follow."""
    for verb in ("set", "emit", "merge"):
        if isinstance(value, Mapping) and verb in value:
            reading.refuse(join(path, verb), "does nothing here", "a trigger on warn.<duty> or breach.<duty>")
    return action(reading, path, value)


ACTIONS_LIST = list_of(action)
TELLINGS = list_of(telling)
ESCALATION = record(dict, {"path": required(ROLES)})
# What has to happen first, and before which event; without `before` nothing is held up.
DEMAND = record(
    dict,
    {
        "form": optional(reference("form")),
        "approval": optional(ROLES),
        "event": optional(event),
        "fact": optional(text),
        "before": optional(EVENT_NAMES),
    },
)
BLOCKADE = record(
    dict, {"event": required(EVENT_NAMES), "until": optional(condition), "text": optional(text)}
)

_WINDOW = record(dict, {"value": required(or_nothing(whole)), "unit": required(choice(*WINDOW_UNITS))})
_RUNNING = record(dict, {"period": required(choice(*COUNT_PERIODS))})


def _window(reading: Reading, path: str, value: Any) -> Any:
    """So much time back, {value, unit}, or the running {period} of the calendar."""
    if isinstance(value, Mapping) and "period" in value:
        return _RUNNING(reading, path, value)
    window = _WINDOW(reading, path, value)
    if window and (window["value"] or 0) > GREATEST.get(window["unit"], 0):
        reading.refuse(join(path, "value"), f"{window['value']} is too long", "a window of at most 50 years")
    return window


def _counted(reading: Reading, path: str, value: Any) -> str:
    """What is counted: cases, or how often an event has happened on this case."""
    name = text(reading, path, value)
    if name and name != "cases" and not is_event(name):
        reading.refuse_name(path, "event", name, EVENTS | {"cases"})
    return name


def _counted_fact(reading: Reading, path: str, value: Any) -> str:
    name = text(reading, path, value)
    if name:
        _check_fact(reading, path, name)
    return name


_COUNT_FIELDS: dict[str, Field] = {
    "of": required(_counted),
    "same": optional(list_of(_counted_fact)),
    "window": optional(or_nothing(_window)),
    "when": optional(condition),
    "tenant_fill": optional(flag),
    **{operator: optional(whole) for operator in ("gt", "gte", "lt", "lte")},
}
_COUNT = record(dict, _COUNT_FIELDS)


def count(reading: Reading, path: str, value: Any) -> Any:
    found = _COUNT(reading, path, value)
    if found and found["of"] != "cases" and ({"same", "window", "when"} & set(found)):
        reading.refuse(path, "counts events of this case", "of, and gt, gte, lt or lte")
    return found


def _either(small: Shape, large: Shape) -> Shape:
    """A short form (a name) or a long one (a map)."""

    def read(reading: Reading, path: str, value: Any) -> Any:
        return (large if isinstance(value, Mapping) else small)(reading, path, value)

    return read


_TARGETS: Mapping[str, Shape] = {
    "notify": ROLES,
    "sms": ROLES,
    "assign": ROLES,
    "escalate": ESCALATION,
    "emit": event,
    "require": _either(text, DEMAND),
    "block": _either(event, BLOCKADE),
    "set": _check_set,
    "propose": reference("penalty"),
}
