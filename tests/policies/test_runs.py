"""A case under way: what is awaited next, what is history, calendars of tickets, names of effects."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from policies.engine.calendars import Calendar
from policies.engine.effects import LONGEST_KEY, Cause, key_of
from policies.engine.events import Event
from policies.engine.planning import plan
from policies.engine.triggers import Run, effects, listened_to
from tests.policies.worlds import DESK, SHANGHAI, at, duty, hours, policy_of, the, timeline

CALENDAR = Calendar(SHANGHAI)
POLICY = policy_of(
    duty(warn_at=0.5, limits=[hours(8)]),
    duty(id="tell", limits=[hours(2)]),
    triggers=[
        {"id": "late", "event": "breach.solve", "do": [{"set": {"urgent": True}}]},
        {
            "id": "urge",
            "event": {"timer": {"since": "recorded", "every": 5, "unit": "h"}},
            "do": [{"log": "催"}],
        },
        {"id": "end", "event": "closed", "do": [{"emit": "archived"}]},
    ],
)
START = at("2025-09-26T10:00")


def run_of(*events: Event, **given_: object) -> Run:
    run = Run(POLICY, CALENDAR, {}, expected=events, watched=listened_to(POLICY), **given_)
    for event in events:
        run.take(event)
    return run


def test_what_is_awaited_next_is_a_timer_or_a_rung_somebody_waits_for():
    run = run_of(Event(1, "recorded", START))
    assert run.next_at == START + timedelta(hours=5)  # not the breach of `tell`, nor the warning of `solve`
    run.advance(START + timedelta(hours=5))
    assert run.next_at == START + timedelta(hours=8)
    run.advance(START + timedelta(hours=9))
    assert run.next_at == START + timedelta(hours=10)


def test_nothing_is_awaited_on_a_case_that_is_over():
    run = run_of(Event(1, "recorded", START), Event(2, "closed", START + timedelta(hours=1)))
    assert run.next_at is None


@given(st.integers(0, 40), st.integers(0, 40))
def test_what_is_awaited_comes_true_and_nothing_comes_before_it(first, further):
    run = run_of(Event(1, "recorded", START))
    run.advance(START + timedelta(hours=first))
    done, awaited = len(run.effects), run.next_at
    assert awaited is not None
    run.advance(awaited - timedelta(seconds=1))
    assert len(run.effects) == done
    run.advance(awaited + timedelta(hours=further))
    assert len(run.effects) > done


def test_what_came_before_is_history_unless_it_was_carried_out():
    since = START + timedelta(hours=7)
    events = [Event(1, "recorded", START)]
    run = run_of(*events, since=since)
    run.advance(START + timedelta(hours=10))
    assert [(one.source, one.at) for one in run.effects] == [
        ("late", START + timedelta(hours=8)),
        ("urge", START + timedelta(hours=10)),
    ]
    key = effects(POLICY, CALENDAR, {}, events, ask_at=START + timedelta(hours=5))[0].key
    carried = Event(2, "noted", START + timedelta(hours=5), data={"effect": key})
    run = run_of(*events, carried, since=since)
    run.advance(START + timedelta(hours=6))
    assert [one.key for one in run.effects] == [key]


def test_a_ticket_is_counted_in_the_hours_of_its_department():
    policy = policy_of(
        duty(
            each="ticket", **{"from": "dispatched"}, limits=[{"value": 2, "unit": "bh", "calendar": "desk"}]
        ),
        duty(id="whole", limits=[{"value": 2, "unit": "bh", "calendar": "desk"}]),
        calendars={"desk": DESK},
    )
    day, night = (
        Calendar.for_policy(policy, zone="Asia/Shanghai", hours={"desk": ranges})
        for ranges in (
            policy.calendars["desk"].hours,
            policy_of(calendars={"desk": {**DESK, "hours": ["16:00-18:00"]}}).calendars["desk"].hours,
        )
    )
    events = timeline(
        ("2025-09-26T10:00", "recorded"),
        ("2025-09-26T10:00", "dispatched", {"ticket": 7}),
        ("2025-09-26T10:00", "dispatched", {"ticket": 8}),
    )
    rows = plan(policy, day, {}, events, tickets={8: night})
    assert the(rows, "whole").due_at == at("2025-09-26T12:00")
    assert the(rows, "solve", ticket=7).due_at == at("2025-09-26T12:00")
    assert the(rows, "solve", ticket=8).due_at == at("2025-09-26T18:00")


@given(st.text(min_size=1, max_size=80), st.integers(1, 60))
def test_the_name_of_an_effect_stays_short_and_its_own(source, depth):
    names = set()
    name = "event:1"
    for _step in range(depth):
        key = key_of(source, Cause(name, "recorded", START))
        assert len(key) <= LONGEST_KEY
        names.add(key)
        name = f"{key}>noted"
    assert len(names) == depth
