"""Keeps the stored deadlines of a case equal to what `plan()` says.

Nothing else writes to Deadline but the sweep, which only moves on to the next rung with `pass_rungs`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Any

from complaints.counting import counter_of
from complaints.course import (
    RULES_CHANGED,
    Calendars,
    Course,
    calendars_of_tickets,
    causes_of,
    departments_of,
)
from complaints.facts import facts_of
from complaints.models import CaseEvent, Complaint, Deadline
from organizations.actors import DESK_ROLES
from policies.engine.planning import PlannedDeadline, plan
from policies.engine.schema import Policy
from policies.selectors import calendar_of, policy_of

Identity = tuple[str, int, int, int]
RUNNING = (Deadline.State.OPEN, Deadline.State.PAUSED)
# What plan() decides. The rest of the row (revision, next_rung, next_fire_at) follows from these and from
# what has fired.
PLANNED_FIELDS = (
    "owner_role",
    "department_id",
    "force",
    "state",
    "started_at",
    "warn_at",
    "due_at",
    "first_due_at",
    "met_at",
    "ladder",
    "basis",
)
STORED_FIELDS = (
    *PLANNED_FIELDS,
    "revision",
    "next_rung",
    "owed",
    "next_fire_at",
)


def planned_of(
    case: Complaint, events: Iterable[CaseEvent], calendars: Calendars = calendar_of
) -> list[PlannedDeadline]:
    """The deadlines of a case as plan() sees them.

    Where other rules were applied on the way, what was met before stays as the rules of its time have it:
    nobody is late afterwards by a limit that did not exist then. `basis["version"]` names those rules.
    """
    events = list(events)
    return _kept(case, events, _plan(case, case.policy_id, events, calendars), calendars)


def _kept(
    case: Complaint, events: list[CaseEvent], planned: list[PlannedDeadline], calendars: Calendars
) -> list[PlannedDeadline]:
    met: dict[Identity, PlannedDeadline] = {}
    for change in (row for row in events if row.kind == RULES_CHANGED):
        before = [row for row in events if (row.at, row.pk) < (change.at, change.pk)]
        for row in _plan(case, change.data["old_rules"], before, calendars):
            if row.state == Deadline.State.MET:
                met.setdefault(_identity(row), _under(row, change.data["old_rules"]))
    return _with_the_past(planned, met) if met else planned


def _plan(
    case: Complaint, version_id: int, events: list[CaseEvent], calendars: Calendars
) -> list[PlannedDeadline]:
    policy = policy_of(version_id)
    calendar = calendars(case.organization, policy, case.desk_id)
    return plan(
        policy,
        calendar,
        facts_of(case),
        causes_of(events),
        counts=counter_of(case, calendar),
        tickets=calendars_of_tickets(case, policy, events, calendars),
    )


def _with_the_past(
    planned: list[PlannedDeadline], met: dict[Identity, PlannedDeadline]
) -> list[PlannedDeadline]:
    """What was met under earlier rules in the place of what the present ones make of it."""
    for row in planned:
        key = _identity(row)
        # The same duty running from another start is something else that is still to be done.
        if key in met and row.state in RUNNING and row.started_at != met[key].started_at:
            del met[key]
    rest = [row for row in planned if _identity(row) not in met]
    return sorted([*met.values(), *rest], key=lambda row: row.started_at)


def _under(row: PlannedDeadline, version_id: int) -> PlannedDeadline:
    return replace(row, basis={**row.basis, "version": version_id})


def _identity(row: PlannedDeadline) -> Identity:
    return row.duty, row.ticket or 0, row.round, row.occurrence


def planned_rows(
    case: Complaint, events: Iterable[CaseEvent], calendars: Calendars = calendar_of
) -> dict[Identity, dict[str, Any]]:
    """The deadlines of a case as plan() computes them: planned column values by identity."""
    events = list(events)
    return _rows(case, events, planned_of(case, events, calendars))


def _rows(
    case: Complaint, events: list[CaseEvent], planned: list[PlannedDeadline]
) -> dict[Identity, dict[str, Any]]:
    policy, departments = policy_of(case.policy_id), departments_of(events)
    return {_identity(row): _columns(case, policy, row, departments) for row in planned}


def _columns(
    case: Complaint, policy: Policy, row: PlannedDeadline, departments: dict[int, int]
) -> dict[str, Any]:
    return {
        "owner_role": row.owner,
        "department_id": _owner_department(case, policy, row, departments),
        "force": row.force,
        "state": row.state,
        "started_at": row.started_at,
        "warn_at": row.warn_at,
        "due_at": row.due_at,
        "first_due_at": row.first_due_at,
        "met_at": row.met_at,
        "ladder": [
            {"rung": rung.number, "kind": rung.kind, "at": rung.at.isoformat(), "to": list(rung.to)}
            for rung in row.rungs
        ],
        "basis": dict(row.basis),
    }


def _owner_department(
    case: Complaint, policy: Policy, row: PlannedDeadline, departments: dict[int, int]
) -> int:
    """Where the owner of a duty is looked up: desk roles at the desk, the others where the work is."""
    if policy.acts_as(row.owner) in DESK_ROLES:
        return case.desk_id
    return departments.get(row.ticket or 0) or case.lead_department_id or case.desk_id


def replan(case: Complaint, course: Course) -> list[Deadline]:
    """Bring the stored deadlines of a locked case in line with its course; returns the rows that changed.

    One read and at most two writes, whatever the number of deadlines.
    """
    wanted = _rows(case, course.rows, _kept(case, course.rows, course.run.deadlines(), calendar_of))
    stored = {identity(row): row for row in Deadline.objects.filter(complaint=case)}
    new = [_new(case, key, columns) for key, columns in wanted.items() if key not in stored]
    moved, changed = [], set()
    for key, row in stored.items():
        if columns := _bring_in_line(row, wanted.get(key), case):
            moved.append(row)
            changed.update(columns)
    if new:
        Deadline.objects.bulk_create(new)
    if moved:
        # Only what has changed: with all columns, building this statement took half the time of every verb.
        Deadline.objects.bulk_update(moved, sorted(changed))
    return [*new, *moved]


def new_rows(case: Complaint, events: Iterable[CaseEvent]) -> list[Deadline]:
    """The deadlines of a case that has none yet, unsaved, from events in memory. No query once the policy and
    the calendar are in the caches: for imports, which plan thousands of cases in one go."""
    return [_new(case, key, columns) for key, columns in planned_rows(case, events).items()]


def identity(row: Deadline) -> Identity:
    """What makes a deadline the same one after re-planning."""
    return row.duty, row.ticket_ref, row.round, row.occurrence


def differences(row: Deadline | None, columns: dict[str, Any] | None) -> list[str]:
    """The planned columns in which a stored row differs from the plan: the core of `audit_deadlines`."""
    if row is None:
        return ["missing"]
    if columns is None:
        return [] if row.state == Deadline.State.VOID else ["not planned"]
    plain = _plain(columns)
    return [name for name in PLANNED_FIELDS if _plain_value(getattr(row, name)) != plain[name]]


def _plain(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in columns.items()}


def _plain_value(value: Any) -> Any:
    """JSON columns come back as lists and strings; compare in that form."""
    if isinstance(value, dict):
        return {str(key): _plain_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_value(item) for item in value]
    return value


def _new(case: Complaint, key: Identity, columns: dict[str, Any]) -> Deadline:
    duty, ticket_ref, round_, occurrence = key
    row = Deadline(
        organization=case.organization,
        complaint=case,
        duty=duty,
        ticket_ref=ticket_ref,
        round=round_,
        occurrence=occurrence,
        **columns,
    )
    arm(row, case.quiet_until)
    return row


def _bring_in_line(row: Deadline, columns: dict[str, Any] | None, case: Complaint) -> list[str]:
    """Apply planned columns to a stored row; returns the columns that are different now.

    A moved due time is a new revision with the whole ladder before it again: what fired for the old due time
    stays on record, and cannot stop the new one from firing. Rungs whose time had come before the event that
    changes the row stay owed, so what is decided in the end does not depend on how often the sweep ran.
    """
    if columns is None:
        columns = {name: getattr(row, name) for name in PLANNED_FIELDS} | {"state": Deadline.State.VOID}
    if not differences(row, columns):
        return []
    before = {name: getattr(row, name) for name in STORED_FIELDS}
    if case.last_event_at is not None:
        pass_rungs(row, come_by(row, case.last_event_at, case.quiet_until), owed=True)
    due_moved = columns["due_at"] is not None and columns["due_at"] != row.due_at
    for name, value in columns.items():
        setattr(row, name, value)
    if due_moved:
        row.revision += 1
        row.next_rung = 0
    arm(row, case.quiet_until)
    return [name for name in STORED_FIELDS if _plain_value(getattr(row, name)) != _plain_value(before[name])]


@dataclass(frozen=True, slots=True)
class PendingRung:
    """A rung not decided yet. `at` is its own time, `revision` that of the due time it belongs to."""

    revision: int
    rung: int
    kind: str  # warn | breach | ladder
    at: datetime
    to: tuple[str, ...]


def pending_rungs(row: Deadline, quiet_until: datetime | None) -> list[PendingRung]:
    """What is still to be decided on a deadline, in order: what it owes, then the rest of its ladder.

    A paused or void deadline has only what it owes. A met one keeps the rungs up to the moment it was met: a
    due time is an exclusive end, so what is met at that very moment is late.
    """
    pending = [_pending(entry, entry["revision"]) for entry in row.owed]
    if row.state in (Deadline.State.OPEN, Deadline.State.MET):
        for entry in row.ladder:
            rung = _pending(entry, row.revision)
            if rung.rung >= row.next_rung and (row.met_at is None or rung.at <= row.met_at):
                pending.append(rung)
    return [rung for rung in pending if quiet_until is None or rung.at >= quiet_until]


def _pending(entry: dict[str, Any], revision: int) -> PendingRung:
    at = datetime.fromisoformat(entry["at"])
    return PendingRung(revision, entry["rung"], entry["kind"], at, tuple(entry["to"]))


def come_by(row: Deadline, moment: datetime, quiet_until: datetime | None) -> list[PendingRung]:
    """The pending rungs whose time has come by `moment`, as far as none before them is still to come."""
    return list(takewhile(lambda rung: rung.at <= moment, pending_rungs(row, quiet_until)))


def pass_rungs(row: Deadline, rungs: Sequence[PendingRung], *, owed: bool = False) -> None:
    """Put the first pending rungs behind the row: decided, or with `owed` left to the sweep as a debt."""
    paid = {(rung.revision, rung.rung) for rung in rungs}
    kept = [entry for entry in row.owed if owed or (entry["revision"], entry["rung"]) not in paid]
    known = {(entry["revision"], entry["rung"]) for entry in row.owed}
    for rung in rungs:
        if (rung.revision, rung.rung) in known:
            continue
        row.next_rung = rung.rung + 1
        if owed:
            kept.append({**asdict(rung), "at": rung.at.isoformat(), "to": list(rung.to)})
    row.owed = kept


def arm(row: Deadline, quiet_until: datetime | None) -> None:
    """Set `next_fire_at` to the time of the first rung that is still to be decided, NULL if there is none."""
    row.next_fire_at = next((rung.at for rung in pending_rungs(row, quiet_until)), None)
