"""One deadline in the making: a duty that has begun on a case, while the timeline passes over it.

The due time is never edited. It is computed from scratch, by the limit row in force and everything that
happened to the clock since the start, whenever one of these changes; so the order in which things became
known leaves no trace.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.engine.calendars import Calendar, NoOpenTime, Span
from policies.engine.conditions import Counts
from policies.engine.deadlines import PlannedDeadline, Rung
from policies.engine.events import Event
from policies.engine.limits import amount_of, due_for, first_row
from policies.engine.opentime import OpenTime
from policies.engine.rungs import rungs_of
from policies.engine.schema import Duty, Limit

NO_LIMIT = Limit()


@dataclass(frozen=True, slots=True)
class Extension:
    given_at: datetime
    due_at: datetime


class Instance:
    """A running (or ended) instance of a duty. `facts` are the case's facts at the moment of each call."""

    def __init__(
        self,
        duty: Duty,
        event: Event,
        calendar: Calendar,
        facts: Mapping[str, object],
        round: int,
        occurrence: int,
        counts: Counts | None = None,
    ) -> None:
        self.duty = duty
        self.calendar = calendar
        self.ticket = event.ticket if duty.each == "ticket" else None
        self.round = round
        self.occurrence = occurrence
        self.state = "open"
        self.revision = 0
        self.version = 0  # grows with every change of anything
        self.first_due_at: datetime | None = None
        self.due_at: datetime | None = None
        self.met_at: datetime | None = None
        self.void_at: datetime | None = None
        self.void_reason = ""
        self._begin(event, facts, counts)
        self.revision = 0  # the first due time is no change

    def _begin(self, event: Event, facts: Mapping[str, object], counts: Counts | None) -> None:
        self.start_event = event
        self.started_at = event.at
        self.paused_since: datetime | None = None
        self.overtaken_at: datetime | None = None
        self._changes: list[Span | Extension] = []
        self._late_pauses: list[Span] = []
        self.choose(facts, counts)

    @property
    def is_running(self) -> bool:
        return self.state == "open"

    def restart(self, event: Event, facts: Mapping[str, object], counts: Counts | None = None) -> None:
        """Count anew from a later event: what happened to the clock before it belongs to the old count."""
        self._begin(event, facts, counts)

    def choose(self, facts: Mapping[str, object], counts: Counts | None = None) -> None:
        """Take the first limit row that holds now; the start stays where it is."""
        chosen = first_row(self.duty.limits, facts, counts)
        self.row_number = chosen[0] if chosen else None
        self.limit = chosen[1] if chosen else NO_LIMIT
        self._compute(facts)

    def pause(self, at: datetime) -> None:
        if self.duty.pausable and self.paused_since is None:
            self.paused_since = at
            self.version += 1

    def resume(self, at: datetime, facts: Mapping[str, object]) -> None:
        self._end_stretch(at)
        self.paused_since = None
        self._compute(facts)

    def extend(self, given_at: datetime, due_at: datetime, facts: Mapping[str, object]) -> None:
        """Move the due time to `due_at`: never earlier than it is, never past the ceiling."""
        if self.paused_since is not None:
            # The new time is given knowing the pause so far; only what is still to come of it counts on top.
            self._end_stretch(given_at)
            self.paused_since = given_at
        self._changes.append(Extension(given_at, due_at))
        self._compute(facts)

    def overtaken(self, at: datetime, facts: Mapping[str, object]) -> None:
        """Another event came first: what had to be done immediately was not."""
        if self.limit.unit == "immediate" and self.overtaken_at is None and at > self.started_at:
            self.overtaken_at = at
            self._compute(facts)

    def meet(self, at: datetime, facts: Mapping[str, object]) -> None:
        self._end_stretch(at)
        self._compute(facts)
        self.met_at, self.state = at, "met"

    def void(self, at: datetime, reason: str) -> None:
        self._end_stretch(at)
        self.version += 1
        self.void_at, self.void_reason, self.state = at, reason, "void"

    def _end_stretch(self, at: datetime) -> None:
        if self.paused_since is not None and at > self.paused_since:
            self._changes.append((self.paused_since, at))

    def _compute(self, facts: Mapping[str, object]) -> None:
        before = self.due_at
        self.version += 1
        self.due_at = self._due(facts)
        if self.first_due_at is None:
            self.first_due_at = self.due_at
        if self.due_at != before:
            self.revision += 1

    def _due(self, facts: Mapping[str, object]) -> datetime | None:
        self._late_pauses = []
        self.base_due_at, self.provisional = None, False
        self.amount = amount_of(self.limit, facts)
        self.ceiling_at = self._ceiling(facts)
        if self.limit.unit == "immediate":
            self.base_due_at = self.started_at if self.overtaken_at else None
            return self.base_due_at
        due = due_for(self.limit, self.started_at, self.calendar, facts)
        if due is None:
            return None
        self.base_due_at, self.provisional = due.at, due.provisional
        try:
            return self._moved(due.at)
        except (NoOpenTime, OverflowError):
            return due.at

    def _moved(self, due: datetime) -> datetime:
        """The due time after every pause and extension, in the order they happened."""
        for change in self._changes:
            if isinstance(change, Extension):
                due = max(due, min(change.due_at, self.ceiling_at or change.due_at))
            elif change[0] < due:
                due = _pushed(self.limit, self.calendar, due, change)
            else:
                self._late_pauses.append(change)  # a pause cannot heal a breach
        return due

    def _ceiling(self, facts: Mapping[str, object]) -> datetime | None:
        ceiling = self.duty.ceiling
        last = due_for(ceiling, self.started_at, self.calendar, facts) if ceiling else None
        if ceiling is None or last is None:
            return None
        at = last.at
        for change in self._changes:
            if not isinstance(change, Extension) and change[0] < at:
                at = _pushed(ceiling, self.calendar, at, change)
        return at

    def rungs(self) -> tuple[Rung, ...]:
        """Its rungs, as it stands after the last event."""
        return self._rungs(self._warn_at())

    def planned(self) -> PlannedDeadline:
        """The result, as it stands after the last event."""
        warn_at = self._warn_at()
        return PlannedDeadline(
            duty=self.duty.id,
            ticket=self.ticket,
            round=self.round,
            occurrence=self.occurrence,
            title=self.duty.title or self.duty.id,
            owner=self.duty.owner,
            force=self.limit.force,
            started_at=self.started_at,
            warn_at=warn_at,
            due_at=self.due_at,
            first_due_at=self.first_due_at,
            met_at=self.met_at,
            state="paused" if self.is_running and self.paused_since else self.state,
            revision=self.revision,
            rungs=self._rungs(warn_at),
            basis=self._basis(),
        )

    def _warn_at(self) -> datetime | None:
        share = self.duty.warn_at
        if share is None or self.due_at is None or self.due_at <= self.started_at:
            return None
        pauses = [
            change
            for change in self._changes
            if isinstance(change, tuple) and change not in self._late_pauses
        ]
        try:
            return OpenTime(self.calendar, self.limit).fraction(self.started_at, self.due_at, share, pauses)
        except NoOpenTime:
            return None

    def _rungs(self, warn_at: datetime | None) -> tuple[Rung, ...]:
        if self.is_running and self.paused_since:
            return ()
        length = self.base_due_at - self.started_at if self.base_due_at else timedelta(0)
        rungs = rungs_of(
            self.duty,
            self.calendar,
            warn_at=warn_at,
            breach_at=self.overtaken_at if self.limit.unit == "immediate" else self.due_at,
            length=max(length, timedelta(0)),
            late_pauses=self._late_pauses,
        )
        end = self.met_at or self.void_at
        if end is None:
            return rungs
        # A due time is an exclusive end: what happens at that very moment is too late, unless it began then.
        return tuple(rung for rung in rungs if rung.at <= end and end > self.started_at)

    def _basis(self) -> dict[str, object]:
        limit = self.limit
        basis: dict[str, object] = {
            "from": {"event": self.start_event.kind, "id": self.start_event.id},
            "limit": self.row_number,
            "value": self.amount,
            "unit": limit.unit,
            "calendar": limit.calendar.name,
            "source": list(limit.source or self.duty.source),
            "ceiling_at": _iso(self.ceiling_at),
            "extensions": [
                {"at": _iso(change.given_at), "due_at": _iso(change.due_at)}
                for change in self._changes
                if isinstance(change, Extension)
            ],
            "pauses": [
                {"from": _iso(change[0]), "to": _iso(change[1])}
                for change in self._changes
                if isinstance(change, tuple)
            ],
            "provisional": self.provisional,
        }
        if self.paused_since and self.is_running:
            basis["paused_since"] = _iso(self.paused_since)
        if self.void_at:
            basis["void"] = {"at": _iso(self.void_at), "by": self.void_reason}
        return basis


def _pushed(limit: Limit, calendar: Calendar, due: datetime, pause: Span) -> datetime:
    """A due time moved by exactly the time of its own limit that a pause took away."""
    time = OpenTime(calendar, limit)
    return time.after(due, time.between(*pause))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
