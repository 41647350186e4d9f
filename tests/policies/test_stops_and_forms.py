"""Clock stops, what restarts and ends do to the plan, demands and blocks, forms."""

from copy import deepcopy

import pytest

from policies.engine.calendars import Calendar
from policies.engine.conditions import holds
from policies.engine.demands import demands, held_up
from policies.engine.forms import forms_missing
from policies.engine.gates import missing
from policies.engine.loading import parse_policy, parse_yaml
from policies.engine.planning import plan
from policies.engine.stops import stop_missing
from policies.engine.timeline import facts_after
from policies.engine.triggers import effects
from tests.policies.test_packs import surroundings
from tests.policies.worlds import (
    REFERENCE,
    SHANGHAI,
    at,
    document,
    duty,
    hours,
    planned,
    policy_of,
    the,
    timeline,
)

reference = pytest.mark.skipif(
    not REFERENCE.exists(), reason="the reference material is not beside this repository"
)
CALENDAR = Calendar(SHANGHAI)


def hard_case(name: str):
    fragment = parse_yaml((REFERENCE / "packs/hard_cases.yaml").read_text("utf-8"))[name]
    lists = {**surroundings()["lists"], **fragment.get("lists", {})}
    return parse_policy({**surroundings(), **deepcopy(fragment), "lists": lists})


def stopping(*stops: dict, **more):
    return policy_of(
        duty(),
        clock_stops=list(stops),
        facts=[{"id": "fresh", "type": "bool"}],
        **more,
    )


def ran(policy, *rows, ask_at="2025-10-30T10:00"):
    return effects(policy, CALENDAR, {}, timeline(*rows), ask_at=at(ask_at))


# Restart and end


def test_a_restart_counts_every_running_duty_anew():
    policy = policy_of(duty(), duty(id="short", to="told", limits=[hours(1)]))
    rows = planned(
        policy,
        ("2025-09-26T10:00", "recorded"),
        ("2025-09-26T10:30", "told"),
        ("2025-09-26T20:00", "restarted"),
    )
    assert the(rows, "solve").due_at == at("2025-09-27T20:00")
    assert the(rows, "solve").revision == 1
    assert the(rows, "short").due_at == at("2025-09-26T11:00")  # it is over


def test_a_restart_may_be_of_one_duty_only():
    policy = policy_of(duty(), duty(id="tell", to="told"))
    rows = planned(
        policy,
        ("2025-09-26T10:00", "recorded"),
        ("2025-09-26T20:00", "restarted", {"data": {"duty": "tell"}}),
    )
    assert the(rows, "tell").due_at == at("2025-09-27T20:00")
    assert the(rows, "solve").due_at == at("2025-09-27T10:00")


def test_a_restart_during_a_pause_waits_for_its_end():
    rows = planned(
        policy_of(duty()),
        ("2025-09-26T10:00", "recorded"),
        ("2025-09-26T11:00", "paused"),
        ("2025-09-26T12:00", "restarted"),
        ("2025-09-26T15:00", "resumed"),
    )
    assert the(rows, "solve").due_at == at("2025-09-27T15:00")


def test_an_end_voids_what_runs_and_may_begin_something():
    tell = duty(id="tell_ways", **{"from": "ended"}, to="told", limits=[hours(2)])
    rows = planned(policy_of(duty(), tell), ("2025-09-26T10:00", "recorded"), ("2025-09-26T12:00", "ended"))
    assert the(rows, "solve").state == "void"
    assert the(rows, "tell_ways").due_at == at("2025-09-26T14:00")


# Clock stops


def test_a_pause_without_a_decider_stops_and_starts_the_clock_by_itself():
    stop = {"id": "s", "when": {"proceeding": "appraisal"}, "effect": "pause", "tell": "complainant"}
    policy = stopping(stop)
    rows = (
        ("2025-09-26T10:00", "recorded"),
        ("2025-09-26T12:00", "noted", {"facts": {"proceeding": "appraisal"}}),
        ("2025-09-26T15:00", "noted", {"facts": {"proceeding": ""}}),
    )
    paused, resumed = ran(policy, *rows)
    assert (paused.source, paused.actions, paused.to) == (
        "clock_stop.s",
        ({"stop": "pause"},),
        ("complainant",),
    )
    assert [event.kind for one in (paused, resumed) for event in one.events] == ["paused", "resumed"]
    events = [*timeline(*rows), *paused.events, *resumed.events]
    assert the(plan(policy, CALENDAR, {}, events), "solve").due_at == at("2025-09-27T13:00")


def test_a_stop_with_a_decider_is_proposed_and_his_to_record():
    stop = {"id": "s", "when": {"proceeding.exists": True}, "effect": "pause_or_end", "decider": "dept_head"}
    policy = stopping(stop)
    noted = ("2025-09-26T12:00", "noted", {"facts": {"proceeding": "lawsuit"}})
    (found,) = ran(policy, ("2025-09-26T10:00", "recorded"), noted)
    assert (found.proposed, found.decider, found.events) == (True, "dept_head", ())
    facts = {"proceeding": "lawsuit"}

    def refused(kind: str, role: str, known=facts, stop="s") -> list[str]:
        (event,) = timeline(("2025-09-26T13:00", kind, {"data": {"stop": stop}}))
        return [need.code for need in stop_missing(policy, event, known, role=role)]

    assert refused("paused", "dept_head") == refused("ended", "dept_head") == []
    assert refused("paused", "handler") == ["role"]
    assert refused("paused", "dept_head", known={}) == ["fact"]
    assert refused("restarted", "dept_head") == ["not_allowed"]
    assert refused("paused", "dept_head", stop="x") == ["not_allowed"]


def test_a_restart_comes_with_every_new_fact():
    policy = stopping({"id": "s", "when": {"new_facts": True}, "effect": "restart"})
    rows = (
        ("2025-09-26T10:00", "recorded"),
        ("2025-09-26T12:00", "new_facts"),
        ("2025-09-26T13:00", "worked"),
        ("2025-09-26T14:00", "new_facts"),
    )
    found = ran(policy, *rows, ask_at="2025-09-26T20:00")
    assert [one.at for one in found] == [at("2025-09-26T12:00"), at("2025-09-26T14:00")]
    events = [*timeline(*rows), *(event for one in found for event in one.events)]
    assert the(plan(policy, CALENDAR, {}, events), "solve").due_at == at("2025-09-27T14:00")


def test_a_stop_without_a_condition_is_a_persons_choice():
    assert ran(stopping({"id": "s", "effect": "pause"}), ("2025-09-26T10:00", "recorded")) == []


@reference
def test_a_lawsuit_ends_the_handling():  # H3
    policy = hard_case("H1_H3_hospital")
    rows = (
        ("2026-02-13T09:00", "accepted"),
        ("2026-02-13T10:00", "noted", {"facts": {"proceeding": "lawsuit"}}),
    )
    (found,) = ran(policy, *rows, ask_at="2026-02-13T12:00")
    assert (found.actions, found.to) == (({"stop": "end"},), ("legal_ways",))
    deadlines = plan(policy, CALENDAR, {}, [*timeline(*rows), *found.events])
    assert the(deadlines, "feedback").state == "void"


@reference
def test_a_duplicate_of_an_open_case_is_merged_one_with_a_new_clue_is_accepted():  # F1
    policy = hard_case("F1_food_platform")
    applies = {
        reason.id: lambda facts, when=reason.when: bool(when) and holds(when, facts)
        for reason in policy.accept_reasons
    }

    def reasons(**facts) -> list[str]:
        return [name for name, does in applies.items() if does(facts)]

    assert reasons(duplicate_of="open") == ["r3"]
    assert reasons(duplicate_of="closed", new_clue=False) == ["r4"]
    assert reasons(duplicate_of="closed", new_clue=True) == []
    assert reasons(proceeding="lawsuit") == ["r6"]

    def refused(reason: str, effect: str, **facts) -> list[str]:
        facts = {"accept_reason": reason, "accept_effect": effect, **facts}
        return [need.code for need in missing(policy, "accept", facts, [])]

    assert refused("r3", "merge", duplicate_of="open") == []
    assert refused("r3", "reject", duplicate_of="open") == ["reason"]
    assert refused("r4", "reject", duplicate_of="closed", new_clue=True) == ["fact"]
    assert refused("r7", "reject") == ["fact"]
    assert refused("r7", "reject", reason_text="恶意投诉") == []
    # A state body takes the matter up: the platform decides whether to wait or to stop.
    rows = (
        ("2025-09-26T10:00", "accepted"),
        ("2025-09-27T10:00", "noted", {"facts": {"proceeding": "investigation"}}),
    )
    (found,) = ran(policy, *rows)
    assert (found.proposed, found.decider) == (True, "platform")


@reference
def test_a_bank_case_starts_anew_with_new_facts_and_merges_without():
    policy = hard_case("Bank_law")
    again = ("2025-09-28T10:00", "noted", {"facts": {"duplicate_of": "open", "new_facts": False}})
    (found,) = ran(policy, ("2025-09-26T10:00", "contacted"), again)
    assert [event.kind for event in found.events] == ["merged"]
    rows = planned(policy, ("2025-09-26T10:00", "contacted"), ("2025-09-28T10:00", "new_facts"))
    assert the(rows, "decide").due_at == at("2025-10-14T00:00")


# Demands and blocks


def demanding(*actions: dict):
    return policy_of(
        triggers=[{"id": "t", "event": "recorded", "do": list(actions)}],
        forms=[{"id": "f", "at": "handled", "title": "审核表"}],
    )


@pytest.mark.parametrize(
    "action, fulfilled_by, name",
    [
        ({"require": "progress_told"}, {"progress_told": True}, "progress_told"),
        ({"require": {"event": "arrived"}}, {"arrived": True}, "arrived"),
        ({"require": {"form": "f"}}, {"form.f": True}, "form.f"),
        (
            {"require": {"approval": "general_manager"}},
            {"consent.general_manager": True},
            "consent.general_manager",
        ),
    ],
)
def test_what_is_required_stands_until_it_has_happened(action, fulfilled_by, name):
    found = ran(demanding(action), ("2025-09-26T10:00", "recorded"))
    assert [need.fact for need in demands(found, {})] == [name]
    assert demands(found, fulfilled_by) == []
    assert held_up(found, "told", {}) == []  # nothing said that telling has to wait


def test_a_demand_and_a_block_hold_up_the_events_they_name():
    found = ran(
        demanding(
            {"require": {"approval": ["general_manager", "dept_manager"], "before": "told"}},
            {"block": {"event": "dispatched", "until": {"forwarded.general_manager": True}}},
            {"block": {"event": "closed", "until": {"told": True}, "text": "先答复"}},
            {"block": "reopened"},
        ),
        ("2025-09-26T10:00", "recorded"),
    )
    (either,) = held_up(found, "told", {})
    assert [option.expected for option in either.options] == ["general_manager", "dept_manager"]
    assert held_up(found, "told", {"consent.dept_manager": True}) == []
    assert [need.fact for need in held_up(found, "dispatched", {})] == ["forwarded.general_manager"]
    assert held_up(found, "dispatched", {"forwarded.general_manager": True}) == []
    assert [(need.code, need.text) for need in held_up(found, "closed", {})] == [("blocked", "先答复")]
    assert held_up(found, "closed", {"told": True}) == []
    assert [need.code for need in held_up(found, "reopened", {"told": True})] == ["blocked"]


# Forms

FORMS = document(
    lists={"roles": [{"id": "clerk", "title": "领表人", "acts_as": "handler"}]},
    forms=[
        {"id": "sheet", "at": "handled", "fields": ["process", "loss_amount"], "sign": ["clerk"]},
        {"id": "slip", "at": "handled", "when": {"category": "repair"}, "sign": ["complainant"]},
        {"id": "big", "at": "closed", "sign": [{"role": "general_manager", "when": {"tier": "major"}}]},
    ],
    gates={"close": {"needs": [{"form": "sheet"}]}},
)


def lacks(kind: str, facts=None, **forms) -> list[str]:
    policy = parse_policy(FORMS)
    (event,) = timeline(("2025-09-26T10:00", kind, {"data": {"forms": forms}}))
    return [need.fact for need in forms_missing(policy, event, facts or {})]


def test_an_event_waits_for_the_fields_and_signatures_of_its_form():
    assert lacks("handled") == ["form.sheet"]
    assert lacks("handled", sheet={"fields": ["process"]}) == [
        "form.sheet.loss_amount",
        "form.sheet.sign.clerk",
    ]
    assert lacks("handled", sheet={"fields": ["process", "loss_amount"], "signed": ["clerk"]}) == []
    assert lacks("handled", sheet="complete") == []
    assert lacks("told") == []


def test_a_known_fact_is_a_filled_field_and_a_product_role_signs_for_the_packs():
    given = {"fields": ["process"], "signed": ["handler"]}
    assert lacks("handled", {"loss_amount": 300}, sheet=given) == []
    assert lacks("handled", {"loss_amount": ""}, sheet=given) == ["form.sheet.loss_amount"]


def test_forms_and_signatures_are_asked_for_where_their_condition_holds():
    assert lacks("handled", {"category": "repair"}, sheet="complete") == ["form.slip"]
    assert lacks("closed", {"tier": "minor"}, big={}) == []
    assert lacks("closed", {"tier": "major"}) == ["form.big"]
    assert lacks("closed", {"tier": "major"}, big={}) == ["form.big.sign.general_manager"]


def test_a_form_is_filed_when_it_is_complete_and_not_before():
    policy = parse_policy(FORMS)

    def filed(data) -> object:
        rows = timeline(("2025-09-26T10:00", "form_filed", {"data": {"form": "sheet", **data}}))
        facts = facts_after(policy, {}, rows)
        assert (missing(policy, "close", {}, rows) == []) is bool(facts.get("form.sheet"))
        return facts.get("form.sheet")

    assert filed({"fields": ["process", "loss_amount"], "signed": ["clerk"]}) is True
    assert filed({"fields": ["process", "loss_amount"]}) is None
    assert filed({}) is True  # whoever took it has looked at it
    (event,) = timeline(("2025-09-26T10:00", "handled"))
    assert forms_missing(policy, event, {"form.sheet": True}) == []
