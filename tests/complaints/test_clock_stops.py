"""Pausing, counting anew and ending under the clock stops of the rules, by those whom the rules name."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from complaints import services
from complaints.models import CaseEvent, Complaint, Deadline, State
from escalation.audit import audit
from organizations.errors import Forbidden, Refused, Stale
from policies.services import adopt_policy
from policies.services.posts import place_roles
from tests.complaints.case_in import last_event
from tests.overlay import put_in_force
from tests.rows import snapshot
from tests.world import MONDAY, PACKS, Company, World, intake, new_case, sent_case
from tickets.models import Ticket

HOUR = timedelta(hours=1)
FACTS = [
    {"id": "proceeding", "type": "enum", "values": ["court", "police"], "title": "法定程序"},
    {"id": "late_proof", "type": "bool", "title": "补交证据"},
]
STOPS = [
    {"id": name, "title": title, "when": when, "effect": effect, "decider": "office"}
    for name, title, when, effect in (
        ("court", "法院受理", {"proceeding": "court"}, "pause_or_end"),
        ("proof", "补交证据", {"late_proof": True}, "restart"),
    )
]
ROLES = [{"id": "office", "title": "法务室", "acts_as": "dept_manager"}]


@pytest.fixture
def company(world: World) -> Company:
    """The office is the cleaning department: Mao decides, and whoever is the desk's has no say."""
    company = world.property
    put_in_force(company, roles=ROLES, facts=FACTS, clock_stops=STOPS)
    with company.scope():
        place_roles(
            actor=company.actor("admin"), places={"office": company.departments["cleaning"]}, now=MONDAY
        )
    return company


def noted(company: Company, case: Complaint, **facts: Any) -> Complaint:
    with company.scope():
        return services.note(
            actor=company.actor("lin"), complaint=case, event="noted", facts=facts, now=MONDAY + HOUR
        )


def act(company: Company, verb: Any, case: Complaint, by: str, **more: Any) -> Complaint:
    given = {"reason": "有通知书", "now": MONDAY + 2 * HOUR, **more}
    with company.scope():
        return verb(actor=company.actor(by), complaint=case, **given)


def test_a_pause_is_recorded_under_the_stop_a_person_may_choose(company):
    case = act(company, services.pause, new_case(company), "zhou", cause="parts")
    assert last_event(case).data["stop"] == "waiting"
    assert last_event(case).role == "desk_supervisor"
    with company.scope():
        assert list(audit(company.organization)) == []


def test_a_pause_under_another_stop_waits_for_its_condition_and_its_decider(company):
    case = new_case(company)
    with pytest.raises(Refused) as refused:
        act(company, services.pause, case, "mao", cause="parts", stop="court")
    assert refused.value.missing == ["“法定程序”须为court"]
    case = noted(company, case, proceeding="court")
    before = snapshot()
    with pytest.raises(Refused) as refused:
        act(company, services.pause, case, "zhou", cause="parts", stop="court")
    assert refused.value.missing == ["须由法务室办理"]
    assert snapshot() == before
    case = act(company, services.pause, case, "mao", cause="parts", stop="court")
    assert (case.paused_at, last_event(case).role) == (MONDAY + 2 * HOUR, "office")
    assert act(company, services.resume, case, "mao").paused_at is None


def test_who_fills_no_role_of_the_rules_has_no_right_to_any_of_it(company):
    case, _ticket = sent_case(company)
    noted(company, case, proceeding="court", late_proof=True)
    before = snapshot()
    for verb, more in (
        (services.pause, {"cause": "parts"}),
        (services.restart, {}),
        (services.end_handling, {}),
    ):
        for person in ("he", "sun", "qian", "admin"):
            with pytest.raises(Forbidden):
                act(company, verb, case, person, **more)
        with pytest.raises(Stale):
            act(company, verb, case, "mao", revision=0, **more)
    assert snapshot() == before


def test_rules_without_a_stop_know_no_pause(world):
    company = world.property
    with company.scope():
        path = PACKS / "property.yaml"
        adopt_policy(organization=company.organization, path=path, now=MONDAY, publish=True)
    case = new_case(company, tier_criterion="limited_facility")
    for verb, more in ((services.pause, {"cause": "parts"}), (services.end_handling, {})):
        with pytest.raises(Refused) as refused, translation.override("en"):
            act(company, verb, case, "zhou", **more)
        assert str(refused.value).startswith("The rules of this case")


def test_the_handling_ends_and_with_it_limits_and_tickets(company):
    case, ticket = sent_case(company)
    with pytest.raises(Refused):
        act(company, services.end_handling, case, "mao")  # before there is a proceeding
    case = noted(company, case, proceeding="court")
    with pytest.raises(Refused) as refused:
        act(company, services.end_handling, case, "mao", reason=" ")
    assert refused.value.field == "reason"
    case = act(company, services.end_handling, case, "mao")
    assert (case.state, case.closed_at) == (State.CLOSED, MONDAY + 2 * HOUR)
    assert last_event(case).data["stop"] == "court"
    with company.scope():
        assert Ticket.objects.get(pk=ticket.pk).state == Ticket.State.WITHDRAWN
        assert not Deadline.objects.filter(complaint=case, state__in=["open", "paused"]).exists()
        assert list(audit(company.organization)) == []
    for verb in (services.end_handling, services.restart):
        with pytest.raises(Refused):
            act(company, verb, case, "mao")


def test_a_case_that_ended_before_it_was_accepted_is_decided_on_when_taken_up_again(company):
    with company.scope():
        case = services.register(actor=company.actor("lin"), intake=intake(), now=MONDAY)
    case = noted(company, case, proceeding="court")
    act(company, services.end_handling, case, "mao")
    case = act(company, services.reopen, case, "lin")
    assert (case.state, case.round) == (State.RECORDED, 2)
    with company.scope():
        services.accept(actor=company.actor("lin"), complaint=case, now=MONDAY + 3 * HOUR)


def test_limits_count_anew_under_a_stop(company):
    case = noted(company, new_case(company), late_proof=True)
    case = act(company, services.restart, case, "mao")
    with company.scope():
        solve = Deadline.objects.get(complaint=case, duty="solve")
        assert (solve.started_at, solve.due_at) == (MONDAY + 2 * HOUR, MONDAY + 26 * HOUR)
        assert list(audit(company.organization)) == []


def test_limits_count_anew_for_new_facts_and_once_only(world):
    company = world.property
    trigger = {"id": "facts", "event": "new_facts", "do": [{"log": "新情况"}]}
    put_in_force(company, roles=[], triggers=[trigger])
    case = new_case(company)
    with pytest.raises(Refused):
        act(company, services.restart, case, "zhou")
    with company.scope():
        services.note(
            actor=company.actor("lin"), complaint=case, event="new_facts", note="新证据", now=MONDAY + HOUR
        )
    with pytest.raises(Forbidden):
        act(company, services.restart, case, "lin")
    act(company, services.restart, case, "zhou")
    with pytest.raises(Refused):
        act(company, services.restart, case, "zhou")
    with company.scope():
        assert CaseEvent.objects.filter(complaint=case, kind="restarted").count() == 1
