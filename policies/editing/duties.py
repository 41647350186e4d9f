"""Limits, warnings and ladders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policies.engine.vocabulary import UNITS_WITH_VALUE

Document = dict[str, Any]
# The kind of calendar that a unit counts on, where it needs one.
_CALENDAR_OF_UNIT = {
    "min": ("elapsed",),
    "h": ("elapsed",),
    "bh": ("business",),
    "next_open": ("business",),
    "same_day": ("day", "business"),
    "d": ("day",),
    "mo": ("day",),
    "wd": ("workday",),
}


@dataclass(frozen=True, slots=True)
class LimitEdit:
    """One row of limits. `value` None leaves it open; `lo` and `hi` are for a row that has a range."""

    unit: str
    force: str
    value: float | None = None
    lo: float | None = None
    hi: float | None = None


@dataclass(frozen=True, slots=True)
class RungEdit:
    """One step above the breach: either `share` of the limit (at most `most_hours`), or `value` and `unit`.

    `was` is its place before the edit, None for a new step.
    """

    was: int | None
    roles: tuple[str, ...]
    share: float | None = None
    most_hours: float | None = None
    value: float | None = None
    unit: str = "h"


@dataclass(frozen=True, slots=True)
class DutyEdit:
    """What a form says about a duty. `warn_at` is a fraction, None for no warning."""

    warn_at: float | None
    warn: tuple[str, ...]
    breach: tuple[str, ...]
    ladder: tuple[RungEdit, ...]
    title: str = ""
    owner: str = ""
    limits: tuple[LimitEdit, ...] = ()


def edit_duty(document: Document, duty_id: str, edit: DutyEdit) -> None:
    """Write an edit into the duty of this id. KeyError if there is none.

    What only repeats duty_defaults is not written, so that a later change of the defaults still reaches it.
    """
    duty = next((row for row in document.get("duties") or [] if row.get("id") == duty_id), None)
    if duty is None:
        raise KeyError(duty_id)
    duty["title"], duty["owner"] = edit.title, edit.owner
    for row, limit in zip(duty["limits"], edit.limits, strict=True):
        _edit_limit(document, row, limit)
    defaults = document.get("duty_defaults") or {}
    for key, value in _around(duty, defaults, edit).items():
        if _same(defaults.get(key) or None, value or None):
            duty.pop(key, None)
        else:
            duty[key] = value


def edit_defaults(document: Document, edit: DutyEdit) -> None:
    """Write what holds for every duty that says nothing else."""
    defaults = document.setdefault("duty_defaults", {})
    defaults.update(_around(defaults, {}, edit))


def _around(row: Document, defaults: Document, edit: DutyEdit) -> Document:
    """The four keys of what happens around a limit; actions that a form does not show stay."""

    def actions(key: str) -> list[Any]:
        return list(row.get(key, defaults.get(key)) or [])

    return {
        "warn_at": edit.warn_at,
        "on_warn": telling(actions("on_warn"), edit.warn),
        "on_breach": telling(actions("on_breach"), edit.breach),
        "ladder": _ladder(actions("ladder"), edit.ladder),
    }


def telling(actions: Sequence[Any], roles: Sequence[str]) -> list[Any]:
    """The actions with these roles told, and nobody else."""
    if notified(actions) == list(roles):
        return list(actions)
    others = [one for one in actions if not (isinstance(one, dict) and "notify" in one)]
    return [{"notify": list(roles)}, *others] if roles else others


def notified(actions: Sequence[Any]) -> list[str]:
    """The roles that a list of actions tells."""
    found: list[str] = []
    for action in actions:
        names = action.get("notify", ()) if isinstance(action, Mapping) else ()
        found += [names] if isinstance(names, str) else list(names)
    return found


def _ladder(steps: list[Any], edits: Sequence[RungEdit]) -> list[Any]:
    """The steps; each keeps what it does besides telling."""
    found = []
    for edit in edits:
        kept = steps[edit.was].get("do", []) if edit.was is not None and edit.was < len(steps) else []
        found.append({"after": _after(edit), "do": telling(kept, edit.roles)})
    return found


def _after(edit: RungEdit) -> Document:
    if edit.share is None:
        return {"value": plain(edit.value), "unit": edit.unit}
    after: Document = {"of_limit": edit.share}
    if edit.most_hours is not None:
        after["max"] = {"value": plain(edit.most_hours), "unit": "h"}
    return after


def _edit_limit(document: Document, row: Document, edit: LimitEdit) -> None:
    changed = edit.unit != row.get("unit", "")
    if edit.unit:
        row["unit"] = edit.unit
    if edit.force != row.get("force", "must"):
        row["force"] = edit.force
    if isinstance(row.get("range"), dict):
        row["range"] = {"lo": plain(edit.lo), "hi": plain(edit.hi)}
        is_open = edit.lo is None or edit.hi is None
    elif edit.unit in UNITS_WITH_VALUE or not edit.unit:
        row["value"] = plain(edit.value)
        is_open = edit.value is None
    else:
        row.pop("value", None)
        is_open = False
    if not is_open:
        row.pop("tenant_fill", None)
    if changed:
        _fit_calendar(document, row)


def _fit_calendar(document: Document, row: Document) -> None:
    """A unit counts on a calendar of its own kind: keep the row's if it fits, else take the first that does.

    Without one the engine takes the usual way of counting, or says that a business calendar is missing.
    """
    kinds = _CALENDAR_OF_UNIT.get(row.get("unit", ""), ())
    calendars = document.get("calendars") or {}
    fitting = [name for name, rule in calendars.items() if kind_of(rule) in kinds]
    if row.get("calendar") in fitting:
        return
    row.pop("calendar", None)
    if fitting and row.get("unit") != "same_day":
        row["calendar"] = fitting[0]


def kind_of(rule: Any) -> str:
    """The kind of a calendar as it is written, or as the engine takes it."""
    if not isinstance(rule, dict):
        return ""
    return str(rule.get("kind") or ("business" if rule.get("hours") else "day"))


def plain(value: Any) -> Any:
    """24 instead of 24.0, as an author would write it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _same(one: Any, other: Any) -> bool:
    """Equal up to the short form of a list of one role: {notify: owner} is {notify: [owner]}."""
    return _long(one) == _long(other)


def _long(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: [inner] if key == "notify" and isinstance(inner, str) else _long(inner)
            for key, inner in value.items()
        }
    return [_long(inner) for inner in value] if isinstance(value, list) else value
