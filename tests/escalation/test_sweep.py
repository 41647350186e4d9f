"""The sweep as a machine: cost, fairness, faults."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from complaints.models import CaseEvent, Complaint, Deadline
from escalation import sweep as module
from escalation.models import Firing, Heartbeat
from escalation.selection import _oldest, _oldest_of_each, due_round
from escalation.selectors import failing_deadlines, sweep_status
from escalation.sweep import sweep
from notifications.models import Delivery, Notification
from tests.escalation.rows import add_cases
from tests.world import MONDAY, new_case

MINUTE = timedelta(minutes=1)
WARN = MONDAY + 9 * MINUTE
TRANSACTION = re.compile(r"^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|DECLARE)")


def statements(run) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        run()
    return [query["sql"] for query in captured if not TRANSACTION.match(query["sql"])]


# --- cost ---------------------------------------------------------------------------------------------------


def test_with_nothing_due_it_takes_three_statements(world):
    add_cases(world.property, 5, MONDAY)
    add_cases(world.hospital, 5, MONDAY)
    sweep(MONDAY)  # the first heartbeat is an insert
    assert len(statements(lambda: sweep(MONDAY + MINUTE))) == 3


@pytest.mark.parametrize("department,owner", [("desk", "receptionist"), ("works", "dept_head")])
def test_a_batch_takes_ten_statements_whatever_its_size(world, department, owner):
    add_cases(world.property, 1, MONDAY - timedelta(hours=1), prefix="before")
    for count, start in ((1, MONDAY), (60, MONDAY + timedelta(hours=1))):
        add_cases(world.property, count, start, department=department, owner=owner, prefix=f"{count}-")
    sweep(MONDAY)  # the first heartbeat, and the rules into the cache

    def cost(now, due):
        taken = statements(lambda: results.append(sweep(now)))
        assert results[-1].decided == due
        assert results[-1].batches == 1
        return len(taken)

    results = []
    small = cost(MONDAY + 9 * MINUTE, 1)
    large = cost(MONDAY + 69 * MINUTE, 61)
    # Two probes for what is due, one for effects, the organization, its directory (two), the places of its
    # roles, the heartbeat: once for a sweep.
    assert small - 8 <= 10
    assert large == small


def test_what_is_due_is_found_by_the_partial_index(world):
    add_cases(world.property, 3000, MONDAY + timedelta(days=1))
    add_cases(world.hospital, 3, MONDAY)
    with connection.cursor() as cursor, scopes_disabled():
        cursor.execute("ANALYZE")
        plan = _oldest(Deadline.objects.filter(next_fire_at__lte=WARN), 501).explain()
    assert "deadline_to_fire" in plan
    assert "SCAN complaints_deadline\n" not in plan + "\n"
    assert "Seq Scan" not in plan


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite does not count buffers")
def test_the_idle_sweep_touches_few_pages(live_world):
    add_cases(live_world.property, 5_000, MONDAY + timedelta(days=1))
    with connection.cursor() as cursor, scopes_disabled():
        cursor.execute("VACUUM ANALYZE complaints_deadline")
        due = Deadline.objects.filter(next_fire_at__lte=WARN)
        plan = _oldest(due, 501).explain(analyze=True, buffers=True)
    touched = re.search(r"Buffers: shared hit=(\d+)", plan)
    assert touched, plan
    assert int(touched[1]) <= 10, plan


# --- fairness -----------------------------------------------------------------------------------------------


def test_a_tenant_with_much_does_not_hold_up_one_with_little(world, monkeypatch):
    add_cases(world.property, 300, MONDAY)
    add_cases(world.hospital, 1, MONDAY + 5 * MINUTE)  # younger than all of the other's
    order = []
    attempt = module._attempt
    monkeypatch.setattr(module, "_attempt", lambda org, *args: (order.append(org.slug), attempt(org, *args)))
    sweep(MONDAY + 14 * MINUTE, batch_size=20)
    assert order.index("mercy") <= 1
    assert order.count("evergreen") == 15
    with scopes_disabled():
        assert not Deadline.objects.filter(next_fire_at__lte=MONDAY + 14 * MINUTE).exists()


def test_inside_an_organization_the_oldest_come_first(world):
    rows = add_cases(world.property, 30, MONDAY, step=MINUTE)
    batches = due_round(MONDAY + 60 * MINUTE, 10)
    assert [due.deadline_id for batch in batches for due in batch.rows] == [row.pk for row in rows]
    assert [len(batch.rows) for batch in batches] == [10, 10, 10]


def test_a_round_holds_a_bounded_share_of_each(world, monkeypatch):
    add_cases(world.property, 30, MONDAY)
    add_cases(world.hospital, 3, MONDAY)
    monkeypatch.setattr("escalation.selection.BATCHES_EACH", 2)
    batches = due_round(WARN, 5)
    assert [len(batch.rows) for batch in batches] == [5, 3, 5]
    with scopes_disabled():
        assert len(_oldest_of_each(Deadline.objects.filter(next_fire_at__lte=WARN), 4)) == 7


def test_a_sweep_out_of_time_stops_and_says_so(world):
    add_cases(world.property, 3, MONDAY)
    result = sweep(WARN, seconds=0)
    assert (result.complete, result.decided) == (False, 0)
    assert sweep(WARN).decided == 3


# --- faults -------------------------------------------------------------------------------------------------


def spoil(row: Deadline) -> None:
    with scopes_disabled():
        Deadline.objects.filter(pk=row.pk).update(
            ladder=[{"rung": 0, "kind": "warn", "at": "nonsense", "to": []}]
        )


def test_a_row_that_raises_stops_nobody_and_is_pushed_back(world):
    rows = add_cases(world.property, 25, MONDAY)
    poison = rows[12]
    spoil(poison)
    result = sweep(WARN)
    assert (result.decided, result.failed) == (24, 1)
    with world.property.scope():
        assert Firing.objects.count() == 24
        assert not Firing.objects.filter(deadline=poison).exists()
        poison.refresh_from_db()
        assert poison.attempts == 1
        assert poison.next_fire_at == WARN + MINUTE
        assert "nonsense" in poison.last_error
        assert list(failing_deadlines(world.property.organization)) == [poison]


def test_it_is_pushed_back_further_each_time_and_recovers(world):
    poison = add_cases(world.property, 1, MONDAY)[0]
    healthy = poison.ladder
    spoil(poison)
    now, delays = WARN, []
    for _ in range(12):
        sweep(now)
        with world.property.scope():
            poison.refresh_from_db()
        delays.append(poison.next_fire_at - now)
        now = poison.next_fire_at
    minutes = [delay // MINUTE for delay in delays]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]
    with world.property.scope():
        Deadline.objects.filter(pk=poison.pk).update(ladder=healthy)
        assert sweep(now).decided == 1
        poison.refresh_from_db()
        assert (poison.attempts, poison.last_error, poison.next_fire_at) == (0, "", None)
        assert list(Firing.objects.order_by("rung").values_list("due_at", flat=True)) == [
            MONDAY + minutes * MINUTE for minutes in (9, 10, 15, 20)
        ]
        assert not failing_deadlines(world.property.organization).exists()


def test_a_poison_row_does_not_hold_up_its_own_case(world):
    case = new_case(world.property)
    with world.property.scope():
        spoil(Deadline.objects.get(complaint=case, duty="dispatch"))
        sweep(MONDAY + timedelta(hours=22))
        assert [firing.duty for firing in Firing.objects.all()] == ["solve"]


def test_a_batch_that_fails_at_its_very_end_loses_nothing(world, monkeypatch):
    add_cases(world.property, 9, MONDAY)
    calls = []

    def fail_once(*args, **kwargs):
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("the last statement of the batch")
        return real(*args, **kwargs)

    real = module.tell
    monkeypatch.setattr(module, "tell", fail_once)
    result = sweep(WARN)
    assert (result.decided, result.failed) == (9, 0)
    with world.property.scope():
        assert Firing.objects.count() == CaseEvent.objects.count() == 9
        assert Notification.objects.count() == Delivery.objects.count() == 9


def test_a_fault_that_stays_leaves_no_half_of_a_decision(world, monkeypatch):
    add_cases(world.property, 4, MONDAY)

    def fail(*args, **kwargs):
        raise RuntimeError("no messages today")

    with monkeypatch.context() as broken:
        broken.setattr(module, "tell", fail)
        assert sweep(WARN).failed == 4
    with world.property.scope():
        for model in (Firing, CaseEvent, Notification, Delivery):
            assert model.objects.count() == 0
        assert set(Deadline.objects.values_list("next_rung", "attempts")) == {(0, 1)}
        assert set(Complaint.objects.values_list("last_event_at", flat=True)) == {None}
    assert sweep(WARN + MINUTE).decided == 4
    with world.property.scope():
        assert set(Firing.objects.filter(rung=0).values_list("due_at", flat=True)) == {WARN}


def test_a_database_that_is_away_is_nobodys_fault(world, monkeypatch):
    add_cases(world.property, 4, MONDAY)

    def away(*args, **kwargs):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(module, "_decide_batch", away)
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    with pytest.raises(OperationalError):
        sweep(WARN)
    with world.property.scope():
        assert set(Deadline.objects.values_list("attempts", flat=True)) == {0}
    assert not Heartbeat.objects.exists()


def test_a_lost_claim_is_rolled_back_whole(world, monkeypatch):
    """Somebody decides one row of the batch between our reading and our writing."""
    rows = add_cases(world.property, 3, MONDAY)
    decide, calls = module.decide, []

    def somebody_is_faster(*args, **kwargs):
        if not calls:
            Deadline.objects.filter(pk=rows[1].pk).update(next_fire_at=None)
        calls.append(1)
        return decide(*args, **kwargs)

    monkeypatch.setattr(module, "decide", somebody_is_faster)
    result = sweep(WARN)
    with world.property.scope():
        # The rival's change was part of the same transaction here, so it was rolled back with it.
        assert (result.decided, result.failed) == (3, 0)
        assert Firing.objects.count() == 3
    assert len(calls) > 1, "the first try has to have failed"


# --- health -------------------------------------------------------------------------------------------------


def test_the_heartbeat_and_the_oldest_that_waits(world):
    assert sweep_status(MONDAY).is_stale  # never swept
    add_cases(world.property, 2, MONDAY)
    sweep(MONDAY)
    status = sweep_status(MONDAY + MINUTE)
    assert (status.beat_at, status.beat_age, status.oldest_unfired_age) == (MONDAY, MINUTE, None)
    assert not status.is_stale
    late = sweep_status(MONDAY + 13 * MINUTE)
    assert late.is_stale
    assert late.oldest_unfired_at == WARN
    assert late.oldest_unfired_age == 4 * MINUTE
    sweep(MONDAY + 13 * MINUTE)
    assert not sweep_status(MONDAY + 13 * MINUTE).is_stale


def test_a_heartbeat_from_the_future_hides_nothing(world):
    sweep(MONDAY + timedelta(days=300))
    assert sweep_status(MONDAY).is_stale
