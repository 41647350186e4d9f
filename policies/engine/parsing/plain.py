"""Whether a document is plain data of a sane size, before anything looks inside it."""

from collections.abc import Mapping
from typing import Any

from policies.engine.errors import PolicyError, PolicyErrors
from policies.engine.parsing.shapes import Reading, join

# The largest real pack has a depth of 9, some 3,000 values and texts of 60 characters.
GREATEST_DEPTH = 24
GREATEST_NUMBER = 60_000
GREATEST_TEXT = 4_000


def check_plain(reading: Reading, document: Any) -> None:
    """Refuse keys that are not text and values that are not JSON. Raises PolicyErrors at once if the
    document is too deep or too large to be read on."""
    # A stack, not recursion: depth is what is being defended against.
    pending: list[tuple[str, Any, int]] = [("", document, 0)]
    seen = 0
    while pending:
        path, value, depth = pending.pop()
        seen += 1
        if depth > GREATEST_DEPTH:
            raise _too(reading, path, f"is nested deeper than {GREATEST_DEPTH} levels")
        if seen > GREATEST_NUMBER:
            raise _too(reading, "", f"has more than {GREATEST_NUMBER} values")
        if isinstance(value, Mapping):
            for key, inner in value.items():
                _check_key(reading, path, key)
                pending.append((join(path, str(key)), inner, depth + 1))
        elif isinstance(value, list | tuple):
            pending.extend((f"{path}[{at}]", inner, depth + 1) for at, inner in enumerate(value))
        else:
            _check_scalar(reading, path, value)


def _check_key(reading: Reading, path: str, key: object) -> None:
    if isinstance(key, bool):
        written = "on, yes or true" if key else "off, no or false"
        reading.refuse(
            path,
            f"a key is the truth value {str(key).lower()}: YAML 1.1 reads {written} so",
            "text; the key of a trigger is event:, any other must be quoted",
        )
    elif not isinstance(key, str):
        reading.refuse(path, f"the key {key!r} is not text", "text; quote it")


def _check_scalar(reading: Reading, path: str, value: object) -> None:
    if isinstance(value, str):
        if len(value) > GREATEST_TEXT:
            reading.refuse(path, f"has {len(value)} characters", f"at most {GREATEST_TEXT}")
    elif isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            reading.refuse(path, f"got {value}", "a number")
    elif value is not None and not isinstance(value, bool | int):
        reading.refuse(path, f"got {value!r}", "plain data; quote dates and times")


def _too(reading: Reading, path: str, message: str) -> PolicyErrors:
    return PolicyErrors([*reading.errors, PolicyError(path[:120], message, source=reading.source)])
