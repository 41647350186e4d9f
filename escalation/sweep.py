"""The sweep: decides every rung whose time has come, each exactly once (DESIGN 5).

Its cost follows what is due, never what is open. A batch is one transaction: the cases are locked by the same
row lock a verb takes, what is due is read again under that lock, decided in memory, and fact, events,
messages and the next firing time are written together. Three walls stand against deciding twice: the lock,
the conditional claim whose row count is checked, and the unique key of Firing.
"""

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django_scopes import scope

from complaints.models import CaseEvent, Complaint, Deadline, Task
from complaints.tasks import number_orders
from complaints.texts import facts_for_texts
from escalation.deciding import Decisions, decide
from escalation.effects import carry_out_due, tell_effects, waiting
from escalation.models import Firing, Heartbeat
from escalation.recipients import load_hands
from escalation.reminding import remind_orders
from escalation.selection import Batch, Due, due_round
from escalation.writing import claim_deadlines, write_last_events
from notifications.services import tell
from organizations.actors import DESK_ROLES
from organizations.directory import Directory
from organizations.models import Organization
from policies.engine.occasions import RUNGS
from policies.posts import Posts
from policies.selectors import posts_of

logger = logging.getLogger(__name__)

BATCH_SIZE = 500
# A task stops after this and leaves the rest to the next beat, so that workers stay free for other work.
SECONDS = 25.0
# How far a row that raised is pushed back: 1, 2, 4 ... minutes, at most 6 hours.
FIRST_DELAY, GREATEST_DELAY = timedelta(minutes=1), timedelta(hours=6)


class ClaimLost(Exception):
    """Rows of the batch were decided by somebody else between reading and writing."""


@dataclass(slots=True)
class SweepResult:
    """What one sweep did. `complete` is False if it ran out of time with rows still due."""

    decided: int = 0  # deadlines moved on
    fired: int = 0  # rungs recorded
    told: int = 0  # messages written
    failed: int = 0  # rows that raised and were pushed back
    batches: int = 0
    complete: bool = True


@dataclass(slots=True)
class _Round:
    """What is loaded once for each organization of a round: the tenant, who is who in it, and which
    department each role of its rules is."""

    organizations: dict[int, Organization]
    directories: dict[int, Directory] = field(default_factory=dict)
    places: dict[int, Posts] = field(default_factory=dict)

    def directory(self, organization: Organization) -> Directory:
        return self.directories.setdefault(organization.pk, Directory(organization))

    def posts(self, organization: Organization) -> Posts:
        if organization.pk not in self.places:
            self.places[organization.pk] = posts_of(organization)
        return self.places[organization.pk]


def sweep(
    now: datetime,
    *,
    batch_size: int = BATCH_SIZE,
    seconds: float | None = None,
    organization: Organization | None = None,
    is_beat: bool = True,
) -> SweepResult:
    """Decide everything that is due at `now`, in batches, until nothing is left or `seconds` have passed.

    With `organization` only what is due there. Without `is_beat`, as with `organization`, the heartbeat stays
    as it is: for playing with time, where `now` is not the clock's.

    Runs outside any organization's scope. Any number of sweeps may run at the same time. A database that is
    away raises; the next beat tries again.
    """
    stop_at = None if seconds is None else time.monotonic() + seconds
    result = SweepResult()
    _sweep_deadlines(now, batch_size, organization, result, stop_at)
    _sweep_effects(now, batch_size, organization, result, stop_at)
    if is_beat and organization is None:
        beat("sweep", now)
    return result


def _sweep_deadlines(
    now: datetime,
    batch_size: int,
    organization: Organization | None,
    result: SweepResult,
    stop_at: float | None,
) -> None:
    while batches := due_round(now, batch_size, organization):
        before = (result.decided, result.failed)
        _sweep_round(batches, now, result, stop_at)
        if not result.complete or (result.decided, result.failed) == before:
            break  # out of time, or all that is left is in other hands: they or the next beat will do it


def _sweep_effects(
    now: datetime,
    batch_size: int,
    organization: Organization | None,
    result: SweepResult,
    stop_at: float | None,
) -> None:
    """Carry out what the passing of time has brought about. It may set limits that have passed already."""
    there = waiting(now, organization)
    if there.due and result.complete:
        carry_out_due(now, organization)
        _sweep_deadlines(now, batch_size, organization, result, stop_at)
    if there.due or there.untold:
        result.told += tell_effects(now, organization)
    if there.unanswered:
        result.told += remind_orders(now, organization)


def _sweep_round(batches: list[Batch], now: datetime, result: SweepResult, stop_at: float | None) -> None:
    ids = {batch.organization_id for batch in batches}
    round_ = _Round(Organization.objects.in_bulk(ids))
    for batch in batches:
        if stop_at is not None and time.monotonic() >= stop_at:
            result.complete = False
            return
        organization = round_.organizations[batch.organization_id]
        with scope(organization=organization):
            _attempt(organization, batch.rows, round_, now, result)


def _attempt(
    organization: Organization, rows: tuple[Due, ...], round_: _Round, now: datetime, result: SweepResult
) -> None:
    """Decide the rows together; if that raises, in ever smaller parts, until the one that raises is alone."""
    try:
        decisions, moved = _decide_batch(organization, rows, round_, now)
    except Exception as error:
        if _is_outage(error):
            raise
        parts = _parts(rows)
        for part in parts:
            _attempt(organization, part, round_, now, result)
        if not parts and not isinstance(error, ClaimLost):
            _push_back(rows[0], error, now)
            result.failed += 1
        return
    result.batches += 1
    result.decided += moved
    result.fired += len(decisions.steps)
    result.told += len(decisions.messages)


def _is_outage(error: Exception) -> bool:
    """Whether the database is away or locked, rather than the rows at fault. SQLite's connection always calls
    itself usable, and its OperationalError is a lock, a full disk or a lost file."""
    if isinstance(error, OperationalError) and connection.vendor == "sqlite":
        return True
    return not connection.is_usable()


def _parts(rows: tuple[Due, ...]) -> list[tuple[Due, ...]]:
    """Halves that leave each case whole; a single case in its deadlines; nothing for a single deadline."""
    if len(rows) < 2:
        return []
    ordered = sorted(rows, key=lambda row: row.complaint_id)
    cases = sorted({row.complaint_id for row in ordered})
    if len(cases) == 1:
        return [(row,) for row in rows]
    middle = cases[len(cases) // 2]
    below = tuple(row for row in ordered if row.complaint_id < middle)
    return [below, tuple(row for row in ordered if row.complaint_id >= middle)]


def _decide_batch(
    organization: Organization, due: tuple[Due, ...], round_: _Round, now: datetime
) -> tuple[Decisions, int]:
    """One batch, one transaction. Returns what was decided and how many deadlines moved on."""
    directory = round_.directory(organization)
    with transaction.atomic():
        cases = _lock_cases(organization, due)
        rows = _due_rows(organization, cases, due, now)
        if not rows:
            return Decisions(), 0
        at_work = {row.complaint_id for row in rows if row.owner_role not in DESK_ROLES}
        hands = load_hands(sorted(at_work))
        facts = facts_for_texts(cases.values(), RUNGS)
        decisions = decide(cases.values(), rows, directory, hands, now, facts, round_.posts(organization))
        _write(organization, rows, decisions, now)
        return decisions, len(rows)


def _lock_cases(organization: Organization, due: tuple[Due, ...]) -> dict[int, Complaint]:
    """The cases of the rows, locked as every verb locks them; those in other hands are left out.

    In the order of their ids. SQLite knows no row locks: there the transaction is the lock (IMMEDIATE).
    """
    ids = {row.complaint_id for row in due}
    found = (
        Complaint.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(organization=organization, pk__in=ids)
        .only(
            "organization_id", "number", "subject", "respondent_id", "desk_id", "lead_department_id",
            "recorded_by_id", "policy_id", "last_event_at", "quiet_until", "facts",
            "received_at", "channel", "category", "tier",  # words of messages
        )
        .order_by("pk")
    )  # fmt: skip
    cases = {}
    for case in found:
        case.organization = organization
        cases[case.pk] = case
    return cases


def _due_rows(
    organization: Organization, cases: dict[int, Complaint], due: tuple[Due, ...], now: datetime
) -> list[Deadline]:
    """What is due on the locked cases now: a fresh statement, because the ids were read before the lock.

    All due deadlines of a case come together, so that one message can speak for them; a row that is tried
    alone, after its batch has failed, comes alone.
    """
    rows = Deadline.objects.filter(
        organization=organization, complaint__in=list(cases), next_fire_at__lte=now
    ).order_by("next_fire_at", "pk")
    if len(due) == 1:
        rows = rows.filter(pk=due[0].deadline_id)
    found = list(rows)
    for row in found:
        row.organization = organization
        row.complaint = cases[row.complaint_id]
    return found


def _write(organization: Organization, rows: list[Deadline], decisions: Decisions, now: datetime) -> None:
    """Fact, events, messages and next firing times, or nothing."""
    if claim_deadlines(organization, rows, now) != len(rows):
        raise ClaimLost(f"{len(rows)} rows of organization {organization.pk}")
    if not decisions.steps:
        return
    Firing.objects.bulk_create(decisions.firings(now))
    CaseEvent.objects.bulk_create(decisions.events(now))
    if tasks := decisions.tasks(now):
        number_orders(tasks, now)
        Task.objects.bulk_create(tasks)
    write_last_events(organization, {step.row.complaint for step in decisions.steps})
    tell(organization, decisions.messages, now=now)


def _push_back(due: Due, error: Exception, now: datetime) -> None:
    """Put a row that raised behind the others, further each time, with the reason for the administrator."""
    logger.exception("deadline %s could not be decided", due.deadline_id, exc_info=error)
    rows = Deadline.objects.filter(pk=due.deadline_id, next_fire_at__lte=now)
    attempts = rows.values_list("attempts", flat=True).first() or 0
    delay = min(FIRST_DELAY * 2 ** min(attempts, 16), GREATEST_DELAY)
    rows.update(
        attempts=F("attempts") + 1,
        last_error=f"{type(error).__name__}: {error}"[:2000],
        next_fire_at=now + delay,
    )


def beat(job: str, now: datetime) -> None:
    """Say that a periodic job has finished. One statement (two the first time)."""
    if not Heartbeat.objects.filter(job=job).update(beat_at=now):
        Heartbeat.objects.update_or_create(job=job, defaults={"beat_at": now})
