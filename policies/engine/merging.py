"""`extends`: a pack that says only where it differs from another.

Lists given again replace the named list; sections of items merge by id (an item given again replaces the
old one in its place, a new one is added at the end); sections that are maps merge by key. `remove: [ids]`
takes away first, so an item can be removed and given again at the end. Items without an id (extensions,
grants) cannot be told apart: such a section, given again, replaces the whole.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from policies.engine.errors import PolicyError, PolicyErrors, nearest_name

Document = Mapping[str, Any]
BaseLookup = Callable[[str], Document]

MAPS = ("calendars", "lists", "routes", "gates", "keeping", "duty_defaults")
LONGEST_LINEAGE = 8


def resolve(document: Document, base_lookup: BaseLookup, *, source: str = "") -> Document:
    """The document with everything it extends merged in; `pack.derived_from` names the packs, nearest first.

    `base_lookup` gives the raw document of a pack id, or raises PolicyErrors. A document without `extends`
    comes back as it is.
    """
    lineage = [document]
    names: list[str] = []
    while (base := _extends(lineage[-1], source)) is not None:
        if base in names or base == _pack_of(document).get("id"):
            raise PolicyErrors([_fault(f"{' -> '.join([*names, base])} goes round in a circle", source)])
        if len(names) >= LONGEST_LINEAGE:
            raise PolicyErrors([_fault(f"is a chain of more than {LONGEST_LINEAGE} packs", source)])
        names.append(base)
        lineage.append(base_lookup(base))
    if not names:
        return document
    merged = lineage.pop()
    for overlay in reversed(lineage):
        merged = _merge(merged, overlay, source)
    pack = {key: value for key, value in merged["pack"].items() if key != "extends"}
    return {**merged, "pack": {**pack, "derived_from": names}}


def _extends(document: Document, source: str) -> str | None:
    base = _pack_of(document).get("extends")
    if base is None or isinstance(base, str):
        return base
    raise PolicyErrors([_fault(f"got {base!r}", source, "the id of one pack")])


def _pack_of(document: Document) -> Document:
    pack = document.get("pack") if isinstance(document, Mapping) else None
    return pack if isinstance(pack, Mapping) else {}


def _merge(base: Document, overlay: Document, source: str) -> Document:
    merged = dict(base)
    for section, given in overlay.items():
        if section == "pack":
            merged["pack"] = {**_pack_of(base), **_pack_of(overlay)}
            merged["pack"]["basis"] = _by_id(_pack_of(base).get("basis"), _pack_of(overlay).get("basis"))
        elif section in MAPS:
            merged[section] = _merge_map(section, base.get(section), given, source)
        else:
            merged[section] = _merge_items(section, base.get(section), given, source)
    return merged


def _merge_map(section: str, base: Any, given: Any, source: str) -> Any:
    if not isinstance(given, Mapping) or not isinstance(base, Mapping):
        return given
    removed = given.get("remove", ())
    _check_removed(section, removed, base, source)
    kept = {key: value for key, value in base.items() if key not in removed}
    return {**kept, **{key: value for key, value in given.items() if key != "remove"}}


def _merge_items(section: str, base: Any, given: Any, source: str) -> Any:
    base = base or []
    if isinstance(given, Mapping):
        # {remove: [ids], items: [...]}: whatever else is in it is a fault the section's shape would not see.
        if odd := [key for key in given if key not in ("remove", "items")]:
            nearest = nearest_name(odd[0], ("remove", "items"))
            raise PolicyErrors(
                [PolicyError(f"{section}.{odd[0]}", "unknown key", "remove or items", nearest, source)]
            )
        removed, given = given.get("remove") or (), given.get("items") or []
        _check_removed(
            section, removed, [item.get("id") for item in base if isinstance(item, Mapping)], source
        )
        base = [item for item in base if not (isinstance(item, Mapping) and item.get("id") in removed)]
    if not isinstance(given, Sequence) or isinstance(given, str):
        return given
    if any(not (isinstance(item, Mapping) and "id" in item) for item in [*base, *given]):
        return given
    return _by_id(base, given)


def _by_id(base: Any, given: Any) -> list[Any]:
    """Items given again replace those of the same id in their place; new ones follow."""
    if not isinstance(given, list | tuple):
        return list(base or [])
    again = {item["id"]: item for item in given if isinstance(item, Mapping) and "id" in item}
    kept = [again.pop(item.get("id"), item) for item in base or [] if isinstance(item, Mapping)]
    return [*kept, *again.values()]


def _check_removed(section: str, removed: Any, known: Any, source: str) -> None:
    if not isinstance(removed, list | tuple):
        raise PolicyErrors(
            [PolicyError(f"{section}.remove", f"got {removed!r}", "a list of ids", source=source)]
        )
    faults = [
        PolicyError(
            f"{section}.remove[{at}]",
            f"the base has no {name!r}",
            "an id of the base",
            nearest_name(name, [str(one) for one in known]),
            source,
        )
        for at, name in enumerate(removed)
        if name not in known
    ]
    if faults:
        raise PolicyErrors(faults)


def _fault(message: str, source: str, expected: str = "") -> PolicyError:
    return PolicyError("pack.extends", message, expected, source=source)
