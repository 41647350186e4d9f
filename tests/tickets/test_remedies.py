"""Who may promise what, whose approval it takes, and what becomes of it."""

from decimal import Decimal
from typing import Any

import pytest

from complaints.models import CaseEvent, Complaint, State
from complaints.services import note, tell
from complaints.texts import facts_now
from escalation.audit import audit
from notifications.models import Notification
from organizations.errors import Forbidden, NotVisible, Refused, Stale
from organizations.models import Membership, Role, User
from organizations.services import grant_role
from policies.engine.conditions import holds
from policies.services import place_role
from tests.overlay import put_in_force
from tests.world import MONDAY, Company, handled_case, sent_case
from tickets.access import visible_cases
from tickets.models import Remedy, Ticket
from tickets.selectors import access_remedy, remedies_of, remedies_to_decide
from tickets.services import (
    decide_remedy,
    deliver_remedy,
    propose_remedy,
    return_ticket,
    sign_for,
    withdraw_remedy,
)

HEAD = {
    "right": "remedy",
    "role": "dept_head",
    "kinds": ["apology", "redo", "gift", "refund"],
    "max_yuan": 200.1,
    "over": "dept_manager",
}
MANAGER = {
    "right": "remedy",
    "role": "dept_manager",
    "kinds": ["apology", "redo", "refund", "compensation"],
    "max_yuan": 1000,
    "over": "general_manager",
}
COMMITTEE = {"id": "committee", "title": "补偿小组"}
S = Remedy.State


@pytest.fixture
def company(world):
    with world.property.scope():
        yield world.property


def rules(company: Company, *grants: dict[str, Any], **sections: Any) -> None:
    put_in_force(company, roles=[COMMITTEE], grants=list(grants or (HEAD, MANAGER)), **sections)


def propose(company: Company, case: Complaint, kind: str, yuan: Any = None, *, by: str = "sun", **more):
    amount = None if yuan is None else Decimal(str(yuan))
    return propose_remedy(actor=company.actor(by), complaint=case, kind=kind, yuan=amount, now=MONDAY, **more)


def decide(company: Company, remedy: Remedy, approve: bool = True, *, by: str, reason: str = ""):
    return decide_remedy(actor=company.actor(by), remedy=remedy, approve=approve, reason=reason, now=MONDAY)


def told(occasion: str, case: Complaint | None = None) -> list[str]:
    rows = Notification.objects.filter(occasion=occasion, **({"complaint": case} if case else {}))
    return sorted(rows.values_list("user__username", flat=True))


def steps(case: Complaint) -> list[tuple[str, str]]:
    rows = CaseEvent.objects.filter(complaint=case, data__has_key="remedy").order_by("pk")
    return [(row.kind, row.data["step"]) for row in rows]


# --- within and above one's authority -----------------------------------------------------------------------


WHOSE = [
    ("apology", None, "", []),
    ("apology", 0, "", []),  # no money is no money
    ("refund", "200.10", "", []),  # the limit itself, whatever a float makes of it
    ("refund", "200.11", "dept_manager", ["qian"]),
    ("refund", 1000, "dept_manager", ["qian"]),
    ("refund", "1000.01", "general_manager", ["gao"]),
    ("refund", "9999999999.99", "general_manager", ["gao"]),
    ("compensation", 10, "dept_manager", ["qian"]),  # not one of the head's own kinds
    ("gift", 300, "general_manager", ["gao"]),  # not one of the manager's either
]


def test_the_grants_say_whose_it_is(company, subtests):
    rules(company)
    for kind, yuan, approver, asked in WHOSE:
        with subtests.test(f"{kind} {yuan}"):
            case, ticket = sent_case(company)
            remedy = propose(company, case, kind, yuan, ticket=ticket, text="向住户致歉")
            remedy.refresh_from_db()
            assert remedy.yuan == (Decimal(str(yuan)) if yuan else None)
            assert (remedy.approver_role, told("remedy_proposed", case)) == (approver, asked)
            assert remedy.state == (S.PROPOSED if approver else S.APPROVED)
            assert remedy.authority == ("" if approver else "dept_head")
            assert steps(case) == ([("remedy", "proposed")] if approver else [("noted", "approved")])
            known = facts_now(Complaint.objects.get(pk=case.pk)).get("remedy")
            assert known == (None if approver else kind)
    assert list(audit(company.organization)) == []


NO_AMOUNTS = ["-1", "-0.01", "0.001", "10.005", "1E+30", "10000000000", "NaN", "Infinity"]


def test_what_is_no_amount(company):
    """Nor is nothing, for what is nothing but money: it would pass any authority."""
    rules(company)
    case, _ticket = sent_case(company)
    for yuan in (*NO_AMOUNTS, None, 0):
        with pytest.raises(Refused) as refusal:
            propose(company, case, "refund", yuan)
        assert refusal.value.field == "yuan", yuan
    assert not Remedy.objects.exists()
    assert steps(case) == []


def test_an_amount_the_organization_has_not_filled_in_is_none(company):
    rules(company, {**HEAD, "max_yuan": None, "tenant_fill": True}, {**MANAGER, "max_yuan": None})
    case, _ticket = sent_case(company)
    assert propose(company, case, "apology").state == S.APPROVED
    remedy = propose(company, case, "refund", "0.01")
    assert (remedy.state, remedy.approver_role) == (S.PROPOSED, "dept_manager")


def test_the_best_of_several_roles_counts(company):
    """The general manager approves anything, so may promise it; a manager who is head as well asks nobody."""
    rules(company)
    case, _ticket = sent_case(company)
    assert propose(company, case, "refund", 50_000, by="gao").authority == "general_manager"
    works = company.departments["works"]
    grant_role(user=company.people["sun"], department=works, role=Role.DEPT_MANAGER, now=MONDAY)
    assert propose(company, case, "refund", 900).authority == "dept_manager"


def test_who_has_no_grant_promises_nothing(company):
    rules(company)
    case, _ticket = sent_case(company)
    for by in ("he", "lin"):
        with pytest.raises(Refused, match=r"others|他人"):
            propose(company, case, "apology", by=by)
    assert not Remedy.objects.exists()


def test_rules_without_grants_know_no_remedies(company):
    case, _ticket = sent_case(company)
    with pytest.raises(Refused):
        propose(company, case, "apology", by="gao")
    assert not Remedy.objects.exists()


def test_a_kind_that_nobody_may_promise(company):
    last = {key: value for key, value in HEAD.items() if key != "over"}
    rules(company, last, MANAGER)
    case, _ticket = sent_case(company)
    with pytest.raises(Refused) as refusal:
        propose(company, case, "compensation", 5)
    assert refusal.value.field == "kind"
    with pytest.raises(Refused) as refusal:
        propose(company, case, "a_villa")
    assert refusal.value.field == "kind"


def test_what_the_rules_want_to_know_first(company):
    facts = [
        {"id": "tenure_months", "type": "int", "title": "在网时间"},
        {"id": "remedy_area", "type": "enum", "values": ["use", "other"], "title": "授权范围"},
    ]
    rules(
        company,
        {**HEAD, "conditions": ["tenure_months"], "scope": {"remedy_area": "use"}},
        {"right": "remedy", "role": "dept_manager", "scope": {"remedy_area": "use"}},
        facts=facts,
    )
    case, _ticket = sent_case(company)
    case = note(actor=company.actor("sun"), complaint=case, event="noted", note="x", now=MONDAY)
    with pytest.raises(Refused) as refusal:
        propose(company, case, "refund", 5)
    assert refusal.value.missing == ["授权范围"]
    note(actor=company.actor("sun"), complaint=case, event="noted", facts={"remedy_area": "use"}, now=MONDAY)
    with pytest.raises(Refused) as refusal:
        propose(company, case, "refund", 5)
    assert refusal.value.missing == ["在网时间"]
    note(actor=company.actor("sun"), complaint=case, event="noted", facts={"tenure_months": 3}, now=MONDAY)
    assert propose(company, case, "refund", 5).state == S.APPROVED


def test_the_people_of_a_placed_role_approve(company):
    rules(company, {**HEAD, "over": "committee"})
    admin = company.actor("admin")
    place_role(actor=admin, role="committee", department=company.departments["cleaning"], now=MONDAY)
    case, _ticket = sent_case(company)
    remedy = propose(company, case, "refund", 500)
    assert told("remedy_proposed") == ["mao"]
    assert remedies_to_decide(company.actor("mao")) == [remedy]
    assert visible_cases(company.actor("mao")).filter(pk=case.pk).exists()
    with pytest.raises(Forbidden):
        decide(company, remedy, by="gao")
    assert decide(company, remedy, by="mao").authority == "committee"


def test_a_role_that_nobody_fills_leaves_it_to_the_general_manager(company):
    rules(company, {**HEAD, "over": "committee"})
    case, _ticket = sent_case(company)
    remedy = propose(company, case, "refund", 500)
    assert told("remedy_proposed") == ["gao"]
    assert decide(company, remedy, by="gao").state == S.APPROVED


def test_an_approval_that_nobody_could_give_is_not_asked_for(company):
    rules(company, {**HEAD, "over": "committee"})
    Membership.objects.filter(user=company.people["gao"]).update(is_active=False)
    case, _ticket = sent_case(company)
    with pytest.raises(Refused, match="补偿小组"):
        propose(company, case, "refund", 500)
    assert not Remedy.objects.exists()


# --- deciding -----------------------------------------------------------------------------------------------


def test_approved_and_given(company):
    rules(company)
    case, ticket = handled_case(company)
    remedy = propose(company, case, "refund", 300, ticket=ticket, text="退还当月电梯费")
    with pytest.raises(Refused):
        deliver_remedy(actor=company.actor("sun"), remedy=remedy, now=MONDAY)
    remedy = decide(company, remedy, by="qian", reason="同意")
    assert (remedy.state, remedy.decided_by, remedy.authority) == (
        S.APPROVED,
        company.people["qian"],
        "dept_manager",
    )
    assert told("remedy_approved") == ["sun"]
    remedy = deliver_remedy(actor=company.actor("lin"), remedy=remedy, now=MONDAY)
    assert (remedy.state, remedy.delivered_by) == (S.DELIVERED, company.people["lin"])
    assert steps(case) == [("remedy", "proposed"), ("noted", "approved"), ("remedy", "delivered")]
    event = CaseEvent.objects.get(complaint=case, kind="noted")
    assert (event.role, event.ticket_ref, event.data["yuan"]) == ("dept_manager", ticket.pk, "300.00")
    assert event.data["facts"] == {"remedy": "refund", "remedy.yuan": 300}
    case.refresh_from_db()
    assert case.facts["remedy"] == "refund"
    assert facts_now(case)["remedy.yuan"] == 300
    assert holds({"remedy.yuan.gte": 300, "remedy": "refund"}, facts_now(case)), "a rule may ask about both"
    assert remedies_of(case) == [remedy]


def test_refused_with_a_reason(company):
    rules(company)
    case, _ticket = sent_case(company)
    remedy = propose(company, case, "refund", 300)
    with pytest.raises(Refused) as refusal:
        decide(company, remedy, False, by="qian", reason=" \u200b")
    assert refusal.value.field == "reason"
    remedy = decide(company, remedy, False, by="qian", reason="不属于我方责任")
    assert (remedy.state, told("remedy_refused")) == (S.REFUSED, ["sun"])
    assert steps(case)[-1] == ("remedy", "refused")
    assert "remedy" not in facts_now(case)
    with pytest.raises(Refused):
        decide(company, remedy, by="qian")


def test_only_the_approver_decides(company):
    rules(company)
    case, _ticket = sent_case(company)
    remedy = propose(company, case, "refund", 300)
    for by in ("sun", "he", "lin", "zhou", "gao", "admin"):
        with pytest.raises(Forbidden):
            decide(company, remedy, by=by)
        assert remedies_to_decide(company.actor(by)) == []
    remedy.refresh_from_db()
    assert remedy.state == S.PROPOSED


def test_who_proposed_it_never_decides_even_as_approver(company):
    rules(company)
    case, _ticket = sent_case(company)
    remedy = propose(company, case, "refund", 300)
    works = company.departments["works"]
    grant_role(user=company.people["sun"], department=works, role=Role.DEPT_MANAGER, now=MONDAY)
    with pytest.raises(Forbidden):
        decide(company, remedy, by="sun")
    assert remedies_to_decide(company.actor("sun")) == []
    assert decide(company, remedy, by="qian").state == S.APPROVED


def test_a_decision_waits_for_nobody_who_has_left(company):
    rules(company)
    case, _ticket = sent_case(company)
    remedy = propose(company, case, "refund", 300)
    Membership.objects.filter(user=company.people["qian"]).update(is_active=False)
    assert remedies_to_decide(company.actor("gao")) == [remedy]
    assert decide(company, remedy, by="gao").state == S.APPROVED


def test_decided_after_the_close_out_too(company):
    rules(company)
    case, _ticket = sent_case(company)
    remedy = propose(company, case, "refund", 300)
    Complaint.objects.filter(pk=case.pk).update(state="closed")
    assert decide(company, remedy, by="qian").state == S.APPROVED
    with pytest.raises(Refused):
        propose(company, case, "apology")


# --- withdrawing --------------------------------------------------------------------------------------------


def test_withdrawn(company):
    # A form that comes with a note holds up no remedy: nobody could fill it in there.
    rules(company, forms=[{"id": "slip", "title": "巡检表", "at": "noted", "fields": ["巡检项目"]}])
    case, _ticket = sent_case(company)
    apology, redo = propose(company, case, "apology"), propose(company, case, "redo")
    waiting = propose(company, case, "refund", 300)
    assert facts_now(Complaint.objects.get(pk=case.pk))["remedy"] == ["apology", "redo"]
    assert withdraw_remedy(actor=company.actor("sun"), remedy=waiting, now=MONDAY).state == S.WITHDRAWN
    with pytest.raises(Refused):
        decide(company, waiting, by="qian")
    with pytest.raises(Refused) as refusal:
        withdraw_remedy(actor=company.actor("sun"), remedy=apology, now=MONDAY)
    assert refusal.value.field == "reason"
    for remedy in (apology, redo):
        withdraw_remedy(actor=company.actor("zhou"), remedy=remedy, reason="住户不接受", now=MONDAY)
    case.refresh_from_db()
    assert not {"remedy", "remedy.yuan"} & case.facts.keys()
    assert facts_now(case)["remedy"] is None
    assert list(audit(company.organization)) == []


def test_a_colleague_s_promise_is_not_taken_back(company):
    rules(company)
    case, _ticket = sent_case(company)
    remedy = propose(company, case, "apology")
    for by in ("he", "lin", "mao"):
        with pytest.raises(Forbidden):
            withdraw_remedy(actor=company.actor(by), remedy=remedy, reason="不妥", now=MONDAY)
    remedy.refresh_from_db()
    assert remedy.state == S.APPROVED


# --- places, states, strangers ------------------------------------------------------------------------------


def test_a_ticket_of_its_own_department_only(company):
    rules(company)
    case, ticket = sent_case(company)
    with pytest.raises(Forbidden):
        propose(company, case, "apology", by="mao")
    other, _ticket = sent_case(company, to="cleaning")
    with pytest.raises(Refused) as refusal:
        propose(company, other, "apology", by="gao", ticket=ticket)
    assert refusal.value.field == "ticket"
    sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
    return_ticket(
        actor=company.actor("sun"), ticket=ticket, cause="not_our_duty", reason="非本部门", now=MONDAY
    )
    with pytest.raises(Refused):
        propose(company, case, "apology", ticket=Ticket.objects.get(pk=ticket.pk))
    assert not Remedy.objects.exists()


def test_the_revision_that_was_seen(company):
    rules(company)
    case, _ticket = handled_case(company)
    seen = case.revision
    tell(actor=company.actor("lin"), complaint=case, summary="已告知", now=MONDAY)
    with pytest.raises(Stale):
        propose(company, case, "apology", revision=seen)
    assert not Remedy.objects.exists()


AT_WORK = {"accepted", "dispatched", "in_hand", "handled", "told", "followed_up"}


def test_in_which_states_of_a_case(company):
    """Nothing is promised before it is accepted; what was proposed is decided and given later as well."""
    rules(company)
    for state in State.values:
        case, _ticket = sent_case(company)
        asked, promised = propose(company, case, "refund", 300), propose(company, case, "apology")
        Complaint.objects.filter(pk=case.pk).update(state=state)
        settled = {"decide", "deliver"}
        wanted = {"propose", *settled} if state in AT_WORK else settled if state == "closed" else set()
        assert _possible(company, case, asked, promised) == wanted, state


def _possible(company: Company, case: Complaint, asked: Remedy, promised: Remedy) -> set[str]:
    verbs = {
        "propose": lambda: propose(company, case, "redo"),
        "decide": lambda: decide(company, asked, by="qian"),
        "deliver": lambda: deliver_remedy(actor=company.actor("sun"), remedy=promised, now=MONDAY),
    }
    done = set()
    for name, verb in verbs.items():
        try:
            verb()
            done.add(name)
        except Refused:
            pass
    return done


def test_strangers_see_none_of_it(world):
    company = world.property
    with company.scope():
        rules(company)
        case, _ticket = sent_case(company)
        remedy = propose(company, case, "refund", 300)
        for name in ("sun", "he", "lin", "qian", "gao"):
            assert access_remedy(company.actor(name), remedy.pk) == remedy
        for name in ("mao", "admin"):
            with pytest.raises(NotVisible):
                access_remedy(company.actor(name), remedy.pk)
    with world.hospital.scope():
        director = world.hospital.actor("fang")
        with pytest.raises(NotVisible):
            access_remedy(director, remedy.pk)
        assert remedies_to_decide(director) == []


def test_each_in_the_language_of_who_reads_it(company):
    rules(company)
    User.objects.filter(pk=company.people["qian"].pk).update(language="en")
    case, _ticket = sent_case(company)
    remedy = propose(company, case, "refund", 300)
    asked = Notification.objects.get(occasion="remedy_proposed")
    assert asked.title.startswith("工程部 asks you to approve “a refund ¥300.00”")
    decide(company, remedy, by="qian")
    answered = Notification.objects.get(occasion="remedy_approved")
    assert answered.title.startswith("“退款 ¥300.00”")
