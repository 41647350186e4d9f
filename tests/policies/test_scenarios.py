"""The form of scenarios: every part of `expect` holds where it should, and says so where it does not."""

import re
from textwrap import dedent

import pytest

from policies.engine.answers import QUESTIONS
from policies.engine.errors import PolicyErrors
from policies.engine.loading import load_yaml, parse_policy, parse_yaml
from policies.engine.outcomes import PARTS, as_data, differences
from policies.engine.playing import play
from policies.engine.scenarios import parse_scenarios
from tests.policies.worlds import ROOT

DATA = ROOT / "tests/policies/data"

HOTEL = parse_policy(load_yaml(DATA / "hotel.yaml"))
TIMELINE = load_yaml(DATA / "hotel.scenarios.yaml")
HOLDS = TIMELINE["expect"]


def lines(expect: dict) -> list[str]:
    (scenario,) = parse_scenarios({**TIMELINE, "expect": expect})
    return differences(scenario, play(HOTEL, scenario))


@pytest.mark.parametrize("part", HOLDS)
def test_what_holds_is_found_to_hold(part):
    assert lines({part: HOLDS[part]}) == []


FAILS = [
    ("deadlines: [{duty: solve, owner: manager}]", "owner is supervisor"),
    ("no_deadlines: [slove]", "no such duty"),
    ("fires: []", "1 happened, expected 0"),
    ("fires: [{do: [{notify: owner}]}]", "do is"),
    ("refused: []", "3 happened"),
    ("gates: {clos: []}", "no such gate"),
    ("demands: []", "still stand"),
    ("effects: []", "often ran at"),
    ("effects: [{trigger: oftn}]", "no such trigger"),
    ("effects: [{trigger: often, to: supervisor}]", "to is ['manager']"),
    ("effects: [{trigger: often}, {trigger: often}]", "1 happened, expected 2"),
    ("effects: [{trigger: never}]", "0 happened"),
    ("effects: [{trigger: often, do: []}]", "do is"),
    ("transfers: [{role: supervisor, allowed: null}]", "allowed is False"),
    ("no_effects: [nevr]", "no such trigger"),
    ("no_effects: [often]", "expected not to"),
    ("routes: [{to: manager}]", "to is ['supervisor']"),
    ("routes: [{route: owner, to: manager}]", "assign or case_owner"),
    ("routes: [{facts: {tier: major}}]", "expects nothing"),
    ("routes: [{too: manager}]", "has no 'too'"),
    ("transfers: [{role: manager, to: manager, allowed: true}]", "allowed is False"),
    ("transfers: [{allowed: true}]", "does not say 'role'"),
    ("contact: [{role: supervisor, allowed: true}]", "allowed is False"),
    ("queue: [{serious: false}, {}]", "does not come before"),
    ("queue: [{}, {}]", "does not come before"),
    ("grants: [{role: supervisor, yuan: 101, allowed: true}]", "allowed is False"),
    ("grants: [{role: supervisor, yuan: 101, approval: null}]", "approval is manager"),
    ("penalties: []", "points is proposed"),
    ("penalties: [{penalty: points, facts: {upheld: false}, who: responsible, points: 1}]", "not proposed"),
    ("penalties: [{penalty: points, who: unit, points: 1}]", "no subject 'unit'"),
    ("penalties: [{penalty: points, who: responsible, points: [1, 4]}]", "points is [1, 3]"),
    ("no_penalties: [points]", "expected not to be"),
    ("no_penalties: [point]", "no such penalty"),
    ("decisions: [{penalty: points, by: manager, missing: []}]", "expected []"),
    (
        'schedules: [{schedule: report, from: "2026-02-01", to: "2026-02-28", due: []}]',
        "due is ['2026-02-28']",
    ),
    ("schedules: [{schedule: repo, selects: true}]", "there is no 'repo'"),
    ('schedules: [{schedule: report, from: soon, to: "2026-02-28", due: []}]', "isoformat"),
    ('metrics: [{metric: solved, given: {part: 18, whole: 28}, value: "64.2 %"}]', "64.29 %"),
    ('metrics: [{metric: solved, given: {parts: 18}, value: "64.2 %"}]', "'parts'"),
    ('retention: [{what: case, since: "2025-09-30", until: forever}]', "until is 2026-09-30"),
    ('retention: [{what: tape, since: "2025-09-30", until: forever}]', "nothing says"),
    ("texts: [{for: reply, template: reply_major}]", "template is reply"),
    ("texts: [{for: reply, says: [经理, 您好]}]", "says is ['您好']"),
    ("texts: [{for: warn, text: x}]", "has no 'text'"),
    ("texts: [{template: reply}]", "does not say 'for'"),
    ("lists: [{list: tiers, ids: [minor]}]", "ids is ['minor', 'major']"),
    ("lists: [{list: tears, ids: []}]", "no list 'tears'"),
    ("lists: [{list: tiers, id: middle, rank: 2}]", "no entry 'middle'"),
    ("lists: [{list: tiers, id: major, rank: 3}]", "rank is 2"),
    ("list: []", "not a part"),
]


@pytest.mark.parametrize("expect, says", FAILS)
def test_what_does_not_hold_is_said(expect, says):
    assert says in "\n".join(lines(parse_yaml(expect)))


def test_every_part_of_an_expectation_is_tried_here():
    parts = {*QUESTIONS, *PARTS}
    assert parts <= {*HOLDS, "no_deadlines", "no_penalties"}
    assert parts <= {expect.partition(":")[0] for expect, _ in FAILS}


def test_two_texts_that_are_no_times_are_compared_as_texts():
    assert "title is 重大" in lines({"lists": [{"list": "tiers", "id": "major", "title": "T1 重大"}]})[0]


def test_a_scenario_may_ask_without_a_timeline():
    (scenario,) = parse_scenarios(parse_yaml("expect: {routes: [{to: supervisor}]}"))
    assert differences(scenario, play(HOTEL, scenario)) == []


def test_one_number_may_answer_every_count():

    def effects(counts: int) -> list[str]:
        text = f'counts: {counts}\nevents: [{{at: "2025-09-26T10:00", event: recorded}}]'
        (scenario,) = parse_scenarios(parse_yaml(text))
        return [one.source for one in play(HOTEL, scenario).effects]

    assert effects(2) == ["often", "ask_first"]
    assert effects(1) == []


def test_a_scenario_cannot_rewrite_the_pack():
    (scenario,) = parse_scenarios(parse_yaml("fill: {duties.arrive.owner: manager}"))
    with pytest.raises(PolicyErrors, match="not left open"):
        play(HOTEL, scenario)


def test_forms_are_asked_for_only_where_the_scenario_says_so():
    text = 'events: [{at: "2025-09-26T10:00", event: handled}]'
    for more, refused in (("", 0), ("\nforms: checked", 1)):
        (scenario,) = parse_scenarios(parse_yaml(text + more))
        assert len(play(HOTEL, scenario).refused) == refused


def test_rungs_and_triggers_come_out_in_order_of_time():
    (scenario,) = parse_scenarios(TIMELINE)
    done = as_data(scenario, play(HOTEL, scenario))["effects"]
    assert [row.get("trigger", row["because"]) for row in done] == [
        "often",
        "ask_first",
        "breach.arrive",
        "clock_stop.court",
    ]


def test_the_examples_of_the_documentation_are_in_the_form_they_describe():
    section = (ROOT / "docs/policies.md").read_text("utf-8").split("## Scenarios")[1].split("\n## ")[0]
    whole, expect = (dedent(block) for block in re.findall(r"```yaml\n(.*?)```", section, flags=re.DOTALL))
    (scenario,) = parse_scenarios({**parse_yaml(whole), "expect": parse_yaml(expect)["expect"]})
    assert {*QUESTIONS, *PARTS} == set(scenario.expect)


@pytest.mark.parametrize(
    "expect, path",
    [
        ("routes: 5", "expect.routes"),
        ("deadlines: [5]", "expect.deadlines[0]"),
        ("gates: [told]", "expect.gates"),
        ("no_effects: [{a: b}]", "expect.no_effects[0]"),
    ],
)
def test_an_expectation_of_the_wrong_shape_is_a_fault_of_the_file(expect, path):
    with pytest.raises(PolicyErrors) as refused:
        lines(parse_yaml(expect))
    assert [error.path for error in refused.value.errors] == [path]


@pytest.mark.parametrize(
    "expect",
    [
        "decisions: [{penalty: points, by: manager, choose: 5, missing: []}]",
        'metrics: [{metric: solved, given: {part: x, whole: 2}, value: "1"}]',
        'metrics: [{metric: solved, given: 5, value: "1"}]',
        "grants: [{role: supervisor, facts: 5, allowed: true}]",
        "retention: [{what: case, since: 5, until: forever}]",
    ],
)
def test_a_question_that_makes_no_sense_is_a_difference_and_no_crash(expect):
    assert len(lines(parse_yaml(expect))) == 1


def test_a_form_said_to_hold_nonsense_is_not_complete():
    slip = {"slip": {"fields": 5, "signed": 6}}
    event = {"at": "2025-09-26T10:00", "event": "handled", "forms": slip}
    (scenario,) = parse_scenarios({"forms": "checked", "events": [event]})
    assert len(play(HOTEL, scenario).refused) == 1
