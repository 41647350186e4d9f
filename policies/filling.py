"""What the rules leave to the organization (`tenant_fill`): the list of it, and what is filled in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from policies.engine.schema import Policy
from policies.readable import SECTIONS, phrases, words

Path = tuple[str | int, ...]
# Sections whose lines in words stand in the order of the document's entries.
_IN_ORDER = {
    "duties", "extensions", "triggers", "grants", "schedules", "metrics", "clock_stops", "penalties",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """One entry to be filled in, or whose stated default is to be confirmed.

    `kind`: limit (value, unit) · range (lo, hi, unit) · count (at_least, window) · money (max) · target (min,
    max) · period (years, months, days, forever) · text · confirm. `values` are what the document says now,
    None for what is missing; `suggest` what the pack suggests for a limit.
    """

    key: str
    kind: str
    title: str
    detail: str
    values: Mapping[str, Any]
    suggest: float | None
    basis: str
    source: tuple[str, ...]

    @property
    def is_missing(self) -> bool:
        """Whether something has to be given; else the default only waits to be confirmed."""
        if self.kind == "period":
            return not any(self.values.values())
        if self.kind == "target":
            return all(value is None for value in self.values.values())
        return any(value is None or value == "" for name, value in self.values.items() if name != "window")


def open_entries(policy: Policy) -> list[OpenEntry]:
    """Everything marked `tenant_fill`, in the order of the document."""
    titles = _titles(policy)
    return [_entry(policy, path, row, titles) for path, row in _marked(policy.document, ())]


def _marked(value: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        if value.get("tenant_fill"):
            yield path, value
        for key, inner in value.items():
            yield from _marked(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from _marked(inner, (*path, at))


def _titles(policy: Policy) -> dict[Path, str]:
    """The sentence of each entry, by the head of its path."""
    found: dict[Path, str] = {}
    for name, _title, lines in SECTIONS:
        if name in _IN_ORDER:
            found |= {(name, at): line.text for at, line in enumerate(lines(policy))}
        elif name == "keeping":
            found |= {(name, "retention", at): line.text for at, line in enumerate(lines(policy))}
    return found


def _entry(policy: Policy, path: Path, row: Mapping[str, Any], titles: Mapping[Path, str]) -> OpenEntry:
    head = next((titles[path[:size]] for size in (2, 3) if path[:size] in titles), "")
    kind = _kind(path, row)
    detail = ""
    if path[0] == "duties" and row.get("when"):
        detail = phrases.condition(policy, row["when"])
    elif kind == "count":
        detail = phrases.count(policy, row)
    source = row.get("source") or ()
    return OpenEntry(
        key=written(path),
        kind=kind,
        title=head or _place(policy, path, row),
        detail=detail,
        values=_values(kind, row),
        suggest=row.get("suggest"),
        basis=str(row.get("basis") or ""),
        source=(source,) if isinstance(source, str) else tuple(source),
    )


def _kind(path: Path, row: Mapping[str, Any]) -> str:
    if isinstance(row["tenant_fill"], str):
        return "text"
    kinds = {"grants": "money", "metrics": "target", "keeping": "period"}
    if path[0] in kinds:
        return kinds[str(path[0])]
    if "of" in row and any(name in row for name in ("gt", "gte", "lt", "lte")):
        return "count"
    if isinstance(row.get("range"), Mapping):
        return "range"
    return "limit" if "value" in row or "since" in row else "confirm"


def _values(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "limit":
        return {"value": row.get("value", row.get("every")), "unit": row.get("unit", "")}
    if kind == "range":
        return {"lo": row["range"].get("lo"), "hi": row["range"].get("hi"), "unit": row.get("unit", "")}
    if kind == "count":
        window = row.get("window") or {}
        return {"at_least": row.get("gte", row.get("gt")), "window": window.get("value")}
    if kind == "target":
        target = row.get("target") or {}
        return {"min": target.get("min"), "max": target.get("max")}
    if kind == "period":
        return {name: row.get(name) for name in ("years", "months", "days", "forever")}
    if kind == "money":
        return {"max": row.get("max_yuan")}
    return {"text": row.get("text", "")} if kind == "text" else {}


def _place(policy: Policy, path: Path, row: Mapping[str, Any]) -> str:
    if path[0] == "lists" and "text" in row:
        return _("%(list)s: %(text)s") % {
            "list": words.LISTS.get(str(path[1]), str(path[1])),
            "text": row["text"],
        }
    return str(row.get("title") or row.get("id") or written(path))


def written(path: Path) -> str:
    """A path as a text: duties[3].limits[0]."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.lstrip(".")


def fill(document: dict[str, Any], key: str, values: Mapping[str, Any]) -> None:
    """Write the values of one entry into a document; it is not open any more. KeyError if there is none."""
    path, row = next((pair for pair in _marked(document, ()) if written(pair[0]) == key), ((), None))
    if not isinstance(row, dict):
        raise KeyError(key)
    _FILLERS[_kind(path, row)](row, values)
    row.pop("tenant_fill")


def _fill_limit(row: dict[str, Any], values: Mapping[str, Any]) -> None:
    row["every" if "every" in row else "value"] = _plain(values["value"])
    row["unit"] = values["unit"]


def _fill_range(row: dict[str, Any], values: Mapping[str, Any]) -> None:
    row["range"] = {"lo": _plain(values["lo"]), "hi": _plain(values["hi"])}
    row["unit"] = values["unit"]


def _fill_count(row: dict[str, Any], values: Mapping[str, Any]) -> None:
    row["gte" if "gte" in row else "gt"] = _plain(values["at_least"])
    if isinstance(row.get("window"), dict) and values.get("window") is not None:
        row["window"]["value"] = _plain(values["window"])


def _fill_target(row: dict[str, Any], values: Mapping[str, Any]) -> None:
    row["target"] = {name: _plain(values[name]) for name in ("min", "max") if values.get(name) is not None}


def _fill_period(row: dict[str, Any], values: Mapping[str, Any]) -> None:
    for name in ("years", "months", "days", "forever"):
        row.pop(name, None)
        if values.get(name):
            row[name] = True if name == "forever" else _plain(values[name])


def _fill_money(row: dict[str, Any], values: Mapping[str, Any]) -> None:
    row["max_yuan"] = _plain(values["max"])


def _fill_text(row: dict[str, Any], values: Mapping[str, Any]) -> None:
    row["text"] = values["text"]


_FILLERS = {
    "limit": _fill_limit,
    "range": _fill_range,
    "count": _fill_count,
    "target": _fill_target,
    "period": _fill_period,
    "money": _fill_money,
    "text": _fill_text,
    "confirm": lambda row, values: None,
}


def _plain(value: Any) -> Any:
    """24 instead of 24.0, as an author would write it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
