"""Penalties are proposed by the rules and decided by people: by whom the rules name, once, as they allow."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from complaints.models import CaseEvent, Complaint, Effect, Task
from complaints.services import note, reopen
from complaints.services.tasks import settle_task
from escalation.audit import audit
from escalation.effects import tell_effects
from escalation.models import PenaltyDecision
from escalation.penalties import penalties_to_decide
from escalation.services import apply_version, carry_on, decide_penalty
from notifications.models import Notification
from organizations.errors import Forbidden, Refused, Stale
from organizations.models import Membership
from policies.services import place_role
from tests.overlay import put_in_force
from tests.world import MONDAY, Company, handled_case, sent_case

RANGED = {
    "id": "late",
    "title": "处理延误",
    "when": {"upheld": True, "category": "lift"},
    "subjects": [
        {"who": "responsible", "points": [3, 6], "sanctions_any": ["批评教育", "通报批评"], "notice": "通报"},
        {"who": "unit", "bonus_percent": 10},
    ],
    "decided_by": "dept_manager",
}
GRAVE = {
    "id": "grave",
    "title": "情节严重",
    "when": {"upheld": True, "serious": True},
    "replaces": "late",
    "subjects": [{"who": "unit_head", "sanctions_min": "警告", "yuan": 200}],
    "decided_by": "general_manager",
    "tell_complainant": True,
}
FAIR = {"responsible": {"points": 4, "sanction": "批评教育", "person": "何师傅"}}
GROUP = {"id": "group", "title": "考核小组"}


@pytest.fixture
def company(world):
    with world.property.scope():
        yield world.property


def rules(company: Company, *penalties: dict[str, Any], **sections: Any) -> None:
    put_in_force(company, roles=[GROUP], penalties=list(penalties or (RANGED, GRAVE)), **sections)


def find(company: Company, case: Complaint, now: datetime = MONDAY, **facts: Any) -> Complaint:
    """Something is found out on the case."""
    facts = facts or {"upheld": True}
    return note(actor=company.actor("zhou"), complaint=case, event="noted", facts=facts, now=now)


def decide(company: Company, case: Complaint, penalty: str = "late", *, by: str = "qian", **more: Any):
    given = {"accepted": True, "chosen": FAIR, **more}
    return decide_penalty(actor=company.actor(by), complaint=case, penalty=penalty, now=MONDAY, **given)


def waiting(company: Company, by: str) -> list[str]:
    return [one.proposal.penalty.id for one in penalties_to_decide(company.actor(by), MONDAY)]


# --- proposing ----------------------------------------------------------------------------------------------


def test_a_penalty_is_put_before_those_who_decide_and_nothing_more(company):
    rules(company)
    case, _ticket = handled_case(company)
    assert not Task.objects.filter(kind="propose").exists()
    find(company, case)
    find(company, case, loss_amount=5)
    task = Task.objects.get(kind="propose")
    assert (task.action, task.state, task.roles) == ({"propose": "late"}, "open", ["dept_manager"])
    assert Effect.objects.get(source="penalty.late").to == ["dept_manager"]
    tell_effects(MONDAY)
    told = Notification.objects.filter(occasion="effect").values_list("user__username", flat=True)
    assert list(told) == ["qian"]
    assert waiting(company, "qian") == ["late"]
    for name in ("gao", "sun", "he", "lin", "mao", "admin"):
        assert waiting(company, name) == []
    assert not PenaltyDecision.objects.exists()
    assert list(audit(company.organization)) == []


def test_the_graver_one_replaces_the_lighter(company):
    rules(company)
    case, _ticket = handled_case(company)
    find(company, case)
    find(company, case, serious=True)
    assert (waiting(company, "qian"), waiting(company, "gao")) == ([], ["grave"])
    with pytest.raises(Refused):
        decide(company, case)
    chosen = {"unit_head": {"sanction": "记过"}}
    decision = decide(company, case, "grave", by="gao", chosen=chosen)
    assert decision.subjects == [{"who": "unit_head", "yuan": 200, "sanction": "记过"}]
    assert set(Task.objects.filter(kind="propose").values_list("state", flat=True)) == {"done"}
    (telling,) = Task.objects.filter(kind="tell")
    assert (telling.source, telling.state) == ("penalty.grave", "open")


def test_what_no_longer_holds_is_proposed_no_more(company):
    rules(company)
    case, _ticket = handled_case(company)
    find(company, case)
    find(company, case, upheld=False)
    assert waiting(company, "qian") == []
    with pytest.raises(Refused):
        decide(company, case)
    assert not PenaltyDecision.objects.exists()


def test_a_trigger_proposes_what_its_condition_would_not(company):
    trigger = {"id": "sent_back", "event": "noted", "when": {"urgent": True}, "do": [{"propose": "late"}]}
    rules(company, RANGED, triggers=[trigger])
    case, _ticket = handled_case(company)
    find(company, case, urgent=True)
    assert waiting(company, "qian") == ["late"]
    find(company, case, upheld=True)
    assert (
        Task.objects.filter(kind="propose").count() == 2
    )  # the trigger again; not once more by the condition
    decide(company, case)
    assert set(Task.objects.filter(kind="propose").values_list("state", flat=True)) == {"done"}


def test_a_task_is_settled_by_the_decision_only(company):
    rules(company)
    case, _ticket = handled_case(company)
    find(company, case)
    task = Task.objects.get(kind="propose")
    for accepted in (True, False):
        with pytest.raises(Refused):
            settle_task(
                actor=company.actor("qian"), task=task, accepted=accepted, answer="已处理", now=MONDAY
            )
    task.refresh_from_db()
    assert task.state == "open"


# --- deciding -----------------------------------------------------------------------------------------------


def test_decided(company):
    rules(company)
    case, _ticket = handled_case(company)
    find(company, case)
    decision = decide(company, case, reason="属实")
    assert (decision.accepted, decision.role, decision.title) == (True, "dept_manager", "处理延误")
    assert decision.subjects == [
        {"who": "responsible", "notice": "通报", "points": 4, "sanction": "批评教育", "person": "何师傅"},
        {"who": "unit", "bonus_percent": 10},
    ]
    task = Task.objects.get(kind="propose")
    assert (task.state, task.settled_by, task.answer) == ("done", company.people["qian"], "")
    event = CaseEvent.objects.filter(complaint=case).latest("pk")
    assert (event.kind, event.role, event.reason) == ("penalty", "dept_manager", "")
    assert event.data == {"penalty": "late", "called": "处理延误", "accepted": True}
    assert waiting(company, "qian") == []
    with pytest.raises(Refused, match="钱经理"):
        decide(company, case, accepted=False, reason="改主意")
    assert list(audit(company.organization)) == []


def test_decided_against(company):
    rules(company)
    case, _ticket = handled_case(company)
    find(company, case)
    with pytest.raises(Refused) as refusal:
        decide(company, case, accepted=False, chosen={}, reason=" ")
    assert refusal.value.field == "reason"
    decision = decide(company, case, accepted=False, chosen={}, reason="首次,口头提醒")
    assert (decision.accepted, decision.subjects) == (False, [])
    assert Task.objects.get(kind="propose").state == "declined"


OUTSIDE: list[dict[str, Any]] = [
    {},
    {"responsible": {"points": 4}},
    {"responsible": {"sanction": "批评教育"}},
    {"responsible": {"points": 2, "sanction": "批评教育"}},
    {"responsible": {"points": 7, "sanction": "批评教育"}},
    {"responsible": {"points": 10**400, "sanction": "批评教育"}},
    {"responsible": {"points": float("nan"), "sanction": "批评教育"}},
    {"responsible": {"points": "4", "sanction": "批评教育"}},
    {"responsible": {"points": True, "sanction": "批评教育"}},
    {"responsible": {"points": 4, "sanction": "开除"}},
    {"responsible": {"points": 4, "sanction": "批评教育", "yuan": 500}},
    {"responsible": {"points": 4, "sanction": "批评教育"}, "unit": {"bonus_percent": 50}},
    {"responsible": {"points": 4, "sanction": "批评教育"}, "dept_head": {"points": 4}},
    {"responsible": {"points": 4, "sanction": "批评教育", "person": "x" * 201}},
    {"responsible": {"points": 4, "sanction": "批评教育", "person": "钱经理"}},  # who decides
    {"responsible": [4]},
]


def test_a_choice_outside_the_rules_does_not_stand(company):
    rules(company)
    case, _ticket = handled_case(company)
    find(company, case)
    for chosen in OUTSIDE:
        with pytest.raises(Refused) as refusal:
            decide(company, case, chosen=chosen)
        assert refusal.value.field == "chosen", chosen
    assert not PenaltyDecision.objects.exists()
    assert Task.objects.get(kind="propose").state == "open"


def test_what_is_missing_is_said_in_words(company):
    rules(company)
    case, _ticket = handled_case(company)
    find(company, case)
    with pytest.raises(Refused) as refusal:
        decide(company, case, chosen={})
    assert len(refusal.value.missing) == 2
    assert "3" in refusal.value.missing[0]
    assert "通报批评" in refusal.value.missing[1]


def test_nobody_else_decides(company):
    rules(company)
    case, _ticket = handled_case(company)
    find(company, case)
    for by in ("lin", "zhou", "he", "sun", "mao", "gao", "admin"):
        with pytest.raises(Forbidden):
            decide(company, case, by=by)
    assert not PenaltyDecision.objects.exists()


@pytest.mark.parametrize("respondent", ["钱经理", "qian"])
def test_whom_the_complaint_is_about_never_decides(company, respondent):
    facts = [{"id": "respondent", "type": "text", "title": "被投诉人"}]
    rules(company, facts=facts)
    case, _ticket = handled_case(company)
    find(company, case, upheld=True, respondent=respondent)
    with pytest.raises(Forbidden):
        decide(company, case)
    assert (waiting(company, "qian"), waiting(company, "gao")) == ([], ["late"])
    assert decide(company, case, by="gao").role == "dept_manager"


def test_a_role_complained_about_leaves_it_to_its_fallback(company):
    facts = [{"id": "respondent", "type": "text", "title": "被投诉人"}]
    own = {**RANGED, "fallback": {"proposes": "desk_supervisor", "decides": "general_manager"}}
    rules(company, own, facts=facts)
    case, _ticket = handled_case(company)
    find(company, case, upheld=True, respondent="dept_manager")
    assert (waiting(company, "qian"), waiting(company, "gao")) == ([], ["late"])
    with pytest.raises(Forbidden):
        decide(company, case)
    assert decide(company, case, by="gao").role == "general_manager"


def test_whom_a_penalty_strikes_by_role_does_not_decide_on_it(company):
    own = {**RANGED, "subjects": [{"who": "dept_manager", "points": 5}]}
    rules(company, own)
    case, _ticket = handled_case(company)
    find(company, case)
    with pytest.raises(Forbidden):
        decide(company, case, chosen={})
    assert decide(company, case, by="gao", chosen={}).subjects == [{"who": "dept_manager", "points": 5}]


def test_a_placed_group_decides(company):
    rules(company, {**RANGED, "decided_by": "group"})
    case, _ticket = handled_case(company)
    find(company, case)
    assert waiting(company, "gao") == ["late"]  # nobody fills the role yet
    admin = company.actor("admin")
    place_role(actor=admin, role="group", department=company.departments["cleaning"], now=MONDAY)
    tell_effects(MONDAY)
    assert waiting(company, "mao") == ["late"]
    with pytest.raises(Forbidden):
        decide(company, case, by="gao")
    assert decide(company, case, by="mao").role == "group"


def test_a_decider_who_has_left_is_replaced(company):
    rules(company)
    case, _ticket = handled_case(company)
    find(company, case)
    Membership.objects.filter(user=company.people["qian"]).update(is_active=False)
    assert waiting(company, "gao") == ["late"]
    assert decide(company, case, by="gao").accepted


def test_the_next_round_may_decide_anew(company):
    rules(company)
    case, _ticket = handled_case(company)
    find(company, case)
    decide(company, case)
    case = reopen(actor=company.actor("lin"), complaint=case, reason="仍未解决", now=MONDAY)
    assert waiting(company, "qian") == []  # it is not put forward twice
    again = decide(company, case)
    assert (again.round, PenaltyDecision.objects.count()) == (2, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        PenaltyDecision.objects.filter(pk=again.pk).update(round=1)


def test_the_revision_that_was_seen(company):
    rules(company)
    case, _ticket = handled_case(company)
    seen = case.revision
    find(company, case)
    with pytest.raises(Stale):
        decide(company, case, revision=seen)
    assert not PenaltyDecision.objects.exists()


def test_other_rules_do_not_look_back(company):
    """A penalty of rules that are applied later is proposed for what happens from then on."""
    case, _ticket = handled_case(company)
    always = {**RANGED, "when": {"category": "lift"}}
    version = put_in_force(company, roles=[], penalties=[always])
    later = MONDAY + timedelta(hours=1)
    rollout = apply_version(actor=company.actor("admin"), version=version, reason="统一制度", now=later)
    carry_on(rollout=rollout, now=later)
    case.refresh_from_db()
    assert case.policy == version
    assert not Task.objects.filter(kind="propose").exists()
    find(company, case, later, loss_amount=3)
    assert Task.objects.filter(kind="propose").count() == 1


def test_the_other_organization(world):
    with world.property.scope():
        rules(world.property)
        case, _ticket = handled_case(world.property)
        find(world.property, case)
    with world.hospital.scope():
        assert penalties_to_decide(world.hospital.actor("fang"), MONDAY) == []
    with world.property.scope():
        assert waiting(world.property, "qian") == ["late"]


def test_a_case_at_work_may_be_decided_on_but_not_one_of_strangers(company):
    rules(company)
    case, _ticket = sent_case(company, to="cleaning")
    find(company, case)
    assert waiting(company, "qian") == []
    with pytest.raises(Forbidden):
        decide(company, case)
