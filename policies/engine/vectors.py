"""Reference results for due times: rows of {id, start, value, unit, calendar, earlier_of, warn_at, due}.

Times without a zone are in the zone given (Asia/Shanghai on the command line). A row of unit `at` has year,
month and day in place of a start, and its `due` is a date: the day that ends then.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from policies.engine.calendars import Calendar
from policies.engine.errors import PolicyErrors
from policies.engine.limits import due_for
from policies.engine.opentime import OpenTime
from policies.engine.parsing.names import names_of
from policies.engine.parsing.shapes import Reading
from policies.engine.parsing.times import limit as limit_shape
from policies.engine.schema import Limit

# The fact that carries a row's literal `earlier_of`.
ASKED = "requested_due"


def due_of(vector: Mapping[str, Any], calendar: Calendar) -> str:
    """The due time of a row (its warning time if it has `warn_at`), written as its `due` is written.

    Raises PolicyErrors for a row that is no limit, ValueError for a time that is none. "" if there is no
    due time.
    """
    limit = _limit_of(vector)
    start = _start_of(vector, calendar)
    due = due_for(limit, start, calendar, {ASKED: vector.get("earlier_of")})
    if due is None:
        return ""
    if limit.unit == "at":
        return calendar.day_of(due.at - timedelta(microseconds=1)).isoformat()
    at = due.at
    if vector.get("warn_at") is not None:
        at = OpenTime(calendar, limit).fraction(start, due.at, float(vector["warn_at"]))
    local = at.astimezone(calendar.zone).replace(tzinfo=None)
    return local.isoformat(timespec="auto" if local.second or local.microsecond else "minutes")


def _limit_of(vector: Mapping[str, Any]) -> Limit:
    reading = Reading(str(vector.get("id", "")))
    reading.names.update(names_of({}))
    row = {key: vector[key] for key in ("value", "unit", "calendar", "day") if vector.get(key) is not None}
    limit = limit_shape(reading, "", {**row, **({"earlier_of": ASKED} if vector.get("earlier_of") else {})})
    if reading.errors or limit is None:
        raise PolicyErrors(reading.errors)
    return limit


def _start_of(vector: Mapping[str, Any], calendar: Calendar) -> datetime:
    if "start" not in vector:
        return datetime(vector["year"], vector["month"], 1, tzinfo=calendar.zone).astimezone(UTC)
    start = calendar.moment(vector["start"])
    if start is None:
        raise ValueError(f"not a time: {vector['start']!r}")
    return start
