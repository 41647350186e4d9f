"""What the rules want people to do is settled by those it is for, once; a proposed stop by its decider."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from complaints import services
from complaints.models import CaseEvent, Complaint, State, Task
from escalation.audit import audit
from escalation.selectors import tasks_to_settle
from organizations.errors import Forbidden, Refused, Stale
from policies.services.posts import place_roles
from tests.complaints.case_in import last_event
from tests.overlay import put_in_force
from tests.rows import snapshot
from tests.world import MONDAY, Company, World, new_case, sent_case
from tickets.models import Ticket

HOUR = timedelta(hours=1)
LATER = MONDAY + 2 * HOUR
FACTS = [
    {"id": name, "type": "bool", "title": name}
    for name in ("risky", "court", "appraisal", "same_as", "proof")
]
ROLES = [
    {"id": "office", "title": "法务室", "acts_as": "dept_manager"},
    {"id": "auditor", "title": "审计", "acts_as": "administrator"},
]
ON_RISK = {
    "order": {"order": "升级倾向单"},
    "visit": {"open_task": "上门走访"},
    "give": {"assign": "office"},
    "inspect": {"create_case": {"kind": "inspection"}},
    "inform": {"notify": "complainant"},
    "fine": {"propose": "fine"},
}
TRIGGERS = [
    {"id": name, "title": name, "event": "noted", "when": {"risky": True}, "once": True, "do": [action]}
    for name, action in ON_RISK.items()
]
PENALTIES = [
    {
        "id": "fine",
        "title": "扣分",
        "when": {"risky": True},
        "decided_by": "general_manager",
        "subjects": [{"who": "respondent", "points": 1}],
    }
]
STOPS = [
    {"id": name, "title": name, "when": {name: True}, "effect": effect, "decider": decider}
    for name, effect, decider in (
        ("court", "pause_or_end", "office"),
        ("appraisal", "pause", "auditor"),
        ("same_as", "merge", "desk_supervisor"),
        ("proof", "restart", "office"),
    )
]


@pytest.fixture
def company(world: World) -> Company:
    company = world.property
    put_in_force(company, roles=ROLES, facts=FACTS, triggers=TRIGGERS, clock_stops=STOPS, penalties=PENALTIES)
    with company.scope():
        place_roles(
            actor=company.actor("admin"), places={"office": company.departments["cleaning"]}, now=MONDAY
        )
    return company


def noted(company: Company, **facts: Any) -> tuple[Complaint, dict[str, Task]]:
    """A case of the works department with these facts, and its tasks by their sources."""
    case, _ticket = sent_case(company)
    with company.scope():
        lin = company.actor("lin")
        case = services.note(actor=lin, complaint=case, event="noted", facts=facts, now=MONDAY + HOUR)
        rows = Task.objects.filter(complaint=case).select_related("complaint")
        return case, {row.source.removeprefix("clock_stop."): row for row in rows}


def settle(company: Company, task: Task, by: str, **more: Any) -> Task:
    with company.scope():
        return services.settle_task(actor=company.actor(by), task=task, **{"now": LATER, **more})


def waiting(company: Company, by: str) -> set[str]:
    with company.scope():
        return {row.source.removeprefix("clock_stop.") for row in tasks_to_settle(company.actor(by))}


def test_an_order_is_answered_by_whoever_has_the_work(company):
    case, tasks = noted(company, risky=True)
    for by, given in (("he", {"answer": " "}), ("he", {"accepted": False, "answer": "不接受"})):
        before = snapshot()
        with pytest.raises(Refused):
            settle(company, tasks["order"], by, **given)
        assert snapshot() == before
    task = settle(company, tasks["order"], "he", answer="已约见业主")
    assert (task.state, task.answer, task.settled_at) == (Task.State.DONE, "已约见业主", LATER)
    assert task.settled_by == company.people["he"]
    event = last_event(case)
    assert (event.kind, event.reason, event.role) == ("task_settled", "已约见业主", "handler")
    assert event.data["number"] == tasks["order"].number != ""
    assert (event.data["task"], event.data["kind"], event.data["accepted"]) == (task.pk, "order", True)
    assert event.data["title"] == "升级倾向单"
    with pytest.raises(Refused) as refused:
        settle(company, tasks["order"], "sun", answer="又一次")
    assert "何师傅" in str(refused.value)
    with company.scope():
        assert list(audit(company.organization)) == []


@pytest.mark.parametrize(
    "source,people,above",
    [
        ("order", "he sun qian", "zhou gao"),  # the owner
        ("visit", "lin zhou", "gao"),
        ("give", "lin zhou", "gao"),
        ("inspect", "lin zhou", "gao"),
        ("inform", "lin zhou", "gao"),
        ("court", "mao", "zhou gao"),  # the office is the cleaning department
        ("appraisal", "admin", "zhou gao"),
    ],
)
def test_whose_a_task_is(company, source, people, above):
    case, tasks = noted(company, risky=True, court=True, appraisal=True)
    named, allowed = set(people.split()), {*people.split(), *above.split()}
    before = snapshot()
    for person in company.people.keys() - allowed:
        with pytest.raises(Forbidden):
            settle(company, tasks[source], person, answer="好", accepted=source in ("order", "visit"))
    assert snapshot() == before
    for person in company.people.keys() - {"admin", "mao"}:  # who is told of it sees the case first
        assert (source in waiting(company, person)) == (person in named), person
    settle(company, tasks[source], sorted(allowed)[0], answer="好", accepted=source in ("order", "visit"))
    assert source not in waiting(company, sorted(named)[-1])
    assert case.state == State.DISPATCHED


@pytest.mark.parametrize("source", ["give", "inspect", "inform", "court"])
def test_the_others_are_done_or_declined_with_a_reason(company, source):
    case, tasks = noted(company, risky=True, court=True)
    with pytest.raises(Refused) as refused:
        settle(company, tasks[source], "zhou", accepted=False)
    assert refused.value.field == "answer"
    task = settle(company, tasks[source], "zhou", accepted=False, answer="不需要")
    assert task.state == Task.State.DECLINED
    with company.scope():
        assert not CaseEvent.objects.filter(complaint=case, kind__in=["paused", "ended"]).exists()


def test_a_penalty_has_its_own_verb(company):
    _case, tasks = noted(company, risky=True)
    with pytest.raises(Refused):
        settle(company, tasks["fine"], "gao", answer="同意")
    assert "fine" not in waiting(company, "gao")


def test_a_page_that_is_older_than_the_case_settles_nothing(company):
    case, tasks = noted(company, risky=True)
    before = snapshot()
    with pytest.raises(Stale):
        settle(company, tasks["order"], "he", answer="已办", revision=case.revision - 1)
    assert snapshot() == before


# --- clock stops --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("choice,state", [("pause", State.DISPATCHED), ("end", State.CLOSED)])
def test_a_stop_is_carried_out_by_its_decider(company, choice, state):
    case, tasks = noted(company, court=True)
    with pytest.raises(Refused) as refused:
        settle(company, tasks["court"], "mao")
    assert refused.value.field == "choice"
    with pytest.raises(Refused) as refused, translation.override("en"):
        settle(company, tasks["court"], "gao", choice=choice)
    assert refused.value.missing == ["this is for 法务室"]
    settle(company, tasks["court"], "mao", choice=choice, answer="有受理通知书")
    event = last_event(case)
    assert (event.kind, event.role) == ("paused" if choice == "pause" else "ended", "office")
    assert (event.data["stop"], event.data["task"]) == ("court", tasks["court"].pk)
    assert event.reason == "有受理通知书"
    with company.scope():
        case.refresh_from_db()
        ticket = Ticket.objects.get(complaint=case)
        assert (case.state, case.paused_at is None) == (state, choice == "end")
        assert ticket.state == ("withdrawn" if choice == "end" else "dispatched")
        assert list(audit(company.organization)) == []


def test_where_nobody_is_the_decider_the_managers_decide_in_its_name(company):
    case, tasks = noted(company, appraisal=True)
    with company.scope():  # the only holder of the product role leaves
        company.people["admin"].memberships.update(is_active=False)
    assert "appraisal" in waiting(company, "gao") & waiting(company, "zhou")
    settle(company, tasks["appraisal"], "gao", answer="已送检")
    event = last_event(case)
    assert (event.kind, event.role, event.actor) == ("paused", "auditor", company.people["gao"])


def test_limits_count_anew(company):
    case, tasks = noted(company, proof=True)
    settle(company, tasks["proof"], "mao")
    assert last_event(case).kind == "restarted"


def test_a_merge_needs_the_other_case(company):
    case, tasks = noted(company, same_as=True)
    other = new_case(company)
    with pytest.raises(Refused) as refused:
        settle(company, tasks["same_as"], "zhou", answer="同一件事")
    assert refused.value.field == "into"
    settle(company, tasks["same_as"], "zhou", answer="同一件事", into=other)
    event = last_event(case)
    assert (event.kind, event.data["into"], event.data["stop"]) == ("merged", other.number, "same_as")
    assert last_event(other).data["merged"] == case.number


def test_what_no_longer_holds_can_only_be_declined(company):
    case, tasks = noted(company, court=True)
    with company.scope():
        services.note(
            actor=company.actor("lin"), complaint=case, event="noted", facts={"court": False}, now=LATER
        )
    before = snapshot()
    with pytest.raises(Refused):
        settle(company, tasks["court"], "mao", choice="pause")
    assert snapshot() == before
    settle(company, tasks["court"], "mao", accepted=False, answer="已撤诉")
