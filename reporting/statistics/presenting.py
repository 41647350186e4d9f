"""The counted numbers as the JSON document that is stored, printed and sent: rounded, named, compared.

Every figure of the document is made by one of four small functions, so each looks the same wherever it
stands:

    change    {"value", "before", "difference", "percent"}           a count and the month before
    rate      {"part", "whole", "value", "before", "points"}         per cent; the change in percentage points
    share     {"count", "share"}                                     a part of a whole
    spread    {"count", "median", "p90", "mean", "longest", "before"}  hours

A figure that does not exist (the rate of nothing, a change from nothing) is null.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from organizations.directory import Directory
from reporting.statistics.breakdown import COUNTED, Table
from reporting.statistics.durations import MICROSECOND, Durations
from reporting.statistics.measuring import LIST_CAP, Measured
from reporting.statistics.replanning import LAST, OpenCase
from reporting.statistics.rounding import difference, hours, percent
from reporting.statistics.standing import DECIDED, IN_TIME, LATE, MISSED, PAUSED
from reporting.statistics.titles import Titles

Figures = dict[str, Any]
FIRED = {"warnings": "warn", "breaches": "breach", "escalations": "ladder"}


def present(now: Measured, before: Measured, titles: Titles, directory: Directory) -> Figures:
    """The figures of `now` compared with those of `before`. Titles by `titles`, departments by
    `directory`."""
    follow_up_duties = titles.duties_ending_with("follow_up_done")
    return {
        "counts": _counts(now, before),
        "flow": _flow(now, before),
        "rounds": [
            {"round": round_, "closed": now.closed_by_round[round_]} for round_ in sorted(now.closed_by_round)
        ],
        "reasons": _reasons(now, titles),
        "by": breakdowns(now.table, before.table, titles, directory),
        "on_time": {force: _on_time(now, before, force=force) for force in ("must", "should")},
        "duties": _duties(now, before, titles),
        "firings": _firings(now, before, titles),
        "extensions": _extensions(now, before, titles),
        "times": {name: _spread(now.durations[name], before.durations[name]) for name in now.durations},
        "follow_up": _follow_up(now, before, follow_up_duties),
        "open_cases": _open_cases(now, titles, directory),
    }


# --- the four forms -----------------------------------------------------------------------------------------


def change(value: int, before: int) -> Figures:
    growth = None if not before else percent(value - before, before)
    return {"value": value, "before": before, "difference": value - before, "percent": growth}


def rate(part: int, whole: int, part_before: int, whole_before: int) -> Figures:
    value, before = percent(part, whole), percent(part_before, whole_before)
    return {
        "part": part,
        "whole": whole,
        "value": value,
        "before": before,
        "points": difference(value, before),
    }


def share(count: int, whole: int) -> Figures:
    return {"count": count, "share": percent(count, whole)}


def _spread(now: Durations, before: Durations) -> Figures:
    return {**_hours(now), "before": _hours(before)}


def _hours(times: Durations) -> Figures:
    return {
        "count": times.count,
        "median": hours(times.median),
        "p90": hours(times.p90),
        "mean": hours(times.mean),
        "longest": hours(times.longest),
    }


# --- sections -----------------------------------------------------------------------------------------------


def _counts(now: Measured, before: Measured) -> Figures:
    def numbers(measured: Measured) -> dict[str, int]:
        totals = {name: measured.totals[name] for name in COUNTED}
        return {**measured.events, **measured.rounds, **totals}

    values, earlier = numbers(now), numbers(before)
    return {name: change(value, earlier[name]) for name, value in values.items()}


def _flow(now: Measured, before: Measured) -> dict[str, int]:
    """What was open + what came in + what was taken up again - what ended = what is open: the reader's
    proof."""
    return {
        "open_before": before.totals["open"],
        "received": now.totals["received"],
        "reopened_after_end": now.rounds["reopened_after_end"],
        "ended": now.events["ended"],
        "open": now.totals["open"],
    }


def _reasons(now: Measured, titles: Titles) -> Figures:
    lists = {"rejected": "accept_reasons", "explained": "accept_reasons", "returned": "return_reasons"}
    return {
        kind: [
            {"id": reason, "title": titles.of(lists[kind], reason), **share(number, counted.total())}
            for reason, number in counted.most_common()
        ]
        for kind, counted in now.reasons.items()
    }


def breakdowns(now: Table, before: Table, titles: Titles, directory: Directory) -> Figures:
    """The rows of every breakdown, named and in order."""

    def category(value: str) -> str:
        return " / ".join(item.title for item in titles.path("categories", value)) or value

    def department(value: int | None) -> str:
        return directory.path(value) if value in directory.departments else ""

    named: dict[str, tuple[str, Callable[[Any], str], list[str]]] = {
        "tier": ("tier", lambda value: titles.of("tiers", value), titles.tiers()),
        "category": ("category", category, []),
        "department": ("lead", department, []),
        "channel": ("channel", lambda value: titles.of("channels", value), []),
    }
    tables = {
        section: _rows(now[name], before[name], title, always)
        for section, (name, title, always) in named.items()
    }
    top = (_by_top(now, titles), _by_top(before, titles))
    return {**tables, "category_top": _rows(*top, lambda value: titles.of("categories", value), [])}


def _by_top(table: Table, titles: Titles) -> Mapping[Any, Any]:
    """The categories summed up under the outermost one of each."""
    summed: dict[Any, Any] = {}
    for value, counted in table["category"].items():
        path = titles.path("categories", value)
        top = path[0].id if path else value
        summed[top] = summed.get(top, type(counted)()) + counted
    return summed


def _rows(
    now: Mapping[Any, Any], before: Mapping[Any, Any], title: Callable[[Any], str], always: list[str]
) -> list[Figures]:
    """One row for each value that has a figure in either month, the most frequent first; values of `always`
    come first, in their order, whether they have figures or not."""
    whole = sum(counted["received"] for counted in now.values())
    rows = []
    for value in _sorted({*now, *before, *always}, now, before, always):
        counted, earlier = now.get(value, {}), before.get(value, {})
        if value in always or any(counted.values()) or earlier.get("received"):
            name = title(value) if value not in ("", None) else ""
            rows.append({"id": value, "title": name, **_row(counted, earlier, whole)})
    return rows


def _row(counted: Mapping[str, int], earlier: Mapping[str, int], whole: int) -> Figures:
    received = counted.get("received", 0)
    return {
        **{name: counted.get(name, 0) for name in COUNTED},
        "share": percent(received, whole),
        "received_change": change(received, earlier.get("received", 0)),
        "on_time": rate(
            counted.get(IN_TIME, 0), _decided(counted), earlier.get(IN_TIME, 0), _decided(earlier)
        ),
    }


def _sorted(
    values: Iterable[Any], now: Mapping[Any, Any], before: Mapping[Any, Any], always: list[str]
) -> list[Any]:
    place = {value: position for position, value in enumerate(always)}

    def key(value: Any) -> tuple[Any, ...]:
        received = now.get(value, {}).get("received", 0)
        earlier = before.get(value, {}).get("received", 0)
        return place.get(value, len(place)), value in ("", None), -received, -earlier, str(value)

    return sorted(values, key=key)


def _decided(counted: Mapping[str, int]) -> int:
    return sum(counted.get(standing, 0) for standing in DECIDED)


def _on_time(
    now: Measured, before: Measured, *, force: str, duties: Collection[str] | None = None
) -> Figures:
    """The on-time rate of some duties together; of all if None."""

    def counted(measured: Measured) -> dict[str, int]:
        found = dict.fromkeys((*DECIDED, PAUSED), 0)
        for (name, its_force, standing), number in measured.tally.items():
            if its_force == force and standing in found and (duties is None or name in duties):
                found[standing] += number
        return found

    values, earlier = counted(now), counted(before)
    return {
        "in_time": values[IN_TIME],
        "late": values[LATE],
        "missed": values[MISSED],
        "paused": values[PAUSED],
        **rate(values[IN_TIME], _decided(values), earlier[IN_TIME], _decided(earlier)),
    }


def _duties(now: Measured, before: Measured, titles: Titles) -> list[Figures]:
    found = {(duty, force) for measured in (now, before) for duty, force, _standing in measured.tally}
    order = {duty: place for place, duty in enumerate(titles.duty_order())}
    return [
        {
            "duty": duty,
            "title": titles.duty(duty),
            "force": force,
            **_on_time(now, before, duties=[duty], force=force),
        }
        for duty, force in sorted(found, key=lambda key: (order.get(key[0], len(order)), key))
    ]


def _firings(now: Measured, before: Measured, titles: Titles) -> Figures:
    def number(measured: Measured, kind: str, duty: str | None = None) -> int:
        return sum(n for (d, k, _), n in measured.firings.items() if k == kind and duty in (None, d))

    rungs: dict[int, int] = {}
    for (_duty, kind, rung), times in now.firings.items():
        if kind == "ladder":
            rungs[rung - 1] = rungs.get(rung - 1, 0) + times
    order = {duty: place for place, duty in enumerate(titles.duty_order())}
    duties = sorted(
        {duty for duty, _, _ in now.firings}, key=lambda duty: (order.get(duty, len(order)), duty)
    )
    return {
        **{name: change(number(now, kind), number(before, kind)) for name, kind in FIRED.items()},
        "by_step": [{"step": step, "count": rungs[step]} for step in sorted(rungs)],
        "by_duty": [
            {
                "duty": duty,
                "title": titles.duty(duty),
                **{name: number(now, kind, duty) for name, kind in FIRED.items()},
            }
            for duty in duties
        ],
    }


def _extensions(now: Measured, before: Measured, titles: Titles) -> Figures:
    def number(measured: Measured, what: str) -> int:
        return sum(row[what] for row in measured.extensions.values())

    return {
        **{
            what: change(number(now, what), number(before, what)) for what in ("asked", "approved", "refused")
        },
        "by_duty": [
            {"duty": duty, "title": titles.duty(duty), **now.extensions[duty]}
            for duty in sorted(now.extensions)
        ],
    }


def _follow_up(now: Measured, before: Measured, duties: list[str]) -> Figures:
    done = now.satisfied.total()
    content = ("satisfied", "fair")

    def happy(measured: Measured) -> tuple[int, int]:
        said = {answer: n for answer, n in measured.satisfied.items() if answer}
        return sum(said.get(answer, 0) for answer in content), sum(said.values())

    def solved(measured: Measured) -> tuple[int, int]:
        return measured.solved["true"], measured.solved["true"] + measured.solved["false"]

    return {
        "due": _on_time(now, before, duties=duties, force="must"),
        "done": change(done, before.satisfied.total()),
        "attempts": change(now.events["attempts"], before.events["attempts"]),
        "satisfaction": [
            {"id": answer, **share(now.satisfied[answer], done)}
            for answer in ("satisfied", "fair", "unsatisfied", "")
            if answer or now.satisfied[answer]
        ],
        "satisfied_rate": rate(*happy(now), *happy(before)),
        "solved_rate": rate(*solved(now), *solved(before)),
    }


def _open_cases(now: Measured, titles: Titles, directory: Directory) -> Figures:
    end = now.period.end

    def row(case: OpenCase) -> Figures:
        overdue = case.due_at < LAST
        return {
            "number": case.number,
            "subject": case.subject,
            "tier": titles.of("tiers", case.tier) if case.tier else "",
            "department": directory.path(case.lead) if case.lead in directory.departments else "",
            "received": case.received_at.astimezone(now.period.zone).isoformat(timespec="minutes"),
            "open_days": (end - case.received_at).days,
            "overdue_hours": hours((end - case.due_at) // MICROSECOND) if overdue else None,
            "duty": titles.duty(case.duty) if overdue else "",
        }

    return {
        "total": now.totals["open"],
        "overdue": now.totals["overdue"],
        "cap": LIST_CAP,
        "listed": len(now.open_cases),
        "rows": [row(case) for case in now.open_cases],
    }
