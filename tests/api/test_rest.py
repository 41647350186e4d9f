"""The other resources, and the schema that describes them all."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client

from complaints.models import Deadline
from tests.api.person import Api
from tests.world import MONDAY, World, sent_case


def test_more_time_is_asked_for_and_granted(world: World):
    case, ticket = sent_case(world.property)
    head, manager = Api(world.property, "sun"), Api(world.property, "qian")
    limit = next(row for row in head.get(f"complaints/{case.number}/deadlines/") if row["duty"] == "solve")
    assert limit["due_at"] == "2026-11-03T10:00:00+08:00"
    asked = head.post(
        f"tickets/{ticket.number}/extension/",
        201,
        deadline=limit["id"],
        wanted_due_at="2026-11-03T18:00",
        reason="等配件",
    )
    assert (asked["state"], asked["approver_role"], asked["duty"]) == ("asked", "dept_manager", "solve")
    assert [row["id"] for row in manager.get("extensions/")] == [asked["id"]]
    assert head.get("extensions/") == []
    head.post(f"extensions/{asked['id']}/decide/", 403, approve=True)
    assert manager.post(f"extensions/{asked['id']}/decide/", approve=True)["state"] == "approved"
    moved = next(row for row in head.get(f"complaints/{case.number}/deadlines/") if row["id"] == limit["id"])
    assert (moved["due_at"], moved["first_due_at"]) == ("2026-11-03T18:00:00+08:00", limit["due_at"])
    assert [row["id"] for row in head.get(f"complaints/{case.number}/extensions/")] == [asked["id"]]
    assert head.get(f"extensions/{asked['id']}/")["decided_by"]["name"] == "钱经理"


def test_the_limit_of_another_case_is_not_extended(world: World):
    _case, ticket = sent_case(world.property)
    other, _ = sent_case(world.property)
    pk = Deadline._base_manager.get(complaint=other, duty="solve").pk
    for wrong in (pk, 2**62, 10**30, 0, -1):
        problem = Api(world.property, "sun").post(
            f"tickets/{ticket.number}/extension/",
            400,
            deadline=wrong,
            wanted_due_at="2026-11-03T18:00",
            reason="等配件",
        )
        assert list(problem["errors"]) == ["deadline"]


def test_one_s_messages(world: World):
    sent_case(world.property)
    head = Api(world.property, "sun")
    (message,) = head.get("notifications/")["results"]
    assert (message["occasion"], message["read_at"]) == ("dispatched", None)
    assert len(head.get("notifications/", unread="true")["results"]) == 1
    assert head.post(f"notifications/{message['id']}/read/")["read_at"]
    assert head.get("notifications/", unread="true")["results"] == []
    assert len(head.get("notifications/", unread="false")["results"]) == 1
    Api(world.property, "mao").post(f"notifications/{message['id']}/read/", 404)
    head.post(f"notifications/{10**30}/read/", 404)
    sent_case(world.property)
    assert head.post("notifications/read-all/", 204) is None
    assert head.get("notifications/", unread="true")["results"] == []


def test_who_and_where(world: World):
    home = Api(world.property, "sun").get("")
    assert (home["slug"], home["user"]["name"], home["roles"]) == (
        "evergreen",
        "孙主任",
        {"dept_head": ["works"]},
    )
    rows = {row["code"]: row for row in Api(world.property, "lin").get("departments/")}
    assert rows["lifts"]["parent"] == "works"
    assert rows["lifts"]["path"] == "工程部 / 电梯班"
    assert rows["desk"]["is_desk"]
    people = Api(world.property, "lin").get("departments/lifts/people/")
    assert [row["name"] for row in people] == ["何师傅", "孙主任", "钱经理"]
    Api(world.property, "lin").get("departments/nowhere/people/", 404)


def test_the_rules_in_force(world: World):
    desk = Api(world.property, "lin")
    rules = desk.get("rules/")
    assert rules["pack"] == "standard"
    assert {"dispatch", "receipt", "solve"} <= {row["id"] for row in rules["duties"]}
    lists = {row["id"]: row["entries"] for row in desk.get("lists/")}
    assert {"id": "phone", "title": "来电"} in lists["channels"]
    assert {"id": "lift", "title": "工程维修 / 电梯"} in lists["categories"]
    assert next(row for row in lists["tiers"] if row["id"] == "minor")["criteria"]
    assert {row["effect"] for row in lists["accept_reasons"]} == {"register", "explain_only", "reject"}


def test_tickets_are_filtered(world: World):
    _case, first = sent_case(world.property)
    _case, second = sent_case(world.property, MONDAY + timedelta(minutes=1), to="lifts")
    head = Api(world.property, "sun")
    head.post(f"tickets/{first.number}/sign/")

    def found(**query: object) -> list[str]:
        return [row["number"] for row in head.get("tickets/", **query)["results"]]

    assert found() == [second.number, first.number]
    assert found(state="signed") == found(mine="true") == [first.number]
    assert found(mine="false") == found(department="lifts") == [second.number]
    head.get("tickets/", 400, department="clinic")
    head.get("tickets/", 400, mine="perhaps")


@pytest.mark.django_db
def test_the_schema_is_generated_without_a_warning(tmp_path):
    path = tmp_path / "schema.yml"
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(path))
    assert "/api/v1/{org}/complaints/{number}/follow-up/" in path.read_text()


def test_the_schema_is_served_to_signed_in_people(world: World):
    client = Client()
    assert client.get("/api/v1/schema/").status_code == 401
    client.force_login(world.property.people["lin"])
    answer = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")


def test_only_json_is_answered(world: World):
    client = Client()
    client.force_login(world.property.people["lin"])
    answer = client.get("/api/v1/evergreen/", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (406, "application/problem+json")
