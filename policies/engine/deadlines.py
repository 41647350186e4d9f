"""What plan() gives back: the deadlines of a case, each with the rungs that fire around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of what happens when a deadline comes near and passes: warning, breach, the ladder above."""

    number: int  # 0 = warning, 1 = breach, 2.. = ladder
    kind: str  # warn | breach | ladder
    at: datetime
    to: tuple[str, ...]  # role ids, or "owner"
    actions: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class PlannedDeadline:
    """One instance of a duty on one case. (duty, ticket, round, occurrence) identifies it. Times are UTC.

    Late is derived (`met_at` after `due_at`), overdue too (open, and the clock is past `due_at`). A paused
    deadline shows the due time it had when the clock stopped. `rungs` are those of the present due time; of
    a deadline that is met or void only those that came before its end are left.
    """

    duty: str
    ticket: int | None
    round: int
    occurrence: int
    title: str
    owner: str
    force: str  # must | should
    started_at: datetime
    warn_at: datetime | None
    due_at: datetime | None
    first_due_at: datetime | None  # as first computed, before extensions
    met_at: datetime | None
    state: str  # open | paused | met | void
    revision: int  # grows whenever due_at changes over the history
    rungs: tuple[Rung, ...]
    # Enough to say why, in JSON: limit, value, unit, calendar, source, from, ceiling_at, extensions,
    # pauses, provisional
    basis: Mapping[str, object]

    @property
    def is_late(self) -> bool:
        """Met, but not in time."""
        return is_late(self.started_at, self.due_at, self.met_at)

    def is_overdue(self, now: datetime) -> bool:
        """Still open at `now` although its due time has come."""
        return self.state == "open" and self.due_at is not None and self.due_at <= now


def is_late(started_at: datetime, due_at: datetime | None, met_at: datetime | None) -> bool:
    """Whether what was met was met too late: not before its due time, which is an exclusive end. What is done
    in the very moment it began (a limit of length zero) is in time."""
    return met_at is not None and due_at is not None and met_at >= due_at and met_at > started_at
