"""What a pack leaves open for the organization (`tenant_fill`), and filling it in.

A value is addressed by its path in the document: keys joined by dots, entries of a list by their id or by
their number, as in duties.dept_handle.limits[1].range or triggers.repeated.when.count.gte.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from policies.engine.errors import PolicyError, PolicyErrors, nearest_name
from policies.engine.frozen import FrozenDict

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


@dataclass(frozen=True, slots=True)
class OpenValue:
    """A value nobody has given yet. `entry` is the map it belongs to, with its title, unit, suggestion."""

    path: str
    entry: Mapping[str, Any]


def open_values(document: Mapping[str, Any]) -> list[OpenValue]:
    """Every value marked `tenant_fill` that is null, in the order of the document."""
    return list(_open_in(document, ""))


def filled(document: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The document with these values in it. Raises PolicyErrors for a path that is not open to be filled."""
    result: dict[str, Any] = _thawed(document)
    faults = [fault for path, value in values.items() if (fault := _put(result, path, deepcopy(value)))]
    if faults:
        raise PolicyErrors(faults)
    return result


def _open_in(value: Any, path: str) -> Iterator[OpenValue]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            where = f"{path}.{key}" if path else str(key)
            if inner is None and value.get("tenant_fill"):
                yield OpenValue(where, value)
            elif value.get("tenant_fill") and key == "range" and isinstance(inner, Mapping):
                yield from (OpenValue(f"{where}.{bound}", value) for bound in inner if inner[bound] is None)
            else:
                yield from _open_in(inner, where)
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            name = inner.get("id") if isinstance(inner, Mapping) else None
            yield from _open_in(inner, f"{path}.{name}" if name else f"{path}[{at}]")


def _put(document: dict[str, Any], path: str, value: Any) -> PolicyError | None:
    steps: list[int | str] = [int(number) if number else name for number, name in _STEP.findall(path)]
    here: Any = document
    may_fill = False
    while len(steps) > 1:
        found = _descend(here, steps)
        if found is None:
            known = _names_in(here)
            return PolicyError(
                path, f"there is no {steps[0]!r}", "a path of the pack", nearest_name(steps[0], known)
            )
        here, taken = found
        steps = steps[taken:]
        may_fill = may_fill or (isinstance(here, Mapping) and bool(here.get("tenant_fill")))
    if not may_fill:
        return PolicyError(path, "is not left open by the pack", "a value inside an entry with tenant_fill")
    if isinstance(here, dict):
        here[str(steps[0])] = value
        return None
    return PolicyError(path, "does not end at a key", "the key of a value")


def _descend(here: Any, steps: Sequence[int | str]) -> tuple[Any, int] | None:
    """The next container on the way, and how many steps it took: a key may have dots in it."""
    step = steps[0]
    if isinstance(here, list):
        if isinstance(step, int):
            return (here[step], 1) if step < len(here) else None
        return next(((one, 1) for one in here if isinstance(one, dict) and one.get("id") == step), None)
    if isinstance(here, dict):
        for taken in range(1, len(steps)):
            key = ".".join(str(one) for one in steps[:taken])
            if key in here:
                return here[key], taken
    return None


def _names_in(here: Any) -> list[str]:
    if isinstance(here, dict):
        return [str(key) for key in here]
    return [str(one.get("id")) for one in here if isinstance(one, dict)] if isinstance(here, list) else []


def _thawed(value: Any) -> Any:
    """A copy that can be changed, of frozen or plain data."""
    if isinstance(value, Mapping | FrozenDict):
        return {key: _thawed(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_thawed(inner) for inner in value]
    return value
