"""Remedies and penalties over REST."""

import pytest

from complaints.services import note
from tests.api.person import Api
from tests.overlay import put_in_force
from tests.world import MONDAY, Company, World, sent_case

GRANT = {
    "right": "remedy",
    "role": "dept_head",
    "kinds": ["apology", "refund"],
    "max_yuan": 200,
    "over": "dept_manager",
}
PENALTY = {
    "id": "late",
    "title": "处理延误",
    "when": {"upheld": True},
    "subjects": [{"who": "responsible", "points": [3, 6], "sanctions_any": ["批评教育", "通报批评"]}],
    "decided_by": "dept_manager",
}


@pytest.fixture
def company(world: World) -> Company:
    put_in_force(world.property, roles=[], grants=[GRANT], penalties=[PENALTY])
    return world.property


def test_a_remedy_from_the_proposal_to_the_end(company: Company):
    case, ticket = sent_case(company)
    head, manager, desk = Api(company, "sun"), Api(company, "qian"), Api(company, "lin")
    path = f"complaints/{case.number}/remedies/"
    asked = head.post(path, 201, kind="refund", yuan="300.00", text="退费", ticket=ticket.number)
    assert (asked["state"], asked["approver_role"], asked["yuan"]) == ("proposed", "dept_manager", "300.00")
    assert (asked["ticket"], asked["department"]) == (ticket.number, "works")
    assert [row["id"] for row in manager.get("remedies/")] == [asked["id"]]
    assert head.get("remedies/") == []
    head.post(f"remedies/{asked['id']}/decide/", 403, approve=True)
    manager.post(f"remedies/{asked['id']}/decide/", 422, approve=False)
    manager.post(f"remedies/{asked['id']}/decide/", 409, approve=True, revision=1)
    done = manager.post(f"remedies/{asked['id']}/decide/", approve=True, revision=asked["revision"])
    assert (done["state"], done["authority"], done["decided_by"]["name"]) == (
        "approved",
        "dept_manager",
        "钱经理",
    )
    assert desk.post(f"remedies/{asked['id']}/deliver/")["state"] == "delivered"
    assert [row["state"] for row in desk.get(path)] == ["delivered"]
    assert desk.get(f"remedies/{asked['id']}/")["delivered_by"]["name"] == "林接待"
    Api(company, "mao").get(f"remedies/{asked['id']}/", 404)
    own = head.post(path, 201, kind="apology")
    assert head.post(f"remedies/{own['id']}/withdraw/", reason="住户不接受")["state"] == "withdrawn"


def test_what_is_no_amount(company: Company):
    case, _ticket = sent_case(company)
    head, path = Api(company, "sun"), f"complaints/{case.number}/remedies/"
    for yuan in (-1, 10**30, "1e30", "0.001", "NaN", "很多", True, [1]):
        assert list(head.post(path, 400, kind="refund", yuan=yuan)["errors"]) == ["yuan"]


def test_the_ticket_of_another_case(company: Company):
    case, _ticket = sent_case(company)
    _other, ticket = sent_case(company)
    path = f"complaints/{case.number}/remedies/"
    Api(company, "sun").post(path, 422, kind="apology", ticket=ticket.number)
    Api(company, "sun").post(path, 404, kind="apology", ticket="GD000000-00000")


def test_a_penalty_is_decided_by_whom_the_rules_name(company: Company):
    case, _ticket = sent_case(company)
    with company.scope():
        note(actor=company.actor("lin"), complaint=case, event="noted", facts={"upheld": True}, now=MONDAY)
    head, manager = Api(company, "sun"), Api(company, "qian")
    assert head.get("penalties/") == []
    assert head.get(f"complaints/{case.number}/penalties/") == {"proposed": [], "decided": []}
    (waiting,) = manager.get("penalties/")
    assert (waiting["complaint"], waiting["penalty"], waiting["role"]) == (
        case.number,
        "late",
        "dept_manager",
    )
    assert [(row["field"], row["expected"]) for row in waiting["open"]] == [
        ("points", [3, 6]),
        ("sanction", ["批评教育", "通报批评"]),
    ]
    path = f"complaints/{case.number}/penalties/decide/"
    chosen = {"responsible": {"points": 4, "sanction": "批评教育", "person": "何师傅"}}
    head.post(path, 403, penalty="late", accepted=True, chosen=chosen)
    assert len(manager.post(path, 422, penalty="late", accepted=True)["missing"]) == 2
    for points in (10**30, "4", None, [4], {"a": 1}):
        wrong = {"responsible": {"points": points, "sanction": "批评教育"}}
        manager.post(path, 422, penalty="late", accepted=True, chosen=wrong)
    manager.post(path, 400, penalty="late", accepted=True, chosen={"responsible": 4})
    manager.post(path, 422, penalty="none", accepted=True)
    decision = manager.post(path, 201, penalty="late", accepted=True, chosen=chosen)
    assert decision["subjects"] == [{"who": "responsible", **chosen["responsible"]}]
    manager.post(path, 422, penalty="late", accepted=False, reason="改主意")
    seen = manager.get(f"complaints/{case.number}/penalties/")
    assert (seen["proposed"], [row["penalty"] for row in seen["decided"]]) == ([], ["late"])
    assert head.get(f"complaints/{case.number}/penalties/")["decided"] == []
