"""The outbox: leases, attempts, the dead, and what leaves the house."""

import smtplib
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends import locmem
from django.core.management import call_command
from django.utils import translation
from django_scopes import scopes_disabled

from notifications import outbox
from notifications.channels import email
from notifications.models import Delivery, Notification
from notifications.outbox import DELAYS, LEASE, MAX_ATTEMPTS, PATIENCE, deliver
from notifications.services import Message, tell
from notifications.tasks import deliver_task
from tests.world import MONDAY, new_case

MINUTE = timedelta(minutes=1)


def write(
    company, *names: str, about=None, title="工单 GD202611-00001", body="", now=MONDAY
) -> list[Notification]:
    with company.scope():
        messages = [
            Message(
                user=company.people[name],
                key=f"{name}-{Notification.objects.count()}",
                occasion="dispatched",
                title=title,
                body=body,
                url="/o/evergreen/case/TS202611-00001/",
                case=about,
            )
            for name in names
        ]
        return tell(company.organization, messages, now=now)


def letters(**conditions) -> list[Delivery]:
    with scopes_disabled():
        return list(Delivery.objects.filter(**conditions).order_by("pk"))


def addressees() -> list[str]:
    return [message.to[0].partition("@")[0] for message in mail.outbox]


class Refusing(locmem.EmailBackend):
    """Takes letters, but not those to the addresses in `to`; notes every attempt."""

    to: set[str] = set()
    attempts: list[str] = []

    def send_messages(self, messages):
        for message in messages:
            self.attempts.append(message.extra_headers["Message-ID"])
            if message.to[0].partition("@")[0] in self.to:
                raise smtplib.SMTPRecipientsRefused({message.to[0]: (550, b"no such mailbox")})
        return super().send_messages(messages)


@pytest.fixture
def server(settings, monkeypatch):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    monkeypatch.setattr(Refusing, "to", set())
    monkeypatch.setattr(Refusing, "attempts", [])
    return Refusing


# --- the ordinary way ---------------------------------------------------------------------------------------


def test_every_letter_is_sent_once(world):
    write(world.property, "lin", "zhou")
    write(world.hospital, "bai")
    result = deliver(MONDAY)
    assert (result.sent, result.failed, result.dead) == (3, 0, 0)
    assert addressees() == ["lin", "zhou", "bai"]
    assert {(row.state, row.sent_at, row.lease_until, row.attempts) for row in letters()} == {
        ("sent", MONDAY, None, 1)
    }
    assert deliver(MONDAY + MINUTE).sent == 0
    assert len(mail.outbox) == 3


def test_nothing_leaves_before_its_time(world):
    write(world.property, "lin", now=MONDAY + MINUTE)
    assert deliver(MONDAY).sent == 0
    assert deliver(MONDAY + MINUTE).sent == 1


def test_a_letter_says_title_and_link_and_nothing_else(world, settings):
    settings.SITE_URL = "https://huiyin.example.org/"
    row = write(world.property, "lin", title="电梯停运\n投诉", body="王女士 13800138000 3号楼2单元1501")[0]
    deliver(MONDAY)
    letter = mail.outbox[0]
    text = letter.message().as_string() + letter.body + letter.subject
    assert letter.subject == "电梯停运 投诉"
    assert "https://huiyin.example.org/o/evergreen/case/TS202611-00001/" in letter.body
    for secret in ("王女士", "13800138000", "1501"):
        assert secret not in text
    assert letter.message()["Message-ID"] == letters(notification=row)[0].message_id


def test_no_more_than_asked_for(world):
    write(world.property, *list(world.property.people)[:6])
    assert deliver(MONDAY, limit=4).sent == 4
    assert deliver(MONDAY, limit=4).sent == 2


def test_many_chunks(world, monkeypatch):
    monkeypatch.setattr(outbox, "CHUNK", 2)
    names = list(world.property.people)[:7]
    write(world.property, *names)
    assert deliver(MONDAY).sent == 7
    assert addressees() == names


# --- faults -------------------------------------------------------------------------------------------------


def test_one_bad_address_holds_up_nobody(world, server):
    server.to = {"lin"}
    write(world.property, "lin", "zhou", "sun")
    result = deliver(MONDAY)
    assert (result.sent, result.failed) == (2, 1)
    assert addressees() == ["zhou", "sun"]
    (left,) = letters(state="waiting")
    assert "no such mailbox" in left.last_error
    assert (left.attempts, left.next_attempt_at, left.lease_until) == (1, MONDAY + MINUTE, None)


def test_it_is_tried_at_growing_intervals_and_then_given_up(world, server):
    server.to = {"lin"}
    write(world.property, "lin")
    now, waits = MONDAY, []
    while letters(state="waiting"):
        deliver(now - timedelta(seconds=1))  # too early: not an attempt
        deliver(now)
        (row,) = letters()
        waits.append(row.next_attempt_at - now)
        now = row.next_attempt_at
    assert waits[:-1] == list(DELAYS)
    assert waits[0] == MINUTE
    assert waits[-2] == timedelta(hours=6)
    (dead,) = letters(state="dead")
    assert dead.attempts == MAX_ATTEMPTS == len(server.attempts) == 10
    assert "no such mailbox" in dead.last_error
    assert len(set(server.attempts)) == 1, "every attempt carries the same Message-ID"
    assert deliver(now + timedelta(days=30)).sent == 0
    with scopes_disabled():
        assert Notification.objects.count() == 1, "the inbox keeps what the mail could not carry"


def test_a_server_that_does_not_answer_costs_one_connection(world, monkeypatch):
    opened = []

    class Silent(locmem.EmailBackend):
        def open(self):
            opened.append(1)
            raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(email, "get_connection", Silent)
    write(world.property, *list(world.property.people)[:5])
    result = deliver(MONDAY)
    assert (result.sent, result.failed, len(opened)) == (0, 5, 1)
    assert {row.last_error for row in letters()} == {"CannotConnect: ConnectionRefusedError: nobody listens"}
    monkeypatch.undo()
    assert deliver(MONDAY + MINUTE).sent == 5


def test_a_connection_that_breaks_is_opened_anew_for_the_next(world, monkeypatch):
    class Breaking(locmem.EmailBackend):
        opened, closed, calls = 0, 0, 0

        def open(self):
            Breaking.opened += 1

        def close(self):
            Breaking.closed += 1

        def send_messages(self, messages):
            Breaking.calls += 1
            if Breaking.calls == 1:
                raise smtplib.SMTPServerDisconnected("connection lost")
            return super().send_messages(messages)

    monkeypatch.setattr(email, "get_connection", Breaking)
    write(world.property, "lin", "zhou")
    result = deliver(MONDAY)
    assert (result.sent, result.failed) == (1, 1)
    assert Breaking.closed == 2  # after the fault, and at the end


def test_a_title_no_mail_can_carry_is_that_letters_own_problem(world):
    write(world.property, "lin", "zhou")
    with scopes_disabled():
        Delivery.objects.filter(address__startswith="lin").update(address="lin\n@example.org")
    result = deliver(MONDAY)
    assert (result.sent, result.failed) == (1, 1)
    assert addressees() == ["zhou"]


def test_a_closed_account_gets_no_more_mail(world):
    write(world.property, "lin")
    user = world.property.people["lin"]
    user.is_active = False
    user.save()
    assert deliver(MONDAY).dead == 1
    assert mail.outbox == []
    assert "closed" in letters()[0].last_error


def test_an_unknown_channel_is_given_up(world):
    write(world.property, "lin", "zhou")
    with scopes_disabled():
        Delivery.objects.filter(address__startswith="lin").update(channel="pigeon")
    result = deliver(MONDAY)
    assert (result.sent, result.dead) == (1, 1)
    assert "pigeon" in letters(state="dead")[0].last_error


# --- crashes ------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """Ends the worker where no `except Exception` can stop it."""


def dies(*args, **kwargs):
    raise Killed


def test_sent_but_not_marked_is_sent_again_as_the_same_letter(world, server, monkeypatch):
    write(world.property, "lin")
    with monkeypatch.context() as crash:
        crash.setattr(outbox, "_mark", dies)
        with pytest.raises(Killed):
            deliver(MONDAY)
    assert deliver(MONDAY + MINUTE).sent == 0, "the lease of the dead worker still holds"
    assert deliver(MONDAY + LEASE).sent == 1
    assert addressees() == ["lin", "lin"]
    assert len(server.attempts) == 2
    assert len(set(server.attempts)) == 1
    assert [(row.state, row.attempts) for row in letters()] == [("sent", 2)]


def test_leased_but_not_sent_is_taken_up_again(world, monkeypatch):
    write(world.property, "lin", "zhou")
    with monkeypatch.context() as crash:
        crash.setattr(outbox, "_send_all", dies)
        with pytest.raises(Killed):
            deliver(MONDAY)
    assert mail.outbox == []
    assert {row.lease_until for row in letters()} == {MONDAY + LEASE}
    assert deliver(MONDAY + LEASE - timedelta(seconds=1)).sent == 0
    assert deliver(MONDAY + LEASE).sent == 2


def test_a_letter_that_kills_its_worker_every_time_ends_as_dead(world, monkeypatch):
    write(world.property, "lin")
    now = MONDAY
    with monkeypatch.context() as crash:
        crash.setattr(outbox, "_send_all", dies)
        for _ in range(MAX_ATTEMPTS):
            with pytest.raises(Killed):
                deliver(now)
            now += LEASE
    assert deliver(now).dead == 1
    assert mail.outbox == []
    assert letters()[0].state == "dead"


def test_two_workers_never_hold_the_same_letter(world, monkeypatch):
    """The second one comes while the first is sending: nothing is left for it."""
    write(world.property, "lin", "zhou")
    send, second = outbox._send, []

    def send_late(row, channels):
        if not second:
            second.append(None)
            second[0] = deliver(MONDAY)
        return send(row, channels)

    monkeypatch.setattr(outbox, "_send", send_late)
    assert deliver(MONDAY).sent == 2
    assert second[0].sent == 0
    assert addressees() == ["lin", "zhou"]


def test_without_the_lease_the_second_worker_sends_too(world, monkeypatch):
    """The negative control of the test above."""
    write(world.property, "lin", "zhou")
    monkeypatch.setattr(outbox, "LEASE", timedelta(0))
    send, second = outbox._send, []

    def send_late(row, channels):
        if not second:
            second.append(None)
            second[0] = deliver(MONDAY)
        return send(row, channels)

    monkeypatch.setattr(outbox, "_send", send_late)
    deliver(MONDAY)
    assert sorted(addressees()) == ["lin", "lin", "zhou", "zhou"]


# --- order --------------------------------------------------------------------------------------------------


def test_a_later_letter_of_a_case_waits_for_the_earlier_one(world, server):
    case = new_case(world.property)
    with scopes_disabled():
        Delivery.objects.all().delete()
    server.to = {"lin"}
    write(world.property, "lin", about=case, title="预警")
    deliver(MONDAY)
    server.to = set()
    now = MONDAY + timedelta(seconds=30)
    write(world.property, "lin", "zhou", about=case, title="超时", now=now)
    assert deliver(now).sent == 1  # to zhou, who waits for nothing
    assert deliver(MONDAY + MINUTE).sent == 2
    assert [message.subject for message in mail.outbox] == ["超时", "预警", "超时"]


def test_but_not_for_one_that_keeps_failing(world):
    case = new_case(world.property)
    write(world.property, "lin", about=case, title="预警")
    with scopes_disabled():
        Delivery.objects.update(attempts=PATIENCE, next_attempt_at=MONDAY + timedelta(hours=2))
    write(world.property, "lin", about=case, title="超时")
    deliver(MONDAY)
    assert [message.subject for message in mail.outbox] == ["超时"]


# --- edges --------------------------------------------------------------------------------------------------


def test_the_task_reads_the_clock_and_speaks_chinese(world, monkeypatch):
    write(world.property, "lin")
    spoken, send = [], outbox._send
    monkeypatch.setattr(
        outbox, "_send", lambda *args: (spoken.append(translation.get_language()), send(*args))[1]
    )
    with time_machine.travel(MONDAY + MINUTE, tick=False), translation.override("en"):
        deliver_task()
        deliver_task()
    assert spoken == ["zh-hans"]
    assert letters()[0].sent_at == MONDAY + MINUTE


def test_deliver_by_hand(world):
    write(world.property, "lin")
    out = StringIO()
    call_command("deliver", "--now", "2026-11-02T10:00", stdout=out)
    assert out.getvalue() == "1 sent, 0 to be tried again, 0 given up\n"


def test_idle_is_cheap(world, django_assert_max_num_queries):
    # Whose daily mail is due, and what is to be sent, inside its transaction.
    with django_assert_max_num_queries(4):
        deliver(MONDAY)
