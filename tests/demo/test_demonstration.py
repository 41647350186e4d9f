"""The demonstration: played by the real verbs, so its rows obey every rule; something open in every stage."""

from datetime import timedelta

from django.contrib.auth import authenticate

from complaints.course import events_of
from complaints.deadlines import differences, identity, planned_rows
from complaints.models import OPEN, CaseEvent, Complaint, Deadline
from escalation.models import ExtensionRequest, Firing, Heartbeat
from notifications.models import Delivery, Notification
from organizations.actors import actor_for
from organizations.models import Role, User
from tests.demo.conftest import NOW, PASSWORD
from tickets.access import visible_tickets


def test_every_open_state_has_cases_now(demonstration):
    assert set(OPEN) <= set(Complaint.objects.values_list("state", flat=True))


def test_stored_deadlines_are_what_plan_says(demonstration):
    for case in Complaint.objects.select_related("organization"):
        planned = planned_rows(case, events_of(case))
        stored = {identity(row): row for row in Deadline.objects.filter(complaint=case)}
        assert planned.keys() <= stored.keys()
        assert not [key for key in stored if differences(stored[key], planned.get(key))]


def test_some_are_due_in_minutes_some_in_hours_and_some_are_overdue(demonstration):
    rows = [row for row in Deadline.objects.filter(state="open").exclude(due_at=None) if row.due_at]
    soon = [row for row in rows if NOW < row.due_at <= NOW + timedelta(minutes=15)]
    today = [row for row in rows if NOW + timedelta(hours=1) < row.due_at <= NOW + timedelta(hours=12)]
    assert len(soon) >= 3
    assert len(today) >= 3
    assert {"dispatch", "receipt", "solve", "tell", "follow_up"} == {
        row.duty for row in rows if row.is_overdue(NOW)
    }


def test_nothing_that_was_due_before_the_end_is_left_to_the_sweep(demonstration):
    assert not Deadline.objects.filter(next_fire_at__lte=NOW - timedelta(seconds=30)).exists()
    assert not Deadline.objects.exclude(last_error="").exists()


def test_what_was_late_was_decided_at_its_time(demonstration):
    firings = list(Firing.objects.all())
    assert {firing.kind for firing in firings} == {"warn", "breach", "ladder"}
    assert all(timedelta(0) <= row.decided_at - row.due_at <= timedelta(seconds=30) for row in firings)


def test_nothing_lies_in_the_future(demonstration):
    assert not CaseEvent.objects.filter(at__gt=NOW).exists()
    assert not Notification.objects.filter(created_at__gt=NOW).exists()


def test_extensions_wait_for_both_managers(demonstration):
    waiting = ExtensionRequest.objects.filter(state=ExtensionRequest.State.ASKED)
    assert set(waiting.values_list("approver_role", flat=True)) == {Role.DEPT_MANAGER, Role.GENERAL_MANAGER}


def test_the_past_sends_no_mail_and_old_messages_are_read(demonstration):
    assert not Delivery.objects.exists()
    unread = Notification.objects.filter(read_at=None)
    assert unread.exists()
    assert not unread.filter(created_at__lt=NOW - timedelta(days=2)).exists()
    assert User.objects.get(username="desk").email.endswith("@demo.example")


def test_the_three_of_the_tour_can_sign_in_and_have_work(demonstration):
    assert [login.login for login in demonstration.logins][:3] == ["desk", "head", "manager"]
    for login, role in (
        ("desk", Role.RECEPTIONIST),
        ("head", Role.DEPT_HEAD),
        ("manager", Role.DEPT_MANAGER),
    ):
        user = authenticate(username=login, password=PASSWORD)
        assert user is not None
        actor = actor_for(user, demonstration.organization)
        assert actor is not None
        assert actor.has(role)
    head = actor_for(User.objects.get(username="head"), demonstration.organization)
    assert head is not None
    assert visible_tickets(head).filter(state="dispatched").count() >= 3
    assert visible_tickets(head).filter(state="signed").count() >= 3


def test_texts_are_filled_in(demonstration):
    for case in Complaint.objects.all():
        assert "{" not in case.subject + case.content
        assert case.complainant_phone.startswith("1380000")
    assert Complaint.objects.values("subject").distinct().count() > 25


def test_the_heartbeat_of_the_sweep_is_not_touched(demonstration):
    assert not Heartbeat.objects.exists()
