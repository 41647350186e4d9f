"""The sections about time: calendars, limits, duties, extensions, clock stops."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from itertools import pairwise
from typing import Any

from policies.engine.conditions import facts_read
from policies.engine.frozen import EMPTY
from policies.engine.parsing.grammar import (
    EVENT_NAMES,
    ROLE,
    ROLES,
    SOURCE,
    TELLINGS,
    TEXTS,
    condition,
)
from policies.engine.parsing.shapes import (
    Reading,
    Shape,
    choice,
    described,
    flag,
    frozen_map,
    join,
    list_of,
    number,
    one_or_many,
    optional,
    or_nothing,
    record,
    reference,
    required,
    share,
    text,
    whole,
)
from policies.engine.schema import (
    CalendarRule,
    ClockStop,
    Duty,
    ExtensionRule,
    Hours,
    LadderStep,
    Limit,
    MaximumExtension,
    ValueRange,
)
from policies.engine.vocabulary import CLOCK_EFFECTS, GREATEST, UNITS, UNITS_WITH_VALUE, WHOLE_UNITS

# How a unit counts when its row names no calendar.
DEFAULT_CALENDARS = {
    "d": CalendarRule(kind="day"),
    "mo": CalendarRule(kind="day"),
    "at": CalendarRule(kind="day"),
    "same_day": CalendarRule(kind="day"),
    "wd": CalendarRule(kind="workday"),
}


def hours(reading: Reading, path: str, value: Any) -> Hours:
    """Opening ranges of a day, each "HH:MM-HH:MM", in order and apart. "24:00" closes at midnight."""
    ranges = tuple(
        _range(reading, f"{path}[{at}]", one) for at, one in enumerate(list_of(text)(reading, path, value))
    )
    for at, (earlier, later) in enumerate(pairwise(ranges), start=1):
        if earlier[1] == time(0) or later[0] < earlier[1]:
            reading.refuse(
                f"{path}[{at}]", "begins before the range above ends", "ranges in order that do not overlap"
            )
    return ranges


def _range(reading: Reading, path: str, value: str) -> tuple[time, time]:
    try:
        opens, closes = (_clock(part) for part in value.split("-"))
    except ValueError:
        reading.refuse(path, f"got {value!r}", 'opening hours like "08:30-18:00"')
        return time(0), time(0)
    if closes != time(0) and closes <= opens:
        reading.refuse(path, f"{value!r} ends before it begins", "two ranges for hours that go past midnight")
    return opens, closes


def _clock(text_: str) -> time:
    return time(0) if text_.strip() == "24:00" else time.fromisoformat(text_.strip())


_CALENDAR_FIELDS = {
    "kind": optional(choice("elapsed", "day", "workday", "business")),
    "first_day": optional(choice("excluded", "included")),
    "ends": optional(choice("midnight", "business_close")),
    "roll_forward": optional(flag),
    "days": optional(choice("cn_workdays", "weekdays", "every_day")),
    "hours": optional(hours),
    "title": optional(text),
    "source": SOURCE,
}
_CALENDAR = record(CalendarRule, _CALENDAR_FIELDS)


def calendar(reading: Reading, path: str, value: Any) -> CalendarRule:
    """One calendar. A map with hours and no kind is a business calendar, one without hours counts days."""
    rule = _CALENDAR(reading, path, value) or CalendarRule()
    if isinstance(value, Mapping) and "kind" not in value:
        rule = replace(rule, kind="business" if rule.hours else "day")
    if rule.kind == "business" and not rule.hours:
        reading.refuse(join(path, "hours"), "is missing", "opening hours of the business calendar")
    return rule


def calendars(reading: Reading, path: str, value: Any) -> dict[str, CalendarRule]:
    if not isinstance(value, Mapping):
        reading.refuse(path, f"got {described(value)}", "a map of calendars by name")
        return {}
    return {
        str(name): replace(calendar(reading, join(path, str(name)), rule), name=str(name))
        for name, rule in value.items()
    }


def _calendar_of(reading: Reading, path: str, value: Any) -> CalendarRule:
    if isinstance(value, Mapping):
        return calendar(reading, path, value)
    return reading.calendars.get(reference("calendar")(reading, path, value), CalendarRule())


def limit(reading: Reading, path: str, value: Any) -> Limit | None:
    """One row of limits. A missing value needs `tenant_fill: true`: nothing stays open by accident."""
    row: Limit | None = _LIMIT(reading, path, value)
    if row is None:
        return None
    if not row.unit and not row.tenant_fill:
        reading.refuse(join(path, "unit"), "is missing", "one of " + ", ".join(UNITS))
    if "calendar" not in value:
        row = replace(row, calendar=DEFAULT_CALENDARS.get(row.unit, CalendarRule()))
    _check_amount(reading, path, row)
    if row.unit in ("bh", "next_open") and not row.calendar.hours:
        reading.refuse(
            join(path, "calendar"), "has no opening hours", f"a business calendar for unit {row.unit}"
        )
    if row.unit == "at" and not 1 <= (row.day or 0) <= 31:
        reading.refuse(join(path, "day"), "is missing or no day of a month", "1 to 31")
    return row


def _check_amount(reading: Reading, path: str, row: Limit) -> None:
    if row.unit not in UNITS_WITH_VALUE:
        return
    amounts = [row.value] if row.range is None else [row.range.lo, row.range.hi]
    where = join(path, "value" if row.range is None else "range")
    if None in amounts and not row.tenant_fill:
        reading.refuse(
            where, "is missing", "a number, or tenant_fill: true where the organization must give it"
        )
    for amount in amounts:
        if amount is not None and amount > GREATEST[row.unit]:
            reading.refuse(where, f"{amount} {row.unit} is too long", f"at most {GREATEST[row.unit]}")
        if amount is not None and row.unit in WHOLE_UNITS and amount != int(amount):
            reading.refuse(where, f"got {amount}", f"a whole number of {row.unit}")


def _make_limit(*, pick: Mapping[str, Any] = EMPTY, **given: Any) -> Limit:
    if given.get("range") is not None:
        given["range"] = replace(given["range"], lo_when=pick)
    return Limit(**given)


def _pick(reading: Reading, path: str, value: Any) -> Any:
    """{lo: condition, hi: otherwise}: which bound of a range counts."""
    picked = record(dict, {"lo": required(condition), "hi": optional(choice("otherwise"))})(
        reading, path, value
    )
    return picked["lo"] if picked else EMPTY


_AMOUNT = optional(or_nothing(number))
_RANGE = record(ValueRange, {"lo": required(or_nothing(number)), "hi": required(or_nothing(number))})
_LIMIT = record(
    _make_limit,
    {
        "when": optional(condition),
        "value": _AMOUNT,
        "unit": optional(choice(*UNITS)),
        "calendar": optional(_calendar_of),
        "force": optional(choice("must", "should")),
        "earlier_of": optional(reference("fact")),
        "fact": optional(reference("fact")),
        "range": optional(_RANGE),
        "pick": optional(_pick),
        "day": optional(whole),
        "tenant_fill": optional(flag),
        "suggest": _AMOUNT,
        "basis": optional(text),
        "source": SOURCE,
    },
)


def _after(reading: Reading, path: str, value: Any) -> dict[str, Any]:
    """How long after the rung before: {value, unit}, or {of_limit: fraction, max: {value, unit}}."""
    if isinstance(value, Mapping) and ("value" in value or "unit" in value):
        return {"fixed": limit(reading, path, value)}
    return _SHARE(reading, path, value) or {}


_SHARE = record(dict, {"of_limit": required(share), "max": optional(limit, "at_most")})


def _make_step(*, after: dict[str, Any], actions: tuple[Any, ...]) -> LadderStep:
    return LadderStep(actions=actions, **after)


_DEFAULT_FIELDS = {
    "warn_at": optional(or_nothing(share)),
    "on_warn": optional(TELLINGS),
    "on_breach": optional(TELLINGS),
    "ladder": optional(
        list_of(record(_make_step, {"after": required(_after), "do": required(TELLINGS, "actions")}))
    ),
}
duty_defaults = record(dict, _DEFAULT_FIELDS)

_DUTY = record(
    Duty,
    {
        "id": required(text),
        "title": optional(text),
        "owner": required(ROLE),
        "when": optional(condition),
        "from": required(EVENT_NAMES, "start"),
        "to": required(EVENT_NAMES, "end"),
        "limits": required(list_of(limit)),
        "each": optional(choice("case", "ticket")),
        "pausable": optional(flag),
        "ceiling": optional(or_nothing(limit)),
        "blocks": optional(EVENT_NAMES),
        "ordered_by": optional(ROLE),
        "basis": optional(text),
        "source": SOURCE,
        **_DEFAULT_FIELDS,
    },
)


def duty(defaults: Mapping[str, Any]) -> Shape:
    """The shape of a duty under a pack's duty_defaults, which fill what it does not say itself."""

    def read(reading: Reading, path: str, value: Any) -> Duty | None:
        found: Duty | None = _DUTY(reading, path, value)
        if found is None:
            return None
        _check_ceiling(reading, path, found)
        inherited = {key: default for key, default in defaults.items() if key not in value}
        return replace(found, **inherited, reads=_facts_of(found))

    return read


def _check_ceiling(reading: Reading, path: str, found: Duty) -> None:
    """A limit that is longer than the legal one above it is refused, not just shortened in silence."""
    ceiling = found.ceiling
    if ceiling is None or ceiling.value is None:
        return
    for at, row in enumerate(found.limits):
        amounts = (row.range.lo, row.range.hi) if row.range else (row.value,)
        if any(_is_longer(amount, row.unit, ceiling) for amount in amounts if amount is not None):
            where = join(path, f"limits[{at}]")
            reading.refuse(where, "is longer than the ceiling", f"at most {ceiling.value:g} {ceiling.unit}")


def _is_longer(amount: float, unit: str, ceiling: Limit) -> bool:
    """Whether it is, whatever the day it begins. What only a calendar can compare passes."""
    most = ceiling.value or 0
    if unit == ceiling.unit:
        return amount > most
    if unit not in _MINUTES or ceiling.unit not in _MINUTES:
        return False
    # n days end at 24:00 of the nth: the rest of the first day comes on top.
    return amount * _MINUTES[unit] > most * _MINUTES[ceiling.unit] + (1440 if ceiling.unit == "d" else 0)


_MINUTES = {"min": 1, "h": 60, "d": 1440}


def _facts_of(found: Duty) -> frozenset[str]:
    """Every fact that can change whether, or until when, this duty runs."""
    names = set(facts_read(found.when))
    for row in (*found.limits, *((found.ceiling,) if found.ceiling else ())):
        names.update(facts_read(row.when))
        names.update({row.earlier_of} if row.earlier_of else ())
        names.update({row.fact} if row.unit == "promise" else ())
        names.update(facts_read(row.range.lo_when) if row.range else ())
    return frozenset(names)


def _maximum(reading: Reading, path: str, value: Any) -> MaximumExtension | None:
    if isinstance(value, Mapping):
        of = choice("added", "total")(reading, join(path, "of"), value.get("of", "added"))
        row = limit(reading, path, {key: inner for key, inner in value.items() if key != "of"})
        return MaximumExtension(row, of) if row else None
    reading.refuse(path, f"got {described(value)}", "{value, unit, of: added or total}")
    return None


def _make_extension(*, approver: Any = (), **given: Any) -> ExtensionRule:
    notice_only = approver == ("none_notice_only",)
    nobody = notice_only or approver == ("none",)
    return ExtensionRule(approver=() if nobody else approver, notice_only=notice_only, **given)


def _approver(reading: Reading, path: str, value: Any) -> tuple[str, ...]:
    """Who decides: a role, several (any of them), none, or none_notice_only."""
    return (value,) if value in ("none", "none_notice_only") else ROLES(reading, path, value)


def _ceiling_of(reading: Reading, path: str, value: Any) -> str:
    """`<duty>.ceiling`: the legal limit of that duty bounds this extension too."""
    name, _, last = text(reading, path, value).rpartition(".")
    if last != "ceiling" or name not in reading.names["duty"]:
        reading.refuse(path, f"got {value!r}", "<duty>.ceiling, for example solve.ceiling")
    return name


extension = record(
    _make_extension,
    {
        "duty": required(reference("duty")),
        "when": optional(condition),
        "approver": optional(_approver),
        "allowed": optional(flag),
        "max": optional(or_nothing(_maximum)),
        "times": optional(or_nothing(whole)),
        "before_due": optional(flag),
        "contents": optional(TEXTS),
        "notify": optional(ROLES),
        "reply": optional(choice("required", "optional")),
        "no_reply": optional(choice("refused", "granted")),
        "not_past": optional(_ceiling_of),
        "effect": optional(frozen_map),
        "also": optional(one_or_many(frozen_map)),
        "source": SOURCE,
    },
)

clock_stop = record(
    ClockStop,
    {
        "id": required(text),
        "effect": required(choice(*CLOCK_EFFECTS)),
        "title": optional(text),
        "when": optional(condition),
        "decider": optional(ROLE),
        "tell": optional(text),
        "source": SOURCE,
    },
)
