"""Scenarios: a timeline written down, and what is expected of it. The form is described in docs/policies.md.

`playing.play()` carries one out, `outcomes.differences()` compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from policies.engine.calendars import Calendar
from policies.engine.counting import RelatedCase
from policies.engine.errors import PolicyErrors
from policies.engine.events import Event
from policies.engine.parsing.shapes import (
    Reading,
    anything,
    choice,
    frozen_map,
    join,
    list_of,
    mapping,
    optional,
    or_nothing,
    record,
    required,
    text,
    whole,
)

DEFAULT_ZONE = "Asia/Shanghai"
# A scenario without events asks about rules that do not look at the clock.
ANY_TIME = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One timeline. `expect` holds what must come out; a part that is absent is not checked."""

    id: str
    events: tuple[Event, ...]
    calendar: Calendar
    ask_at: datetime
    title: str = ""
    proves: tuple[str, ...] = ()
    fill: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    cases: tuple[RelatedCase, ...] = ()
    counts: int | None = None
    checks_forms: bool = False
    expect: Mapping[str, Any] = field(default_factory=dict)


def parse_scenarios(document: Any, *, source: str = "", zone: str = DEFAULT_ZONE) -> list[Scenario]:
    """The scenarios of a file: one map, a list of them, or {scenarios: [...]}.

    Raises PolicyErrors with every fault.
    """
    if isinstance(document, Mapping) and "scenarios" in document:
        document = document["scenarios"]
    rows = document if isinstance(document, list | tuple) else [document]
    reading = Reading(source)
    found = [_scenario(reading, f"[{at}]" if len(rows) > 1 else "", row, zone) for at, row in enumerate(rows)]
    if reading.errors:
        raise PolicyErrors(reading.errors)
    return [scenario for scenario in found if scenario]


_EVENT = record(
    dict,
    {
        "at": required(text),
        "event": required(text),
        "by": optional(text),
        "role": optional(text),
        "ticket": optional(or_nothing(whole)),
        "facts": optional(frozen_map),
        "data": optional(frozen_map),
        "forms": optional(frozen_map),
        "note": optional(text),
    },
)
_CALENDAR = record(
    dict, {"zone": optional(text), "work": optional(list_of(text)), "rest": optional(list_of(text))}
)
# The parts of `expect` that are no lists of rows; which parts there are is for outcomes.py to say.
_NAMES = ("no_deadlines", "no_effects", "no_penalties", "demands")


def _expectation(reading: Reading, path: str, value: Any) -> Mapping[str, Any]:
    parts = mapping(reading, path, value)
    for part, wanted in parts.items():
        shape = list_of(text) if part in _NAMES else list_of(mapping)
        (mapping if part == "gates" else shape)(reading, join(path, str(part)), wanted)
    return parts


_CASE = record(dict, {"at": required(text), "facts": optional(frozen_map)})
_SCENARIO = record(
    dict,
    {
        "id": optional(text),
        "title": optional(text),
        "proves": optional(list_of(text)),
        "calendar": optional(_CALENDAR),
        "fill": optional(mapping),
        "facts": optional(frozen_map),
        "cases": optional(list_of(_CASE)),
        "counts": optional(whole),
        "forms": optional(choice("checked")),
        "events": optional(list_of(_EVENT)),
        "ask_at": optional(text),
        "expect": optional(_expectation),
        "note": optional(anything),
    },
)


def _scenario(reading: Reading, path: str, value: Any, zone: str) -> Scenario | None:
    faults = len(reading.errors)
    given = _SCENARIO(reading, path, value)
    if given is None or len(reading.errors) > faults:
        return None
    try:
        calendar = _calendar_of(given.get("calendar") or {}, zone)
        rows = enumerate(given.get("events", ()), start=1)
        events = tuple(_event(calendar, number, row) for number, row in rows)
        cases = tuple(
            RelatedCase(_time(calendar, row["at"]), row.get("facts", {})) for row in given.get("cases", ())
        )
        ask_at = _time(calendar, given["ask_at"]) if "ask_at" in given else _last(events)
    except (ValueError, KeyError) as error:
        reading.refuse(
            path, str(error), "times like 2026-02-13T09:00, dates like 2026-02-13, a zone like Asia/Shanghai"
        )
        return None
    kept = ("title", "proves", "fill", "facts", "counts", "expect")
    return Scenario(
        id=given.get("id", ""),
        events=events,
        calendar=calendar,
        ask_at=ask_at,
        cases=cases,
        checks_forms="forms" in given,
        **{key: given[key] for key in kept if key in given},
    )


def _calendar_of(given: Mapping[str, Any], zone: str) -> Calendar:
    days = {date.fromisoformat(day): True for day in given.get("work", ())}
    days |= {date.fromisoformat(day): False for day in given.get("rest", ())}
    return Calendar(ZoneInfo(given.get("zone", zone)), days)


def _last(events: tuple[Event, ...]) -> datetime:
    return max((event.at for event in events), default=ANY_TIME)


def _event(calendar: Calendar, number: int, row: Mapping[str, Any]) -> Event:
    return Event(
        id=number,
        kind=row["event"],
        at=_time(calendar, row["at"]),
        ticket=row.get("ticket"),
        role=row.get("role", ""),
        facts=row.get("facts", {}),
        data={**row.get("data", {}), **({"forms": row["forms"]} if "forms" in row else {})},
    )


def _time(calendar: Calendar, written: str) -> datetime:
    moment = calendar.moment(written)
    if moment is None:
        raise ValueError(f"not a time: {written!r}")
    return moment.astimezone(UTC)
