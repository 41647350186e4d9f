"""Noting over the API."""

from complaints.models import CaseEvent, Complaint
from policies.services import adopt_policy
from tests.api.person import CALL, Api
from tests.world import MONDAY, PACKS, World

PATH = PACKS / "property.yaml"


def test_what_the_rules_wait_for_is_noted(world: World):
    company = world.property
    with company.scope():
        adopt_policy(organization=company.organization, path=PATH, now=MONDAY, publish=True)
    desk = Api(company, "lin")
    call = {**CALL, "tier": "major", "tier_criterion": "promise_unsolved", "facts": {"raised_before": True}}
    number = desk.post("complaints/", 201, **call)["number"]
    path = f"complaints/{number}/note/"
    desk.post(path, event="forwarded.gm", note="呈送总经理")
    desk.post(path, event="promise_made", promised_due="2026-11-04T18:00:00+08:00")
    values = {"不合格原因": "皮带老化", "纠正措施": "已更换", "预防措施": "\uff21班月检"}
    (whole,) = desk.post(path, 422, event="corrective_filed")["missing"]
    assert "不合格纠正与预防记录" in whole
    half = {"corrective": {"values": {"不合格原因": "皮带老化"}}}
    assert len(desk.post(path, 422, event="corrective_filed", forms=half)["missing"]) == 2
    for wrong in ([], {"corrective": []}, {"corrective": {"values": [1]}}, {"corrective": {"signed": "gm"}}):
        assert "forms" in desk.post(path, 400, event="corrective_filed", forms=wrong)["errors"]
    desk.post(path, event="corrective_filed", forms={"corrective": {"values": values}})
    desk.post(path, facts={"facts_verified": True})
    desk.post(path, 422, event="told")
    desk.post(path, 422, event="noted", facts={"told": True})
    desk.post(path, 400, event="noted", facts=[1])
    filed = CaseEvent._base_manager.get(kind="corrective_filed").data["forms"]["corrective"]
    assert filed == {"fields": [*values], "values": {**values, "预防措施": "A班月检"}, "signed": []}
    kinds = [row["kind"] for row in desk.get(f"complaints/{number}/events/")]
    assert kinds == ["contacted", "recorded", "forwarded.gm", "promise_made", "corrective_filed", "noted"]
    states = {row["duty"]: row["state"] for row in desk.get(f"complaints/{number}/deadlines/")}
    assert states["forward_major"] == "met"
    facts = Complaint._base_manager.get(number=number).facts
    assert (facts["facts_verified"], facts["raised_before"]) == (True, True)
    assert facts["promised_due"] == "2026-11-04T18:00:00+08:00"
