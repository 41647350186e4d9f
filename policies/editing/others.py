"""The heading, opening hours, and how long things are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from policies.editing.duties import plain

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PeriodEdit:
    """How long something is kept: `forever`, or a value with its unit (years, months, days), or not known."""

    value: float | None
    unit: str
    forever: bool


def edit_heading(document: Document, *, title: str, version: int) -> None:
    """The title people see, and the pack's own number."""
    document["pack"]["title"] = title
    document["pack"]["version"] = version


def edit_hours(document: Document, name: str, ranges: Sequence[str], days: str) -> None:
    """The opening hours of a business calendar. KeyError if the pack has none of this name."""
    calendar = document["calendars"][name]
    calendar["hours"], calendar["days"] = list(ranges), days


def edit_retention(document: Document, edits: Sequence[PeriodEdit]) -> None:
    """How long each thing is kept, in the order of the pack."""
    for row, edit in zip(document["keeping"]["retention"], edits, strict=True):
        for key in ("years", "months", "days", "forever"):
            row.pop(key, None)
        if edit.forever:
            row["forever"] = True
        elif edit.value is not None:
            row[edit.unit] = plain(edit.value)
        if edit.forever or edit.value is not None:
            row.pop("tenant_fill", None)
        else:
            row["tenant_fill"] = True
