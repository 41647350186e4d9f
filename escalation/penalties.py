"""Penalties that wait for a decision: which they are, and who decides. The person it is about never does."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from complaints.acting import fills
from complaints.course import Course, timelines_of
from complaints.models import Complaint, Task
from complaints.penalties import SOURCE, holding
from complaints.rights import RIGHTS
from escalation.models import PenaltyDecision
from organizations.actors import Actor
from organizations.directory import Directory
from organizations.models import Role
from policies.engine.conditions import look_up
from policies.engine.penalties import Proposal, proposal_of
from policies.engine.schema import Policy
from policies.posts import Posts, kept_out, people_of_role, seat_of_role
from policies.selectors import posts_for
from tickets.access import visible_cases

# Of the penalties that wait, so many cases are looked at: each has to be gone through by its rules.
LOOKED_AT, READ = 100, 35


@dataclass(frozen=True, slots=True)
class Waiting:
    """A penalty proposed on a case, and the role of the rules in which the actor decides on it."""

    course: Course
    proposal: Proposal
    role: str

    @property
    def case(self) -> Complaint:
        return self.course.case


def open_penalties(course: Course) -> list[Proposal]:
    """What is proposed on a case and has not been decided in this round: the penalties whose condition holds,
    and those that a trigger has put forward. Two queries, none where the rules have no penalties."""
    if not course.policy.penalties:
        return []
    case = course.case
    tasks = Task.objects.filter(complaint=case, kind=Task.Kind.PENALTY, state=Task.State.OPEN)
    decided = PenaltyDecision.objects.filter(complaint=case, round=case.round)
    return _open(course, list(tasks), set(decided.values_list("penalty", flat=True)))


def _open(course: Course, tasks: Iterable[Task], decided: Collection[str]) -> list[Proposal]:
    policy, run = course.policy, course.run
    found = {one.penalty.id: one for one in holding(course)}
    replaced = {name for one in found.values() for name in one.penalty.replaces}
    for task in tasks:
        name = str(task.action.get(Task.Kind.PENALTY, ""))
        penalty = next((row for row in policy.penalties if row.id == name), None)
        # One that the rules put forward by its condition is gone when that no longer holds.
        if penalty is None or task.source.startswith(SOURCE) or name in replaced:
            continue
        counts = run.fold.counts(task.made_at)
        found.setdefault(name, proposal_of(policy, penalty, run.facts, counts=counts))
    return [found[row.id] for row in policy.penalties if row.id in found and row.id not in decided]


def waiting_on(actor: Actor, posts: Posts, course: Course) -> list[Waiting]:
    """What the actor decides on a case. Two queries, none for those who never decide."""
    if not actor.has(*RIGHTS["decide_penalty"]):
        return []
    rows = [(one, deciding_role(actor, posts, course, one)) for one in open_penalties(course)]
    return [Waiting(course, proposal, role) for proposal, role in rows if role]


def decisions_for(actor: Actor, posts: Posts, case: Complaint) -> list[PenaltyDecision]:
    """What has been decided on a case, the latest first: for who decided it, and for those who fill the role
    now. One query."""
    rows = PenaltyDecision.objects.filter(complaint=case).select_related("decided_by", "complaint")
    return [
        row
        for row in rows.order_by("-pk")
        if row.decided_by_id == actor.user.pk or fills(actor, case, row.role, posts)
    ]


def deciding_role(actor: Actor, posts: Posts, course: Course, proposal: Proposal) -> str:
    """The role of the rules in which the actor decides on a proposal; "" if it is not the actor's to decide.

    A role that nobody fills leaves it to the general manager. No query.
    """
    directory, policy, case = actor.directory, course.policy, course.case
    out = concerned(directory, posts, policy, case, course.run.facts, proposal)
    place = _place(case)
    for role in proposal.decided_by:
        seat = seat_of_role(
            directory, posts, policy, role, desk_id=case.desk_id, department_id=place, without=out
        )
        people = directory.holders(*seat, without=out) if seat.role in RIGHTS["decide_penalty"] else []
        if actor.user in (people or directory.holders(Role.GENERAL_MANAGER, place, without=out)):
            return role
    return ""


def concerned(
    directory: Directory,
    posts: Posts,
    policy: Policy,
    case: Complaint,
    facts: Mapping[str, object],
    proposal: Proposal,
) -> frozenset[int]:
    """Those who do not decide, as ids of users: whom the case is about, by name or by the rules' recusal, and
    who holds a role of the rules that the penalty strikes."""
    named = {str(name) for name in _names(look_up(facts, "respondent"))}
    people = [user for user in directory.people.values() if {str(user), user.get_username()} & named]
    for subject in proposal.subjects:
        if subject.who in policy.roles:
            people += people_of_role(
                directory, posts, policy, subject.who, desk_id=case.desk_id, department_id=_place(case)
            )
    return kept_out(directory, policy, facts) | {user.pk for user in people}


def _names(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value
    elif value:
        yield value


def _place(case: Complaint) -> int:
    """The department whose people decide, where the rules name a role and not a place."""
    return case.lead_department_id or case.respondent_id or case.desk_id


def penalties_to_decide(actor: Actor, now: datetime, most: int | None = None) -> list[Waiting]:
    """The proposed penalties that wait for this actor's decision, the oldest case first; at most `most`.

    Five queries besides the directory, three more for every READ cases looked at after the first, and one for
    each count of other cases.
    """
    return list(islice(_to_decide(actor, now), most)) if actor.has(*RIGHTS["decide_penalty"]) else []


def _to_decide(actor: Actor, now: datetime) -> Iterator[Waiting]:
    waiting = Task.objects.filter(
        organization=actor.organization, kind=Task.Kind.PENALTY, state=Task.State.OPEN
    )
    tasks: dict[int, list[Task]] = defaultdict(list)
    for task in waiting.order_by("made_at", "pk")[: LOOKED_AT * 2]:
        tasks[task.complaint_id].append(task)
    if not tasks:
        return
    posts = posts_for(actor)
    for course, decided in _courses(actor, list(tasks)[:LOOKED_AT], now):
        for proposal in _open(course, tasks[course.case.pk], decided):
            if role := deciding_role(actor, posts, course, proposal):
                yield Waiting(course, proposal, role)


def _courses(actor: Actor, wanted: list[int], now: datetime) -> Iterator[tuple[Course, set[str]]]:
    """The courses up to now of the cases that exist for the actor, with the penalties decided in their round.
    Three queries for every READ of them: whoever asks for the first ones should not pay for all."""
    for start in range(0, len(wanted), READ):
        cases = visible_cases(actor).filter(pk__in=wanted[start : start + READ])
        cases = cases.select_related("organization", "desk", "lead_department", "respondent")
        by_id = {case.pk: case for case in cases}
        timelines, decided = timelines_of(by_id), _decided(by_id)
        for pk in wanted[start : start + READ]:
            if case := by_id.get(pk):
                course = Course(case, timelines[pk])
                course.advance(now)
                yield course, decided[pk, case.round]


def _decided(cases: Collection[int]) -> dict[tuple[int, int], set[str]]:
    rows: dict[tuple[int, int], set[str]] = defaultdict(set)
    known = PenaltyDecision.objects.filter(complaint__in=cases)
    for pk, round_, penalty in known.values_list("complaint_id", "round", "penalty"):
        rows[pk, round_].add(penalty)
    return rows
