"""Who gets a case, who may pass it on, what comes first; who may promise what; what a person decides."""

from copy import deepcopy

import pytest

from policies.engine.conditions import Need
from policies.engine.counting import RelatedCase, among, counts_at
from policies.engine.errors import PolicyErrors
from policies.engine.gates import missing
from policies.engine.grants import permission
from policies.engine.loading import load_policy
from policies.engine.penalties import check_decision, proposals
from policies.engine.routes import contact_missing, is_recused, priority_key, route, transfer_missing
from tests.policies.test_stops_and_forms import CALENDAR, hard_case
from tests.policies.worlds import REFERENCE, at, policy_of

reference = pytest.mark.skipif(
    not REFERENCE.exists(), reason="the reference material is not beside this repository"
)


def pack(name: str):
    return load_policy(REFERENCE / f"packs/{name}.yaml", packs_dir=REFERENCE / "packs")


def codes(needs: list[Need]) -> list[str]:
    return [need.code for need in needs]


# Routes


@reference
def test_the_first_row_that_holds_says_who_gets_it():  # P1
    policy = pack("property")
    major = route(policy, {"tier": "major"})
    assert (major.to, major.together_with) == (("gm",), ("pm_manager", "dept_head"))
    minor = route(policy, {"tier": "minor"})
    assert (minor.to, minor.helped_by) == (("dept_head",), ("cs_supervisor",))
    assert route(policy, {}) is None


@reference
def test_whom_the_complaint_is_about_does_not_handle_it():  # P1
    policy = pack("property")
    found = route(policy, {"tier": "minor", "respondent": "dept_head"})
    assert (found.to, found.recused) == (("pm_manager",), ("dept_head",))
    found = route(policy, {"tier": "major", "respondent": {"role": "dept_head", "person": "张三"}})
    assert (found.to, found.together_with) == (("gm",), ("pm_manager",))
    assert is_recused(policy, {"respondent": {"person": "张三"}}, "张三", "handler")
    assert not is_recused(policy, {"respondent": {"person": "张三"}}, "李四")


@reference
def test_an_interest_of_ones_own_keeps_one_out_too():  # banks
    policy = hard_case("Bank_law")
    assert is_recused(policy, {"direct_interest": ["王五"]}, "王五")
    assert not is_recused(policy, {}, "王五")


@reference
def test_a_vip_goes_to_the_desk_for_vips_and_a_roamer_to_the_home_province():  # T1
    policy = pack("telecom")
    found = route(policy, {"class": "vip", "type_clear": True})
    assert (found.to, found.then) == (("vip_desk",), "by_type")
    assert route(policy, {"type_clear": True}).to == ("order_dept",)
    assert route(policy, {}).to == ("biz_dept",)
    owner = route(policy, {"cross_province": True}, owner=True)
    assert (owner.to, owner.of) == (("prov_centre",), "home_province")
    assert route(policy, {"case_kind": "appeal", "cross_province": True}, owner=True).to == ("hq_cs",)


@reference
def test_the_second_complaint_on_somebody_offers_and_does_not_force():  # G1
    policy = hard_case("G1_health_supervision")
    other = among([RelatedCase(at("2025-01-01T10:00"), {"respondent": "某餐厅"})], CALENDAR)

    def to(**facts):
        return route(policy, facts, counts=counts_at(other, facts, {}, at("2025-09-26T10:00")))

    second = to(respondent="某餐厅")
    assert (second.to, second.offered) == (("section",), ("office",))
    first = to(respondent="别家")
    assert (first.to, first.offered) == (("section",), ())
    assert to(respondent={"group": "own_institution"}).to == ("office",)
    outside = to(out_of_jurisdiction=True)
    assert (outside.to, codes(outside.needs)) == (("office",), ["consent"])
    assert to(**{"out_of_jurisdiction": True, "consent.director": True}).needs == ()


@reference
def test_outside_opening_hours_the_duty_officer_gets_it():  # H1
    policy = hard_case("H1_H3_hospital")
    found = route(policy, {"open_hours": False})
    assert (found.to, found.also_notify) == (("duty_officer",), ("patient_office",))
    assert route(policy, {"open_hours": True}).to == ("patient_office",)


@reference
def test_a_section_may_return_and_not_transfer():  # G1
    policy = hard_case("G1_health_supervision")
    (need,) = transfer_missing(policy, "section", to="office")
    assert (need.code, need.expected) == ("return_only", ("office",))
    assert transfer_missing(policy, "section", back=True) == []
    assert transfer_missing(policy, "office", to="section") == []


@reference
def test_a_case_is_passed_on_by_and_to_the_roles_named():  # T1
    policy = pack("telecom")
    assert transfer_missing(policy, "prov_centre", to="co_dept") == []
    assert codes(transfer_missing(policy, "co_dept", to="order_dept")) == ["role"]
    assert codes(transfer_missing(policy, "prov_centre", to="hq_cs")) == ["transfer_to"]
    assert transfer_missing(policy_of(), "anybody", to="anybody") == []


@reference
def test_the_handling_department_does_not_speak_to_the_customer():  # T1
    policy = pack("telecom")
    assert codes(contact_missing(policy, "order_dept")) == ["role"]
    assert contact_missing(policy, "prov_centre") == contact_missing(policy_of(), "anybody") == []
    # The answer to a roaming customer is the home province's.
    assert codes(missing(policy, "answer", {"cross_province": True}, [], role="hq_cs")) == ["role"]


@reference
def test_importance_goes_before_gravity_breadth_and_urgency():  # T1
    policy = pack("telecom")
    queue = [
        {"class": "vip"},
        {"class": "g3", "may_appeal_or_crisis": True},
        {"class": "g3", "mass_affected": True, "basic_service_lost": True},
        {"class": "g3", "mass_affected": True},
        {"class": "g3", "basic_service_lost": True},
        {"class": "g3"},
        {"class": "normal", "may_appeal_or_crisis": True},
        {"class": "normal"},
        {},
    ]
    keys = [priority_key(policy, facts) for facts in queue]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert priority_key(policy_of(), {"class": "vip"}) == ()


# Grants

LADDER = [
    {"right": "remedy", "role": "handler", "kinds": ["gift", "refund"], "max_yuan": 100, "over": "dept_head"},
    {"right": "remedy", "role": "dept_head", "kinds": ["refund"], "max_yuan": 500, "over": "dept_manager"},
    {
        "right": "remedy",
        "role": "dept_manager",
        "kinds": ["refund"],
        "max_yuan": 2000,
        "over": "general_manager",
    },
]


def asked(role, grants=LADDER, **question):
    found = permission(policy_of(grants=deepcopy(grants)), role, **question)
    return found.allowed, found.approval, found.path


def test_above_ones_amount_the_next_one_up_approves():
    assert asked("handler", kind="refund", yuan=100) == (True, "", ())
    assert asked("handler", kind="refund", yuan=100.5) == (False, "dept_head", ("dept_head",))
    assert asked("handler", kind="refund", yuan=501) == (
        False,
        "dept_manager",
        ("dept_head", "dept_manager"),
    )
    # The last one named has no bound of his own.
    assert asked("handler", kind="refund", yuan=10**6)[1] == "general_manager"
    assert asked("dept_head", kind="refund", yuan=400) == (True, "", ())


def test_what_a_role_does_not_have_it_may_not_promise():
    assert asked("dept_head", kind="gift") == (False, "general_manager", ("dept_manager", "general_manager"))
    assert asked("receptionist", kind="gift") == (False, "", ())
    assert asked("handler", right="export") == (False, "", ())


def test_an_amount_nobody_has_filled_in_is_no_money_at_all():
    grants = [
        {"right": "remedy", "role": "handler", "max_yuan": None, "tenant_fill": True, "over": "dept_head"}
    ]
    assert asked("handler", grants, kind="gift") == (True, "", ())
    assert asked("handler", grants, kind="refund", yuan=1) == (False, "dept_head", ("dept_head",))
    unbounded = [{"right": "remedy", "role": "handler"}]
    assert asked("handler", unbounded, yuan=10**6) == (True, "", ())


def test_grants_that_point_at_each_other_end():
    circle = [
        {"right": "remedy", "role": "handler", "max_yuan": 1, "over": "dept_head"},
        {"right": "remedy", "role": "dept_head", "max_yuan": 1, "over": "handler"},
    ]
    assert asked("handler", circle, yuan=5) == (False, "", ("dept_head",))


def test_a_grant_may_depend_on_the_case_and_on_what_is_known():
    grants = [
        {
            "right": "remedy",
            "role": "handler",
            "when": {"liability": "company"},
            "conditions": ["class"],
            "max_yuan": 50,
        }
    ]
    assert asked("handler", grants, yuan=50, facts={"liability": "company", "class": "vip"})[0]
    assert not asked("handler", grants, yuan=50, facts={"liability": "customer", "class": "vip"})[0]
    found = permission(policy_of(grants=grants), "handler", yuan=50, facts={"liability": "company"})
    assert [need.fact for need in found.needs] == ["class"]


@reference
def test_a_remedy_of_the_hotel_goes_up_to_the_department_manager():  # L1
    policy = hard_case("L1_hotel")
    assert permission(policy, "supervisor", kind="room_change").allowed
    found = permission(policy, "supervisor", kind="upgrade", yuan=300)
    assert (found.allowed, found.approval) == (False, "dept_manager")
    assert permission(policy, "supervisor").kinds == ("room_change", "upgrade", "gift")


# Penalties


@reference
def test_the_graver_penalty_replaces_the_lighter_one():  # U3
    policy = hard_case("U3_power_penalty")
    facts = {"upheld": True, "channel_level": "company"}

    def ids(**more):
        return [one.penalty.id for one in proposals(policy, {**facts, **more})]

    assert ids() == ["company_level", "veto"]
    assert ids(serious=True) == ["company_serious", "veto"]
    assert ids(channel_level="media") == ["upper_or_media"]
    assert ids(upheld=False) == []


@reference
def test_a_range_needs_a_number_and_somebody_who_decides():  # U3
    policy = hard_case("U3_power_penalty")
    facts = {"upheld": True, "channel_level": "media"}
    (proposal,) = proposals(policy, facts)
    assert [need.fact for need in proposal.open()] == [
        "responsible.sanction",
        "unit_head.bonus_months",
        "unit_head.sanction",
        "unit.bonus_percent",
    ]
    chosen = {
        "responsible": {"sanction": "开除留用"},
        "unit_head": {"bonus_months": 6, "sanction": "警告"},
        "unit": {"bonus_percent": 20},
    }

    def refused(by="leading_group", **changes):
        return check_decision(policy, proposal, facts, by=by, chosen={**chosen, **changes})

    assert refused() == []
    assert codes(refused(by="handler")) == ["role"]
    assert [need.fact for need in refused(unit={})] == ["unit.bonus_percent"]
    for wrong in (21, 9, "ten", True, None):
        assert [need.fact for need in refused(unit={"bonus_percent": wrong})] == ["unit.bonus_percent"]
    assert [need.fact for need in refused(responsible={"sanction": "表扬"})] == ["responsible.sanction"]
    assert len(check_decision(policy, proposal, facts, by="leading_group")) == 4


@reference
def test_one_of_several_sanctions_must_be_chosen():  # U3, P3
    policy = hard_case("U3_power_penalty")
    facts = {"upheld": True, "channel_level": "company", "serious": True}
    proposal = proposals(policy, facts)[0]
    assert [need.expected for need in proposal.open()] == [("调离原岗位", "下岗")]


@reference
def test_the_respondent_does_not_decide_on_his_own_penalty():  # M3
    policy = hard_case("M3_agency")
    facts = {"upheld": True, "cause": "cold_reception"}
    (usual,) = proposals(policy, facts)
    assert (usual.decided_by, usual.proposed_by) == (("dept_manager",), "")
    assert check_decision(policy, usual, facts, by="dept_manager") == []
    for more in ({"respondent": "dept_manager"}, {"not_decided": True}):
        (found,) = proposals(policy, {**facts, **more})
        assert (found.decided_by, found.proposed_by) == (("gm",), "hr")
    about_him = {**facts, "respondent": {"role": "dept_manager"}}
    (found,) = proposals(policy, about_him)
    assert found.decided_by == ("gm",)
    assert codes(check_decision(policy, found, about_him, by="dept_manager")) == ["role", "respondent"]


def test_without_a_fallback_the_respondent_leaves_nobody_to_decide():
    policy = policy_of(
        penalties=[
            {
                "id": "p",
                "when": {},
                "subjects": [{"who": "responsible", "points": 1}],
                "decided_by": "dept_head",
            }
        ]
    )
    (found,) = proposals(policy, {"respondent": "dept_head"})
    assert found.decided_by == ()
    assert codes(check_decision(policy, found, {"respondent": "dept_head"}, by="dept_head")) == [
        "role",
        "respondent",
    ]


def test_a_penalty_that_replaces_an_unknown_one_is_a_fault():
    with pytest.raises(PolicyErrors, match="unknown penalty 'b'"):
        policy_of(
            penalties=[
                {
                    "id": "a",
                    "when": {},
                    "subjects": [{"who": "unit", "points": 1}],
                    "decided_by": "dept_head",
                    "replaces": ["b"],
                }
            ]
        )


@pytest.mark.parametrize(
    "routes, says",
    [
        ({"transfer": {"by": ["nobody"]}}, "routes.transfer.by.* unknown role 'nobody'"),
        ({"transfer": {"sections_may": "anything"}}, "routes.transfer.sections_may"),
        ({"contact_customer": {"onlyy": "handler"}}, "did you mean 'only'"),
        ({"recusal": {"not_handler_when": "respondnt"}}, "did you mean 'respondent'"),
        ({"queue": "lists.tiers"}, "routes.queue"),
        ({"assing": []}, "did you mean 'assign'"),
    ],
)
def test_what_is_wrong_with_a_route_is_named(routes, says):
    with pytest.raises(PolicyErrors, match=says):
        policy_of(routes=routes)


def test_what_is_wrong_with_a_priority_or_a_fallback_is_named():
    with pytest.raises(PolicyErrors, match="unknown fact 'grave'"):
        policy_of(lists={"priorities": [{"id": "a", "title": "a", "fact": "grave"}]})
    penalty = {
        "id": "p",
        "when": {},
        "subjects": [{"who": "unit", "points": 1}],
        "decided_by": "dept_head",
        "fallback": {"decides": "boss"},
    }
    with pytest.raises(PolicyErrors, match="unknown role 'boss'"):
        policy_of(penalties=[penalty])
