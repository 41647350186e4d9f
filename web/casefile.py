"""Everything a page shows of one case, read lazily: each part is one query, and only if the page wants it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from complaints import gatekeeping
from complaints.course import Course, timelines_of
from complaints.models import Attachment, CaseEvent, Complaint, Deadline, Effect, Task
from complaints.rights import RIGHTS
from complaints.stops import choosable
from organizations.actors import DESK_ROLES, Actor
from organizations.models import User
from policies.engine.conditions import Need, holds
from policies.engine.extensions import extension_rule
from policies.engine.schema import ClockStop, ExtensionRule, Policy
from policies.posts import Posts, people_of_role
from policies.selectors import policy_of, posts_for
from tickets.models import GIVEN_BACK, Ticket
from tickets.proposing import Owner, Proposal, case_owner, propose

EFFECTS_SHOWN = 8


@dataclass(eq=False)
class CaseFile:
    """A case as one actor sees it at one moment."""

    case: Complaint
    actor: Actor
    now: datetime

    @cached_property
    def policy(self) -> Policy:
        return policy_of(self.case.policy_id)

    @cached_property
    def tickets(self) -> list[Ticket]:
        rows = Ticket.objects.filter(complaint=self.case).select_related(
            "department", "signed_by", "handler", "done_by"
        )
        return list(rows.order_by("-round", "id"))

    @cached_property
    def events(self) -> list[CaseEvent]:
        rows = CaseEvent.objects.filter(complaint=self.case).select_related("actor", "department")
        return list(rows.order_by("at", "pk"))

    @cached_property
    def attachments(self) -> list[Attachment]:
        """The files of the case, in the order they came."""
        return list(Attachment.objects.filter(complaint=self.case).select_related("uploaded_by"))

    @cached_property
    def deadlines(self) -> list[Deadline]:
        """Those of the present round and those that still run, the next one first."""
        rows = Deadline.objects.filter(complaint=self.case).select_related("department")
        return list(rows.order_by("due_at", "pk"))

    @cached_property
    def course(self) -> Course:
        """What the rules make of the case up to now."""
        course = Course(self.case, self.events)
        course.advance(self.now)
        return course

    @property
    def facts(self) -> dict[str, object]:
        """What is known of the case now, as the rules see it."""
        return self.course.run.facts

    @cached_property
    def running(self) -> list[Deadline]:
        open_ = (Deadline.State.OPEN, Deadline.State.PAUSED)
        return [row for row in self.deadlines if row.state in open_]

    @cached_property
    def lead(self) -> Ticket | None:
        """The leading ticket of the present round that has not been given back."""
        return next(
            (
                row
                for row in self.tickets
                if row.part == Ticket.Part.LEAD
                and row.round == self.case.round
                and row.state not in GIVEN_BACK
            ),
            None,
        )

    @cached_property
    def posts(self) -> Posts:
        """Which department each role of the rules is here."""
        return posts_for(self.actor)

    def people_of(self, row: Deadline) -> list[User]:
        """Who fills the role that owns a limit."""
        return people_of_role(
            self.actor.directory,
            self.posts,
            self.policy,
            row.owner_role,
            desk_id=self.case.desk_id,
            department_id=row.department_id,
        )

    @cached_property
    def owner(self) -> Owner | None:
        """Who owns the case by the rules."""
        return case_owner(self.case, self.facts, directory=self.actor.directory, posts=self.posts)

    @cached_property
    def proposal(self) -> Proposal | None:
        """Where the rules send the case; None if they do not say, or somebody leads already."""
        if self.lead is not None:
            return None
        return propose(self.case, directory=self.actor.directory, now=self.now, course=self.course)

    def extendable(self, ticket: Ticket) -> list[Deadline]:
        """The running limits that a ticket's department has to keep, and may ask more time for."""
        return [
            row
            for row in self.running
            if row.due_at is not None
            and row.ticket_ref in (0, ticket.pk)
            and row.department_id == ticket.department_id
            and self.policy.acts_as(row.owner_role) not in DESK_ROLES
            and self._extension_rule(row) is not None
        ]

    def can_ask_for_time(self, ticket: Ticket) -> bool:
        """Whether one of these can still be asked about: the rules may want that before it passes."""
        return any(self._is_in_time(row) for row in self.extendable(ticket))

    def _is_in_time(self, row: Deadline) -> bool:
        rule = self._extension_rule(row)
        is_over = row.state == Deadline.State.OPEN and row.due_at is not None and row.due_at <= self.now
        return rule is not None and not (rule.before_due and is_over)

    def _extension_rule(self, row: Deadline) -> ExtensionRule | None:
        """The rule that gives more time for a limit, if one does."""
        rule = extension_rule(self.policy, row.duty, self.facts)
        return rule if rule is not None and rule.allowed else None

    # --- what the rules have brought about --------------------------------------------------------------

    @cached_property
    def tasks(self) -> list[Task]:
        """What the rules want people to do, the oldest first. Proposed penalties are shown elsewhere."""
        rows = Task.objects.filter(complaint=self.case).exclude(kind=Task.Kind.PENALTY)
        tasks = list(rows.select_related("department", "settled_by", "issued_by"))
        for task in tasks:
            task.complaint = self.case
        return tasks

    @cached_property
    def effects(self) -> list[Effect]:
        """What triggers and clock stops have done, the latest first."""
        return list(Effect.objects.filter(complaint=self.case).order_by("-at", "-pk")[:EFFECTS_SHOWN])

    def stops(self, verb: str, kind: str) -> list[ClockStop]:
        """The clock stops under which the actor may record an event of this kind now."""
        rows = choosable(self.actor, self.case, verb, kind, self.posts)
        counts = self.course.run.fold.counts(self.now) if rows else None
        return [row for row in rows if holds(row.when, self.facts, counts=counts)]

    @property
    def new_facts(self) -> bool:
        """Whether new facts have come up since the limits last counted anew."""
        kinds = [row.kind for row in self.events if row.kind in ("new_facts", "restarted")]
        return kinds[-1:] == ["new_facts"]

    # --- what stands before the close-out ---------------------------------------------------------------

    @cached_property
    def close_needs(self) -> list[Need]:
        """What the rules still ask for before the case may be closed out."""
        return gatekeeping.standing_before(self.course, "closed", self.now)

    @cached_property
    def close_missing(self) -> list[str]:
        """The same in words."""
        return [gatekeeping.phrase(self.policy, need) for need in self.close_needs]

    @cached_property
    def consents(self) -> list[str]:
        """The product roles whose consent is asked for and which the actor holds for this case."""
        wanted = {self.policy.acts_as(role) for need in self.close_needs for role in consent_roles(need)}
        places = (self.case.lead_department_id, self.case.desk_id)
        return [
            role
            for role in RIGHTS["consent"]
            if role in wanted and any(self.actor.has_for(place, role) for place in places)
        ]


def read_events(files: Sequence[CaseFile]) -> None:
    """Read the events of several cases at once. One query."""
    timelines = timelines_of([file.case.pk for file in files], "actor", "department")
    for file in files:
        file.events = timelines[file.case.pk]


def consent_roles(need: Need) -> Iterator[str]:
    """The roles whose consent a need asks for, itself or in one of its options."""
    if need.code == "consent":
        yield str(need.expected)
    for option in need.options:
        yield from consent_roles(option)
