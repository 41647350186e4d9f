"""Two workers come for the same daily mail, on PostgreSQL: SQLite has one writer."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.core import mail

from notifications import daily
from notifications.outbox import deliver
from tests.notifications.test_wishes import DAILY, letters, prefer, write
from tests.tickets.race import TIMEOUT, in_thread, on_postgresql, somebody_waits, until
from tests.world import MONDAY, World

pytestmark = on_postgresql


def collide(world: World, monkeypatch) -> int:
    """Stop the first worker when it has read what is in the mail, let the second run into it, then let both
    end; how many mails were sent."""
    company = world.property
    prefer(company, tickets="daily")
    write(company, "甲")
    write(company, "乙")
    deliver(MONDAY)
    holding, go_on, real = threading.Event(), threading.Event(), daily._carry

    def carry(ids: list[int]) -> None:
        if not holding.is_set():
            holding.set()
            assert go_on.wait(TIMEOUT)
        real(ids)

    monkeypatch.setattr(daily, "_carry", carry)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(in_thread(lambda: deliver(DAILY)))
        assert holding.wait(TIMEOUT), first.result()
        second = pool.submit(in_thread(lambda: deliver(DAILY)))
        until(lambda: second.done() or somebody_waits())
        go_on.set()
        for worker in (first, second):
            result = worker.result(TIMEOUT)
            assert not isinstance(result, Exception), result
    assert {row.state for row in letters()} == {"sent"}
    return len(mail.outbox)


def test_the_second_worker_finds_nothing_left(live_world: World, monkeypatch):
    assert collide(live_world, monkeypatch) == 1


def test_without_the_lock_it_is_sent_twice(live_world: World, monkeypatch):
    """The negative control of the test above."""
    monkeypatch.setattr(daily, "_lock", lambda organization, user: None)
    assert collide(live_world, monkeypatch) == 2
