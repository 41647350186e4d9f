"""Shapes: small functions that check one piece of a document and turn it into what the schema holds.

A shape takes the reading (which collects the faults), the path of the piece and the piece itself. It never
raises: after a fault it returns something harmless and reading goes on, so that one run names every fault.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from policies.engine.errors import PolicyError, nearest_name, one_of
from policies.engine.frozen import EMPTY, freeze
from policies.engine.schema import CalendarRule

Shape = Callable[["Reading", str, Any], Any]


class Reading:
    """One pass over one document: the faults found so far, and the names that references may use.

    `names` has the names of each kind, `calendars` the pack's calendars once they are read. `derived` says
    that the document came out of `extends`.
    """

    def __init__(self, source: str = "") -> None:
        self.source = source
        self.errors: list[PolicyError] = []
        self.warnings: list[str] = []
        self.names: dict[str, Collection[str]] = {}
        self.calendars: dict[str, CalendarRule] = {}
        self.derived = False

    def refuse(self, path: str, message: str, expected: str = "", nearest: str = "") -> None:
        self.errors.append(PolicyError(path, message, expected, nearest, self.source))

    def refuse_name(self, path: str, what: str, given: object, names: Collection[str]) -> None:
        self.refuse(path, f"unknown {what} {given!r}", one_of(names), nearest_name(given, names))


def described(value: object) -> str:
    """A value of the document as an author would name it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        # The classic of YAML 1.1: an unquoted no, off, yes or on is a truth value.
        return f"{str(value).lower()} (quote yes, no, on and off to make them text)"
    kinds = {str: "text", int: "a number", float: "a number", list: "a list", tuple: "a list"}
    name = kinds.get(type(value)) or ("a map" if isinstance(value, Mapping) else type(value).__name__)
    return f"{name} {value!r}" if isinstance(value, str | int | float) else name


def anything(reading: Reading, path: str, value: Any) -> Any:
    return freeze(value)


def text(reading: Reading, path: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    reading.refuse(path, f"got {described(value)}", "text")
    return ""


def flag(reading: Reading, path: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    reading.refuse(path, f"got {described(value)}", "true or false")
    return False


def number(reading: Reading, path: str, value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15:
        return value
    reading.refuse(path, f"got {described(value)}", "a number, zero or more")
    return 0


def whole(reading: Reading, path: str, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15:
        return value
    reading.refuse(path, f"got {described(value)}", "a whole number, zero or more")
    return 0


def share(reading: Reading, path: str, value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
        return float(value)
    reading.refuse(path, f"got {described(value)}", "a fraction above 0, at most 1")
    return 1.0


def mapping(reading: Reading, path: str, value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    reading.refuse(path, f"got {described(value)}", "a map")
    return EMPTY


def frozen_map(reading: Reading, path: str, value: Any) -> Mapping[str, Any]:
    return freeze(mapping(reading, path, value))


def or_nothing(shape: Shape, default: Any = None) -> Shape:
    """`null` is allowed and means the default."""

    def read(reading: Reading, path: str, value: Any) -> Any:
        return default if value is None else shape(reading, path, value)

    return read


def choice(*options: str) -> Shape:
    def read(reading: Reading, path: str, value: Any) -> str:
        if isinstance(value, str) and value in options:
            return value
        if isinstance(value, str):
            reading.refuse(path, f"unknown value {value!r}", one_of(options), nearest_name(value, options))
        else:
            reading.refuse(path, f"got {described(value)}", one_of(options))
        return options[0]

    return read


def list_of(shape: Shape) -> Shape:
    def read(reading: Reading, path: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            reading.refuse(path, f"got {described(value)}", "a list")
            return ()
        read_ones = (shape(reading, f"{path}[{at}]", inner) for at, inner in enumerate(value))
        return tuple(one for one in read_ones if one is not None)

    return read


def one_or_many(shape: Shape) -> Shape:
    """A single value stands for a list of one."""
    several = list_of(shape)

    def read(reading: Reading, path: str, value: Any) -> tuple[Any, ...]:
        if isinstance(value, list | tuple):
            return several(reading, path, value)
        return (shape(reading, path, value),)

    return read


def reference(kind: str) -> Shape:
    """The name of something that must exist: a role, a duty, a form, an event ..."""

    def read(reading: Reading, path: str, value: Any) -> str:
        if not isinstance(value, str):
            reading.refuse(path, f"got {described(value)}", f"the name of a {kind}")
            return ""
        names = reading.names.get(kind, ())
        if value not in names:
            reading.refuse_name(path, kind, value, names)
        return value

    return read


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a record: its shape, the attribute it fills, and whether it must be there."""

    shape: Shape
    name: str = ""
    required: bool = False


def required(shape: Shape, name: str = "") -> Field:
    return Field(shape, name, required=True)


def optional(shape: Shape, name: str = "") -> Field:
    return Field(shape, name)


def record(make: Callable[..., Any], fields: Mapping[str, Field], *, rest: str = "") -> Shape:
    """A map with these keys, made into a dataclass; None if a required key is missing.

    Keys of no field are refused, unless `rest` names the attribute that collects them.
    """

    def read(reading: Reading, path: str, value: Any) -> Any:
        if not isinstance(value, Mapping):
            reading.refuse(path, f"got {described(value)}", "a map with " + ", ".join(fields))
            return None
        filled: dict[str, Any] = {}
        others: dict[str, Any] = {}
        misspelt: set[str] = set()
        for key, inner in value.items():
            if key in fields:
                filled[fields[key].name or key] = fields[key].shape(reading, join(path, key), inner)
            elif rest:
                others[key] = inner
            else:
                reading.refuse_name(join(path, str(key)), "key", key, fields)
                misspelt.add(nearest_name(key, fields))
        missing = [key for key, field in fields.items() if field.required and key not in value]
        for key in missing:
            # A key that is there under a wrong name is one fault, not two.
            if key not in misspelt:
                reading.refuse(join(path, key), "is missing", f"a value for {key!r}")
        if missing:
            return None
        return make(**filled, **({rest: freeze(others)} if rest else {}))

    return read


def join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
