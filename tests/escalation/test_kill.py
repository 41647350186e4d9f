"""kill -9 of sweepers at marked points: afterwards everything is decided once, and nothing is missing."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction
from django_scopes import scopes_disabled

from complaints.models import CaseEvent, Deadline
from escalation.audit import audit
from escalation.models import Firing
from escalation.sweep import sweep
from notifications.models import Delivery, Notification
from tests.whole import some
from tests.world import MONDAY, World, new_case, sent_case

SCRIPT = Path(__file__).with_name("sweeper_to_kill.py")
NOW = MONDAY + timedelta(hours=5)

# Every step of a batch, before and after: selection, lock, what is due, claim, facts and events (inside
# _write), messages, the end of the transaction. The later steps again in a second batch.
POINTS = (
    "due_round", "_lock_cases", "_due_rows", "load_hands", "decide", "claim_deadlines", "write_last_events",
    "tell", "_write", "_decide_batch", "_attempt",
)  # fmt: skip
KILLS = some(
    [[point, when, 1] for point in POINTS for when in ("before", "after")]
    + [[point, when, 2] for point in POINTS[5:10] for when in ("before", "after")],
    every=3,
)


@contextmanager
def database_of_other_processes(folder: Path):
    """DATABASE_URL of the test's own data. SQLite's is in memory: it is copied out, and back in again."""
    if connection.vendor == "postgresql":
        of = connection.settings_dict
        secret = f":{of['PASSWORD']}" if of["PASSWORD"] else ""
        yield f"postgres://{of['USER']}{secret}@{of['HOST']}:{of['PORT'] or 5432}/{of['NAME']}"
        return
    connection.ensure_connection()
    path = folder / "killed.sqlite3"
    with sqlite3.connect(path) as file:
        connection.connection.backup(file)
    file.close()
    yield f"sqlite:///{path}"
    with sqlite3.connect(path) as file:
        file.backup(connection.connection)
    file.close()


def outcome() -> dict[str, set]:
    """All that a sweep leaves behind, in words that do not depend on row ids of its own tables."""
    with scopes_disabled():
        firings = Firing.objects.values_list("deadline", "revision", "rung", "due_at")
        events = CaseEvent.objects.filter(kind__in=["warned", "breached", "escalated"])
        messages = Notification.objects.values_list("user", "key", "title")
        return {
            "firings": sorted(firings),
            "events": sorted((row.complaint_id, row.kind, row.at, row.data["deadline"]) for row in events),
            "messages": sorted(messages),
            "letters": sorted(Delivery.objects.values_list("notification__key", "address")),
            "deadlines": sorted(
                Deadline.objects.values_list("pk", "next_rung", "attempts", "last_error", "state")
            ),
        }


def undisturbed(batch_size: int) -> dict[str, set]:
    """What one sweep decides that nobody disturbs; rolled back."""
    with transaction.atomic():
        sweep(NOW, batch_size=batch_size)
        found = outcome()
        transaction.set_rollback(True)
    return found


def many_cases(world: World) -> None:
    """Cases of both organizations with several rungs due each, by the verbs themselves."""
    for n in range(17):
        new_case(world.property, MONDAY + n * timedelta(minutes=3))
        sent_case(world.property, MONDAY + n * timedelta(minutes=5))
    for n in range(6):
        sent_case(world.hospital, MONDAY + n * timedelta(minutes=5), to="clinic", by="bai")


def test_killed_sweepers(live_world, tmp_path):
    many_cases(live_world)
    expected = undisturbed(batch_size=2)
    assert len(expected["firings"]) > 150
    job = {"now": NOW.isoformat(), "batch_size": 2, "kills": KILLS}
    with database_of_other_processes(tmp_path) as url:
        run = subprocess.run(
            [sys.executable, str(SCRIPT)], input=json.dumps(job), capture_output=True, text=True, timeout=120,
            env={**os.environ, "DATABASE_URL": url, "HUIYIN_DATA": str(tmp_path), "LOG_LEVEL": "ERROR"},
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
    killed = json.loads(run.stdout).count(signal.SIGKILL)
    assert killed >= 0.6 * len(KILLS), (run.stdout, run.stderr)
    half_way = len(outcome()["firings"])
    assert 0 < half_way < len(expected["firings"]), "the kills have to fall into the middle of the work"
    sweep(NOW, batch_size=2)
    assert outcome() == expected
    for company in (live_world.property, live_world.hospital):
        with company.scope():
            assert list(audit(company.organization)) == []
