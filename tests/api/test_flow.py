"""A case from the first call to the close-out, over the API alone."""

import uuid
from datetime import timedelta

from complaints.models import Complaint
from tests.api.person import CALL, Api
from tests.world import World


def test_from_the_call_to_the_close_out(world: World):
    desk, head = Api(world.property, "lin"), Api(world.property, "sun")
    case = desk.post("complaints/", 201, **CALL)
    number = case["number"]
    assert (case["state"], case["complainant_phone"]) == ("recorded", "13800138000")
    assert desk.post(f"complaints/{number}/accept/", revision=case["revision"])["state"] == "accepted"
    case = desk.post(
        f"complaints/{number}/dispatch/", lead="works", helpers=["cleaning"], instructions="尽快"
    )
    assert [(row["department"], row["part"]) for row in case["tickets"]] == [
        ("works", "lead"),
        ("cleaning", "helper"),
    ]
    lead, helper = [row["number"] for row in case["tickets"]]
    assert [row["number"] for row in head.get("tickets/")["results"]] == [lead]
    head.post(f"tickets/{lead}/sign/")
    handler = next(row for row in head.get("departments/works/people/") if row["name"] == "何师傅")
    assert head.post(f"tickets/{lead}/assign/", handler=handler["id"])["handler"] == handler
    assert Api(world.property, "he").get("tickets/", mine="true")["results"][0]["number"] == lead
    head.post(f"tickets/{lead}/work/", note="到场检查")
    head.post(f"tickets/{lead}/result/", result="更换门机皮带", cause="皮带老化", outcome="solved")
    other = Api(world.property, "mao")
    other.post(f"tickets/{helper}/sign/")
    other.post(f"tickets/{helper}/result/", result="已清理轿厢")
    desk.post(f"complaints/{number}/tell/", summary="已告知修复")
    refusal = desk.post(f"complaints/{number}/close/", 422)
    assert refusal["type"] == "urn:huiyin:problem:refused"
    assert refusal["missing"]
    desk.post(f"complaints/{number}/follow-up/", reached=True, solved=True, satisfaction="satisfied")
    assert desk.post(f"complaints/{number}/close/", note="完结")["state"] == "closed"
    kinds = [row["kind"] for row in desk.get(f"complaints/{number}/events/")]
    assert kinds == [
        "recorded", "accepted", "dispatched", "dispatched", "acknowledged", "assigned", "worked", "handled",
        "acknowledged", "part_handled", "told", "follow_up_done", "closed",
    ]  # fmt: skip
    deadlines = desk.get(f"complaints/{number}/deadlines/")
    assert {row["state"] for row in deadlines} == {"met"}
    assert {row["duty"] for row in deadlines} >= {"dispatch", "receipt", "solve", "tell", "follow_up"}
    assert {row["ticket"] for row in deadlines if row["duty"] == "receipt"} == {lead, helper}


def test_the_same_request_key_is_the_same_case(world: World):
    desk, key = Api(world.property, "lin"), str(uuid.uuid4())
    first = desk.post("complaints/", 201, **CALL, request_key=key)
    desk.now += timedelta(minutes=1)
    assert desk.post("complaints/", 200, **CALL, request_key=key)["number"] == first["number"]
    with world.property.scope():
        assert Complaint.objects.count() == 1
