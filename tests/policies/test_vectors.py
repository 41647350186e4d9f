"""The reference due times of POLICY_MODEL section 10."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from policies.engine.calendars import Calendar
from policies.engine.errors import PolicyErrors
from policies.engine.vectors import due_of
from tests.policies.worlds import REFERENCE, SHANGHAI

FILE = REFERENCE / "vectors.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []


@pytest.mark.skipif(not VECTORS, reason="the reference material is not beside this repository")
@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_reference_result(vector):
    assert due_of(vector, Calendar(SHANGHAI)) == vector["due"]


# Written out here too, so that the tests do not depend on a file outside the repository.
@pytest.mark.parametrize(
    "start, value, unit, calendar, due",
    [
        ("2025-09-26T17:55", 10, "min", None, "2025-09-26T18:05"),
        ("2025-12-31T23:30", 1, "h", None, "2026-01-01T00:30"),
        ("2025-09-26T23:50", None, "same_day", None, "2025-09-27T00:00"),
        ("2025-09-25T10:00", 2, "d", None, "2025-09-28T00:00"),
        ("2025-09-25T10:00", 2, "d", {"roll_forward": True}, "2025-09-29T00:00"),  # to a worked Sunday
        ("2026-01-31T09:00", 1, "mo", None, "2026-03-01T00:00"),
        ("2025-09-26T15:00", 15, "wd", None, "2025-10-24T00:00"),
        ("2026-02-13T09:00", 5, "wd", None, "2026-02-28T00:00"),
        ("2025-09-27T20:00", None, "next_open", {"hours": ["09:00-17:00"]}, "2025-09-28T09:00"),
        ("2025-09-26T16:00", 24, "bh", {"hours": ["09:00-17:00"]}, "2025-09-30T16:00"),
        # the first day counted, the end at the close of business, and months that overflow the year
        ("2025-09-25T10:00", 2, "d", {"first_day": "included"}, "2025-09-27T00:00"),
        ("2025-09-25T10:00", 2, "wd", {"first_day": "included"}, "2025-09-27T00:00"),
        (
            "2025-09-25T10:00",
            1,
            "wd",
            {"ends": "business_close", "hours": ["09:00-17:00"]},
            "2025-09-26T17:00",
        ),
        ("2025-11-30T09:00", 3, "mo", None, "2026-03-01T00:00"),
        # same day at the desk: after closing it is the next business day's close
        (
            "2025-09-26T10:00",
            None,
            "same_day",
            {"kind": "business", "hours": ["09:00-17:00"]},
            "2025-09-26T17:00",
        ),
        (
            "2025-09-26T17:00",
            None,
            "same_day",
            {"kind": "business", "hours": ["09:00-17:00"]},
            "2025-09-28T17:00",
        ),
        (
            "2025-09-30T18:00",
            None,
            "same_day",
            {"kind": "business", "hours": ["09:00-17:00"]},
            "2025-10-09T17:00",
        ),
        (
            "2025-09-26T12:30",
            None,
            "next_open",
            {"hours": ["09:00-12:00", "13:00-17:00"]},
            "2025-09-26T13:00",
        ),
        ("2025-09-26T22:00", 3, "bh", {"hours": ["20:00-24:00"]}, "2025-09-28T21:00"),
    ],
)
def test_due_time(start, value, unit, calendar, due):
    vector = {"start": start, "value": value, "unit": unit, "calendar": calendar}
    assert due_of(vector, Calendar(SHANGHAI)) == due


def test_a_fixed_day_of_the_month_is_clipped_and_moves_on_when_it_has_passed():
    calendar = Calendar(SHANGHAI)
    assert due_of({"start": "2026-02-03T09:00", "unit": "at", "day": 30}, calendar) == "2026-02-28"
    assert due_of({"start": "2026-02-28T23:00", "unit": "at", "day": 30}, calendar) == "2026-02-28"
    assert due_of({"start": "2026-12-31T23:00", "unit": "at", "day": 30}, calendar) == "2027-01-30"


def test_hours_are_elapsed_time_when_the_clocks_change():
    # New York springs forward on 2026-03-08 at 02:00: six hours after 22:00 is 05:00.
    calendar = Calendar(ZoneInfo("America/New_York"))
    assert due_of({"start": "2026-03-07T22:00", "value": 6, "unit": "h"}, calendar) == "2026-03-08T05:00"
    assert due_of({"start": "2026-10-31T22:00", "value": 6, "unit": "h"}, calendar) == "2026-11-01T03:00"


def test_a_day_ends_at_local_midnight_even_where_midnight_does_not_exist():
    # Beirut put its clocks forward at midnight of 2022-03-27: that day began at 01:00.
    calendar = Calendar(ZoneInfo("Asia/Beirut"))
    end = calendar.end_of(datetime(2022, 3, 26).date())
    assert end.astimezone(calendar.zone).isoformat() == "2022-03-27T01:00:00+03:00"


@pytest.mark.parametrize(
    "vector",
    [
        {"start": "2025-09-26T10:00", "value": 1, "unit": "hours"},
        {"start": "2025-09-26T10:00", "unit": "h"},
        {"start": "2025-09-26T10:00", "value": 1, "unit": "bh"},
        {"start": "2025-09-26T10:00", "value": 10**12, "unit": "wd"},
        {"start": "2025-09-26T10:00", "value": 1.5, "unit": "d"},
        {"start": "2025-09-26T10:00", "value": 1, "unit": "bh", "calendar": {"hours": ["17:00-09:00"]}},
    ],
)
def test_a_row_that_is_no_limit_is_refused(vector):
    with pytest.raises(PolicyErrors):
        due_of(vector, Calendar(SHANGHAI))
