"""The rules' forms come with the verbs: what is missing holds them up, what was written is kept."""

from collections.abc import Callable
from typing import Any

import pytest

from complaints import services
from complaints.forms import own_signature, to_fill_in
from complaints.models import Complaint, State
from complaints.services import register
from policies.engine.loading import load_policy
from policies.services import adopt_policy
from tests.complaints.case_in import last_event
from tests.complaints.play import Play
from tests.rows import snapshot
from tests.world import MONDAY, PACKS, World, intake
from tickets.services import file_result, log_call

ANONYMOUS = {"complainant_name": "", "complainant_phone": "", "place": ""}
OPEN = "case_record_open"
CONTACT = {"complainant": "王女士", "phone": "13800138000", "place": "3号楼"}
TELECOM = {"channel": "hotline", "category": "", "nature": "", "tier": "", "tier_criterion": ""}


@pytest.fixture
def play(world: World) -> Callable[..., Play]:
    return lambda pack="property.yaml", **values: Play(
        world.property, pack, **{"tier_criterion": "limited_facility", **values}
    )


def kept(case: Complaint, form: str) -> dict[str, Any]:
    return last_event(case).data["forms"][form]


def test_a_case_is_not_accepted_before_its_form_is_filled_in(play):
    major = play(**ANONYMOUS)
    assert major.case.state == State.RECORDED, "the registration itself is never held up"
    assert len(major.refused(services.accept).missing) == 1
    half = {OPEN: {"values": {"complainant": "王女士", "place": "3号楼"}}}
    (phone,) = major.refused(services.accept, forms=half).missing
    assert "电话" in phone
    major(services.accept, forms={OPEN: {"values": CONTACT}})
    case = major.case
    assert (case.complainant_name, case.complainant_phone, case.place) == ("王女士", "13800138000", "3号楼")
    assert kept(major.case, OPEN) == {
        "fields": ["complainant", "place", "phone"],
        "values": {},  # they stand in the columns now
        "signed": [],
    }


def test_what_the_case_knows_fills_a_form_in(play):
    known = play()
    known(services.accept)
    assert kept(known.case, OPEN) == {"fields": [], "values": {}, "signed": []}
    assert known.refused(services.note, event="form_filed", forms={"nonsense": {}}).field == "forms"


@pytest.mark.parametrize(
    "forms",
    [
        {"nonsense": {}},
        {"corrective": {}},  # belongs to another event
        {OPEN: {"values": {"told": "x"}}},
        {OPEN: {"values": {**CONTACT, "phone": "1" * 4001}}},
        {OPEN: {"values": ["phone"]}},
        {OPEN: {"values": CONTACT, "signed": ["site_head"]}},
        {OPEN: {"values": CONTACT, "signed": "site_head"}},
        {OPEN: {"values": CONTACT, "signed": [["site_head"]]}},
    ],
)
def test_what_cannot_be_in_a_form_is_refused(play, forms):
    assert play(**ANONYMOUS).refused(services.accept, forms=forms).field == "forms"


def test_invisible_characters_fill_nothing_in(play):
    blank = {OPEN: {"values": {**CONTACT, "phone": " \u200b\u202e "}}}
    assert len(play(**ANONYMOUS).refused(services.accept, forms=blank).missing) == 1


def test_the_result_is_signed_by_whoever_files_it(play):
    repair = play(facts={"work_kind": "repair"})
    ticket = repair.send()
    given = {"ticket": ticket, "result": "已更换门机皮带"}
    (slip,) = repair.refused(file_result, "sun", **given).missing
    assert "维修服务单" in slip
    slip_signed = {"service_slip": {"signed": ["complainant"]}}
    (head,) = repair.refused(file_result, "he", **given, forms=slip_signed).missing
    assert "客户投诉意见表(处理过程)" in head, "a handler does not sign as the head"
    repair(file_result, "sun", **given, forms=slip_signed)
    forms = last_event(repair.case).data["forms"]
    assert forms["handling_part"] == {"fields": ["written"], "values": {}, "signed": ["dept_head"]}
    assert forms["service_slip"]["signed"] == ["complainant"]


def test_the_way_it_was_told_need_not_be_said_again(play):
    told = play()
    ticket = told.send()
    told(file_result, "sun", ticket=ticket, result="已更换", outcome="solved")
    told(services.tell, summary="已告知", way="visit")
    assert last_event(told.case).data["facts"]["told_way"] == "visit"
    assert "told_note" in last_event(told.case).data["forms"]


def test_the_close_out_needs_its_text_and_its_signature(play):
    case = play(facts={"facts_verified": True, "work_kind": "non_repair", "notice_received": True})
    ticket = case.send()
    case(file_result, "sun", ticket=ticket, result="已更换", outcome="solved")
    case(services.tell, summary="已告知")
    case(services.follow_up, reached=True, solved=True, satisfaction="satisfied")
    (text,) = case.refused(services.close).missing
    assert "投诉记录表(销项)" in text
    case(services.close, "zhou", note="客户确认已修复")
    assert kept(case.case, "case_record_close")["signed"] == ["cs_staff"], (
        "a supervisor signs in place of the staff"
    )


def test_one_person_gives_one_signature():
    """G1-22: two inspectors have to sign, and one inspector is not two."""
    policy = load_policy(PACKS / "health_supervision.yaml", packs_dir=PACKS)
    form = next(row for row in policy.forms if row.id == "sensory_check")
    facts = {"sample": True}
    assert to_fill_in(policy, form, facts, "handler").signatures == ("second_inspector",)
    assert own_signature(policy, form, facts, "handler", ("inspector",)) == ("second_inspector",)
    assert to_fill_in(policy, form, facts, "receptionist").signatures == ("inspector", "second_inspector")


def test_a_call_brings_the_forms_of_all_it_sets_off(world: World):
    company = world.property
    order = {
        "phone_number": "18600000000",
        "business": "移动业务",
        "problem": "计费",
        "promised_due": "11月4日",
    }
    forms = {"recording": {"values": {"录音": "20261102-17"}}, "work_order": {"values": order}}
    with company.scope():
        adopt_policy(organization=company.organization, path=PACKS / "telecom.yaml", now=MONDAY, publish=True)
        who = {"actor": company.actor("zhou"), "now": MONDAY, "lead": company.departments["works"]}
        before = snapshot()
        with pytest.raises(Exception, match="投诉工单"):
            log_call(intake=intake(**TELECOM), **who)
        assert snapshot() == before
        case = log_call(intake=intake(**TELECOM, forms=forms), **who)
        events = {row.kind: row.data.get("forms", {}) for row in case.events.order_by("at", "pk")}
    assert events["contacted"]["recording"]["values"] == {"录音": "20261102-17"}
    assert events["accepted"]["work_order"]["fields"] == list(order)
    assert case.facts["phone_number"] == "18600000000"
    assert case.state == State.DISPATCHED


def test_a_registration_keeps_its_form(world: World):
    company = world.property
    with company.scope():
        path = PACKS / "property.yaml"
        adopt_policy(organization=company.organization, path=path, now=MONDAY, publish=True)
        given = {"opinion_form": {"values": {"respondent": "电梯维保人员"}}}
        case = register(
            actor=company.actor("lin"),
            intake=intake(forms=given, tier_criterion="limited_facility"),
            now=MONDAY,
        )
    assert kept(case, "opinion_form")["values"] == {"respondent": "电梯维保人员"}


def test_what_a_form_says_becomes_a_fact(play):
    """T1-37: the time promised in the work order is what the case is held to; mere words stay words."""
    order = {"phone_number": "18600000000", "business": "fixed", "problem": "fee_dispute"}
    for promised, fact in (
        ("2026-11-04T18:00:00+08:00", "2026-11-04T18:00:00+08:00"),
        ("11月4日18时", None),
    ):
        case = play("telecom.yaml", **TELECOM)
        case(services.accept, forms={"work_order": {"values": {**order, "promised_due": promised}}})
        assert case.case.facts.get("promised_due") == fact
        assert case.case.facts["business"] == "fixed"
        left = {} if fact else {"promised_due": promised}
        assert kept(case.case, "work_order")["values"] == left


def test_what_the_case_knows_is_not_overwritten_by_a_form(play):
    known = play()
    known(services.accept, forms={OPEN: {"values": {"phone": "13900139000"}}})
    assert known.case.complainant_phone == "13800138000"
    assert kept(known.case, OPEN)["values"] == {"phone": "13900139000"}


def test_a_form_that_is_filed_later_fills_the_case_too(play):
    nameless = play(**ANONYMOUS)
    opinion = {"occurred_at": "2026-11-01T08:00:00+08:00", "respondent": "保安队长", **CONTACT}
    nameless.note("form_filed", forms={"opinion_form": {"values": opinion}})
    assert nameless.case.complainant_phone == "13800138000"
    assert nameless.case.occurred_at.isoformat() == "2026-11-01T00:00:00+00:00"
    assert last_event(nameless.case).data["values"] == {"respondent": "保安队长"}
