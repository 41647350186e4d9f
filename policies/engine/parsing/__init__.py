"""From a document (a map, already resolved) to a Policy, naming every fault at once."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from policies.engine.errors import PolicyErrors
from policies.engine.frozen import freeze
from policies.engine.parsing import gates, lists, others, templates, times
from policies.engine.parsing.names import attributes_of, names_of, values_of
from policies.engine.parsing.plain import check_plain
from policies.engine.parsing.shapes import (
    Reading,
    Shape,
    described,
    list_of,
    optional,
    record,
    required,
    text,
    whole,
)
from policies.engine.schema import Policy

_PACK = record(
    dict,
    {
        "id": required(text),
        "version": required(whole),
        "title": required(text),
        "industry": optional(text),
        "language": optional(text),
        "basis": optional(list_of(others.basis)),
        "derived_from": optional(list_of(text)),
    },
)
_MAPS: Mapping[str, Shape] = {
    "lists": lists.lists,
    "routes": others.routes,
    "gates": gates.gates,
    "keeping": others.keeping,
}
_LISTS: Mapping[str, Shape] = {
    "facts": lists.fact,
    "forms": lists.form,
    "clock_stops": times.clock_stop,
    "extensions": times.extension,
    "triggers": others.trigger,
    "grants": others.grant,
    "penalties": others.penalty,
    "schedules": others.schedule,
    "metrics": others.metric,
    "templates": templates.template,
}
SECTIONS = ("pack", "calendars", "duty_defaults", "duties", *_MAPS, *_LISTS)


def parse_policy(document: Mapping[str, Any], *, source: str = "") -> Policy:
    """The policy of a resolved document. Raises PolicyErrors with all of its faults.

    `source` names the document in messages. parse_policy(policy.document) == policy.
    """
    reading = Reading(source)
    check_plain(reading, document)
    if not isinstance(document, Mapping):
        reading.refuse("", f"got {described(document)}", "a map of sections: " + ", ".join(SECTIONS))
        raise PolicyErrors(reading.errors)
    _learn_names(reading, document)
    found = _sections(reading, document)
    if reading.errors:
        raise PolicyErrors(reading.errors)
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False)
    return Policy(
        document=freeze(document),
        checksum=hashlib.sha256(canonical.encode()).hexdigest(),
        attributes=freeze(attributes_of(document)),
        warnings=tuple(reading.warnings),
        **found,
    )


def _learn_names(reading: Reading, document: Mapping[str, Any]) -> None:
    reading.names.update(names_of(document))
    for fact, values in values_of(document).items():
        reading.names[f"values of {fact}"] = values
    for fact, entries in attributes_of(document).items():
        reading.names[f"attributes of {fact}"] = {"group"}.union(*(says for says in entries.values()))


def _sections(reading: Reading, document: Mapping[str, Any]) -> dict[str, Any]:
    for key in document:
        if key not in SECTIONS:
            reading.refuse_name(str(key), "section", key, SECTIONS)
    found = _pack(reading, document)
    # Calendars first: limits refer to them. Then the defaults, which every duty needs.
    reading.calendars = times.calendars(reading, "calendars", document.get("calendars") or {})
    found["calendars"] = freeze(reading.calendars)
    defaults = times.duty_defaults(reading, "duty_defaults", document.get("duty_defaults") or {}) or {}
    found["duties"] = _list(reading, document, "duties", times.duty(defaults))
    for name, shape in _LISTS.items():
        found[name] = _list(reading, document, name, shape)
    templates.note_unused(reading, found["templates"])
    for name, shape in _MAPS.items():
        found[name] = freeze(shape(reading, name, document.get(name) or {}))
    return found


def _pack(reading: Reading, document: Mapping[str, Any]) -> dict[str, Any]:
    raw = document.get("pack")
    if isinstance(raw, Mapping) and "extends" in raw:
        reading.refuse("pack.extends", "is not resolved", "a document without extends: resolve() it first")
        raw = {key: value for key, value in raw.items() if key != "extends"}
    pack = {"industry": "", "language": "zh-CN", "basis": (), **(_PACK(reading, "pack", raw) or {})}
    reading.derived = bool(pack.pop("derived_from", ()))
    return pack


def _list(reading: Reading, document: Mapping[str, Any], name: str, shape: Shape) -> tuple[Any, ...]:
    entries: tuple[Any, ...] = list_of(shape)(reading, name, document.get(name) or [])
    seen: set[str] = set()
    for entry in entries:
        entry_id = getattr(entry, "id", "")
        if entry_id and entry_id in seen:
            reading.refuse(name, f"{entry_id!r} is there twice", "each id once")
        seen.add(entry_id)
    return entries
