"""What a gate still asks for, and why more time is refused. Rules of P1, P2, T1, G1 and others."""

import pytest

from policies.engine.calendars import Calendar
from policies.engine.conditions import Need
from policies.engine.extensions import check_extension, extension_rule
from policies.engine.gates import missing
from policies.engine.loading import load_policy
from policies.engine.outcomes import name_of
from policies.engine.timeline import facts_after
from tests.policies.worlds import REFERENCE, SHANGHAI, at, duty, hours, planned, policy_of, the, timeline

T0 = "2025-09-25T10:00"
reference_packs = pytest.mark.skipif(
    not REFERENCE.exists(), reason="the reference material is not beside this repository"
)


def property_pack():
    return load_policy(REFERENCE / "packs/property.yaml", packs_dir=REFERENCE / "packs")


def names(needs):
    return [name_of(need) for need in needs]


HANDLED = ((T0, "recorded"), (T0, "accepted"), ("2025-09-26T10:00", "handled"), ("2025-09-26T11:00", "told"))


@reference_packs
def test_a_repair_case_does_not_close_without_the_signed_slip():  # P2-11, P2-17
    policy, facts = property_pack(), {"work_kind": "repair", "facts_verified": True, "tier": "minor"}
    needs = missing(policy, "close", facts, timeline(*HANDLED))
    assert names(needs) == ["form.service_slip", "slip_copy_received"]
    assert needs[0] == Need("form", "form.service_slip", "is", "service_slip")
    filed = timeline(*HANDLED, ("2025-09-26T12:00", "form_filed", {"data": {"form": "service_slip"}}))
    assert missing(policy, "close", {**facts, "slip_copy_received": True}, filed) == []


@reference_packs
def test_an_open_linked_problem_blocks_the_closing_until_it_has_a_case_of_its_own():  # P2-13, P2-14
    policy = property_pack()
    facts = {"work_kind": "non_repair", "facts_verified": True, "notice_received": True, "linked_open": True}
    (need,) = missing(policy, "close", facts, timeline(*HANDLED))
    assert (need.code, need.text) == ("blocked", "连带问题仍在处理又未另行立项")
    assert missing(policy, "close", {**facts, "linked_registered": True}, timeline(*HANDLED)) == []


@reference_packs
def test_an_infeasible_case_closes_only_in_the_quarterly_review_with_consent():  # P2-18, P2-20
    policy, facts = property_pack(), {"cannot_proceed": True, "reason_recorded": True, "work_kind": "repair"}
    needs = missing(policy, "close", facts, timeline((T0, "recorded")))
    assert names(needs) == ["listed_in.infeasible_review", "consent.site_head"]
    events = timeline(
        (T0, "recorded"),
        ("2025-09-30T10:00", "listed", {"data": {"list": "infeasible_review"}}),
        ("2025-09-30T11:00", "consented", {"role": "site_head"}),
    )
    assert missing(policy, "close", facts, events) == []


@reference_packs
def test_a_case_of_no_kind_is_told_which_kinds_there_are():
    (need,) = missing(property_pack(), "close", {"facts_verified": True}, timeline(*HANDLED))
    assert (need.code, [way.text for way in need.options]) == ("kind", ["repair", "non_repair", "infeasible"])


@reference_packs
def test_a_refused_result_closes_only_when_the_outside_ways_were_told():  # T1-48
    policy = load_policy(REFERENCE / "packs/telecom.yaml", packs_dir=REFERENCE / "packs")
    events = timeline(*HANDLED, ("2025-09-26T12:00", "form_filed", {"data": {"form": "result_part"}}))
    facts = {"outcome": "not_accepted", "position_stated": True}
    assert names(missing(policy, "close", facts, events)) == ["outside_ways_told"]
    assert missing(policy, "close", {**facts, "outside_ways_told": True}, events) == []


@reference_packs
def test_only_the_home_province_answers_a_roaming_customer():  # T1-43
    policy = load_policy(REFERENCE / "packs/telecom.yaml", packs_dir=REFERENCE / "packs")
    assert missing(policy, "answer", {}, [], role="assignee") == []
    (need,) = missing(policy, "answer", {"cross_province": True}, [], role="assignee")
    assert (need.code, need.expected) == ("role", ("prov_centre",))


def test_a_gate_nobody_defined_is_open():
    assert missing(policy_of(duty()), "close", {}, []) == []


def test_a_role_of_the_product_acts_as_the_packs_role():
    roles = [{"id": "gm", "title": "总经理", "acts_as": "general_manager"}]
    policy = policy_of(
        duty(), lists={"roles": roles}, gates={"close": {"who": ["gm"], "always": {"consent.gm": True}}}
    )
    consented = timeline((T0, "recorded"), (T0, "consented", {"role": "general_manager"}))
    assert missing(policy, "close", {}, consented, role="general_manager") == []
    assert names(
        missing(policy, "close", {}, timeline((T0, "consented", {"role": "handler"})), role="handler")
    ) == [
        "role",
        "consent.gm",
    ]


def test_consent_and_follow_up_belong_to_their_round():
    policy = policy_of(duty(), gates={"close": {"always": {"consent.dept_head": True, "accepted": True}}})
    rows = [(T0, "accepted"), (T0, "consented", {"role": "dept_head"})]
    assert missing(policy, "close", {}, timeline(*rows)) == []
    assert names(missing(policy, "close", {}, timeline(*rows, (T0, "reopened")))) == ["consent.dept_head"]


def test_follow_up_is_not_made_by_the_handler():  # M3
    policy = policy_of(duty(), gates={"follow_up": {"by": "dept_manager", "not_by": "handler"}})
    assert names(missing(policy, "follow_up", {}, [], role="handler")) == ["role", "not_by"]
    assert missing(policy, "follow_up", {}, [], role="dept_manager") == []


def test_the_decision_on_acceptance_and_what_it_asks_for():  # P2-06, P2-07
    gate = {
        "decide": ["register", "explain_only"],
        "on_explain_only": {"keep_record": True, "needs": ["complainant_agrees"]},
    }
    policy = policy_of(duty(), gates={"accept": gate})
    assert missing(policy, "accept", {"accept_effect": "register"}, []) == []
    assert names(missing(policy, "accept", {"accept_effect": "reject"}, [])) == ["decide"]
    assert names(missing(policy, "accept", {"accept_effect": "explain_only"}, [])) == ["complainant_agrees"]


def test_a_reason_stands_in_for_telling_the_result():  # G1
    policy = policy_of(duty(), gates={"told": {"always": {"handled": True}, "or_reason": "not_told_reason"}})
    assert names(missing(policy, "told", {}, [])) == ["handled"]
    assert missing(policy, "told", {"not_told_reason": "无法联系"}, []) == []


def test_rounds_may_have_an_end():  # M1
    policy = policy_of(duty(), gates={"reopen": {"when": {"satisfied": False}, "max_rounds": 2}})
    once, twice = timeline((T0, "recorded")), timeline((T0, "recorded"), (T0, "reopened"))
    assert missing(policy, "reopen", {"satisfied": False}, once) == []
    assert names(missing(policy, "reopen", {}, once)) == ["satisfied"]
    assert names(missing(policy, "reopen", {"satisfied": False}, twice)) == ["rounds"]


def test_a_duty_that_blocks_must_be_done_first():  # B3
    first = duty(id="tell_first", title="先报总经理", to="forwarded.general_manager", blocks=["dispatched"])
    policy = policy_of(first)
    (need,) = missing(policy, "dispatch", {}, timeline((T0, "recorded")))
    assert (need.code, need.fact, need.text) == ("duty", "tell_first", "先报总经理")
    done = timeline((T0, "recorded"), ("2025-09-25T11:00", "forwarded.general_manager"))
    assert missing(policy, "dispatch", {}, done) == []


# Extensions

G1 = {
    "duty": "investigate",
    "approver": "dept_manager",
    "max": {"value": 20, "unit": "wd", "of": "added"},
    "before_due": True,
    "contents": ["progress", "reason"],
    "times": 1,
}


def investigate(*rules, **more):
    work = duty(id="investigate", limits=[{"value": 15, "unit": "wd"}], **more)
    return policy_of(work, extensions=list(rules))


def ask(policy, new_due, *, now="2025-10-09T10:00", contents=("progress", "reason"), rows=(), facts=None):
    """The needs of one request. The case began 2025-09-26T15:00; 15 wd later is 2025-10-24T00:00."""
    rows = (("2025-09-26T15:00", "recorded"), *rows)
    deadlines = planned(policy, *rows, facts=facts)
    known = facts_after(policy, facts or {}, timeline(*rows))
    return names(
        check_extension(
            policy,
            Calendar(SHANGHAI),
            known,
            deadlines,
            the(deadlines, "investigate"),
            new_due=at(new_due),
            now=at(now),
            contents=contents,
        )
    )


def test_twenty_added_working_days_are_the_most():  # G1
    policy = investigate(G1)
    # The 20th working day after Thursday 2025-10-23 is Thursday 2025-11-20.
    assert ask(policy, "2025-11-21T00:00") == []
    assert ask(policy, "2025-11-22T00:00") == ["max"]


def test_an_extension_after_the_due_time_is_refused():  # G1
    assert ask(investigate(G1), "2025-11-01T00:00", now="2025-10-24T00:00") == ["before_due"]


def test_what_a_request_must_say():
    assert ask(investigate(G1), "2025-11-01T00:00", contents=("reason",)) == ["contents"]


def test_a_shorter_limit_is_no_extension():
    assert ask(investigate(G1), "2025-10-24T00:00") == ["not_later"]


def test_as_often_as_the_rule_says():
    given = ("2025-10-10T10:00", "extended", {"data": {"duty": "investigate", "due_at": "2025-11-01T00:00"}})
    assert ask(investigate(G1), "2025-11-02T00:00", now="2025-10-20T10:00", rows=[given]) == ["times"]


def test_nobody_gives_more_time_where_the_rules_have_none_or_forbid_it():  # P1-34
    assert ask(investigate(), "2025-11-01T00:00") == ["not_allowed"]
    forbidden = {"duty": "investigate", "approver": "none", "allowed": False}
    assert ask(investigate(forbidden), "2025-11-01T00:00") == ["not_allowed"]


def test_a_deadline_that_is_met_is_not_extended():
    assert ask(investigate(G1), "2025-11-01T00:00", rows=[("2025-10-08T10:00", "handled")]) == ["met"]


def test_no_extension_passes_the_legal_ceiling_not_even_that_of_another_duty():  # T1-20, T1 35号令
    rule = {
        "duty": "investigate",
        "approver": "none_notice_only",
        "not_past": "promise.ceiling",
        "also": [{"duty": "promise", "act": "progress_told"}],
    }
    promise = duty(id="promise", to="told", ceiling={"value": 30, "unit": "d"})
    policy = policy_of(
        duty(id="investigate", limits=[{"value": 15, "unit": "wd"}]), promise, extensions=[rule]
    )
    told = [("2025-09-27T09:00", "progress_told")]
    assert ask(policy, "2025-10-26T00:00") == ["progress_told"]
    assert ask(policy, "2025-10-26T00:00", rows=told) == []
    assert ask(policy, "2025-10-27T00:00", rows=told) == []
    assert ask(policy, "2025-10-27T00:01", rows=told) == ["ceiling"]


def test_the_total_may_be_limited_from_the_start():
    total = {**G1, "max": {"value": 60, "unit": "d", "of": "total"}}
    assert ask(investigate(total), "2025-11-26T00:00") == []
    assert ask(investigate(total), "2025-11-26T00:01") == ["max"]


def test_the_rule_depends_on_the_tier():  # P1-35
    tiers = [{"id": "minor", "title": "轻微", "rank": 1}, {"id": "major", "title": "重大", "rank": 3}]
    policy = policy_of(
        duty(limits=[hours(24)]),
        lists={"tiers": tiers},
        extensions=[
            {"duty": "solve", "when": {"tier": "minor"}, "approver": ["dept_manager", "general_manager"]},
            {"duty": "solve", "when": {"tier": "major"}, "approver": "none", "allowed": False},
        ],
    )
    assert extension_rule(policy, "solve", {"tier": "minor"}).approver == ("dept_manager", "general_manager")
    assert extension_rule(policy, "solve", {"tier": "major"}).allowed is False
    assert extension_rule(policy, "solve", {}) is None
    assert extension_rule(policy, "tell", {"tier": "minor"}) is None
