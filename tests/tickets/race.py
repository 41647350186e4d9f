"""Two people at the same moment, at an exact point, without sleeping.

The first is stopped when it has the case's lock, has checked everything and is about to write its event. The
second is started and seen (by the database) to wait, then the first goes on. PostgreSQL only: SQLite has one
writer, so the second would wait before it began.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from complaints import timeline
from complaints.models import Complaint

TIMEOUT = 20.0
# Every module that imports the lock and the writer of events by name, as far as these tests use it.
MODULES = (
    "complaints.services.clock",
    "escalation.services.penalties",
    "tickets.services.dispatching",
    "tickets.services.remedies",
)
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs row locks")


def in_thread(work: Callable[[], Any]) -> Callable[[], Any]:
    """`work` with a connection of its own that is closed at its end; an exception becomes its result."""

    def run() -> Any:
        try:
            return work()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    return run


def collide(
    patch: pytest.MonkeyPatch, first: Callable[[], Any], second: Callable[[], Any]
) -> tuple[Any, Any]:
    """Stop `first` before its event, let `second` run into it, then let both end; what came of them."""
    holding, go_on = threading.Event(), threading.Event()
    owner: list[int] = []
    real = timeline.record

    def record(*args: Any, **kwargs: Any) -> Any:
        if threading.get_ident() == owner[0]:
            holding.set()
            assert go_on.wait(TIMEOUT)
        return real(*args, **kwargs)

    def first_owner() -> Any:
        owner.append(threading.get_ident())
        return first()

    for name in MODULES:
        patch.setattr(f"{name}.record", record)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(in_thread(first_owner))
        assert holding.wait(TIMEOUT), one.result()
        two = pool.submit(in_thread(second))
        until(lambda: two.done() or somebody_waits())
        go_on.set()
        return one.result(TIMEOUT), two.result(TIMEOUT)


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0] > 0


def until(condition: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(int(TIMEOUT / 0.01)):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError("the second never came to the lock")


def without_the_lock(patch: pytest.MonkeyPatch) -> None:
    """For the negative control: the case is read, not locked."""

    def unlocked(complaint: Any, revision: int | None = None) -> Any:
        rows = Complaint.objects.select_related("organization", "desk", "lead_department")
        return rows.get(pk=complaint.pk)

    for name in MODULES:
        patch.setattr(f"{name}.lock", unlocked)
