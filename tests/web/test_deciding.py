"""Remedies and penalties on the pages: beforehand in words, decided in place, nothing typed is lost."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints.models import CaseEvent, Complaint
from complaints.services import note
from escalation.models import PenaltyDecision
from tests.overlay import put_in_force
from tests.web.conftest import reload
from tests.world import MONDAY, Company, sent_case
from tickets.models import Remedy
from tickets.services import decide_remedy, propose_remedy

GRANT = {
    "right": "remedy",
    "role": "dept_head",
    "kinds": ["apology", "refund"],
    "max_yuan": 200,
    "over": "dept_manager",
}
SUGGESTS = {"id": "late", "event": "dispatched", "do": [{"suggest": {"remedy": "refund"}}]}
PENALTY = {
    "id": "late",
    "title": "处理延误",
    "when": {"upheld": True, "category": "lift"},
    "subjects": [
        {"who": "responsible", "points": [3, 6], "sanctions_any": ["批评教育", "通报批评"]},
        {"who": "unit_head", "sanctions_min": "警告"},
    ],
    "decided_by": "dept_manager",
}


@pytest.fixture
def company(world) -> Company:
    company = world.property
    put_in_force(company, roles=[], grants=[GRANT], penalties=[PENALTY], triggers=[SUGGESTS])
    return company


def page(client, company: Company, path: str, status: int = 200) -> str:
    response = client.get(company.url(path))
    assert response.status_code == status
    return response.content.decode()


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def waiting(company: Company, case: Complaint) -> Remedy:
    from decimal import Decimal

    with company.scope():
        return propose_remedy(
            actor=company.actor("sun"), complaint=case, kind="refund", yuan=Decimal(300), now=MONDAY
        )


def found_out(company: Company, case: Complaint) -> None:
    with company.scope():
        note(actor=company.actor("lin"), complaint=case, event="noted", facts={"upheld": True}, now=MONDAY)


def post(client, company: Company, path: str, case: Complaint, status: int = 302, **body: Any):
    seen = {"revision": reload(company, case).revision}
    response = client.post(company.url(path), {**seen, **body})
    assert response.status_code == status, text_of(response.content.decode())[:800]
    return response


# --- remedies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "language,own,above",
    [("en", "you may promise it yourself", "approved by"), ("zh-hans", "您可直接答应", "批准")],
)
def test_whose_it_is_stands_there_beforehand(company, sign_in, language, own, above):
    case, _ticket = sent_case(company)
    client = sign_in("sun")
    client.post("/language/", {"language": language})
    shown = text_of(page(client, company, f"case/{case.number}/"))
    assert own in shown
    assert re.search(rf"¥?200[^;；]*{own}[;；].*{above}", shown)


def test_what_the_rules_suggest_is_chosen_beforehand(company, sign_in):
    case, _ticket = sent_case(company)
    shown = page(sign_in("sun"), company, f"case/{case.number}/")
    (chosen,) = re.findall(r'name="kind" value="(\w+)"[^>]*checked', shown)
    assert chosen == "refund"


def test_who_may_promise_nothing_is_offered_nothing(company, sign_in):
    case, _ticket = sent_case(company)
    for name in ("he", "lin", "zhou"):
        assert 'data-verb="remedy"' not in page(sign_in(name), company, f"case/{case.number}/")


def test_proposed_approved_given(company, sign_in):
    case, ticket = sent_case(company)
    sun, qian, lin = sign_in("sun"), sign_in("qian"), sign_in("lin")
    post(sun, company, f"case/{case.number}/remedy/", case, kind="refund", yuan="300", text="退费")
    remedy = Remedy._base_manager.get()
    assert (remedy.state, remedy.ticket, remedy.text) == ("proposed", ticket, "退费")
    shown = text_of(page(qian, company, "manager/"))
    assert "¥300.00" in shown
    assert case.request in shown
    assert 'data-verb="remedy-decide"' in page(qian, company, f"case/{case.number}/")
    assert 'data-verb="remedy-decide"' not in page(sun, company, f"case/{case.number}/")
    response = post(
        qian, company, f"remedy/{remedy.pk}/decide/", case, approve="yes", reason="同意", back="manager"
    )
    assert response.url == company.url("manager/")
    assert "¥300.00" not in text_of(page(qian, company, "manager/"))
    post(lin, company, f"remedy/{remedy.pk}/deliver/", case)
    assert Remedy._base_manager.get().state == "delivered"
    kinds = list(CaseEvent._base_manager.filter(complaint=case).values_list("kind", flat=True))
    assert kinds[-3:] == ["remedy", "noted", "remedy"]


def test_a_refusal_needs_a_reason_and_keeps_its_place(company, sign_in):
    case, _ticket = sent_case(company)
    remedy, qian = waiting(company, case), sign_in("qian")
    for back, place in (("manager", "inbox-grid"), ("case", "case-grid")):
        answer = post(qian, company, f"remedy/{remedy.pk}/decide/", case, 422, approve="no", back=back)
        shown = answer.content.decode()
        assert place in shown
        assert "field-error" in shown
        assert f'action="{company.url(f"remedy/{remedy.pk}/decide/")}"' in shown
    assert Remedy._base_manager.get().state == "proposed"


def test_what_was_typed_is_kept_when_the_amount_will_not_do(company, sign_in):
    case, _ticket = sent_case(company)
    sun, path = sign_in("sun"), f"case/{case.number}/remedy/"
    for yuan in ("", "-5", "0.001", "1e30", "９９９９９９９９９９９", "NaN", "很多", "\x00"):
        answer = post(sun, company, path, case, 422, kind="refund", yuan=yuan, text="这段文字不能丢")
        assert "这段文字不能丢" in answer.content.decode()
    assert not Remedy._base_manager.exists()


def test_somebody_else_was_quicker(company, sign_in):
    case, _ticket = sent_case(company)
    remedy, qian = waiting(company, case), sign_in("qian")
    with company.scope():
        decide_remedy(actor=company.actor("qian"), remedy=remedy, approve=True, now=MONDAY)
    body = {"approve": "no", "reason": "另有安排"}
    for back in ("manager", "case"):
        answer = post(qian, company, f"remedy/{remedy.pk}/decide/", case, 422, back=back, **body)
        assert "alert-danger" in answer.content.decode()
    stale = qian.post(
        company.url(f"remedy/{remedy.pk}/withdraw/"), {"revision": 1, "reason": "这段文字不能丢"}
    )
    assert stale.status_code == 409
    assert "这段文字不能丢" in stale.content.decode()
    assert Remedy._base_manager.get().state == "approved"


def test_the_other_organization_s_remedy_is_not_there(company, world, sign_in):
    case, _ticket = sent_case(company)
    remedy = waiting(company, case)
    fang = sign_in("fang", world.hospital)
    for name in ("decide", "withdraw", "deliver"):
        for there in (world.hospital, company):
            assert fang.post(there.url(f"remedy/{remedy.pk}/{name}/"), {"approve": "yes"}).status_code == 404
    assert Remedy._base_manager.get().state == "proposed"


# --- penalties ----------------------------------------------------------------------------------------------


def test_a_penalty_is_shown_to_who_decides_and_to_nobody_else(company, sign_in):
    case, _ticket = sent_case(company)
    found_out(company, case)
    for name in ("lin", "zhou", "he", "sun", "gao"):
        assert "处理延误" not in page(sign_in(name), company, f"case/{case.number}/")
    for name in ("zhou", "sun", "gao"):
        assert "处理延误" not in page(sign_in(name), company, "manager/")
    for path in ("manager/", f"case/{case.number}/"):
        shown = page(sign_in("qian"), company, path)
        assert "处理延误" in shown
        assert re.search(r'name="s0_points"[^>]*min="3"[^>]*max="6"', shown)
        assert '<option value="通报批评">' in shown
        assert 'name="s1_sanction"' in shown


def test_decided_in_place(company, sign_in):
    case, _ticket = sent_case(company)
    found_out(company, case)
    qian, path = sign_in("qian"), f"case/{case.number}/penalty/"
    chosen = {"s0_points": "4", "s0_sanction": "通报批评", "s0_person": "何师傅", "s1_sanction": "记过"}
    body = {"penalty": "late", "accepted": "yes", "reason": "屡次延误", **chosen}
    answer = post(qian, company, path, case, 422, **{**body, "s0_points": "9"}, back="manager")
    assert "屡次延误" in answer.content.decode()
    answer = post(qian, company, path, case, 422, **{**body, "s1_sanction": ""})
    assert 'value="何师傅"' in answer.content.decode()
    assert not PenaltyDecision._base_manager.exists()
    assert post(qian, company, path, case, **body, back="manager").url == company.url("manager/")
    decision = PenaltyDecision._base_manager.get()
    assert decision.subjects == [
        {"who": "responsible", "points": 4, "sanction": "通报批评", "person": "何师傅"},
        {"who": "unit_head", "sanction": "记过"},
    ]
    assert "屡次延误" in page(qian, company, f"case/{case.number}/")
    assert "屡次延误" not in page(sign_in("sun"), company, f"case/{case.number}/")
    assert "处理延误" not in page(qian, company, "manager/")
    # The other tab still has the form.
    assert post(qian, company, path, case, 422, **body)
    assert PenaltyDecision._base_manager.count() == 1


def test_a_stale_decision_is_not_taken(company, sign_in):
    case, _ticket = sent_case(company)
    found_out(company, case)
    answer = sign_in("qian").post(
        company.url(f"case/{case.number}/penalty/"),
        {"revision": 1, "penalty": "late", "accepted": "no", "reason": "这段文字不能丢"},
    )
    assert answer.status_code == 409
    assert "这段文字不能丢" in answer.content.decode()
    assert not PenaltyDecision._base_manager.exists()


def test_the_page_of_decisions_costs_the_same_for_many(company, sign_in, clock):
    qian = sign_in("qian")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(qian, company, "manager/")
        return len(captured)

    def fill(count: int) -> None:
        for _number in range(count):
            case, _ticket = sent_case(company)
            waiting(company, case)
            found_out(company, reload(company, case))

    fill(2)
    queries()
    few = queries()
    fill(4)
    assert queries() == few
    assert few <= 40
