"""Who may promise which remedy on a case, by the grants of its rules; and whose approval the rest takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from complaints.acting import fills
from complaints.course import Course
from complaints.rights import RIGHTS
from organizations.actors import Actor
from organizations.directory import Directory
from organizations.models import Role, User
from policies.engine.conditions import facts_read, look_up
from policies.engine.grants import Permission, granted_kinds, granted_roles, permission
from policies.engine.schema import Policy
from policies.posts import Posts, kept_out, seat_of_role
from policies.readable.words import REMEDIES
from tickets.models import Remedy

# These are nothing but money: without an amount nobody could say whose authority covers them.
MONEY = frozenset({"refund", "waive", "compensation", "discount"})
GREATEST = Decimal("9999999999.99")  # what the column holds


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rules say about a promise: `role` (of the rules) may make it if `permission.allowed`; else
    somebody in `permission.approval` can, or nobody. `unknown` are facts that have to be known before."""

    role: str
    permission: Permission
    unknown: tuple[str, ...] = ()

    @property
    def rank(self) -> int:
        """The smaller, the better for whoever asks."""
        found = self.permission
        if found.allowed:
            return 0
        if found.approval:
            return 1 + len(found.path)
        return 100 if self.unknown else 101


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of amounts with the same answer. `up_to` is None for the last; `free`: no money at all."""

    answer: Answer
    up_to: Decimal | None = None
    free: bool = False


class Authority:
    """What one actor may promise on a case at a moment, for one of its departments.

    `course` is that of the case up to the moment. No query but for `count` conditions of the rules.
    """

    def __init__(
        self, actor: Actor, course: Course, *, department_id: int, posts: Posts, now: datetime
    ) -> None:
        self.actor, self.case, self.policy = actor, course.case, course.policy
        self.department_id, self.posts = department_id, posts
        self._facts: Mapping[str, object] = course.run.facts
        self._counts = course.run.fold.counts(now)

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """The roles of the rules that may promise or approve something, and that the actor fills here."""
        return tuple(
            role
            for role in granted_roles(self.policy)
            if fills(self.actor, self.case, role, self.posts, self.department_id)
        )

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """What can be proposed, in the order the rules prefer it: the actor's own first."""
        own = (kind for role in self.roles for kind in granted_kinds(self.policy, role))
        found = dict.fromkeys([*own, *granted_kinds(self.policy)])
        return tuple(found) or tuple(REMEDIES)

    def answer(self, kind: str, yuan: Decimal | None) -> Answer:
        """The best that the actor's roles can do. Without any such role nobody may."""
        answers = [self._answer(role, kind, yuan) for role in self.roles]
        return min(answers, key=lambda one: one.rank, default=Answer("", Permission(False)))

    def _answer(self, role: str, kind: str, yuan: Decimal | None) -> Answer:
        # As the rules hold their amounts: 200.10 is not above a limit of 200.1.
        amount = float(yuan) if yuan else None
        found = permission(self.policy, role, kind=kind, yuan=amount, facts=self._facts, counts=self._counts)
        unknown = tuple(need.fact for need in found.needs)
        if not (found.allowed or found.approval or unknown):
            unknown = tuple(dict.fromkeys(self._unknown(kind)))
        return Answer(role, found, unknown)

    def _unknown(self, kind: str) -> Iterator[str]:
        """Facts nobody has stated that the grants for a kind depend on."""
        for grant in self.policy.grants:
            if grant.right == "remedy" and (not grant.kinds or kind in grant.kinds):
                scope = grant.scope if isinstance(grant.scope, Mapping) else {}
                for name in (*facts_read(scope), *facts_read(grant.when)):
                    if look_up(self._facts, name) in (None, ""):
                        yield name

    def steps(self, kind: str) -> list[Step]:
        """How the answer changes with the amount: the limits of the grants are where it may."""
        limits = {row.max_yuan for row in self.policy.grants if row.right == "remedy" and row.max_yuan}
        amounts: list[Decimal | None] = [Decimal(str(limit)) for limit in sorted(limits)]
        steps = [] if kind in MONEY else [Step(self.answer(kind, None), free=True)]
        steps += [Step(self.answer(kind, amount), amount) for amount in amounts]
        steps.append(Step(self.answer(kind, GREATEST)))
        return list(_joined(steps))


def _joined(steps: list[Step]) -> Iterator[Step]:
    """Without the steps after which nothing changes."""
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if following is None or _said(step.answer) != _said(following.answer):
            yield step


def _said(answer: Answer) -> tuple[bool, str, tuple[str, ...]]:
    return answer.permission.allowed, answer.permission.approval, answer.unknown


def approvers(directory: Directory, posts: Posts, policy: Policy, remedy: Remedy) -> list[User]:
    """The people who decide on a remedy: those of the role its approval takes, never who proposed it nor
    whom the case is about; the general manager where that leaves nobody. `remedy.complaint` is loaded."""
    out = {remedy.proposed_by_id, *kept_out(directory, policy, remedy.complaint.facts)}
    place = {"desk_id": remedy.complaint.desk_id, "department_id": remedy.department_id}
    seat = seat_of_role(directory, posts, policy, remedy.approver_role, **place, without=out)
    people = directory.holders(*seat, without=out) if seat.role in RIGHTS["decide_remedy"] else []
    return people or directory.holders(Role.GENERAL_MANAGER, remedy.department_id, without=out)


def may_decide(actor: Actor, posts: Posts, policy: Policy, remedy: Remedy) -> bool:
    """Whether the actor is one of those who decide on a remedy that waits for its approval."""
    waits = remedy.state == Remedy.State.PROPOSED
    return waits and actor.user in approvers(actor.directory, posts, policy, remedy)
