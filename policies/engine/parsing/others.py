"""The sections of triggers, routes, grants, penalties, schedules, metrics, keeping."""

from collections.abc import Mapping
from typing import Any

from policies.engine.frozen import freeze
from policies.engine.parsing.grammar import (
    ACTIONS_LIST,
    NEEDS,
    ROLE,
    ROLES,
    SOURCE,
    TEXTS,
    condition,
    signal,
)
from policies.engine.parsing.shapes import (
    Reading,
    Shape,
    anything,
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
from policies.engine.parsing.times import limit
from policies.engine.schema import (
    Basis,
    Grant,
    Keeping,
    Metric,
    Penalty,
    PenaltySubject,
    Retention,
    Route,
    Routes,
    Schedule,
    Timer,
    Trigger,
)
from policies.engine.vocabulary import PERIODS, RIGHTS, STATISTICS, UNITS_WITH_VALUE

TIMER_UNITS = tuple(sorted(UNITS_WITH_VALUE))

basis = record(Basis, {"id": required(text), "text": optional(text), "file": optional(text)})


def _timer(reading: Reading, path: str, value: Any) -> Timer | None:
    """{since: event, value, unit} once, or {since: event, every, unit} again and again."""
    found = _TIMER(reading, path, value)
    if found is None:
        return None
    if ("value" in found) == ("every" in found):
        reading.refuse(path, "needs either value (once) or every (repeating)", "one of them")
        return None
    if found.get("every") == 0:
        reading.refuse(join(path, "every"), "got 0", "1 or more")
        return None
    row = {key: value[key] for key in ("value", "unit", "calendar", "tenant_fill") if key in value}
    if "every" in found:
        row["value"] = found["every"]
    length = limit(reading, path, row)
    return Timer(found["since"], length, "every" in found) if length else None


_TIMER = record(
    dict,
    {
        "since": required(signal),
        "value": optional(or_nothing(whole)),
        "every": optional(or_nothing(whole)),
        "unit": required(choice(*TIMER_UNITS)),
        "calendar": optional(anything),
        "tenant_fill": optional(flag),
    },
)
_TRIGGER = record(
    dict,
    {
        "id": required(text),
        "title": optional(text),
        "event": required(anything),
        "when": optional(condition),
        "once": optional(flag),
        "do": required(ACTIONS_LIST),
        "source": SOURCE,
    },
)


def trigger(reading: Reading, path: str, value: Any) -> Trigger | None:
    """When this happens, or this much time has passed, and this holds: do that."""
    given = _TRIGGER(reading, path, value)
    if given is None:
        return None
    event, where = given.pop("event"), join(path, "event")
    if not isinstance(event, Mapping):
        return Trigger(events=one_or_many(signal)(reading, where, event), **given)
    if set(event) != {"timer"}:
        reading.refuse(
            where, f"got {described(event)}", "the name of an event, a list of them, or {timer: ...}"
        )
        return None
    return Trigger(timer=_timer(reading, join(where, "timer"), event["timer"]), **given)


_ROUTE = record(
    Route,
    {"to": required(ROLE), "when": optional(condition), "needs": optional(NEEDS)},
    rest="settings",
)
_ROUTE_KEYS = ("with", "helped_by", "then", "else", "optional", "also_notify", "of", "needs", "when", "to")


def route(reading: Reading, path: str, value: Any) -> Route | None:
    """One row of a route; the first that holds counts."""
    found: Route | None = _ROUTE(reading, path, value)
    for key in found.settings if found else ():
        where = join(path, key)
        if key not in _ROUTE_KEYS:
            reading.refuse_name(where, "key", key, _ROUTE_KEYS)
        elif key in ("with", "helped_by", "else", "also_notify"):
            ROLES(reading, where, value[key])
    return found


_PASSING = {
    "joint": record(dict, {"lead": required(ROLE)}),
    "co_handlers": record(
        dict,
        {"lead": required(ROLE), "helpers": optional(ROLES), "in_breach": optional(choice("lead", "all"))},
    ),
    "transfer": record(
        dict,
        {
            "by": optional(ROLES),
            "to": optional(ROLES),
            "return_to": optional(ROLES),
            "feedback_to": optional(ROLES),
            "sections_may": optional(choice("return_only")),
        },
    ),
    "recusal": record(
        dict, {"not_handler_when": required(one_or_many(reference("fact"))), "next": optional(ROLES)}
    ),
    "contact_customer": record(dict, {"only": required(ROLES)}),
    "queue": choice("lists.priorities"),
}
_ROUTES = record(
    Routes,
    {
        "first_contact": optional(text),
        "assign": optional(list_of(route)),
        "case_owner": optional(list_of(route)),
    },
    rest="settings",
)


def routes(reading: Reading, path: str, value: Any) -> Routes:
    found: Routes = _ROUTES(reading, path, value) or Routes()
    for key in found.settings:
        if key in _PASSING:
            _PASSING[key](reading, join(path, key), value[key])
        else:
            known = (*_PASSING, "first_contact", "assign", "case_owner")
            reading.refuse_name(join(path, key), "key", key, known)
    return found


def scope(reading: Reading, path: str, value: Any) -> Any:
    """How far a right goes: a word (own_department, all ...), or a condition on the case."""
    return condition(reading, path, value) if isinstance(value, Mapping) else text(reading, path, value)


grant = record(
    Grant,
    {
        "right": required(choice(*RIGHTS)),
        "role": required(ROLE),
        "kinds": optional(TEXTS),
        "max_yuan": optional(or_nothing(number)),
        "scope": optional(scope),
        "when": optional(condition),
        "conditions": optional(TEXTS),
        "over": optional(ROLE),
        "tenant_fill": optional(flag),
        "source": SOURCE,
    },
)


def number_or_range(reading: Reading, path: str, value: Any) -> Any:
    """A number, or [min, max], which a person has to decide within."""
    if not isinstance(value, list | tuple):
        return number(reading, path, value)
    bounds = list_of(number)(reading, path, value)
    if len(bounds) != 2 or bounds[0] > bounds[1]:
        reading.refuse(path, f"got {list(bounds)}", "[least, most]")
    return bounds


_SUBJECT = record(
    PenaltySubject,
    {
        "who": required(ROLE),
        "points": optional(number_or_range),
        "yuan": optional(number_or_range),
        "bonus_months": optional(number_or_range),
        "bonus_percent": optional(number_or_range),
        "loss_share": optional(share),
        "sanctions": optional(TEXTS),
        "sanctions_any": optional(TEXTS),
        "sanctions_by": optional(frozen_map),
        "sanctions_min": optional(text),
        "no_awards_in": optional(text),
        "notice": optional(text),
    },
)
_FALLBACK = record(dict, {"when": optional(condition), "proposes": optional(ROLE), "decides": required(ROLE)})


def _fallback(reading: Reading, path: str, value: Any) -> Any:
    return freeze(_FALLBACK(reading, path, value) or {})


penalty = record(
    Penalty,
    {
        "id": required(text),
        "title": optional(text),
        "when": required(condition),
        "subjects": required(list_of(_SUBJECT)),
        "decided_by": required(ROLE),
        "replaces": optional(one_or_many(reference("penalty"))),
        "fallback": optional(_fallback),
        "tell_complainant": optional(flag),
        "source": SOURCE,
    },
)


def text_or_condition(reading: Reading, path: str, value: Any) -> Any:
    return condition(reading, path, value) if isinstance(value, Mapping) else text(reading, path, value)


def between(least: int, most: int) -> Shape:
    def read(reading: Reading, path: str, value: Any) -> int:
        found = whole(reading, path, value)
        if not least <= found <= most:
            reading.refuse(path, f"got {found}", f"{least} to {most}")
            return least
        return found

    return read


_DUE = record(
    dict,
    {
        "day": optional(between(1, 31)),
        "month": optional(between(1, 12)),  # of the period: 2 is the second month of a quarter
        "weekday": optional(between(1, 7)),  # 1 = Monday
        "clip": optional(flag),
        "last_day": optional(flag),
    },
)
schedule = record(
    Schedule,
    {
        "id": required(text),
        "title": optional(text),
        "every": required(choice(*PERIODS)),
        "step": optional(between(1, 120)),
        "due": optional(_DUE),
        "by": optional(ROLE),
        "to": optional(ROLES),
        "contents": optional(TEXTS),
        "selects": optional(condition),
        "decides": optional(TEXTS),
        "at_least": optional(choice(*PERIODS)),
        "form": optional(text),
        "tenant_fill": optional(flag),
        "source": SOURCE,
    },
)


def _measured(reading: Reading, path: str, value: Any) -> str:
    """What a metric is about: duty.<id>, or a free name such as a form or an event."""
    name = text(reading, path, value)
    if name.startswith("duty."):
        reference("duty")(reading, path, name.removeprefix("duty."))
    return name


_TARGET = record(dict, {"min": optional(number), "max": optional(number)})
metric = record(
    Metric,
    {
        "id": required(text),
        "title": optional(text),
        "stat": required(choice(*STATISTICS)),
        "of": optional(_measured),
        "by": optional(TEXTS),
        "when": optional(condition),
        "numerator": optional(text_or_condition),
        "denominator": optional(text_or_condition),
        "target": optional(or_nothing(_TARGET, {})),
        "period": optional(choice(*PERIODS)),
        "tenant_fill": optional(flag),
        "source": SOURCE,
    },
)

_RETENTION = record(
    Retention,
    {
        "what": required(text),
        "when": optional(condition),
        "years": optional(or_nothing(number)),
        "months": optional(or_nothing(number)),
        "days": optional(or_nothing(number)),
        "forever": optional(flag),
        "basis": optional(text),
        "personal_data": optional(text),
        "tenant_fill": optional(flag),
        "source": SOURCE,
    },
)


def retention(reading: Reading, path: str, value: Any) -> Retention | None:
    """How long something is kept. Without a period it must be forever, or tenant_fill."""
    found: Retention | None = _RETENTION(reading, path, value)
    periods = {"years": 200, "months": 2400, "days": 73_000}
    for key, most in periods.items():
        if found and (getattr(found, key) or 0) > most:
            reading.refuse(join(path, key), f"{getattr(found, key)} {key} is too long", f"at most {most}")
    if found and not (found.forever or found.tenant_fill or found.years or found.months or found.days):
        reading.refuse(path, "says no period", "years, months, days, forever: true or tenant_fill: true")
    return found


keeping = record(
    Keeping,
    {
        "retention": optional(list_of(retention)),
        "disclosure": optional(TEXTS),
        "privacy": optional(frozen_map),
    },
)
