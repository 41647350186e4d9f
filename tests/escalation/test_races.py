"""Two sweepers, and a person against the sweep, interleaved exactly. Only PostgreSQL lets two in at once."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django_scopes import scopes_disabled

from complaints.models import CaseEvent, Complaint, Deadline
from escalation import sweep as module
from escalation.audit import audit
from escalation.models import Firing
from escalation.sweep import ClaimLost, sweep
from tests.escalation.rows import add_cases
from tests.world import MONDAY, sent_case
from tickets.services import sign_for

MINUTE = timedelta(minutes=1)
WARN = MONDAY + 9 * MINUTE

pytestmark = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite admits one writer at a time"
)


class Rival(threading.Thread):
    """Runs something on a connection of its own; `result()` gives what came out, or raises."""

    def __init__(self, run):
        super().__init__(daemon=True)
        self._run, self._result, self._error = run, None, None
        self.start()

    def run(self):
        try:
            self._result = self._run()
        except BaseException as error:
            self._error = error
        finally:
            connection.close()

    def result(self):
        self.join(timeout=30)
        assert not self.is_alive(), "the rival hangs"
        if self._error:
            raise self._error
        return self._result


@contextmanager
def in_the_middle(monkeypatch, act):
    """Runs `act` in another thread when the first sweeper has read what is due and not yet written."""
    decide, done = module.decide, []

    def decide_late(*args, **kwargs):
        if threading.current_thread() is threading.main_thread() and not done:
            done.append(Rival(act))
            done[0].result()
        return decide(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(module, "decide", decide_late)
        yield done
    assert done, "nobody came in between"


def counts() -> tuple[int, int, int]:
    with scopes_disabled():
        warned, moved = CaseEvent.objects.filter(kind="warned"), Deadline.objects.filter(next_rung=1)
        return Firing.objects.count(), warned.count(), moved.count()


def without_lock(monkeypatch):
    """The sweep as it would be without the row lock."""

    def unlocked(organization, due):
        found = Complaint.objects.filter(pk__in={row.complaint_id for row in due}).order_by("pk")
        cases = {case.pk: case for case in found}
        for case in cases.values():
            case.organization = organization
        return cases

    monkeypatch.setattr(module, "_lock_cases", unlocked)


def without_claim(monkeypatch):
    """The sweep as it would be if it wrote without asking whether its rows are still due."""

    def overwrite(organization, rows, now):
        Deadline.objects.bulk_update(rows, ["next_rung", "next_fire_at"])
        return len(rows)

    monkeypatch.setattr(module, "claim_deadlines", overwrite)


@contextmanager
def without_unique_key():
    """The table as it would be without its unique key."""
    table = Firing._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT rung_decided_once")
    try:
        yield
    finally:
        with connection.cursor() as cursor, scopes_disabled():
            Firing.objects.all().delete()
            cursor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT rung_decided_once UNIQUE (deadline_id, revision, rung)"
            )


def test_a_second_sweeper_leaves_the_locked_cases_to_the_first(live_world, monkeypatch):
    add_cases(live_world.property, 8, MONDAY)
    with in_the_middle(monkeypatch, lambda: sweep(WARN)) as rival:
        first = sweep(WARN)
    second = rival[0].result()
    assert (first.decided, second.decided) == (8, 0)
    assert counts() == (8, 8, 8)


def test_two_sweepers_share_the_work(live_world, monkeypatch):
    add_cases(live_world.property, 8, MONDAY)
    with in_the_middle(monkeypatch, lambda: sweep(WARN, batch_size=2)) as rival:
        first = sweep(WARN, batch_size=2)
    second = rival[0].result()
    assert (first.decided, second.decided) == (2, 6)
    assert counts() == (8, 8, 8)


def test_without_the_lock_the_claim_holds(live_world, monkeypatch):
    add_cases(live_world.property, 8, MONDAY)
    without_lock(monkeypatch)
    lost, claim = [], module.claim_deadlines

    def watched(organization, rows, now):
        moved = claim(organization, rows, now)
        lost.append(len(rows) - moved)
        return moved

    monkeypatch.setattr(module, "claim_deadlines", watched)
    with in_the_middle(monkeypatch, lambda: sweep(WARN)):
        first = sweep(WARN)
    assert max(lost) == 8, "the interleaving has to make the first sweeper lose"
    assert (first.decided, first.failed) == (0, 0)
    assert counts() == (8, 8, 8)


def test_without_lock_and_claim_the_unique_key_holds(live_world, monkeypatch):
    add_cases(live_world.property, 8, MONDAY)
    without_lock(monkeypatch)
    without_claim(monkeypatch)
    attempt, errors = module._decide_batch, []

    def watched(*args):
        try:
            return attempt(*args)
        except IntegrityError as error:
            errors.append(str(error))
            raise

    monkeypatch.setattr(module, "_decide_batch", watched)
    with in_the_middle(monkeypatch, lambda: sweep(WARN)):
        sweep(WARN)
    assert errors
    assert "rung_decided_once" in errors[0]
    assert counts() == (8, 8, 8)


def test_without_all_three_walls_everything_is_decided_twice(live_world, monkeypatch):
    """The negative control: this interleaving does double, so the tests above can fail."""
    add_cases(live_world.property, 8, MONDAY)
    without_lock(monkeypatch)
    without_claim(monkeypatch)
    with without_unique_key():
        with in_the_middle(monkeypatch, lambda: sweep(WARN)):
            sweep(WARN)
        assert counts()[:2] == (16, 16)


def test_a_lost_claim_names_the_organization(live_world, monkeypatch):
    rows = add_cases(live_world.property, 2, MONDAY)
    monkeypatch.setattr(module, "claim_deadlines", lambda *args: 1)
    with live_world.property.scope(), pytest.raises(ClaimLost), transaction.atomic():
        module._write(live_world.property.organization, rows, None, WARN)


# --- a person against the sweep -----------------------------------------------------------------------------


def waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def test_who_waits_for_the_sweep_to_end_has_lost(live_world, monkeypatch):
    """The sweep holds the case at the due instant; the signature, its clock a second earlier, has to wait."""
    company = live_world.property
    _case, ticket = sent_case(company)
    due = MONDAY + timedelta(hours=1)
    sweep(due - MINUTE)
    actor, decide, signer = company.actor("sun"), module.decide, []

    def sign():
        with company.scope():
            return sign_for(actor=actor, ticket=ticket, now=due - timedelta(seconds=1))

    def decide_while_somebody_waits(*args, **kwargs):
        if not signer:
            signer.append(Rival(sign))
            while not waiting_for_a_lock():
                signer[0].join(timeout=0.01)
                assert signer[0].is_alive(), "the signature did not wait for the lock"
        return decide(*args, **kwargs)

    monkeypatch.setattr(module, "decide", decide_while_somebody_waits)
    sweep(due)
    signer[0].result()
    with company.scope():
        row = Deadline.objects.get(duty="receipt")
        assert (row.state, row.met_at, row.is_late) == ("met", due, True)
        assert Firing.objects.filter(deadline=row, kind="breach").count() == 1
        assert list(audit(company.organization)) == []


def test_the_sweep_leaves_a_case_in_a_persons_hands(live_world):
    """The signature holds the case at the due instant: the sweep passes it by, and finds it done."""
    company = live_world.property
    _case, ticket = sent_case(company)
    due = MONDAY + timedelta(hours=1)
    sweep(due - MINUTE)
    with company.scope(), transaction.atomic():
        sign_for(actor=company.actor("sun"), ticket=ticket, now=due - timedelta(seconds=1))
        assert Rival(lambda: sweep(due)).result().decided == 0
    assert sweep(due).decided == 0
    with company.scope():
        row = Deadline.objects.get(duty="receipt")
        assert (row.state, row.is_late) == ("met", False)
        assert not Firing.objects.filter(deadline=row, kind="breach").exists()
        assert list(audit(company.organization)) == []
