"""Two people merge two cases into each other at the same moment: one does, and nobody is locked out."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import OperationalError

from complaints.models import CaseEvent, Complaint
from complaints.services import ending, merge
from organizations.errors import Refused
from tests.tickets import race
from tests.world import MONDAY, World, new_case

pytestmark = race.on_postgresql


def _merges(world: World, case: Complaint, into: Complaint, by: str) -> Callable[[], Any]:
    def work() -> Complaint:
        with world.property.scope():
            actor = world.property.actor(by)
            return merge(actor=actor, complaint=case, into=into, reason="同一件事", now=MONDAY)

    return work


def _both_ways(world: World, patch) -> tuple[list[Any], list[Complaint]]:
    """Each is stopped when it has its first lock, until the other has its own or waits for one."""
    cases = [new_case(world.property), new_case(world.property)]
    first = _merges(world, cases[0], cases[1], "lin")
    second = _merges(world, cases[1], cases[0], "zhou")
    holding, go_on, mine = threading.Event(), threading.Event(), threading.local()
    real = ending.lock

    def lock(*args: Any) -> Complaint:
        locked = real(*args)
        if not getattr(mine, "stopped", False):
            mine.stopped = True
            if holding.is_set():
                go_on.set()  # the second has a lock of its own
            holding.set()
            assert go_on.wait(race.TIMEOUT)
        return locked

    patch.setattr(ending, "lock", lock)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(race.in_thread(first))
        assert holding.wait(race.TIMEOUT), one.result()
        two = pool.submit(race.in_thread(second))
        race.until(lambda: go_on.is_set() or race.somebody_waits())
        go_on.set()
        return [one.result(race.TIMEOUT), two.result(race.TIMEOUT)], cases


def _merged(cases: list[Complaint]) -> list[int]:
    rows = CaseEvent._base_manager.filter(kind="merged").values_list("complaint_id", flat=True)
    return [cases.index(next(case for case in cases if case.pk == pk)) for pk in rows]


def test_one_merges_and_the_other_is_told(live_world: World, monkeypatch):
    (first, second), cases = _both_ways(live_world, monkeypatch)
    assert isinstance(first, Complaint)
    assert isinstance(second, Refused)
    assert _merged(cases) == [0]


def test_locked_in_the_order_they_are_named_they_would_have_waited_for_each_other(
    live_world: World, monkeypatch
):
    """Negative control: the test above can fail."""
    monkeypatch.setattr(ending, "in_order", list)
    results, cases = _both_ways(live_world, monkeypatch)
    assert any(isinstance(result, OperationalError) for result in results), results
    assert len(_merged(cases)) == 1
