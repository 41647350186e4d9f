"""Where the rules send a case: the departments a dispatch begins with, and who owns it. A person confirms."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.utils.translation import gettext as _

from complaints.course import Course, course_of
from complaints.gatekeeping import phrase
from complaints.models import CaseEvent, Complaint
from organizations.actors import DESK_ROLES
from organizations.directory import Directory
from organizations.models import Department, Role, User
from policies.engine.routes import Assignment, is_recused, route
from policies.engine.schema import Policy
from policies.posts import Posts, people_of_role
from policies.readable import phrases
from policies.readable.rest import routes as routes_in_words
from policies.readable.words import listed
from policies.selectors import policy_of, posts_of, title_of
from tickets.models import Ticket

# How many of the earlier cases of a category have a say, and how far back they are looked for: without the
# second bound a rare category would read an organization's whole past.
EARLIER, LOOKED_AT = 200, 5000
_AT_WORK = (Role.HANDLER, Role.DEPT_HEAD, Role.DEPT_MANAGER)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules say about a case that is to be dispatched.

    `lead` is None where they name nobody who has a department. `reasons` say why, one sentence each, the rule
    itself first; `needs` is what they ask for before.
    """

    lead: Department | None
    helpers: tuple[Department, ...]
    also_notify: tuple[User, ...]
    reasons: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns a case by the rules: a role, whose (a fact's value) if they say so, and its people."""

    title: str
    of: str
    people: tuple[User, ...]


def propose(
    case: Complaint, *, directory: Directory, now: datetime, course: Course | None = None
) -> Proposal | None:
    """Where the rules send the case, as things are at `now`; None if they do not say.

    A role that has a place in the organization is that department. Of the others, who works on cases (head,
    handler, manager) is the department that led most of the last cases of the category, else the one
    complained about unless the rules keep it out. Four queries; three with the `course` of the case up to
    `now`, where the caller has it.
    """
    if not policy_of(case.policy_id).routes.assign:
        return None
    return _proposed(course or course_of(case, now), directory, now)


def propose_for_call(
    case: Complaint, *, facts: Mapping[str, object], directory: Directory, now: datetime
) -> Proposal | None:
    """The same for a case that is still being typed: unsaved, with its organization, desk and rules.

    `facts` are those that its registration would record.
    """
    if not policy_of(case.policy_id).routes.assign:
        return None
    recorded = CaseEvent(
        pk=0, complaint_id=0, kind="recorded", at=now, recorded_at=now, data={"facts": dict(facts)}
    )
    return _proposed(Course(case, [recorded]), directory, now)


def _proposed(course: Course, directory: Directory, now: datetime) -> Proposal | None:
    case = course.case
    assignment = _assignment(course, now)
    if assignment is None:
        return None
    posts = posts_of(case.organization)
    return _Search(case, course.policy, directory, posts, course.run.facts).answer(assignment)


def also_told(case: Complaint, *, directory: Directory, now: datetime) -> list[User]:
    """Whom the rules want told when the case is sent out, besides the departments. No query where they want
    nobody told."""
    policy = policy_of(case.policy_id)
    if not any("also_notify" in row.settings for row in policy.routes.assign):
        return []
    assignment = _assignment(course_of(case, now), now)
    if assignment is None:
        return []
    return _told(case, policy, directory, posts_of(case.organization), assignment.also_notify)


def case_owner(
    case: Complaint, facts: Mapping[str, object], *, directory: Directory, posts: Posts
) -> Owner | None:
    """Who owns the case by `case_owner` of the routes; None if the rules do not say. No query."""
    policy = policy_of(case.policy_id)
    found = route(policy, facts, owner=True)
    if found is None:
        return None
    title = phrases.roles(policy, found.to)
    of = str(facts.get(found.of) or "") if found.of else ""
    return Owner(title, of, tuple(_told(case, policy, directory, posts, found.to)))


def _assignment(course: Course, now: datetime) -> Assignment | None:
    return route(course.policy, course.run.facts, counts=course.run.fold.counts(now))


def _told(
    case: Complaint, policy: Policy, directory: Directory, posts: Posts, roles: Iterable[str]
) -> list[User]:
    place = case.lead_department_id or case.desk_id
    people = [
        user
        for role in roles
        for user in people_of_role(directory, posts, policy, role, desk_id=case.desk_id, department_id=place)
    ]
    return list(dict.fromkeys(people))


@dataclass(eq=False)
class _Search:
    """Looks for the departments that the roles of an assignment are."""

    case: Complaint
    policy: Policy
    directory: Directory
    posts: Posts
    facts: Mapping[str, object]
    said: list[str] = field(default_factory=list)

    def answer(self, found: Assignment) -> Proposal:
        lines = {line.id: line.text for line in routes_in_words(self.policy)}
        self._say(_("By the rules: %(rule)s"), rule=lines[f"assign.{found.row + 1}"])
        for role in found.recused:
            self._say(_("%(role)s is complained about and does not handle the case."), role=self._title(role))
        for role in found.offered:
            self._say(_("%(role)s may take the case over."), role=self._title(role))
        chosen: dict[int, None] = {}
        # Who is asked to take part "together" leads where the one who should lead has no department.
        for role in (*found.to, *found.together_with, *found.helped_by):
            if (place := self._department_of(role)) is not None:
                chosen[place] = None
        places = [self.directory.departments[pk] for pk in chosen]
        told = _told(self.case, self.policy, self.directory, self.posts, found.also_notify)
        if told:
            self._say(_("Told as well: %(people)s."), people=listed(told))
        return Proposal(
            places[0] if places else None,
            tuple(places[1:]),
            tuple(told),
            tuple(self.said),
            tuple(phrase(self.policy, need) for need in found.needs),
        )

    def _department_of(self, role: str) -> int | None:
        if role in self.posts:
            return self._placed(role, self.posts[role])
        acting = self.policy.acts_as(role)
        if acting in _AT_WORK:
            return self._at_work(role)
        if acting not in DESK_ROLES:  # the desk has the case anyway
            self._say(_("%(role)s has no department yet: choose one yourself."), role=self._title(role))
        return None

    def _placed(self, role: str, place: int) -> int | None:
        self._say(_("%(role)s is %(department)s."), role=self._title(role), department=self._name(place))
        return place if self._may_have_it(place) else None

    def _at_work(self, role: str) -> int | None:
        """The department that usually leads such cases, else the one complained about.

        One that the rules keep out is not replaced by the next best: who stands in is for a person to say.
        """
        ranked = [pk for pk, _count in self._leads.most_common() if self._is_open(pk)]
        place = next((pk for pk in ranked if pk not in self._returned), None)
        words = {"role": self._title(role)}
        if place is not None and self._may_have_it(place):
            words |= {"department": self._name(place), "count": str(self._leads[place])}
            words |= {"all": str(self._leads.total()), "category": self._category}
            sentence = _(
                "%(role)s: %(department)s led %(count)s of the last %(all)s cases of “%(category)s”."
            )
            self._say(sentence, **words)
            return place
        respondent = self.case.respondent_id
        if place is None and respondent and self._is_open(respondent) and self._may_have_it(respondent):
            sentence = _("%(role)s: %(department)s is complained about, and there is no earlier case.")
            self._say(sentence, **words, department=self._name(respondent))
            return respondent
        self._say(_("%(role)s has no department yet: choose one yourself."), **words)
        return None

    def _may_have_it(self, place: int) -> bool:
        words = {"department": self._name(place)}
        if is_recused(self.policy, self.facts, f"department:{place}"):
            self._say(_("%(department)s is complained about and does not handle the case."), **words)
            return False
        if place in self._returned:
            self._say(_("%(department)s has returned the case."), **words)
            return False
        if not any(self.directory.holders(role, place) for role in _AT_WORK):
            self._say(_("%(department)s has nobody who could sign for a ticket."), **words)
            return False
        return True

    def _is_open(self, place: int) -> bool:
        return place in self.directory.departments and self.directory.departments[place].is_active

    def _name(self, place: int) -> str:
        return self.directory.path(place)

    def _title(self, role: str) -> str:
        return phrases.role(self.policy, role)

    def _say(self, sentence: str, **words: str) -> None:
        if (said := sentence % words) not in self.said:
            self.said.append(said)

    @property
    def _category(self) -> str:
        return title_of(self.policy, "categories", self.case.category)

    @cached_property
    def _leads(self) -> Counter[int]:
        """How many of the earlier cases of the category each department led; of equals the latest first."""
        if not self.case.category:
            return Counter()
        cases = Complaint.objects.filter(organization=self.case.organization).order_by("-received_at", "-id")
        recent = cases.exclude(pk=self.case.pk).values("pk")[:LOOKED_AT]
        alike = cases.filter(pk__in=recent, category=self.case.category, lead_department__isnull=False)
        return Counter(alike.values_list("lead_department_id", flat=True)[:EARLIER])

    @cached_property
    def _returned(self) -> frozenset[int]:
        """The departments that have sent the case back in this round."""
        if self.case.pk is None:
            return frozenset()
        rows = Ticket.objects.filter(complaint=self.case, round=self.case.round, state=Ticket.State.RETURNED)
        return frozenset(rows.values_list("department_id", flat=True))
