"""What came of a scenario: as plain data for people and programs, and compared with what was expected."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from policies.engine.answers import QUESTIONS, Desk, Row, name_of
from policies.engine.calendars import Calendar
from policies.engine.deadlines import PlannedDeadline, Rung
from policies.engine.demands import demands
from policies.engine.effects import Effect
from policies.engine.playing import Played, Refusal
from policies.engine.routes import priority_key
from policies.engine.scenarios import Scenario
from policies.engine.triggers import FiredRung

__all__ = ["as_data", "differences", "name_of"]

# What identifies a deadline in an expectation; every other key is compared.
IDENTITY = ("duty", "ticket", "round", "occurrence")


def as_data(scenario: Scenario, played: Played) -> dict[str, Any]:
    """The outcome as JSON-ready data, times in the scenario's zone.

    `fires` of a deadline are all rungs of its present due time; `effects` is everything that has been done
    by `ask_at`, rungs and triggers, in order of time.
    """
    zone = scenario.calendar
    fired = [_fired(zone, one) for one in played.fired]
    return {
        "id": scenario.id,
        "ask_at": _local(zone, scenario.ask_at),
        "deadlines": [_deadline_data(zone, one) for one in played.deadlines],
        "refused": [_refusal(zone, one) for one in played.refused],
        "effects": sorted(
            [*fired, *(_effect(zone, one) for one in played.effects)], key=lambda one: one["at"]
        ),
        "gates": {gate: [name_of(need) for need in needs] for gate, needs in played.gates.items()},
        "demands": [name_of(need) for need in demands(played.effects, played.facts)],
    }


def differences(scenario: Scenario, played: Played) -> list[str]:
    """Where the outcome is not what the scenario expects; empty = it proves what it says.

    What each part compares is in docs/policies.md, "expect".
    """
    desk = Desk(scenario, played)
    lines: list[str] = []
    for part, wanted in scenario.expect.items():
        if part in PARTS:
            lines.extend(PARTS[part](desk, wanted))
        elif part in QUESTIONS:
            lines.extend(_answers(desk, part, wanted))
        else:
            lines.append(f"expect.{part}: not a part of an expectation")
    return lines


# As data


def _deadline_data(calendar: Calendar, deadline: PlannedDeadline) -> dict[str, Any]:
    times = ("started_at", "warn_at", "due_at", "first_due_at", "met_at")
    names = ("duty", "ticket", "round", "occurrence", "title", "owner", "force", *times, "state", "revision")
    plain = {name: getattr(deadline, name) for name in names}
    return {
        **plain,
        **{name: _local(calendar, plain[name]) for name in times},
        "late": deadline.is_late,
        "basis": dict(deadline.basis),
        "fires": [_rung(calendar, one) for one in deadline.rungs],
    }


def _rung(calendar: Calendar, rung: Rung) -> dict[str, Any]:
    return {
        "rung": rung.number,
        "at": _local(calendar, rung.at),
        "to": list(rung.to),
        "actions": list(rung.actions),
    }


def _fired(calendar: Calendar, fired: FiredRung) -> dict[str, Any]:
    duty, ticket, round_, occurrence = fired.deadline
    return {
        "at": _local(calendar, fired.at),
        "because": f"{fired.rung.kind}.{duty}",
        "rung": fired.rung.number,
        "ticket": ticket,
        "round": round_,
        "occurrence": occurrence,
        "to": list(fired.rung.to),
        "do": list(fired.rung.actions),
    }


def _effect(calendar: Calendar, effect: Effect) -> dict[str, Any]:
    return {
        "at": _local(calendar, effect.at),
        "trigger": effect.source,
        "because": effect.because,
        "occurrence": effect.occurrence,
        "ticket": effect.ticket,
        "to": list(effect.to),
        "do": list(effect.actions),
        "proposed": effect.proposed,
        "decider": effect.decider,
    }


def _refusal(calendar: Calendar, refusal: Refusal) -> dict[str, Any]:
    return {
        "event": refusal.event.kind,
        "at": _local(calendar, refusal.event.at),
        "missing": [name_of(need) for need in refusal.missing],
    }


def _local(calendar: Calendar, moment: datetime | None) -> str | None:
    return moment.astimezone(calendar.zone).isoformat() if moment else None


# Compared


def _deadlines(desk: Desk, wanted: Sequence[Row]) -> Iterator[str]:
    rows = [_deadline_data(desk.scenario.calendar, one) for one in desk.played.deadlines]
    for row in wanted:
        identity = {key: row[key] for key in IDENTITY if key in row}
        meant = [one for one in rows if all(one[key] == value for key, value in identity.items())]
        label = " ".join(str(value) for value in identity.values())
        if len(meant) != 1:
            yield f"{label}: {len(meant)} deadlines fit, expected one"
        else:
            yield from _row(desk, label, row, meant[0], (), "a deadline")


def _no_deadlines(desk: Desk, wanted: Iterable[str]) -> Iterator[str]:
    for duty in wanted:
        if duty not in desk.policy.duties_by_id:
            yield f"{duty}: there is no such duty"
        elif any(one.duty == duty for one in desk.played.deadlines):
            yield f"{duty}: there is a deadline, expected none"


def _fires(desk: Desk, wanted: Sequence[Row]) -> Iterator[str]:
    rows = [_fired(desk.scenario.calendar, one) for one in desk.played.fired]
    yield from _whole_list(desk, "fires", wanted, rows)


def _refused(desk: Desk, wanted: Sequence[Row]) -> Iterator[str]:
    rows = [_refusal(desk.scenario.calendar, one) for one in desk.played.refused]
    yield from _whole_list(desk, "refused", wanted, rows)


def _gates(desk: Desk, wanted: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for gate, needs in wanted.items():
        if gate not in desk.played.gates:
            yield f"gate {gate}: the policy has no such gate"
            continue
        names = sorted(name_of(need) for need in desk.played.gates[gate])
        if names != sorted(needs):
            yield f"gate {gate}: {names} missing, expected {sorted(needs)}"


def _demands(desk: Desk, wanted: Sequence[str]) -> Iterator[str]:
    names = sorted(name_of(need) for need in demands(desk.played.effects, desk.played.facts))
    if names != sorted(wanted):
        yield f"demands: {names} still stand, expected {sorted(wanted)}"


def _effects(desk: Desk, wanted: Sequence[Row]) -> Iterator[str]:
    rows = [_effect(desk.scenario.calendar, one) for one in desk.played.effects]
    if not wanted:
        yield from (f"effects: {row['trigger']} ran at {row['at']}, expected none" for row in rows)
    for name in dict.fromkeys(str(row.get("trigger")) for row in wanted):
        yield from _unknown_source(desk, name)
        mine = [row for row in rows if row["trigger"] == name]
        yield from _whole_list(
            desk, f"effects {name}", [row for row in wanted if row.get("trigger") == name], mine
        )


def _no_effects(desk: Desk, wanted: Iterable[str]) -> Iterator[str]:
    for name in wanted:
        yield from _unknown_source(desk, name)
        for one in desk.played.effects:
            if one.source == name:
                yield f"{name}: ran at {_local(desk.scenario.calendar, one.at)}, expected not to"


def _unknown_source(desk: Desk, name: str) -> Iterator[str]:
    stops = {f"clock_stop.{stop.id}" for stop in desk.policy.clock_stops}
    if name not in stops | {trigger.id for trigger in desk.policy.triggers}:
        yield f"{name}: there is no such trigger or clock stop"


def _queue(desk: Desk, wanted: Sequence[Row]) -> Iterator[str]:
    keys = [priority_key(desk.policy, {**desk.played.facts, **facts}) for facts in wanted]
    for at, (before, after) in enumerate(pairwise(keys)):
        if before >= after:
            yield f"queue[{at}]: {before} does not come before {after}"


def _penalties(desk: Desk, wanted: Sequence[Row]) -> Iterator[str]:
    if not wanted:
        yield from (f"penalties: {one.penalty.id} is proposed, expected none" for one in desk.proposals({}))
    yield from _answers(desk, "penalties", wanted)


def _no_penalties(desk: Desk, wanted: Iterable[str]) -> Iterator[str]:
    proposed = {one.penalty.id for one in desk.proposals({})}
    known = {one.id for one in desk.policy.penalties}
    for name in wanted:
        if name not in known:
            yield f"{name}: there is no such penalty"
        elif name in proposed:
            yield f"{name}: is proposed, expected not to be"


PARTS: Mapping[str, Callable[[Desk, Any], Iterator[str]]] = {
    "deadlines": _deadlines,
    "no_deadlines": _no_deadlines,
    "fires": _fires,
    "refused": _refused,
    "gates": _gates,
    "demands": _demands,
    "effects": _effects,
    "no_effects": _no_effects,
    "queue": _queue,
    "penalties": _penalties,
    "no_penalties": _no_penalties,
}


def _answers(desk: Desk, part: str, wanted: Sequence[Row]) -> Iterator[str]:
    answer, about = QUESTIONS[part]
    for at, row in enumerate(wanted):
        label = f"{part}[{at}]"
        if set(row) <= set(about):
            yield f"{label}: expects nothing"
        try:
            found = answer(desk, row)
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            missing = f"the row does not say {error}" if isinstance(error, KeyError) else str(error)
            yield f"{label}: {missing}"
        else:
            yield from _row(desk, label, row, found, about, f"a row of {part}")


def _whole_list(desk: Desk, part: str, wanted: Sequence[Row], rows: Sequence[Row]) -> Iterator[str]:
    if len(wanted) != len(rows):
        yield f"{part}: {len(rows)} happened, expected {len(wanted)}: {[_short(row) for row in rows]}"
        return
    for at, (row, want) in enumerate(zip(rows, wanted, strict=True)):
        yield from _row(desk, f"{part}[{at}]", want, row, (), "a row")


def _row(desk: Desk, label: str, row: Row, actual: Row, about: Sequence[str], what: str) -> Iterator[str]:
    """One row of an expectation against what is: every key it gives, besides those it asks by."""
    for key, wanted in row.items():
        if key in about:
            continue
        if key not in actual:
            yield f"{label}: {what} has no {key!r}"
        elif not _equal(desk.scenario.calendar, key, actual[key], wanted):
            shown = list(actual[key]) if isinstance(actual[key], tuple) else actual[key]
            yield f"{label}: {key} is {shown}, expected {wanted}"


def _equal(calendar: Calendar, key: str, actual: Any, wanted: Any) -> bool:
    if key == "do" and wanted:
        return all(any(_plain(one) == _plain(action) for action in actual) for one in _several(wanted))
    if isinstance(actual, str) and isinstance(wanted, str) and "T" in wanted:
        moments = calendar.moment(actual), calendar.moment(wanted)
        return actual == wanted if None in moments else moments[0] == moments[1]
    if isinstance(actual, list | tuple):
        return _plain(actual) == _plain(_several(wanted))
    if wanted in (None, ""):
        return actual in (None, "")  # "" is what the engine says for "nobody"
    return _plain(actual) == _plain(wanted) and isinstance(actual, bool) == isinstance(wanted, bool)


def _several(wanted: Any) -> list[Any]:
    """A single value stands for a list of one, nothing for an empty list."""
    if wanted in (None, ""):
        return []
    return list(wanted) if isinstance(wanted, list | tuple) else [wanted]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _short(row: Row) -> str:
    because = row.get("because") or row.get("event")
    return f"{row.get('at')} {because} {row.get('to') or row.get('missing')}"
