"""Corrected calendars, the audit of deadlines, the commands and tasks."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import translation

from complaints.models import CaseEvent, Complaint, Deadline, State
from complaints.timeline import lock, record
from escalation import sweep as sweep_module
from escalation.audit import audit
from escalation.models import Firing, Heartbeat
from escalation.services import replan_open_cases
from escalation.sweep import sweep
from escalation.tasks import sweep_task
from notifications.models import Notification
from policies.services import adopt_policy, correct_calendar
from tests.world import MONDAY, handled_case, new_case, sent_case

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

WORKING_DAYS = """
pack: {id: working, version: 1, title: 按工作日, industry: general, language: zh-CN, extends: standard}
duties:
  - id: solve
    title: 处理完毕
    owner: dept_head
    from: [recorded, reopened]
    to: handled
    limits: [{value: 5, unit: wd, calendar: working, force: must}]
"""


@pytest.fixture
def company(world, tmp_path):
    path = tmp_path / "working.yaml"
    path.write_text(WORKING_DAYS)
    with world.property.scope():
        adopt_policy(organization=world.property.organization, path=path, now=MONDAY, publish=True)
        yield world.property


def midnight_after(day: date) -> datetime:
    """24:00 of a day in Shanghai, in UTC."""
    return datetime(day.year, day.month, day.day, 16, tzinfo=UTC)


def solve(case) -> Deadline:
    return Deadline.objects.get(complaint=case, duty="solve")


def test_a_holiday_moves_what_is_running_and_says_so(company):
    case, _ticket = sent_case(company)
    other = handled_case(company)[0]
    assert solve(case).due_at == midnight_after(date(2026, 11, 9))
    correct_calendar(
        organization=company.organization, day=date(2026, 11, 4), is_workday=False, note="停产日"
    )
    moved = replan_open_cases(organization=company.organization, now=MONDAY + DAY)
    assert [(one.number, one.duty, one.before, one.after) for one in moved] == [
        (number, "solve", midnight_after(date(2026, 11, 9)), midnight_after(date(2026, 11, 10)))
        for number in (case.number, other.number)
    ]
    assert solve(case).due_at == midnight_after(date(2026, 11, 10))
    note = CaseEvent.objects.get(complaint=case, kind="noted")
    assert note.actor is None
    assert note.data["moved"][0]["duty"] == "solve"
    assert list(audit(company.organization)) == []


def test_without_a_change_nothing_is_noted(company):
    sent_case(company)
    correct_calendar(organization=company.organization, day=date(2026, 12, 25), is_workday=False)
    assert replan_open_cases(organization=company.organization, now=MONDAY + DAY) == []
    assert not CaseEvent.objects.filter(kind="noted").exists()


def test_a_corrected_day_of_the_past_moves_closed_cases_too(company):
    case, _ticket = handled_case(company)
    with company.scope():
        Complaint.objects.filter(pk=case.pk).update(state=State.CLOSED)
    correct_calendar(organization=company.organization, day=date(2026, 11, 4), is_workday=False)
    later = MONDAY + 60 * DAY
    assert len(list(audit(company.organization))) > 0
    replan_open_cases(organization=company.organization, now=later, since=MONDAY)
    assert list(audit(company.organization)) == []


def test_a_breach_before_the_correction_stays(company):
    case, _ticket = sent_case(company)
    due = solve(case).due_at
    correct_calendar(organization=company.organization, day=date(2026, 11, 4), is_workday=False)
    replan_open_cases(organization=company.organization, now=due + MINUTE)
    sweep(due + 2 * MINUTE)
    breach = Firing.objects.get(duty="solve", kind="breach")
    assert (breach.revision, breach.due_at) == (0, due)
    assert solve(case).due_at == due + DAY


# --- the audit ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault,column",
    [
        ({"due_at": MONDAY}, "due_at"),
        ({"met_at": MONDAY, "state": "met"}, "met_at"),
        ({"next_fire_at": None}, "next_fire_at"),
        ({"owner_role": "handler"}, "owner_role"),
        ({"ladder": []}, "ladder"),
    ],
)
def test_the_audit_sees_what_is_wrong(world, fault, column):
    with world.property.scope():
        case = new_case(world.property)
        new_case(world.property)
        assert list(audit(world.property.organization)) == []
        Deadline.objects.filter(complaint=case, duty="dispatch").update(**fault)
        found = {(row.number, row.duty, row.column) for row in audit(world.property.organization)}
    assert (case.number, "dispatch", column) in found
    assert {number for number, _duty, _column in found} == {case.number}


def test_the_audit_sees_a_missing_and_a_superfluous_row(world):
    with world.property.scope():
        case = new_case(world.property)
        Deadline.objects.filter(complaint=case, duty="dispatch").update(duty="tell")
        found = {(row.duty, row.column) for row in audit(world.property.organization)}
    assert {("dispatch", "missing"), ("tell", "not planned")} <= found


def test_the_audit_goes_in_chunks(world, monkeypatch, django_assert_max_num_queries):
    for _ in range(7):
        new_case(world.property)
    monkeypatch.setattr("escalation.audit.CHUNK", 3)
    with world.property.scope():
        list(audit(world.property.organization))  # the rules into the cache
        with django_assert_max_num_queries(3 * 3 + 1):
            assert list(audit(world.property.organization)) == []


def test_a_pushed_back_row_is_no_difference(world):
    with world.property.scope():
        new_case(world.property)
        Deadline.objects.filter(duty="dispatch").update(attempts=2, next_fire_at=MONDAY + DAY)
        assert list(audit(world.property.organization)) == []


def run(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def test_the_command_counts_and_fails(world):
    new_case(world.property)
    assert run("audit_deadlines").splitlines()[-1] == "0 differences"
    with world.property.scope():
        Deadline.objects.filter(duty="dispatch").update(due_at=MONDAY)
    out = StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("audit_deadlines", "evergreen", stdout=out)
    assert failure.value.returncode == 1
    assert out.getvalue().splitlines()[-1] == "1 differences"
    assert "due_at" in out.getvalue()
    assert run("audit_deadlines", "mercy").splitlines()[-1] == "0 differences"
    with pytest.raises(CommandError, match="nowhere"):
        call_command("audit_deadlines", "nowhere")


# --- commands and tasks -------------------------------------------------------------------------------------


def test_sweep_by_hand_takes_chinese_time(world):
    new_case(world.property)
    assert "0 deadlines" in run("sweep", "--now", "2026-11-02T10:08:59")
    out = run("sweep", "--now", "2026-11-02T10:09")
    assert "1 deadlines decided, 1 rungs recorded, 1 messages" in out
    assert "1 rungs recorded" in run("sweep", "--now", "2026-11-02T02:10:00+00:00")


def test_a_bad_time_is_refused(world):
    with pytest.raises(CommandError, match="soon"):
        call_command("sweep", "--now", "soon")


def test_the_task_reads_the_clock_and_speaks_chinese(world, monkeypatch):
    new_case(world.property)
    spoken, decide = [], sweep_module.decide
    monkeypatch.setattr(
        sweep_module, "decide", lambda *args: (spoken.append(translation.get_language()), decide(*args))[1]
    )
    with time_machine.travel(MONDAY + 10 * MINUTE, tick=False), translation.override("en"):
        sweep_task()
        sweep_task()  # a doubled message changes nothing
    assert spoken == ["zh-hans"]
    assert Heartbeat.objects.get(job="sweep").beat_at == MONDAY + 10 * MINUTE
    with world.property.scope():
        assert Firing.objects.count() == 2
        assert Notification.objects.count() == 2


def test_what_the_sweep_writes_does_not_change_the_plan(world):
    """Warnings and breaches are consequences. As causes they would overtake duties to be done at once."""
    case, _ticket = sent_case(world.property)
    sweep(MONDAY + 5 * DAY)
    with world.property.scope():
        before = list(Deadline.objects.order_by("pk").values("due_at", "state", "ladder", "basis"))
        record(lock(case), kind="noted", actor=None, now=MONDAY + 6 * DAY)
        assert list(Deadline.objects.order_by("pk").values("due_at", "state", "ladder", "basis")) == before
        assert list(audit(world.property.organization)) == []
