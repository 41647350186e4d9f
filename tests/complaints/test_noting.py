"""What the rules wait for besides the verbs: noted by whom, with what, and what it brings about."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from complaints import services
from complaints.models import Deadline, State
from complaints.notable import ELSEWHERE, notable
from escalation.services import ask_extension
from organizations.errors import Forbidden, Refused
from policies.engine.naming import asked_facts, named_events
from policies.packs import shipped_packs
from policies.selectors import policy_of
from policies.services import adopt_policy
from tests.complaints.case_in import case_in, deadline, last_event
from tests.complaints.play import Play
from tests.rows import snapshot
from tests.whole import some
from tests.world import MONDAY, PACKS, World
from tickets.services import file_result

HOUR = timedelta(hours=1)
CORRECTIVE = {"values": {"不合格原因": "皮带老化", "纠正措施": "已更换", "预防措施": "列入月检"}}
REVIEW = {"values": {"发生原因": "保养不到位", "教训": "要按期保养", "改进调整": "改为月检"}}
WORK_ORDER = {
    "values": {
        "phone_number": "18600000000",
        "business": "移动业务",
        "problem": "计费",
        "promised_due": "11月4日18时",
    }
}
OF_TELECOM = {"channel": "hotline", "category": "", "nature": "", "tier": "", "tier_criterion": ""}


@pytest.fixture
def major(world: World) -> Play:
    return Play(
        world.property, "property.yaml", category="lift", tier="major", tier_criterion="promise_unsolved"
    )


def test_a_major_property_case_to_its_close_out(major: Play):
    assert major.state_of("forward_major") == "open"
    major.note("forwarded.gm", "zhou", note="经主管呈送总经理")
    assert major.state_of("forward_major") == "met"
    ticket = major.send()
    major(file_result, "sun", ticket=ticket, result="已更换门机皮带", outcome="solved")
    assert major.state_of("return_form") == "open"
    (wanted,) = major.refused(services.note, "sun", event="form_returned").missing
    assert "交回登记" in wanted
    major.note("form_returned", "sun", forms={"returned_register": {"signed": ["receptionist"]}})
    event = last_event(major.case)
    assert (event.department.code, event.ticket_ref) == ("works", ticket.pk)
    assert (major.state_of("return_form"), major.state_of("tell")) == ("met", "open")
    major(services.tell, summary="已告知")
    major(services.follow_up, reached=True, solved=True, satisfaction="satisfied")

    missing = major.refused(services.close).missing
    assert len(missing) == 6, (
        "the facts, the kind of work, the consent, the corrective action, text and signature"
    )
    major.note("noted", facts={"facts_verified": True, "work_kind": "non_repair", "notice_received": True})
    half = {"corrective": {"values": {"不合格原因": "皮带老化"}}}
    lacking = major.refused(services.note, "qian", event="corrective_filed", forms=half).missing
    assert ["纠正措施" in lacking[0], "预防措施" in lacking[1], len(lacking)] == [True, True, 2]
    major.note("corrective_filed", "qian", forms={"corrective": CORRECTIVE})
    assert major.state_of("corrective") == "met"
    closing = {"note": "已修复,客户满意", "forms": {"case_record_close": {"signed": ["site_head"]}}}
    (consent,) = major.refused(services.close, **closing).missing
    assert "管理处负责人" in consent
    major(services.consent, "qian", role="dept_manager")
    major(services.close, **closing)
    assert major.case.state == State.CLOSED
    major.note("reviewed", forms={"summary": REVIEW})
    assert major.refused(services.note, event="progress_told").field == "event"


def test_a_case_that_cannot_be_solved_is_listed_and_closed(major: Play):
    ticket = major.send()
    major(file_result, "sun", ticket=ticket, result="配件停产", outcome="infeasible")
    major.note("noted", facts={"cannot_proceed": True, "reason_recorded": True}, note="配件停产")
    assert major.refused(services.note, event="listed", data={"list": "nonsense"}).field == "list"
    major.note("listed", data={"list": "infeasible_review"})
    major.note("form_filed", forms={"corrective": CORRECTIVE})
    major(services.consent, "qian", role="dept_manager")
    major(services.close, note="配件停产,无法修复", forms={"case_record_close": {"signed": ["site_head"]}})
    assert major.case.state == State.CLOSED


def test_a_filed_form_counts_only_when_it_is_complete(major: Play):
    for forms in (
        {},
        {"nonsense": CORRECTIVE},
        {"corrective": CORRECTIVE, "summary": REVIEW},
        {"corrective": {"values": {"不合格原因": "皮带老化", "纠正措施": " \u200b"}}},
        {"corrective": {"values": {**CORRECTIVE["values"], "told": "x"}}},
        {"corrective": {"values": 7}},
        {"corrective": {**CORRECTIVE, "signed": ["gm"]}},
        {"corrective": {"values": {**CORRECTIVE["values"], "教训": "x" * 4001}}},
    ):
        assert major.refused(services.note, event="form_filed", forms=forms).field == "forms"
    major.note("form_filed", forms={"corrective": CORRECTIVE})
    data = last_event(major.case).data
    assert (data["form"], data["values"]) == ("corrective", CORRECTIVE["values"])
    assert (data["fields"], data["signed"]) == (list(CORRECTIVE["values"]), [])


@pytest.fixture
def telecom(world: World) -> Play:
    return Play(world.property, "telecom.yaml", **OF_TELECOM)


def test_progress_is_told_before_a_telecom_extension(world: World, tmp_path: Path):
    """The hours of appendix C are missing in the source; this company has filled them in."""
    text = (PACKS / "telecom.yaml").read_text(encoding="utf-8")
    filled = tmp_path / "filled.yaml"
    filled.write_text(text.replace("{lo: null, hi: null}", "{lo: 8, hi: 16}"), encoding="utf-8")
    telecom = Play(world.property, filled, **OF_TELECOM)
    ticket = telecom.send(forms={"work_order": WORK_ORDER})
    limit = deadline(telecom.case, "dept_handle")
    assert limit.due_at is not None
    wanted = {"deadline": limit, "wanted_due_at": limit.due_at + HOUR, "reason": "等厂家"}
    assert telecom.refused(ask_extension, "sun", **wanted).missing
    telecom.note("progress_told", "zhou", note="已告知客户正在联系厂家")
    telecom(ask_extension, "sun", **wanted)
    assert deadline(telecom.case, "dept_handle").due_at == limit.due_at + HOUR
    assert ticket.pk == limit.ticket_ref


def test_a_telecom_case_whose_customer_does_not_agree(telecom: Play):
    ticket = telecom.send(forms={"work_order": WORK_ORDER})
    telecom(file_result, "sun", ticket=ticket, result="资费无误", outcome="not_accepted")
    answer = {"answer": {"values": {"answer_way": "phone"}}}
    telecom(services.tell, "zhou", summary="已说明", way="hotline", forms=answer)
    call = {"call_back": {"values": {"回访脚本": "统一脚本", "录音": "20261102-17"}}}
    telecom(services.follow_up, "zhou", reached=True, solved=False, satisfaction="unsatisfied", forms=call)
    assert len(telecom.refused(services.close, "zhou").missing) == 2
    telecom.note("noted", facts={"position_stated": True})
    telecom.note("noted", facts={"outside_ways_told": True})
    telecom(services.close, "zhou")
    assert telecom.case.state == State.CLOSED


def test_a_promise_starts_its_own_limit(telecom: Play):
    due = MONDAY + 5 * HOUR
    for promised in (None, "tomorrow", "2026-11-02T20:00", MONDAY, datetime(2026, 11, 9)):
        given = {"event": "promise_made", "data": {"promised_due": promised}}
        assert telecom.refused(services.note, **given).field == "promised_due"
    telecom.note("promise_made", data={"promised_due": due})
    assert deadline(telecom.case, "keep_promise").due_at == due
    assert datetime.fromisoformat(telecom.case.facts["promised_due"]) == due
    sooner = {"promised_due": (MONDAY + HOUR).isoformat()}
    assert telecom.refused(services.note, event="noted", facts=sooner).field == "facts"
    telecom.note("progress_told")
    assert telecom.state_of("keep_promise") == Deadline.State.MET


@pytest.mark.parametrize("event", [*sorted(ELSEWHERE), "answered.nobody", "forwarded.", "nonsense", ""])
def test_other_events_are_not_noted(major: Play, event: str):
    assert major.refused(services.note, event=event, note="x").field == "event"


@pytest.mark.parametrize(
    "facts", [{"told": True}, {"tier": "minor"}, {"facts_verified": "perhaps"}, {"x": 1}]
)
def test_facts_that_nobody_asks_for(major: Play, facts: dict[str, Any]):
    assert major.refused(services.note, event="noted", facts=facts).field == "facts"


def test_some_events_are_the_desk_s(major: Play):
    major.send()
    before = snapshot()
    for event in ("forwarded.gm", "promise_made", "listed"):
        with pytest.raises(Forbidden):
            major.note(event, "sun")
    with pytest.raises(Forbidden):
        major.note("noted", "mao", note="非本部门")
    assert snapshot() == before


def test_a_fact_keeps_the_value_before_it(major: Play):
    major.note("noted", facts={"loss_amount": "1200"})
    major.note("new_facts", facts={"loss_amount": 5000, "harmed_persons": 1})
    event = last_event(major.case)
    assert event.data["was"] == {"loss_amount": 1200}
    assert major.case.facts["loss_amount"] == 5000
    assert event.data["facts"] == {"loss_amount": 5000, "harmed_persons": 1}


def test_nothing_is_not_noted(world: World):
    case = case_in(world.property, State.IN_HAND)
    with world.property.scope(), pytest.raises(Refused) as refused:
        services.note(
            actor=world.property.actor("lin"), complaint=case, event="noted", note=" \u200b", now=MONDAY
        )
    assert refused.value.field == "note"


def test_every_shipped_pack_s_gates_ask_for_what_can_be_known(world: World):
    """No gate to the close-out waits for an event that neither a verb nor a note records."""
    unmet = {"merged", "ended", "restarted", "transferred", "withdrawn"}
    for file in some(shipped_packs()):
        with world.property.scope():
            version = adopt_policy(
                organization=world.property.organization, path=file.path, now=MONDAY, publish=True
            )
            policy = policy_of(version.pk)
        gate = policy.gates.get("close")
        wanted = {key.partition(".")[0] for need in ([gate.always] if gate else []) for key in need}
        assert not wanted & unmet, file.id
        assert notable(policy) >= named_events(policy) - ELSEWHERE, file.id
        assert {fact.id for fact in policy.facts} <= {fact.id for fact in asked_facts(policy)}
