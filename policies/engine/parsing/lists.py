"""The sections that name things: lists, facts, forms."""

from collections.abc import Callable, Mapping
from typing import Any

from policies.engine.parsing.grammar import ROLE, SOURCE, TEXTS, condition, event
from policies.engine.parsing.shapes import (
    Field,
    Reading,
    Shape,
    choice,
    described,
    join,
    list_of,
    optional,
    record,
    reference,
    required,
    text,
    whole,
)
from policies.engine.schema import (
    AcceptReason,
    Criterion,
    Fact,
    Form,
    Item,
    Role,
    Signature,
    Tier,
)
from policies.engine.vocabulary import ACCEPT_EFFECTS, FACT_TYPES, LISTS, PRODUCT_ROLES


def lists(reading: Reading, path: str, value: Any) -> dict[str, tuple[Item, ...]]:
    """Every list by its name. Dimensions of categories become lists named categories.<dimension>."""
    if not isinstance(value, Mapping):
        reading.refuse(path, f"got {described(value)}", "a map of lists by name")
        return {}
    found: dict[str, tuple[Item, ...]] = {}
    for name, entries in value.items():
        where = join(path, str(name))
        if name not in LISTS:
            reading.refuse_name(where, "list", name, LISTS)
        elif name == "categories" and isinstance(entries, Mapping):
            found.update(_dimensions(reading, where, entries))
        else:
            found[name] = _entries(reading, where, entries, _SHAPES.get(name, _ITEM))
        if name == "priorities":
            _check_priorities(reading, where, found.get(name, ()))
    return found


def _check_priorities(reading: Reading, path: str, entries: tuple[Item, ...]) -> None:
    for at, entry in enumerate(entries):
        reference("fact")(reading, f"{path}[{at}].fact", entry.attributes.get("fact", entry.id))
        order = entry.attributes.get("order", ())
        if not isinstance(order, list | tuple):
            reading.refuse(f"{path}[{at}].order", f"got {described(order)}", "a list of values")


def _dimensions(reading: Reading, path: str, value: Mapping[str, Any]) -> dict[str, tuple[Item, ...]]:
    dimensions = value.get("dimensions")
    if not isinstance(dimensions, Mapping) or len(value) != 1:
        reading.refuse(path, "is a map", "a list of categories, or {dimensions: {name: list}}")
        return {}
    return {
        f"categories.{name}": _entries(reading, join(path, f"dimensions.{name}"), entries, _ITEM)
        for name, entries in dimensions.items()
    }


def _entries(reading: Reading, path: str, value: Any, shape: Shape) -> tuple[Item, ...]:
    entries: tuple[Item, ...] = list_of(shape)(reading, path, value)
    seen: set[str] = set()
    for entry in (inner for top in entries for inner in top.walk()):
        if entry.id in seen:
            reading.refuse(path, f"{entry.id!r} is there twice", "each id once")
        seen.add(entry.id)
    return entries


def _item_shape(make: Callable[..., Item], fields: Mapping[str, Field]) -> Shape:
    """An entry with a title (or, for reasons, a text in its place) and any further attributes."""

    def build(*, title: str = "", **given: Any) -> Item:
        attributes = given.pop("attributes")
        if not title and isinstance(attributes.get("text"), str):
            title = attributes["text"]
        return make(title=title, attributes=attributes, **given)

    def read(reading: Reading, path: str, value: Any) -> Item | None:
        entry: Item | None = shape(reading, path, value)
        if entry is not None and not entry.title:
            reading.refuse(join(path, "title"), "is missing", "the words shown on screens")
        return entry

    shape = record(
        build,
        {"id": required(text), "title": optional(text), "group": optional(text), **fields},
        rest="attributes",
    )
    return read


def _children(reading: Reading, path: str, value: Any) -> tuple[Item, ...]:
    return list_of(_ITEM)(reading, path, value)


_ITEM = _item_shape(Item, {"children": optional(_children)})
_CRITERION = record(
    Criterion,
    {
        "id": required(text),
        "text": required(text),
        "fact": optional(reference("fact")),
        "by": optional(text),
        "tenant_fill": optional(text),
    },
)
_SHAPES: Mapping[str, Shape] = {
    "roles": _item_shape(Role, {"acts_as": optional(choice(*sorted(PRODUCT_ROLES)))}),
    "tiers": _item_shape(Tier, {"rank": required(whole), "criteria": optional(list_of(_CRITERION))}),
    "accept_reasons": _item_shape(
        AcceptReason,
        {
            "effect": required(choice(*ACCEPT_EFFECTS)),
            "when": optional(condition),
            "needs": optional(TEXTS),
        },
    ),
}

_FACT = record(
    Fact,
    {
        "id": required(text),
        "type": required(choice(*FACT_TYPES)),
        "title": optional(text),
        "list": optional(reference("list"), "from_list"),
        "values": optional(list_of(text)),
    },
)


def fact(reading: Reading, path: str, value: Any) -> Fact | None:
    """One further field of a case."""
    found: Fact | None = _FACT(reading, path, value)
    if found and found.type == "enum" and not (found.from_list or found.values):
        reading.refuse(join(path, "values"), "is missing", "the values of the enum, or the name of a list")
    return found


def signature(reading: Reading, path: str, value: Any) -> Signature | None:
    """Who signs: a role, or {role, when}."""
    if isinstance(value, str):
        return Signature(ROLE(reading, path, value))
    found: Signature | None = _SIGNATURE(reading, path, value)
    return found


_SIGNATURE = record(Signature, {"role": required(ROLE), "when": optional(condition)})
form = record(
    Form,
    {
        "id": required(text),
        "title": optional(text),
        "at": required(event),
        "when": optional(condition),
        "fields": optional(TEXTS),
        "sign": optional(list_of(signature)),
        "source": SOURCE,
    },
)
