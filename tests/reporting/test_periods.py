"""Months in the organization's zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from reporting.periods import ended_months, month_of, month_period, next_month, parse_month, previous_month

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_month_runs_from_local_midnight_to_local_midnight():
    period = month_period(date(2026, 11, 17), SHANGHAI)
    assert period.start == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert period.end == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert period.label == "2026-11"


def test_half_past_midnight_on_the_first_is_the_new_month():
    at = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)  # 00:30 on 1 December in Shanghai
    assert month_of(at, SHANGHAI) == date(2026, 12, 1)
    assert month_of(at, ZoneInfo("UTC")) == date(2026, 11, 1)


def test_a_month_with_a_change_of_clocks_has_the_hours_it_has():
    period = month_period(date(2026, 3, 1), ZoneInfo("America/New_York"))
    assert (period.end - period.start).total_seconds() / 3600 == 31 * 24 - 1


def test_a_midnight_that_the_clocks_skip_is_the_moment_they_do():
    period = month_period(date(2017, 10, 1), ZoneInfo("America/Asuncion"))
    assert period.start == datetime(2017, 10, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("month", "before", "after"),
    [
        (date(2026, 1, 1), date(2025, 12, 1), date(2026, 2, 1)),
        (date(2026, 12, 1), date(2026, 11, 1), date(2027, 1, 1)),
        (date(2024, 2, 1), date(2024, 1, 1), date(2024, 3, 1)),
    ],
)
def test_neighbours(month, before, after):
    assert previous_month(month) == before
    assert next_month(month) == after


def test_ended_months_stop_before_the_running_one():
    first = datetime(2026, 9, 30, 17, tzinfo=UTC)  # already October in Shanghai
    almost = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
    assert list(ended_months(first, almost, SHANGHAI)) == [date(2026, 10, 1)]
    midnight = datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert list(ended_months(first, midnight, SHANGHAI)) == [date(2026, 10, 1), date(2026, 11, 1)]


@pytest.mark.parametrize("text", ["2026-11", " 2026-11 "])
def test_parse_month(text):
    assert parse_month(text) == date(2026, 11, 1)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "0001-01", "9999-12", "２０２６-１１", "2026-1", "x"]
)
def test_what_is_no_month(text):
    with pytest.raises(ValueError):
        parse_month(text)
