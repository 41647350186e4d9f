"""The course of a case: its timeline as the rules see it, carried on event by event.

The engine's Run does the work; here it gets what it needs to know of a stored case.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from complaints.counting import counter_of
from complaints.facts import facts_of
from complaints.models import CaseEvent, Complaint
from organizations.models import Organization
from policies.engine.calendars import Calendar
from policies.engine.events import Event
from policies.engine.schema import Policy
from policies.engine.triggers import Run, listened_to
from policies.selectors import calendar_of, policy_of

# What the sweep writes down follows from the deadlines. It is no cause of anything: were it read as one, it
# would count as "another event" that overtakes a duty to be done at once.
SWEPT = ("warned", "breached", "escalated")
# Another version of the rules was applied; data: {old_rules, new_rules} are ids of versions.
RULES_CHANGED = "policy_changed"
# On the timeline for people only.
ASIDE = ("attached", "code_given", "task_settled", "order_issued", "remedy", "penalty")
UNREAD = frozenset({*SWEPT, *ASIDE, RULES_CHANGED})
# Gives the calendar of an organization under a policy for a desk's cases, or a department's tickets.
Calendars = Callable[[Organization, Policy, int], Calendar]


def as_event(row: CaseEvent) -> Event:
    """A stored event as the planner reads it."""
    return Event(
        id=row.pk,
        kind=row.kind,
        at=row.at,
        ticket=row.ticket_ref or None,
        role=row.role,
        facts=row.data.get("facts", {}),
        data=row.data,
    )


def events_of(case: Complaint) -> list[CaseEvent]:
    """The timeline of a case in order. One query."""
    return list(CaseEvent.objects.filter(complaint=case).order_by("at", "pk"))


def timelines_of(cases: Collection[int], *related: str) -> dict[int, list[CaseEvent]]:
    """The timelines of several cases by their ids; an empty one for a case without any. One query.

    `related` are rows to read along with each event.
    """
    timelines: dict[int, list[CaseEvent]] = {pk: [] for pk in cases}
    rows = CaseEvent.objects.filter(complaint__in=cases).order_by("at", "pk")
    for row in rows.select_related(*related) if related else rows:
        timelines[row.complaint_id].append(row)
    return timelines


def causes_of(rows: Iterable[CaseEvent]) -> list[Event]:
    """The events that the rules react to."""
    return [as_event(row) for row in rows if row.kind not in UNREAD]


def departments_of(rows: Iterable[CaseEvent]) -> dict[int, int]:
    """The department of each ticket."""
    return {row.ticket_ref: row.department_id for row in rows if row.ticket_ref and row.department_id}


def calendars_of_tickets(
    case: Complaint, policy: Policy, rows: Iterable[CaseEvent], calendars: Calendars = calendar_of
) -> dict[int, Calendar]:
    """The calendars of tickets, by their departments' opening hours; {} where the rules know no hours."""
    if not any(rule.hours for rule in policy.calendars.values()):
        return {}
    places = departments_of(rows)
    return {ticket: calendars(case.organization, policy, place) for ticket, place in places.items()}


class Course:
    """A case up to a moment. `rows` are its stored events so far, `run` what the rules make of them.

    Asks the database only where a rule counts other cases.
    """

    def __init__(self, case: Complaint, rows: Iterable[CaseEvent]) -> None:
        self.case = case
        self.rows = list(rows)
        self.policy = policy_of(case.policy_id)
        self._tickets = calendars_of_tickets(case, self.policy, self.rows)
        self.since = _since(case, self.rows)
        calendar = calendar_of(case.organization, self.policy, case.desk_id)
        causes = causes_of(self.rows)
        self.run = Run(
            self.policy,
            calendar,
            facts_of(case),
            counter_of(case, calendar),
            expected=causes,
            watched=listened_to(self.policy),
            since=self.since,
            tickets=self._tickets,
        )
        for event in causes:
            self.run.take(event)

    def take(self, row: CaseEvent) -> None:
        """The next event, just stored."""
        self.rows.append(row)
        if row.ticket_ref and row.department_id and row.ticket_ref not in self._tickets:
            self._tickets |= calendars_of_tickets(self.case, self.policy, [row])
        if row.kind not in UNREAD:
            self.run.take(as_event(row))

    def advance(self, until: datetime) -> None:
        """Let time pass."""
        self.run.advance(until)


def course_of(case: Complaint, now: datetime) -> Course:
    """The course of a case up to `now`. One query, and one for each count of other cases."""
    course = Course(case, events_of(case))
    course.advance(now)
    return course


def _since(case: Complaint, rows: Iterable[CaseEvent]) -> datetime | None:
    """Since when the rules in force have a say: what they would have brought about before is history."""
    times = [row.at for row in rows if row.kind == RULES_CHANGED]
    if case.quiet_until is not None:
        times.append(case.quiet_until)
    return max(times, default=None)
