"""What plan() makes of a timeline, one behaviour at a time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from policies.engine.calendars import Calendar
from policies.engine.events import Event
from policies.engine.planning import plan
from tests.policies.worlds import DESK, SHANGHAI, at, duty, hours, planned, policy_of, standard, the

T0 = "2025-09-25T10:00"
LADDER = [
    {"after": {"of_limit": 0.5, "max": {"value": 24, "unit": "h"}}, "do": [{"notify": "dept_manager"}]},
    {"after": {"value": 2, "unit": "h"}, "do": [{"escalate": {"path": ["general_manager"]}}]},
]
TOLD = {"id": "tell", "owner": "receptionist", "from": "handled", "to": "told", "limits": [hours(2)]}


def test_a_duty_runs_from_its_event_to_its_event():
    policy = policy_of(duty(warn_at=0.9, title="处理"))
    (row,) = planned(policy, (T0, "recorded"), ("2025-09-26T10:00", "handled"))
    assert (row.title, row.owner, row.force, row.state) == ("处理", "dept_head", "must", "met")
    assert (row.started_at, row.warn_at, row.due_at) == (
        at(T0),
        at("2025-09-26T07:36"),
        at("2025-09-26T10:00"),
    )
    assert row.met_at == row.due_at
    assert row.is_late  # a due time is an exclusive end: 24:00 is the next day's 00:00
    assert row.basis["limit"] == 0
    assert row.basis["value"] == 24


def test_late_and_overdue_are_told_apart():
    policy = policy_of(duty())
    (row,) = planned(policy, (T0, "recorded"))
    assert not row.is_overdue(at("2025-09-26T09:59"))
    assert row.is_overdue(at("2025-09-26T10:00"))
    (row,) = planned(policy, (T0, "recorded"), ("2025-09-26T10:01", "handled"))
    assert row.is_late
    assert not row.is_overdue(at("2025-09-27T10:00"))


def test_nothing_starts_where_the_condition_does_not_hold():
    policy = policy_of(
        duty(when={"tier": "major"}), lists={"tiers": [{"id": "major", "title": "重大", "rank": 3}]}
    )
    assert planned(policy, (T0, "recorded", {"facts": {"tier": "minor"}})) == []
    assert len(planned(policy, (T0, "recorded", {"facts": {"tier": "major"}}))) == 1
    assert len(planned(policy, (T0, "recorded"), facts={"tier": "major"})) == 1


def test_it_counts_from_the_latest_start_and_ends_at_the_first_end():
    policy = policy_of(duty(**{"from": ["recorded", "regraded"], "to": ["handled", "told"]}))
    (row,) = planned(
        policy,
        (T0, "recorded"),
        ("2025-09-25T12:00", "regraded"),
        ("2025-09-25T13:00", "told"),
        ("2025-09-25T14:00", "handled"),
    )
    assert (row.started_at, row.met_at) == (at("2025-09-25T12:00"), at("2025-09-25T13:00"))
    assert row.revision == 1
    assert row.first_due_at == at("2025-09-26T10:00")


def test_a_start_after_the_end_is_the_next_occurrence():
    policy = policy_of(duty(**{"from": ["recorded", "returned"], "to": "dispatched"}))
    first, second = planned(
        policy, (T0, "recorded"), ("2025-09-25T10:05", "dispatched"), ("2025-09-25T11:00", "returned")
    )
    assert (first.occurrence, first.state) == (1, "met")
    assert (second.occurrence, second.state, second.started_at) == (2, "open", at("2025-09-25T11:00"))


def test_a_ticket_duty_is_kept_for_each_ticket():
    policy = policy_of(duty(id="receipt", each="ticket", **{"from": "dispatched", "to": "acknowledged"}))
    rows = planned(
        policy,
        (T0, "dispatched", {"ticket": 1}),
        (T0, "dispatched", {"ticket": 2}),
        (T0, "dispatched", {"ticket": 3}),
        (T0, "dispatched"),
        ("2025-09-25T11:00", "acknowledged", {"ticket": 2}),
        ("2025-09-25T12:00", "returned", {"ticket": 3}),
    )
    assert [(row.ticket, row.state) for row in rows] == [(1, "open"), (2, "met"), (3, "void")]


def test_a_helpers_result_ends_its_own_share_only():
    policy = policy_of(duty(), duty(id="share", each="ticket", **{"from": "dispatched"}))
    rows = planned(
        policy,
        (T0, "recorded"),
        (T0, "dispatched", {"ticket": 1}),
        (T0, "dispatched", {"ticket": 2}),
        ("2025-09-25T12:00", "part_handled", {"ticket": 2}),
    )
    assert the(rows, "solve").state == "open"
    assert the(rows, "share", ticket=1).state == "open"
    assert the(rows, "share", ticket=2).state == "met"


def test_regrading_chooses_another_row_and_keeps_the_start():
    rows = [
        {"when": {"tier": "minor"}, **hours(24)},
        {"when": {"tier": "major"}, **hours(72, force="should")},
    ]
    policy = policy_of(duty(limits=rows))
    (row,) = planned(
        policy,
        (T0, "recorded", {"facts": {"tier": "minor"}}),
        ("2025-09-25T12:00", "regraded", {"facts": {"tier": "major"}}),
    )
    assert (row.started_at, row.due_at, row.force) == (at(T0), at("2025-09-28T10:00"), "should")
    assert (row.first_due_at, row.revision, row.basis["limit"]) == (at("2025-09-26T10:00"), 1, 1)


def test_regrading_leaves_alone_what_is_met():
    rows = [{"when": {"tier": "minor"}, **hours(24)}, {"when": {"tier": "major"}, **hours(1)}]
    policy = policy_of(duty(limits=rows))
    (row,) = planned(
        policy,
        (T0, "recorded", {"facts": {"tier": "minor"}}),
        ("2025-09-25T20:00", "handled"),
        ("2025-09-25T21:00", "regraded", {"facts": {"tier": "major"}}),
    )
    assert row.due_at == at("2025-09-26T10:00")
    assert not row.is_late


def test_a_duty_whose_condition_falls_away_is_void():
    policy = policy_of(duty(id="forward", when={"tier": "major"}), duty())
    rows = planned(
        policy,
        (T0, "recorded", {"facts": {"tier": "major"}}),
        ("2025-09-25T12:00", "regraded", {"facts": {"tier": "minor"}}),
    )
    assert the(rows, "forward").state == "void"
    assert the(rows, "forward").basis["void"]["by"] == "no_longer_applies"
    assert the(rows, "solve").state == "open"


def test_without_a_row_or_a_value_it_is_tracked_but_has_no_due_time():
    open_value = {"value": None, "unit": "d", "tenant_fill": True}
    policy = policy_of(
        duty(limits=[open_value]), duty(id="other", limits=[{"when": {"tier": "major"}, **hours(1)}])
    )
    for row in planned(policy, (T0, "recorded")):
        assert (row.state, row.due_at, row.warn_at, row.rungs) == ("open", None, None, ())
    rows = planned(policy, (T0, "recorded"), ("2025-09-25T11:00", "graded", {"facts": {"tier": "major"}}))
    assert the(rows, "other").due_at == at("2025-09-25T11:00")
    assert the(rows, "other").first_due_at == at("2025-09-25T11:00")


@pytest.mark.parametrize("kind", ["closed", "rejected", "explained", "merged"])
def test_the_end_of_a_case_voids_what_is_open(kind):
    policy = policy_of(duty(), duty(id="until_close", to=["closed"]))
    rows = planned(policy, (T0, "recorded"), ("2025-09-25T12:00", kind))
    assert the(rows, "solve").state == "void"
    assert the(rows, "until_close").state == ("met" if kind == "closed" else "void")


def test_a_duty_may_begin_with_the_closing():
    policy = policy_of(duty(id="feedback", **{"from": "closed", "to": "told"}))
    (row,) = planned(policy, (T0, "recorded"), ("2025-09-25T12:00", "closed"))
    assert (row.state, row.started_at) == ("open", at("2025-09-25T12:00"))


def test_reopening_begins_a_round():
    policy = policy_of(duty(**{"from": ["recorded", "reopened"]}), TOLD)
    rows = planned(
        policy,
        (T0, "recorded"),
        ("2025-09-25T12:00", "handled"),
        ("2025-09-25T13:00", "reopened"),
        ("2025-09-25T15:00", "handled"),
    )
    assert [(row.duty, row.round, row.occurrence, row.state) for row in rows] == [
        ("solve", 1, 1, "met"),
        ("tell", 1, 1, "void"),
        ("solve", 2, 1, "met"),
        ("tell", 2, 1, "open"),
    ]


def test_an_immediate_duty_is_broken_by_another_event_and_not_by_the_clock():
    immediate = duty(
        id="record",
        limits=[{"value": 0, "unit": "immediate"}],
        on_breach=[{"notify": "owner"}],
        **{"from": "contacted", "to": "recorded"},
    )
    policy = policy_of(immediate)
    (row,) = planned(policy, (T0, "contacted"))
    assert (row.due_at, row.state) == (None, "open")
    (row,) = planned(policy, (T0, "contacted"), ("2025-09-26T10:00", "recorded"))
    assert not row.is_late
    (row,) = planned(policy, (T0, "contacted"), (T0, "accepted"), ("2025-09-25T10:05", "paused"))
    assert row.due_at is None  # the same step, and mere paper work
    (row,) = planned(policy, (T0, "contacted"), ("2025-09-25T10:05", "accepted"))
    assert row.due_at == at(T0)
    assert [(rung.number, rung.at) for rung in row.rungs] == [(1, at("2025-09-25T10:05"))]
    (row,) = planned(
        policy, (T0, "contacted"), ("2025-09-25T10:05", "accepted"), ("2025-09-25T10:06", "recorded")
    )
    assert row.is_late


def test_the_rungs_with_their_receivers():
    policy = policy_of(
        duty(limits=[hours(10)]),
        duty_defaults={
            "warn_at": 0.9,
            "on_warn": [{"sms": "owner"}],
            "on_breach": [{"notify": ["owner", "desk_supervisor"]}, {"log": "breach"}],
            "ladder": LADDER,
        },
    )
    (row,) = planned(policy, (T0, "recorded"))
    assert [(rung.number, rung.kind, rung.at, rung.to) for rung in row.rungs] == [
        (0, "warn", at("2025-09-25T19:00"), ("owner",)),
        (1, "breach", at("2025-09-25T20:00"), ("owner", "desk_supervisor")),
        (2, "ladder", at("2025-09-26T01:00"), ("dept_manager",)),
        (3, "ladder", at("2025-09-26T03:00"), ("general_manager",)),
    ]
    assert row.rungs[1].actions[1] == {"log": "breach"}


def test_a_duty_may_say_for_itself_what_the_defaults_say_for_all():
    policy = policy_of(
        duty(warn_at=None, ladder=[]),
        duty_defaults={"warn_at": 0.5, "ladder": LADDER, "on_warn": [{"notify": "owner"}]},
    )
    (row,) = planned(policy, (T0, "recorded"))
    assert [rung.kind for rung in row.rungs] == ["breach"]
    assert row.warn_at is None


def test_a_paused_deadline_stands_still_and_resumes_where_it_was():
    policy = policy_of(duty(warn_at=0.9), duty(id="receipt", pausable=False))
    paused = planned(policy, (T0, "recorded"), ("2025-09-25T12:00", "paused"))
    assert (the(paused, "solve").state, the(paused, "solve").rungs) == ("paused", ())
    assert the(paused, "receipt").state == "open"
    rows = planned(policy, (T0, "recorded"), ("2025-09-25T12:00", "paused"), ("2025-09-27T12:00", "resumed"))
    solve = the(rows, "solve")
    # 2 of 24 hours were used before the pause: 90 % are used up 19.6 hours after it.
    assert (solve.warn_at, solve.due_at) == (at("2025-09-28T07:36"), at("2025-09-28T10:00"))
    assert (solve.revision, solve.first_due_at) == (1, at("2025-09-26T10:00"))
    assert the(rows, "receipt").due_at == at("2025-09-26T10:00")


def test_only_the_part_of_a_pause_after_the_start_counts():
    policy = policy_of(duty(), TOLD)
    rows = planned(
        policy,
        (T0, "recorded"),
        ("2025-09-25T12:00", "paused"),
        ("2025-09-25T14:00", "handled"),
        ("2025-09-25T15:00", "resumed"),
    )
    assert the(rows, "solve").due_at == at("2025-09-26T12:00")  # met in the pause, two hours into it
    assert the(rows, "tell").due_at == at("2025-09-25T17:00")  # begun in the pause, one hour of it left


def test_a_pause_cannot_heal_a_breach_but_the_ladder_waits_for_it():
    policy = policy_of(duty(limits=[hours(10)], ladder=LADDER))
    (row,) = planned(
        policy, (T0, "recorded"), ("2025-09-25T21:00", "paused"), ("2025-09-26T21:00", "resumed")
    )
    assert (row.due_at, row.revision) == (at("2025-09-25T20:00"), 0)
    assert [rung.at for rung in row.rungs] == [
        at("2025-09-25T20:00"),
        at("2025-09-27T01:00"),
        at("2025-09-27T03:00"),
    ]


def test_a_pause_from_the_very_end_of_the_limit_comes_too_late():
    policy = policy_of(duty(limits=[hours(10)], ladder=LADDER))
    (row,) = planned(
        policy, (T0, "recorded"), ("2025-09-25T20:00", "paused"), ("2025-09-26T20:00", "resumed")
    )
    assert row.due_at == at("2025-09-25T20:00")
    assert [rung.at for rung in row.rungs][1] == at("2025-09-27T01:00")


def test_a_pause_over_a_weekend_costs_business_hours_nothing():
    row_ = {"value": 4, "unit": "bh", "calendar": {**DESK, "days": "weekdays"}}
    policy = policy_of(duty(limits=[row_]))
    (row,) = planned(
        policy,
        ("2025-09-19T16:00", "recorded"),
        ("2025-09-19T17:30", "paused"),
        ("2025-09-22T09:00", "resumed"),
    )
    assert (row.due_at, row.revision) == (at("2025-09-22T12:00"), 0)
    (row,) = planned(
        policy,
        ("2025-09-19T16:00", "recorded"),
        ("2025-09-19T16:30", "paused"),
        ("2025-09-22T10:00", "resumed"),
    )
    assert row.due_at == at("2025-09-22T14:30")  # half an hour on Friday and one on Monday were lost


def test_a_second_pause_inside_a_pause_and_a_resume_without_one_change_nothing():
    policy = policy_of(duty())
    (row,) = planned(
        policy,
        (T0, "recorded"),
        ("2025-09-25T11:00", "resumed"),
        ("2025-09-25T12:00", "paused"),
        ("2025-09-25T13:00", "paused"),
        ("2025-09-25T14:00", "resumed"),
    )
    assert row.due_at == at("2025-09-26T12:00")


def extension(due: str, **data: object) -> dict:
    return {"data": {"duty": "solve", "due_at": due, **data}}


def test_an_extension_moves_the_whole_span():
    policy = policy_of(duty(warn_at=0.9))
    (row,) = planned(
        policy, (T0, "recorded"), ("2025-09-25T12:00", "extended", extension("2025-09-29T14:00"))
    )
    assert (row.due_at, row.first_due_at) == (at("2025-09-29T14:00"), at("2025-09-26T10:00"))
    assert row.warn_at == at(T0) + timedelta(hours=90)
    assert row.basis["extensions"] == [
        {"at": "2025-09-25T04:00:00+00:00", "due_at": "2025-09-29T06:00:00+00:00"}
    ]


@pytest.mark.parametrize("given", ["nonsense", "", None, "2025-09-25T11:00"])
def test_an_extension_that_is_none_changes_nothing(given):
    policy = policy_of(duty())
    (row,) = planned(policy, (T0, "recorded"), ("2025-09-25T12:00", "extended", extension(given)))
    assert (row.due_at, row.revision) == (at("2025-09-26T10:00"), 0)


def test_an_extension_of_one_ticket_leaves_the_others():
    policy = policy_of(duty(each="ticket", **{"from": "dispatched"}))
    rows = planned(
        policy,
        (T0, "dispatched", {"ticket": 1}),
        (T0, "dispatched", {"ticket": 2}),
        ("2025-09-25T12:00", "extended", extension("2025-09-29T14:00", ticket=2)),
    )
    assert the(rows, "solve", ticket=1).due_at == at("2025-09-26T10:00")
    assert the(rows, "solve", ticket=2).due_at == at("2025-09-29T14:00")


def test_an_extension_given_in_a_pause_gets_only_the_rest_of_it_on_top():
    policy = policy_of(duty())
    (row,) = planned(
        policy,
        (T0, "recorded"),
        ("2025-09-25T12:00", "paused"),
        ("2025-09-26T12:00", "extended", extension("2025-09-30T10:00")),
        ("2025-09-26T15:00", "resumed"),
    )
    assert row.due_at == at("2025-09-30T13:00")


def test_an_extension_in_a_pause_that_gives_less_than_the_pause_does_not_take_it_away():
    policy = policy_of(duty())
    (row,) = planned(
        policy,
        (T0, "recorded"),
        ("2025-09-25T12:00", "paused"),
        ("2025-09-26T12:00", "extended", extension("2025-09-26T20:00")),
        ("2025-09-26T15:00", "resumed"),
    )
    assert row.due_at == at("2025-09-27T13:00")


def test_a_promise_is_due_when_it_was_promised_and_moves_with_it():
    policy = policy_of(
        duty(
            id="keep",
            limits=[{"unit": "promise", "fact": "promised_due"}],
            when={"promised_due.exists": True},
            **{"from": "promise_made", "to": "told"},
        ),
    )
    promise = {"facts": {"promised_due": "2025-09-27T09:00"}}
    (row,) = planned(policy, (T0, "promise_made", promise))
    assert row.due_at == at("2025-09-27T09:00")
    (row,) = planned(
        policy,
        (T0, "promise_made", promise),
        ("2025-09-26T10:00", "corrected", {"facts": {"promised_due": "2025-09-28T09:00"}}),
    )
    assert (row.started_at, row.due_at, row.revision) == (at(T0), at("2025-09-28T09:00"), 1)


def test_the_earlier_of_the_limit_and_what_the_customer_asks():
    policy = policy_of(duty(limits=[hours(48, earlier_of="requested_due")]))
    (row,) = planned(policy, (T0, "recorded", {"facts": {"requested_due": "2025-09-26T12:00"}}))
    assert row.due_at == at("2025-09-26T12:00")
    (row,) = planned(policy, (T0, "recorded", {"facts": {"requested_due": "2025-12-26T12:00"}}))
    assert row.due_at == at("2025-09-27T10:00")


def test_a_range_is_picked_by_condition():
    bounds = {"range": {"lo": 4, "hi": 8}, "unit": "h", "pick": {"lo": {"class": ["vip"]}, "hi": "otherwise"}}
    policy = policy_of(duty(limits=[bounds]), lists={"classes": [{"id": "vip", "title": "VIP"}]})
    (row,) = planned(policy, (T0, "recorded"), facts={"class": "vip"})
    assert row.due_at == at("2025-09-25T14:00")
    (row,) = planned(policy, (T0, "recorded"))
    assert row.due_at == at("2025-09-25T18:00")


def test_what_is_met_keeps_the_words_it_was_judged_by():
    bounds = {"range": {"lo": 4, "hi": 8}, "unit": "h", "pick": {"lo": {"class": ["vip"]}}}
    policy = policy_of(duty(limits=[bounds]), lists={"classes": [{"id": "vip", "title": "VIP"}]})
    (row,) = planned(
        policy,
        (T0, "recorded"),
        ("2025-09-25T11:00", "handled"),
        ("2025-09-25T12:00", "corrected", {"facts": {"class": "vip"}}),
    )
    assert (row.due_at, row.basis["value"]) == (at("2025-09-25T18:00"), 8)


def test_attributes_of_list_values_are_facts():
    natures = [{"id": "valid", "title": "有效"}, {"id": "vent", "title": "发泄型", "group": "communicative"}]
    policy = policy_of(duty(when={"nature.group": "communicative"}), lists={"natures": natures})
    assert planned(policy, (T0, "recorded", {"facts": {"nature": "valid"}})) == []
    rows = planned(
        policy,
        (T0, "recorded", {"facts": {"nature": "vent"}}),
        ("2025-09-25T12:00", "corrected", {"facts": {"nature": "valid"}}),
    )
    assert [row.state for row in rows] == ["void"]


def test_the_group_of_a_category_is_its_own_or_that_of_the_tree_above_it():
    tree = [
        {
            "id": "staff",
            "title": "人员",
            "children": [{"id": "attitude", "title": "态度", "children": [{"id": "rude", "title": "粗鲁"}]}],
        },
        {"id": "noise", "title": "噪音"},
        {"id": "late", "title": "迟到", "group": "staff"},
    ]
    policy = policy_of(duty(when={"category.group": "staff"}), lists={"categories": tree})
    started = {
        category: bool(planned(policy, (T0, "recorded"), facts={"category": category}))
        for category in ("staff", "attitude", "rude", "noise", "late")
    }
    assert started == {"staff": True, "attitude": True, "rude": True, "noise": False, "late": True}


def test_a_correction_that_leaves_the_calendar_closed_for_good_does_not_stop_planning():
    row_ = {"value": 4, "unit": "bh", "calendar": DESK}
    first = date(2025, 9, 26)
    closed = Calendar(SHANGHAI, days={first + timedelta(days=ahead): False for ahead in range(4000)})
    (row,) = planned(
        policy_of(duty(limits=[row_], warn_at=0.9, ladder=LADDER)),
        (T0, "recorded"),
        ("2025-09-25T11:00", "paused"),
        ("2025-09-25T16:00", "resumed"),
        calendar=closed,
    )
    assert row.due_at == at("2025-09-25T15:00")  # no open time is left to give back the pause


def test_forwarding_to_a_product_role_counts_for_the_packs_role():
    roles = [{"id": "gm", "title": "总经理", "acts_as": "general_manager"}, {"id": "other", "title": "其他"}]
    policy = policy_of(duty(to="forwarded.gm"), lists={"roles": roles})
    for kind, state in (
        ("forwarded.gm", "met"),
        ("forwarded.general_manager", "met"),
        ("forwarded.other", "open"),
    ):
        (row,) = planned(policy, (T0, "recorded"), ("2025-09-25T12:00", kind))
        assert row.state == state


def test_events_at_the_same_moment_happen_in_the_order_of_their_ids():
    policy = policy_of(duty(), TOLD)
    moment = at(T0)
    events = [Event(3, "told", moment), Event(1, "recorded", moment), Event(2, "handled", moment)]
    assert [row.state for row in plan(policy, Calendar(SHANGHAI), {}, events)] == ["met", "met"]


def test_an_event_needs_a_zone():
    with pytest.raises(ValueError, match="without a zone"):
        Event(1, "recorded", at(T0).replace(tzinfo=None))


def test_the_standard_pack_stands_still_only_where_it_should():
    rows = planned(
        standard(),
        (T0, "recorded", {"facts": {"tier": "minor"}}),
        (T0, "accepted"),
        ("2025-09-25T10:05", "paused"),
        ("2025-09-25T10:06", "dispatched", {"ticket": 1}),
    )
    assert {row.duty: row.state for row in rows} == {"dispatch": "met", "solve": "paused", "receipt": "open"}


def test_times_of_any_zone_come_out_in_utc():
    # The clocks of New York go back in the night: 22:00 and six hours later, 03:00.
    zone = ZoneInfo("America/New_York")
    evening, morning = datetime(2026, 10, 31, 22, tzinfo=zone), datetime(2026, 11, 1, 3, 30, tzinfo=zone)
    policy = policy_of(duty(limits=[hours(6)], warn_at=0.5, ladder=LADDER))
    (row,) = plan(policy, Calendar(zone), {}, [Event(1, "recorded", evening), Event(2, "handled", morning)])
    assert row.started_at.isoformat() == "2026-11-01T02:00:00+00:00"
    assert row.warn_at.isoformat() == "2026-11-01T05:00:00+00:00"
    assert row.due_at.isoformat() == "2026-11-01T08:00:00+00:00"
    assert row.met_at.isoformat() == "2026-11-01T08:30:00+00:00"
    assert row.is_late
