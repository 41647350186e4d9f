"""Working days, opening hours, and years nobody has announced yet."""

from datetime import date, time, timedelta

import pytest

from policies.engine.calendars import Calendar, NoOpenTime, statutory_workday
from policies.engine.limits import due_for
from policies.engine.loading import parse_policy
from policies.engine.opentime import OpenTime
from policies.engine.schema import CalendarRule, Limit
from tests.policies.worlds import DESK, SHANGHAI, at, document, duty

DESK_RULE = CalendarRule(name="desk", kind="business", hours=((time(9), time(17)),))


@pytest.mark.parametrize(
    "day, worked",
    [
        ("2025-09-28", True),  # a Sunday made up for the National Day holiday
        ("2025-10-01", False),
        ("2025-10-08", False),
        ("2025-10-11", True),
        ("2026-02-14", True),
        ("2026-02-16", False),
        ("2026-10-10", True),
        ("2025-09-27", False),
    ],
)
def test_the_yearly_notice_with_its_make_up_days(day, worked):
    assert Calendar(SHANGHAI).is_workday(date.fromisoformat(day)) is worked


def test_a_year_without_a_notice_falls_back_and_says_so():
    calendar = Calendar(SHANGHAI)
    assert calendar.provisional(date(2035, 5, 1))
    assert not calendar.is_workday(date(2035, 5, 1))  # a statutory holiday, a Tuesday
    assert calendar.is_workday(date(2035, 5, 8))
    assert not calendar.provisional(date(2026, 12, 31))


def test_a_year_nobody_knows_anything_about_counts_plain_weekdays():
    assert statutory_workday(date(2200, 1, 1)) is True  # a Wednesday
    assert statutory_workday(date(2200, 1, 4)) is False


def test_a_confirmed_year_and_a_corrected_day_are_not_provisional():
    calendar = Calendar(SHANGHAI, days={date(2035, 5, 1): True}, confirmed_years=frozenset({2036}))
    assert calendar.is_workday(date(2035, 5, 1))
    assert not calendar.provisional(date(2035, 5, 1))
    assert calendar.provisional(date(2035, 5, 2))
    assert not calendar.provisional(date(2036, 5, 2))


def test_a_deadline_that_reaches_into_an_unannounced_year_is_provisional():
    limit = Limit(value=2, unit="wd", calendar=CalendarRule(kind="workday"))
    calendar = Calendar(SHANGHAI, confirmed_years=frozenset({2034}))
    assert due_for(limit, at("2034-12-29T10:00"), calendar, {}).provisional
    assert not due_for(limit, at("2034-12-27T10:00"), calendar, {}).provisional
    elapsed = Limit(value=200, unit="h")
    assert not due_for(elapsed, at("2034-12-29T10:00"), calendar, {}).provisional


def test_an_organizations_own_hours_replace_those_of_the_pack():
    policy = parse_policy(
        document(
            calendars={"desk": DESK}, duties=[duty(limits=[{"value": 1, "unit": "bh", "calendar": "desk"}])]
        )
    )
    limit = policy.duties[0].limits[0]
    pack = Calendar.for_policy(policy, zone="Asia/Shanghai")
    own = Calendar.for_policy(policy, zone="Asia/Shanghai", hours={"desk": ((time(20), time(22)),)})
    assert due_for(limit, at("2025-09-26T18:00"), pack, {}).at == at("2025-09-28T10:00")
    assert due_for(limit, at("2025-09-26T18:00"), own, {}).at == at("2025-09-26T21:00")


def test_a_desk_that_never_opens_gives_no_due_time_and_no_error():
    start = date(2025, 1, 1)
    closed = Calendar(SHANGHAI, days={start + timedelta(days=ahead): False for ahead in range(4000)})
    limit = Limit(value=1, unit="bh", calendar=DESK_RULE)
    assert due_for(limit, at("2025-09-26T10:00"), closed, {}) is None
    with pytest.raises(NoOpenTime):
        closed.next_opening(at("2025-09-26T10:00"), DESK_RULE)


def test_warning_in_business_hours_is_measured_while_the_doors_are_open():
    # 8 business hours from Friday 16:00: 1 on Friday, 7 on the worked Sunday; 75 % are used up on Sunday at
    # 14:00.
    time_ = OpenTime(Calendar(SHANGHAI), Limit(value=8, unit="bh", calendar=DESK_RULE))
    due = time_.after(at("2025-09-26T16:00"), timedelta(hours=8))
    assert due == at("2025-09-28T16:00")
    assert time_.fraction(at("2025-09-26T16:00"), due, 0.75) == at("2025-09-28T14:00")


def test_facts_that_are_no_times_are_no_due_times():
    promise = Limit(unit="promise", fact="promised_due")
    calendar = Calendar(SHANGHAI)
    for value in (None, "", "soon", 5, True, "0001-01-01T00:00", "9999-12-31T23:59", "2025-13-01"):
        assert due_for(promise, at("2025-09-26T10:00"), calendar, {"promised_due": value}) is None
    assert due_for(promise, at("2025-09-26T10:00"), calendar, {"promised_due": "2025-09-27T09:00"}).at == at(
        "2025-09-27T09:00"
    )
