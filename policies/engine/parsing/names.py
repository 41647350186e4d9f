"""The names a document defines, gathered first, so that a reference may stand before its target.

Everything here looks at raw, possibly malformed data and must not stumble: what it cannot read it leaves out,
and the section's own shape says what is wrong.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.engine.vocabulary import (
    CORE_FACTS,
    EVENTS,
    LIST_OF_FACT,
    LISTS,
    PARTIES,
    PRODUCT_ROLES,
)

Raw = Mapping[str, Any]
ITEM_KEYS = ("id", "title", "text", "children")


def names_of(document: Raw) -> dict[str, set[str]]:
    """The names each kind of reference may use: role, duty, form, fact, calendar ..."""
    lists = _mapping(document.get("lists"))
    fact_ids = _ids(document.get("facts"))
    return {
        "role": _ids(lists.get("roles")) | PRODUCT_ROLES | PARTIES,
        "list": set(LISTS) | {str(name) for name in lists},
        "calendar": {str(name) for name in _mapping(document.get("calendars"))},
        "duty": _ids(document.get("duties")),
        "form": _ids(document.get("forms")),
        "schedule": _ids(document.get("schedules")),
        "penalty": _ids(document.get("penalties")),
        "source": _ids(_mapping(document.get("pack")).get("basis")),
        "event": set(EVENTS),
        "fact": fact_ids | CORE_FACTS | EVENTS | _dimensions(lists),
    }


def values_of(document: Raw) -> dict[str, set[str]]:
    """The values a fact may have, for every fact whose values are listed somewhere."""
    return {fact: set(entries) for fact, entries in attributes_of(document).items() if entries} | {
        str(fact["id"]): {str(value) for value in fact["values"]}
        for fact in _maps(document.get("facts"))
        if isinstance(fact.get("values"), list | tuple) and "id" in fact
    }


def attributes_of(document: Raw) -> dict[str, dict[str, dict[str, object]]]:
    """fact -> value -> attribute -> what it says: nature -> vent -> group -> communicative.

    In a tree the `group` of an entry is its own, else its parent's, else the id of its topmost ancestor.
    """
    lists = _mapping(document.get("lists"))
    list_of_fact = dict(LIST_OF_FACT)
    for fact in _maps(document.get("facts")):
        if isinstance(fact.get("list"), str) and "id" in fact:
            list_of_fact[str(fact["id"])] = fact["list"]
    found = {fact: dict(_entries(lists.get(name))) for fact, name in list_of_fact.items() if name in lists}
    for name in _dimensions(lists):
        found[name] = dict(_entries(_mapping(_mapping(lists.get("categories")).get("dimensions")).get(name)))
    return found


def _entries(items: object, group: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    for item in _maps(items):
        own = str(item.get("group") or group)
        says = {key: value for key, value in item.items() if key not in ITEM_KEYS and isinstance(key, str)}
        children = item.get("children")
        if own or children:
            says["group"] = own or item.get("id")
        yield str(item.get("id")), says
        yield from _entries(children, str(own or item.get("id")))


def _dimensions(lists: Raw) -> set[str]:
    categories = lists.get("categories")
    return {str(name) for name in _mapping(_mapping(categories).get("dimensions"))}


def _ids(items: object) -> set[str]:
    return {str(item["id"]) for item in _maps(items) if "id" in item}


def _maps(items: object) -> list[Raw]:
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list | tuple) else []


def _mapping(value: object) -> Raw:
    return value if isinstance(value, Mapping) else {}
