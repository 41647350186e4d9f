"""What is wrong with a policy: every fault at once, with its place, what was expected, the nearest name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class PolicyError:
    """One fault. `path` is like duties[3].limits[0].unit; `nearest` is the valid name it probably meant."""

    path: str
    message: str
    expected: str = ""
    nearest: str = ""
    source: str = ""

    def __str__(self) -> str:
        place = ": ".join(part for part in (self.source, self.path) if part)
        line = f"{place}: {self.message}" if place else self.message
        if self.expected:
            line += f"; expected {self.expected}"
        if self.nearest:
            line += f"; did you mean {self.nearest!r}?"
        return line


class PolicyErrors(Exception):
    """A policy that cannot be used. `errors` holds every fault found; str() gives one per line."""

    def __init__(self, errors: Sequence[PolicyError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))


def nearest_name(given: object, names: Iterable[str]) -> str:
    """The valid name closest to what was written, or "" if nothing is close."""
    found = get_close_matches(str(given), list(names), n=1, cutoff=0.6)
    return found[0] if found else ""


def one_of(names: Iterable[str], *, at_most: int = 14) -> str:
    """A readable list of valid names for a message; a long list is cut."""
    listed = sorted(names)
    if len(listed) > at_most:
        return "one of " + ", ".join(listed[:at_most]) + f", ... ({len(listed)} in all)"
    return "one of " + ", ".join(listed) if listed else "nothing: none is defined"
