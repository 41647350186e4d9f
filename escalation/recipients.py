"""Who is told about a rung: from the roles a pack names to the people who hold them now."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from complaints.deadlines import PendingRung
from complaints.models import Complaint, Deadline
from organizations.actors import DESK_ROLES
from organizations.directory import Directory
from organizations.models import Role, User
from policies.engine.schema import Policy
from policies.posts import Posts, kept_out, people_of_role
from tickets.messages import desk_people, workers
from tickets.models import Ticket

logger = logging.getLogger(__name__)

_AT_WORK = (Role.HANDLER, Role.DEPT_HEAD)
# Words of a pack for "whoever the duty belongs to"; people outside the organization are told by other means.
_OWNERS = frozenset({"owner", "assignee", "responsible"})
_OUTSIDE = frozenset({"complainant", "third_party", "platform"})


@dataclass(frozen=True, slots=True)
class Hand:
    """Who has signed for a ticket and who works on it."""

    handler_id: int | None
    signed_by_id: int | None


@dataclass(frozen=True, slots=True)
class Hands:
    """The signed tickets of the cases of a batch."""

    by_ticket: dict[int, Hand] = field(default_factory=dict)
    by_department: dict[tuple[int, int], Hand] = field(default_factory=dict)

    def of(self, row: Deadline) -> Hand | None:
        """The hand a deadline lies in: of its own ticket, or of its department's for a duty of the case."""
        if row.ticket_ref:
            return self.by_ticket.get(row.ticket_ref)
        return self.by_department.get((row.complaint_id, row.department_id or 0))


def load_hands(case_ids: Sequence[int]) -> Hands:
    """The signed tickets of some cases. One query."""
    hands = Hands()
    signed = Ticket.objects.filter(complaint__in=case_ids, state=Ticket.State.SIGNED).order_by("pk")
    columns = ("pk", "complaint_id", "department_id", "handler_id", "signed_by_id")
    for pk, complaint_id, department_id, handler_id, signed_by_id in signed.values_list(*columns):
        hand = Hand(handler_id, signed_by_id)
        hands.by_ticket[pk] = hands.by_department[complaint_id, department_id] = hand
    return hands


@dataclass(frozen=True, eq=False)
class Addressees:
    """Answers who a rung of a case is addressed to. Asks the database nothing.

    The owner of a limit is always told; of everybody else, who is complained about is passed over (DESIGN 6).
    """

    directory: Directory
    posts: Posts
    policy: Policy
    case: Complaint
    hands: Hands

    def of(self, row: Deadline, rung: PendingRung) -> list[User]:
        """The people of a rung, each once.

        A role nobody holds does not swallow its message: it goes to those of the next rung, at last to the
        general manager or, where there is none, to the administrator.
        """
        people: list[User] = []
        for name in rung.to:
            people += self._named(row, name) or self._above(row, rung, name)
        if not people:
            logger.warning("rung %s of deadline %s: nobody to tell", rung.rung, row.pk)
        return list({user.pk: user for user in people}.values())

    def _named(self, row: Deadline, name: str) -> list[User]:
        if name in _OWNERS:
            return self._owner(row)
        if name == "respondent" and self.case.respondent_id:
            return workers(self.directory, self.case.respondent_id)
        return self._people(row, name, without=self._kept_out)

    def _people(self, row: Deadline, name: str, without: Collection[int] = ()) -> list[User]:
        # The desk's people are those of the case's desk, wherever the work is.
        return people_of_role(
            self.directory,
            self.posts,
            self.policy,
            name,
            desk_id=self.case.desk_id,
            department_id=row.department_id,
            without=without,
        )

    @cached_property
    def _kept_out(self) -> frozenset[int]:
        return kept_out(self.directory, self.policy, self.case.facts)

    def _owner(self, row: Deadline) -> list[User]:
        role = self.policy.acts_as(row.owner_role)
        place = self.posts.get(row.owner_role)
        if role in _AT_WORK:
            # A ticket's limit is its department's, whatever the place of the role.
            is_elsewhere = place is not None and not row.ticket_ref
            theirs = self._people(row, row.owner_role) if is_elsewhere else self._workers(row)
            return [*self._in_hand(row), *theirs]
        if role in DESK_ROLES and place in (None, self.case.desk_id):
            return desk_people(self.directory, self.case)
        return self._people(row, row.owner_role)

    def _in_hand(self, row: Deadline) -> list[User]:
        hand = self.hands.of(row)
        ids = (hand.handler_id, hand.signed_by_id) if hand else ()
        return [user for pk in ids if pk and (user := self.directory.people.get(pk))]

    def _workers(self, row: Deadline) -> list[User]:
        return workers(self.directory, row.department_id or self.directory.root_id)

    def _above(self, row: Deadline, rung: PendingRung, name: str) -> list[User]:
        if name in _OUTSIDE:
            return []
        for higher in _roles_above(row, rung):
            if people := self._named(row, higher):
                return people
        # At the very end better somebody it is about than nobody at all.
        for without in (self._kept_out, ()):
            for role in (Role.GENERAL_MANAGER, Role.ADMINISTRATOR):
                if people := self.directory.holders(role, None, without=without):
                    return people
        return []


def _roles_above(row: Deadline, rung: PendingRung) -> Iterable[str]:
    for entry in row.ladder:
        if entry["rung"] > rung.rung:
            yield from (name for name in entry["to"] if name not in _OUTSIDE)
