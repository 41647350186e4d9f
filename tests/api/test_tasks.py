"""Tasks of the rules, and the verbs off a case's usual way, over the API."""

from complaints import services
from complaints.models import Complaint
from tests.api.person import Api
from tests.overlay import put_in_force
from tests.world import MONDAY, Company, World, new_case, sent_case

FACTS = [{"id": "risky", "type": "bool"}, {"id": "court", "type": "bool"}]
TRIGGERS = [
    {
        "id": "order",
        "title": "升级倾向",
        "event": "noted",
        "when": {"risky": True},
        "do": [{"order": "督办单"}],
    }
]
STOPS = [
    {"id": "court", "title": "法院受理", "when": {"court": True}, "effect": "pause_or_end",
     "decider": "desk_supervisor"},
    {"id": "proof", "title": "补证", "effect": "restart", "decider": "desk_supervisor"},
]  # fmt: skip


def noted(company: Company, **facts: bool) -> Complaint:
    put_in_force(company, roles=[], facts=FACTS, triggers=TRIGGERS, clock_stops=STOPS)
    case, _ticket = sent_case(company)
    with company.scope():
        lin = company.actor("lin")
        return services.note(actor=lin, complaint=case, event="noted", facts=facts, now=MONDAY)


def test_an_order_is_found_and_answered(world: World):
    case = noted(world.property, risky=True)
    head, desk = Api(world.property, "sun"), Api(world.property, "lin")
    assert desk.get("tasks/") == []
    (task,) = head.get("tasks/")
    assert head.get(f"complaints/{case.number}/tasks/") == [task]
    assert (task["complaint"], task["kind"], task["title"], task["rule"]) == (
        case.number, "order", "督办单", "升级倾向",
    )  # fmt: skip
    assert (task["roles"], task["department"], task["state"]) == (["owner"], "works", "open")
    url = f"tasks/{task['id']}/settle/"
    assert head.post(url, 422, answer="")["field"] == "answer"
    desk.post(url, 403, answer="已办")
    head.post(url, 409, answer="已办", revision=0)
    done = head.post(url, answer="已约见业主", revision=task["revision"])
    assert (done["state"], done["answer"], done["settled_by"]["name"]) == ("done", "已约见业主", "孙主任")
    assert head.get(f"tasks/{task['id']}/") == done
    assert head.get("tasks/") == []


def test_a_stop_is_decided_on(world: World):
    case = noted(world.property, court=True)
    chief = Api(world.property, "zhou")
    (task,) = chief.get("tasks/")
    assert task["kind"] == "stop"
    assert task["title"].startswith("法院受理")
    url = f"tasks/{task['id']}/settle/"
    assert chief.post(url, 400, choice="nonsense")["errors"]["choice"]
    assert chief.post(url, 422)["field"] == "choice"
    chief.post(url, choice="pause")
    assert chief.get(f"complaints/{case.number}/")["paused_at"] is not None
    assert chief.post(f"complaints/{case.number}/resume/")["paused_at"] is None


def test_counted_anew_passed_on_merged_and_called_back(world: World):
    case = noted(world.property, risky=False)
    other = new_case(world.property)
    chief, desk = Api(world.property, "zhou"), Api(world.property, "lin")
    desk.post(f"complaints/{case.number}/pause/", 422, cause="parts", reason="等配件")
    desk.post(f"complaints/{case.number}/restart/", 403, reason="补交证据")
    chief.post(f"complaints/{case.number}/restart/", reason="补交证据", stop="proof")
    assert chief.post(f"complaints/{case.number}/end/", 422, reason="法院受理")["missing"]
    desk.post(f"complaints/{case.number}/transfer/", to="dept_manager", reason="须由经理处理")
    (ticket,) = desk.get(f"complaints/{case.number}/")["tickets"]
    called_back = desk.post(f"tickets/{ticket['number']}/withdraw/", reason="派错部门")
    assert called_back["state"] == "withdrawn"
    desk.post(f"complaints/{case.number}/merge/", 400, into="TS209912-00001", reason="同一件事")
    merged = desk.post(f"complaints/{case.number}/merge/", into=other.number, reason="同一件事")
    assert (merged["state"], merged["facts"]["duplicate_of"]) == ("closed", other.number)
    kinds = [row["kind"] for row in desk.get(f"complaints/{case.number}/events/")]
    assert kinds[-4:] == ["restarted", "transferred", "withdrawn", "merged"]
