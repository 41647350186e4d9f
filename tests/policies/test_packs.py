"""The packs: they parse, they merge as the model says, and their scenarios hold."""

import json
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

from policies.engine.errors import PolicyErrors
from policies.engine.loading import load_policy, load_yaml, parse_policy, parse_yaml
from policies.engine.merging import resolve
from policies.engine.outcomes import differences
from policies.engine.playing import play
from policies.engine.scenarios import parse_scenarios
from policies.engine.schema import Policy
from tests.policies.worlds import PACKS, REFERENCE, at, document, duty, hours, planned, standard, the

SHIPPED = sorted(
    path for path in PACKS.glob("*.yaml") if not path.name.endswith((".scenarios.yaml", "coverage.yaml"))
)
SCENARIOS = [
    (path, scenario)
    for path in sorted(PACKS.glob("*.scenarios.yaml"))
    for scenario in parse_scenarios(load_yaml(path), source=path.name)
]
reference = pytest.mark.skipif(
    not REFERENCE.exists(), reason="the reference material is not beside this repository"
)


@lru_cache
def shipped(path: Path) -> Policy:
    return load_policy(path, packs_dir=PACKS)


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_a_shipped_pack_has_no_faults_and_survives_being_stored(path):
    policy = shipped(path)
    assert policy.warnings == ()
    stored = json.loads(json.dumps(policy.document))
    assert parse_policy(stored) == policy
    assert parse_policy(policy.document).document == policy.document


@pytest.mark.parametrize(
    "path, scenario",
    SCENARIOS,
    ids=[f"{path.name.split('.')[0]}-{scenario.id}" for path, scenario in SCENARIOS],
)
def test_a_scenario_holds(path: Path, scenario):
    policy = shipped(path.with_name(path.name.replace(".scenarios", "")))
    assert scenario.expect, "a scenario that expects nothing proves nothing"
    assert differences(scenario, play(policy, scenario)) == []


@pytest.mark.parametrize(
    "expect, says",
    [
        ({"deadlines": [{"duty": "solve", "due_at": "2025-09-26T10:01"}]}, "solve: due_at is"),
        ({"deadlines": [{"duty": "solve", "colour": "red"}]}, "no 'colour'"),
        ({"deadlines": [{"duty": "slove"}]}, "0 deadlines fit"),
        ({"no_deadlines": ["solve"]}, "expected none"),
        ({"fires": []}, "fires: 4 happened"),
        ({"fires": [{"rung": 0}, {"rung": 1}, {"rung": 2}, {"rung": 2}]}, "fires[3]: rung is 3"),
        ({"refused": [{"event": "closed"}]}, "refused: 0 happened"),
        ({"gates": {"close": []}}, "gate close"),
        ({"deadline": []}, "not a part"),
    ],
)
def test_a_scenario_that_expects_something_else_fails(expect, says):
    raw = {
        "events": [{"at": "2025-09-25T10:00", "event": "recorded", "facts": {"tier": "minor"}}],
        "ask_at": "2025-09-25T10:30",
        "expect": expect,
    }
    (scenario,) = parse_scenarios(raw)
    (line,) = differences(scenario, play(standard(), scenario))
    assert says in line


def test_faults_of_a_scenario_file_are_named():
    with pytest.raises(PolicyErrors) as refused:
        parse_scenarios([{"events": [{"at": "soon", "event": "recorded"}]}, {"evens": []}], source="s.yaml")
    assert {error.path for error in refused.value.errors} == {"[0]", "[1].evens"}


@reference
@pytest.mark.parametrize("name, duties", [("property", 13), ("property_b", 6), ("telecom", 13)])
def test_a_reference_pack_parses(name, duties):
    policy = load_policy(REFERENCE / f"packs/{name}.yaml", packs_dir=REFERENCE / "packs")
    assert len(policy.duties) == duties
    assert parse_policy(policy.document) == policy


@reference
def test_the_words_of_a_criterion_are_read_whole():
    policy = load_policy(REFERENCE / "packs/property.yaml", packs_dir=REFERENCE / "packs")
    assert policy.tiers[0].criteria[0].text == "设施、设备和管理水平有限造成的轻微不便,非人为因素,易改进"


@reference
def test_what_an_overlay_keeps_replaces_and_takes_away():
    policy = load_policy(REFERENCE / "packs/property_b.yaml", packs_dir=REFERENCE / "packs")
    assert [duty.id for duty in policy.duties] == [
        "record",
        "keep_promise",
        "report_major",
        "solve",
        "next_reply",
        "follow_up",
    ]
    assert [tier.id for tier in policy.tiers] == ["minor", "major"]  # a list given again replaces the list
    assert "loss_amount" in [fact.id for fact in policy.facts]  # items merge by id
    assert [metric.id for metric in policy.metrics] == ["solve_on_time"]
    assert [row.id for row in policy.schedules] == [
        "month_stats",
        "infeasible_review",
        "record_check",
        "month_summary",
    ]
    assert policy.document["pack"]["derived_from"] == ("cn.property.standard",)
    # What can never hold any more is said, not hidden.
    assert any("'important'" in warning for warning in policy.warnings)


# The rules an author of an overlay relies on, without any file.

BASE = document(
    lists={"channels": [{"id": "a", "title": "甲"}], "natures": [{"id": "n", "title": "n"}]},
    duties=[duty(id="one"), duty(id="two"), duty(id="three")],
    gates={"close": {"always": {"handled": True}}, "dispatch": {"always": {"accepted": True}}},
    extensions=[{"duty": "one", "approver": "dept_manager"}],
    duty_defaults={"warn_at": 0.9, "on_warn": [{"notify": "owner"}]},
)


def overlaid(**sections):
    overlay = {"pack": {"id": "over", "version": 1, "title": "覆盖", "extends": "test"}, **sections}
    return resolve(overlay, lambda pack_id: {"test": BASE}[pack_id])


def test_an_item_given_again_keeps_its_place_and_a_new_one_comes_last():
    merged = overlaid(duties=[duty(id="new"), duty(id="two", title="第二")])
    assert [row["id"] for row in merged["duties"]] == ["one", "two", "three", "new"]
    assert merged["duties"][1]["title"] == "第二"


def test_items_can_be_taken_away():
    merged = overlaid(duties={"remove": ["two"], "items": [duty(id="new")]}, gates={"remove": ["dispatch"]})
    assert [row["id"] for row in merged["duties"]] == ["one", "three", "new"]
    assert list(merged["gates"]) == ["close"]
    with pytest.raises(PolicyErrors, match=r"duties.remove\[0\].*'two'"):
        overlaid(duties={"remove": ["twoo"]})


def test_lists_gates_and_defaults_merge_by_key():
    merged = overlaid(
        lists={"channels": [{"id": "b", "title": "乙"}]},
        gates={"close": {"who": ["dept_head"]}},
        duty_defaults={"warn_at": 0.5},
    )
    assert merged["lists"] == {"channels": [{"id": "b", "title": "乙"}], "natures": BASE["lists"]["natures"]}
    assert merged["gates"] == {"close": {"who": ["dept_head"]}, "dispatch": BASE["gates"]["dispatch"]}
    assert merged["duty_defaults"] == {"warn_at": 0.5, "on_warn": [{"notify": "owner"}]}


def test_items_without_ids_are_replaced_as_a_whole():
    rule = {"duty": "two", "approver": "general_manager"}
    assert overlaid(extensions=[rule])["extensions"] == [rule]


def test_a_pack_without_a_base_comes_back_as_it_is():
    assert resolve(BASE, {}.__getitem__) is BASE


def test_resolving_does_not_change_the_base():
    before = json.dumps(BASE)
    overlaid(duties={"remove": ["two"], "items": []}, lists={"channels": []})
    assert json.dumps(BASE) == before


# The odd rules of the other systems fit the same grammar.


@reference
@pytest.mark.parametrize(
    "system",
    sorted(yaml.safe_load((REFERENCE / "packs/hard_cases.yaml").read_text("utf-8")))
    if REFERENCE.exists()
    else [],
)
def test_a_hard_case_fits_the_grammar(system):
    fragment = parse_yaml((REFERENCE / "packs/hard_cases.yaml").read_text("utf-8"))[system]
    policy = parse_policy(
        {**surroundings(), **fragment, "lists": {**surroundings()["lists"], **fragment.get("lists", {})}}
    )
    for section in fragment:
        assert getattr(policy, section)


def surroundings() -> dict:
    """What the fragments take for granted: their roles, facts, calendars, forms."""
    roles = [
        "first_receiver",
        "section",
        "office",
        "director",
        "duty_leader",
        "patient_office",
        "duty_officer",
        "attendant",
        "leading_group",
        "hr",
        "gm",
        "hr_manager",
        "superior",
        "head_office_senior",
        "by_main_matter",
        "营销办",
    ]
    facts = [
        "written_result",
        "originals_attached",
        "new_facts",
        "direct_interest",
        "not_decided",
        "touches_bank_image",
        "out_of_jurisdiction",
        "serious_procedure",
        "days_since_shipment",
    ]
    return document(
        calendars={
            "clock": {"kind": "elapsed"},
            "natural": {"kind": "day"},
            "working": {"kind": "workday"},
            "office": {"kind": "business", "hours": ["09:00-17:00"]},
        },
        lists={"roles": [{"id": role, "title": role} for role in roles]},
        facts=[{"id": fact, "type": "text"} for fact in facts],
        forms=[{"id": "written_result", "at": "handled"}, {"id": "销售出库审核表", "at": "handled"}],
    )


@reference
def test_the_bureau_is_told_when_any_of_three_harms_is_known():  # H1
    fragment = parse_yaml((REFERENCE / "packs/hard_cases.yaml").read_text("utf-8"))["H1_H3_hospital"]
    policy = parse_policy({**surroundings(), **fragment})
    for facts in ({"harm": "death"}, {"harm": "grade2_or_above"}, {"harmed_persons": 3}):
        rows = planned(policy, ("2025-10-03T22:00", "external_event_known"), facts=facts)
        assert the(rows, "bureau_report").due_at == at("2025-10-04T04:00")
    assert planned(policy, ("2025-10-03T22:00", "external_event_known"), facts={"harmed_persons": 2}) == []


@reference
def test_the_row_for_several_departments_wins_over_the_complex_one():  # H3
    fragment = parse_yaml((REFERENCE / "packs/hard_cases.yaml").read_text("utf-8"))["H1_H3_hospital"]
    policy = parse_policy({**surroundings(), **fragment})
    rows = planned(policy, ("2026-02-13T09:00", "accepted"), facts={"multi_dept": True, "complex": True})
    assert (the(rows, "feedback").basis["value"], the(rows, "feedback").force) == (10, "must")
    rows = planned(policy, ("2026-02-13T09:00", "accepted"), facts={"complex": True})
    assert the(rows, "feedback").due_at == at("2026-02-28T00:00")


@reference
def test_a_downgraded_case_drops_what_only_the_grave_one_needs():  # P1
    policy = load_policy(REFERENCE / "packs/property.yaml", packs_dir=REFERENCE / "packs")
    rows = planned(
        policy,
        ("2025-09-25T10:00", "recorded", {"facts": {"tier": "minor", "nature": "valid"}}),
        ("2025-10-25T10:00", "regraded", {"facts": {"tier": "major"}}),
    )
    # The 2-day answer and the 10-day solution begin at the re-grading.
    assert the(rows, "answer_major").due_at == at("2025-10-28T00:00")
    assert (the(rows, "solve").due_at, the(rows, "solve").force) == (at("2025-11-05T00:00"), "should")
    rows = planned(
        policy,
        ("2025-09-25T10:00", "recorded", {"facts": {"tier": "major"}}),
        ("2025-09-26T10:00", "regraded", {"facts": {"tier": "minor"}}),
    )
    assert the(rows, "answer_major").state == "void"
    assert the(rows, "solve").due_at == at("2025-09-29T00:00")


def test_the_ceiling_and_the_hours_of_a_pack_are_read():
    policy = parse_policy(document(duties=[duty(limits=[hours(6)], ceiling={"value": 12, "unit": "h"})]))
    assert policy.duties[0].ceiling.value == 12


@reference
@pytest.mark.parametrize(
    "value, unit, accepted",
    [(6, "h", True), (12, "h", True), (13, "h", False), (721, "min", False), (1, "d", False)],
)
def test_a_limit_longer_than_the_legal_ceiling_is_refused(value, unit, accepted):  # H1
    fragment = parse_yaml((REFERENCE / "packs/hard_cases.yaml").read_text("utf-8"))["H1_H3_hospital"]
    fragment["duties"][0]["limits"] = [{"value": value, "unit": unit}]
    if accepted:
        assert parse_policy({**surroundings(), **fragment}).duties[0].ceiling.value == 12
        return
    with pytest.raises(PolicyErrors, match=r"limits\[0\]: is longer than the ceiling; expected at most 12 h"):
        parse_policy({**surroundings(), **fragment})


def test_limits_and_ceilings_in_other_units_are_compared_where_they_can_be():
    def limited(limit: dict, ceiling: dict):
        return parse_policy(document(duties=[duty(limits=[limit], ceiling=ceiling)]))

    fifteen_days = {"value": 15, "unit": "d"}
    assert limited(hours(72), fifteen_days)
    assert limited(hours(16 * 24), fifteen_days)  # begun just after midnight it is as long
    with pytest.raises(PolicyErrors):
        limited(hours(16 * 24 + 1), fifteen_days)
    assert limited({"value": 100, "unit": "wd"}, fifteen_days)  # only a calendar knows
