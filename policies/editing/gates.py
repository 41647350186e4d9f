"""Who may give more time, and what has to be true before a case may pass a gate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policies.editing.duties import plain

Document = dict[str, Any]
# Conditions that a form offers as switches, by the gate they belong to.
SWITCHES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "close": {
        "handled": {"handled": True},
        "told": {"told": True},
        "follow_up": {"any": [{"follow_up_done": True}, {"follow_up_attempts.gte": 3}]},
        "follow_up_strict": {"follow_up_done": True},
        "tickets": {"open_tickets": 0},
        "outcome": {"outcome.exists": True},
        "liability": {"liability.exists": True},
        "category": {"category.exists": True},
    },
    "dispatch": {
        "accepted": {"accepted": True},
        "tier": {"tier.exists": True},
        "category": {"category.exists": True},
    },
}


@dataclass(frozen=True, slots=True)
class ExtensionEdit:
    """One rule about more time. `approver` empty and not `notice_only` = nobody: it is forbidden."""

    approver: tuple[str, ...]
    notice_only: bool
    before_due: bool
    max_value: float | None
    max_unit: str
    max_of: str
    times: int | None


@dataclass(frozen=True, slots=True)
class GateEdit:
    """The switches of one gate; `conditions` are names of SWITCHES, None where the gate has none."""

    who: tuple[str, ...]
    not_by: tuple[str, ...]
    reason_required: bool | None
    satisfied_required: bool | None
    max_rounds: int | None
    conditions: frozenset[str] | None


def edit_extension(document: Document, place: int, edit: ExtensionEdit) -> None:
    """Write an edit into the extension rule at this place. IndexError if there is none."""
    row = document["extensions"][place]
    if edit.notice_only:
        row["approver"], row["allowed"] = "none_notice_only", True
    elif edit.approver:
        row["approver"], row["allowed"] = list(edit.approver), True
    else:
        row["approver"], row["allowed"] = "none", False
    row["before_due"] = edit.before_due
    row.pop("max", None)
    if edit.max_value is not None:
        row["max"] = {"value": plain(edit.max_value), "unit": edit.max_unit, "of": edit.max_of}
    row.pop("times", None)
    if edit.times is not None:
        row["times"] = edit.times


def edit_gate(document: Document, name: str, edit: GateEdit) -> None:
    """Write an edit into a gate. KeyError if the pack has no such gate."""
    gate = document["gates"][name]
    _who(gate, edit.who)
    _set_or_drop(gate, "not_by", list(edit.not_by))
    if edit.reason_required is not None:
        gate["reason"] = "required" if edit.reason_required else "optional"
    if edit.satisfied_required is not None:
        _set_or_drop(gate, "satisfied_required", edit.satisfied_required)
    if name == "reopen":
        gate["max_rounds"] = edit.max_rounds
    if edit.conditions is not None:
        gate["always"] = _switched(gate.get("always") or {}, SWITCHES[name], edit.conditions)
        if not gate["always"]:
            del gate["always"]


def _who(gate: Document, roles: tuple[str, ...]) -> None:
    """Packs write the same as `who`, `by` or `decider`; what was there keeps its name."""
    used = [key for key in ("who", "by", "decider") if key in gate]
    for key in used:
        del gate[key]
    if roles:
        gate[used[0] if used else "who"] = list(roles)


def _set_or_drop(row: Document, key: str, value: Any) -> None:
    if value:
        row[key] = value
    else:
        row.pop(key, None)


def parts(condition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The parts of a condition that all have to hold."""
    found: list[Mapping[str, Any]] = []
    for key, inner in condition.items():
        found += list(inner) if key == "all" else [{key: inner}]
    return found


def switched_on(name: str, condition: Mapping[str, Any]) -> list[str]:
    """The switches of a gate that a condition has."""
    present = parts(condition)
    return [key for key, one in SWITCHES.get(name, {}).items() if _plain(one) in map(_plain, present)]


def _switched(
    condition: Mapping[str, Any], switches: Mapping[str, Mapping[str, Any]], on: frozenset[str]
) -> Document:
    """The condition with exactly these switches in it; parts that are no switch stay."""
    known = [_plain(one) for one in switches.values()]
    others = [dict(part) for part in parts(condition) if _plain(part) not in known]
    wanted = [_plain(one) for name, one in switches.items() if name in on]
    together = [*wanted, *others]
    if not together:
        return {}
    return together[0] if len(together) == 1 else {"all": together}


def _plain(value: Any) -> Any:
    """Frozen or plain, tuple or list: comparable."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
