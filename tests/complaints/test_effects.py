"""What the rules bring about by themselves: events, tasks and messages, each once, whoever comes first."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from complaints import services
from complaints.course import SWEPT
from complaints.models import CaseEvent, Complaint, Deadline, Effect, State, Task
from complaints.timeline import catch_up, lock
from escalation.audit import audit
from escalation.services.rollouts import apply_version, carry_on
from escalation.sweep import sweep
from notifications.models import Notification
from organizations.errors import Refused
from policies.packs import read_policy
from policies.services import adopt_policy
from tests.world import MONDAY, Company, intake, new_case, sent_case
from tickets.models import Ticket
from tickets.services import dispatch, file_result, sign_for

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

RULES = """
pack: {id: test.effects, version: 1, title: 测试, industry: test, extends: standard}
facts:
  - {id: risky, type: bool, title: 有升级倾向}
  - {id: urgent, type: bool, title: 紧急}
  - {id: checked, type: bool, title: 已核实}
  - {id: appraisal, type: bool, title: 鉴定中}
  - {id: in_court, type: bool, title: 已起诉}
triggers:
  - id: tendency
    title: 升级倾向
    event: [noted]
    when: {risky: true}
    once: true
    do:
      - {notify: [desk_supervisor, general_manager]}
      - {order: 升级倾向单}
      - {set: {urgent: true, tier: major}}
  - id: urgent_now
    event: [noted]
    when: {urgent: true}
    once: true
    do:
      - {require: {fact: checked, before: closed}}
      - {block: {event: told, until: {checked: true}, text: 尚未核实}}
  - id: third_call
    event: [recorded]
    when: {count: {of: cases, same: [customer], window: {value: 30, unit: d}, gte: 3}}
    do: [{open_task: 约见客户}]
  - id: day_later
    event: {timer: {since: recorded, every: 24, unit: h}}
    when: {handled: false}
    do: [{notify: desk_supervisor}, {log: 催办}]
  - id: late_dispatch
    event: [breach.dispatch]
    do: [{set: {urgent: true}}]
clock_stops:
  - {id: court, when: {in_court: true}, effect: end}
  - {id: appraisal, when: {appraisal: true}, effect: pause, tell: complainant}
"""


@pytest.fixture
def rules(tmp_path) -> Path:
    path = tmp_path / "effects.yaml"
    path.write_text(RULES, encoding="utf-8")
    return path


@pytest.fixture
def company(world, rules) -> Company:
    with world.property.scope():
        adopt_policy(organization=world.property.organization, path=rules, now=MONDAY, publish=True)
    return world.property


def note(company: Company, case: Complaint, now: datetime, by: str = "lin", **facts: Any) -> Complaint:
    with company.scope():
        return services.note(
            actor=company.actor(by), complaint=case, event="noted", note="记", facts=facts, now=now
        )


def keys(case: Complaint) -> list[str]:
    return list(Effect.objects.filter(complaint=case).values_list("source", flat=True))


def kinds(case: Complaint) -> list[str]:
    return list(CaseEvent.objects.filter(complaint=case).order_by("at", "pk").values_list("kind", flat=True))


def test_a_trigger_sets_facts_makes_an_order_and_sets_off_another(company):
    case = new_case(company)
    case = note(company, case, MONDAY + MINUTE, risky=True)
    with company.scope():
        assert keys(case) == ["tendency", "urgent_now"]
        assert (case.tier, case.facts["urgent"]) == ("major", True)
        (made,) = CaseEvent.objects.filter(complaint=case, data__source="tendency")
        assert (made.kind, made.at, made.actor) == ("noted", MONDAY + MINUTE, None)
        assert made.data["facts"] == {"tier": "major", "urgent": True}
        (order,) = Task.objects.filter(complaint=case)
        assert (order.kind, order.number, order.state) == ("order", "DB202611-00001", "open")
        assert order.action == {"order": "升级倾向单"}
        assert list(audit(company.organization)) == []


def test_what_was_done_is_not_done_again(company):
    case = note(company, new_case(company), MONDAY + MINUTE, risky=True)
    note(company, case, MONDAY + 2 * MINUTE, checked=True)
    with company.scope():
        assert keys(case) == ["tendency", "urgent_now"]
        before = kinds(case)
        with transaction.atomic():
            assert not catch_up(lock(case), MONDAY + 3 * MINUTE)
        assert kinds(case) == before


def test_a_demand_holds_up_and_says_why(company):
    case = note(company, new_case(company), MONDAY + MINUTE, risky=True)
    with company.scope():
        lin = company.actor("lin")
        (ticket,) = dispatch(
            actor=lin, complaint=case, lead=company.departments["works"], now=MONDAY + 3 * MINUTE
        )
        sun = company.actor("sun")
        sign_for(actor=sun, ticket=ticket, now=MONDAY + 4 * MINUTE)
        file_result(actor=sun, ticket=ticket, result="修好", outcome="solved", now=MONDAY + 5 * MINUTE)
        telling = {"actor": lin, "complaint": case, "summary": "已修好", "now": MONDAY + 6 * MINUTE}
        with pytest.raises(Refused) as refused:
            services.tell(**telling)
        assert refused.value.missing == ["尚未核实"]
    note(company, case, MONDAY + 6 * MINUTE, checked=True)
    with company.scope():
        assert services.tell(**telling).state == State.TOLD


def test_other_cases_are_counted_but_never_those_of_another_organization(company, world):
    for number in range(2):
        new_case(company, MONDAY + number * MINUTE, complainant_phone="13800138000")
        new_case(world.hospital, MONDAY, by="bai", complainant_phone="13800138000", channel="phone")
    new_case(company, MONDAY - 31 * DAY, complainant_phone="13800138000")
    third = new_case(company, MONDAY + 5 * MINUTE, complainant_phone="13800138000")
    other = new_case(company, MONDAY + 6 * MINUTE, complainant_phone="13900139000")
    with company.scope():
        assert [task.action for task in Task.objects.filter(complaint=third)] == [{"open_task": "约见客户"}]
        assert not Task.objects.filter(complaint=other).exists()


def test_an_automatic_stop_pauses_and_resumes(company):
    case = note(company, new_case(company), MONDAY + MINUTE, appraisal=True)
    with company.scope():
        assert case.paused_at == MONDAY + MINUTE
        assert kinds(case) == ["recorded", "accepted", "noted", "paused"]
        (telling,) = Task.objects.filter(complaint=case)
        assert telling.kind == Task.Kind.TELLING
    case = note(company, case, MONDAY + HOUR, appraisal=False)
    with company.scope():
        assert case.paused_at is None
        assert kinds(case)[-1] == "resumed"
        assert list(audit(company.organization)) == []


def test_an_automatic_end_closes_the_case_and_calls_its_tickets_back(company):
    case, ticket = sent_case(company)
    case = note(company, case, MONDAY + HOUR, in_court=True)
    with company.scope():
        assert (case.state, case.closed_at) == (State.CLOSED, MONDAY + HOUR)
        ticket.refresh_from_db()
        assert ticket.state == Ticket.State.WITHDRAWN
        assert not Deadline.objects.filter(complaint=case, state=Deadline.State.OPEN).exists()


def told(company: Company) -> list[tuple[str, str]]:
    rows = Notification.objects.filter(organization=company.organization, occasion="effect")
    return sorted(rows.values_list("user__username", "occasion"))


def test_the_sweep_tells_each_person_once(company):
    note(company, new_case(company), MONDAY + MINUTE, risky=True)
    sweep(MONDAY + 2 * MINUTE)
    with company.scope():
        assert [name for name, _occasion in told(company)] == ["gao", "zhou"]
    sweep(MONDAY + 3 * MINUTE)
    with company.scope():
        assert len(told(company)) == 2


def test_a_timer_strikes_in_the_sweep_and_again(company):
    case = new_case(company)
    with company.scope():
        case.refresh_from_db()
        assert case.next_effect_at == MONDAY + 10 * MINUTE  # the breach that `late_dispatch` listens to
    sweep(MONDAY + 25 * HOUR)
    with company.scope():
        assert keys(case) == ["late_dispatch", "urgent_now", "day_later"]
        case.refresh_from_db()
        assert case.next_effect_at == MONDAY + 2 * DAY
        assert case.facts["urgent"] is True
    sweep(MONDAY + 3 * DAY)
    with company.scope():
        assert keys(case).count("day_later") == 3


def test_what_came_due_before_a_verb_is_done_first_whether_or_not_the_sweep_ran(company):
    """The same end with a sweep at every minute and with none before the verb."""
    ends = []
    for swept in (True, False):
        case = new_case(company, MONDAY)
        for minute in range(1, 30) if swept else ():
            sweep(MONDAY + minute * MINUTE, organization=company.organization)
        case = note(company, case, MONDAY + 30 * MINUTE, checked=True)
        with company.scope():
            events = CaseEvent.objects.filter(complaint=case).exclude(kind__in=SWEPT)
            ends.append(
                [(row.kind, row.at, row.data.get("facts")) for row in events.order_by("at", "pk")]
                + [sorted(Effect.objects.filter(complaint=case).values_list("source", "at"))]
            )
    assert ends[0] == ends[1]
    assert ("late_dispatch", MONDAY + 10 * MINUTE) in ends[0][-1]


def test_a_case_that_cannot_be_carried_out_holds_up_nobody(company, monkeypatch, caplog):
    poisoned, healthy = new_case(company), new_case(company, MONDAY + MINUTE)

    def failing(case, now):
        if case.pk == poisoned.pk:
            raise ValueError("poison")
        return catch_up(case, now)

    monkeypatch.setattr("escalation.effects.catch_up", failing)
    sweep(MONDAY + HOUR)
    with company.scope():
        assert "late_dispatch" in keys(healthy)
        assert keys(poisoned) == []
        poisoned.refresh_from_db()
        assert poisoned.next_effect_at == MONDAY + HOUR + timedelta(minutes=15)
    assert "could not be carried out" in caplog.text


def test_rules_applied_later_do_not_reach_back(world, rules):
    """An open case gets other rules: what their triggers would have done before is history."""
    company, later = world.property, MONDAY + DAY + MINUTE
    case = new_case(company)
    with company.scope():
        version = adopt_policy(organization=company.organization, path=rules, now=later, publish=True)
        rollout = apply_version(actor=company.actor("admin"), version=version, reason="新制度", now=later)
        carry_on(rollout=rollout, now=later, seconds=60)
    sweep(later + HOUR)
    with company.scope():
        case.refresh_from_db()
        assert case.policy_id == version.pk
        assert keys(case) == []
        assert case.next_effect_at == MONDAY + 2 * DAY  # the timer goes on from the registration
    note(company, case, MONDAY + DAY + 2 * HOUR, risky=True)
    with company.scope():
        assert keys(case) == ["tendency", "urgent_now"]


def test_the_pack_of_this_test_is_sound():
    assert len(read_policy(RULES).triggers) == 5


def test_registering_counts_from_the_first_contact_where_the_rules_do(world, tmp_path):
    rules = """
pack: {id: test.contact, version: 1, title: 测试, industry: test, extends: standard}
duties:
  - {id: register, owner: receptionist, from: contacted, to: recorded, limits: [{value: 1, unit: h}]}
"""
    path = tmp_path / "contact.yaml"
    path.write_text(rules, encoding="utf-8")
    company = world.property
    with company.scope():
        adopt_policy(organization=company.organization, path=path, now=MONDAY, publish=True)
        case = services.register(
            actor=company.actor("lin"), intake=intake(received_at=MONDAY), now=MONDAY + 2 * HOUR
        )
        assert kinds(case) == ["contacted", "recorded"]
        row = Deadline.objects.get(complaint=case, duty="register")
        assert (row.started_at, row.due_at, row.met_at) == (MONDAY, MONDAY + HOUR, MONDAY + 2 * HOUR)
        assert row.is_late
