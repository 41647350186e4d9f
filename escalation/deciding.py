"""What a batch of due deadlines means, decided in memory: nothing here reads or writes the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from complaints.deadlines import PendingRung, arm, come_by, pass_rungs
from complaints.models import CaseEvent, Complaint, Deadline, Task
from complaints.tasks import tasks_of
from complaints.texts import Facts
from escalation import wording
from escalation.models import Firing
from escalation.recipients import Addressees, Hands
from notifications.services import Message
from notifications.wording import worded
from organizations.directory import Directory
from organizations.models import User
from policies.engine.frozen import EMPTY
from policies.engine.schema import Action, Duty, Policy
from policies.posts import Posts
from policies.selectors import policy_of

EVENT_OF = {"warn": "warned", "breach": "breached", "ladder": "escalated"}


@dataclass(slots=True)
class Step:
    """One rung that has come due, and who is told of it."""

    row: Deadline
    rung: PendingRung
    told: list[User] = field(default_factory=list)


@dataclass(slots=True)
class Decisions:
    """Everything a batch causes, to be written in one transaction (deadlines and cases change in place)."""

    steps: list[Step] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def firings(self, now: datetime) -> list[Firing]:
        return [_firing(step, now) for step in self.steps]

    def events(self, now: datetime) -> list[CaseEvent]:
        return [_event(step, now) for step in self.steps]

    def tasks(self, now: datetime) -> list[Task]:
        """The supervision orders and other tasks that the rungs of running limits call for, unnumbered."""
        running = (step for step in self.steps if step.row.state == Deadline.State.OPEN)
        return [task for step in running for task in _tasks(step, now)]


def decide(
    cases: Iterable[Complaint],
    rows: Iterable[Deadline],
    directory: Directory,
    hands: Hands,
    now: datetime,
    facts: Mapping[int, Facts],
    posts: Posts = EMPTY,
) -> Decisions:
    """Pass every rung of `rows` that has come by `now`, and word ONE message for each case and person.

    `rows` are due deadlines of the locked `cases`, with `row.complaint` set to the case. `facts` are those of
    the cases whose rules choose between texts by them, `posts` the departments that roles of the rules are.
    """
    of_case: dict[int, list[Deadline]] = defaultdict(list)
    for row in rows:
        of_case[row.complaint_id].append(row)
    decisions = Decisions()
    for case in cases:
        steps = [step for row in of_case[case.pk] for step in _pass(row, case, now)]
        if not steps:
            continue
        latest = max(step.rung.at for step in steps)
        case.last_event_at = max(case.last_event_at or latest, latest)
        decisions.steps += steps
        addressees = Addressees(directory, posts, policy_of(case.policy_id), case, hands)
        decisions.messages += _tell(addressees, steps, now, facts.get(case.pk, {}))
    return decisions


def _pass(row: Deadline, case: Complaint, now: datetime) -> list[Step]:
    come = come_by(row, now, case.quiet_until)
    pass_rungs(row, come)
    arm(row, case.quiet_until)
    return [Step(row, rung) for rung in come]


def _tell(addressees: Addressees, steps: list[Step], now: datetime, facts: Facts) -> list[Message]:
    """The messages of a case: about its highest rung only, and nobody twice (DESIGN 5.4).

    After an outage several rungs pass at once. The people of the lower ones read the same message as those of
    the highest: nobody is told of a warning that is long overtaken, and the owner of a duty is not left out
    because the general manager is called in. A warning about a limit that has been met, or moved, in the
    meantime is only recorded.
    """
    case = addressees.case
    news = [step for step in steps if not _is_moot(step)]
    highest = _highest(news)
    others = dict.fromkeys(step.row.duty for step in news)
    told: set[int] = set()
    messages = []
    for step, spoken_for in _spoken_for(highest, news):
        people = [user for other in spoken_for for user in addressees.of(other.row, other.rung)]
        step.told = [user for user in dict.fromkeys(people) if user.pk not in told]
        told.update(user.pk for user in step.told)
        if not step.told:
            continue
        words = partial(_words, addressees, step, others, facts, now)
        urgent = _is_urgent(addressees.policy, case, step)
        messages += [
            _message(case, step, user, title, body, urgent)
            for user, (title, body) in worded(step.told, words)
        ]
    return messages


def _words(
    addressees: Addressees, step: Step, others: Iterable[str], facts: Facts, now: datetime
) -> tuple[str, str]:
    """Title and body in the language that is active."""
    directory, policy, case = addressees.directory, addressees.policy, addressees.case
    own = wording.own_text(directory, policy, case, step.row, step.rung, facts, now)
    title = (own and own.subject) or wording.title(policy, case, step.row, step.rung, now)
    return title, wording.body(directory, policy, case, step.row, others, now, own)


def _is_urgent(policy: Policy, case: Complaint, step: Step) -> bool:
    """Whether to disturb people in their quiet hours: a case of the gravest tier has passed a limit."""
    gravest = policy.tiers[-1].id if len(policy.tiers) > 1 else ""
    return step.rung.kind != "warn" and bool(gravest) and case.tier == gravest


def _highest(news: list[Step]) -> list[Step]:
    """The steps on the highest rung the case has reached in this batch: two departments that let the same
    limit pass have one each."""
    top = max((step.rung.rung for step in news), default=None)
    last = {step.row.pk: step for step in news if step.rung.rung == top}
    return list(last.values())


def _spoken_for(highest: list[Step], news: list[Step]) -> list[tuple[Step, list[Step]]]:
    """For each of the highest steps those its message is for: itself, the rungs below it on its deadline
    and, with the first, those of the case's other deadlines."""
    own = {step.row.pk for step in highest}
    below = [step for step in reversed(news) if step not in highest]
    return [
        (
            step,
            [
                step,
                *(other for other in below if other.row.pk == step.row.pk),
                *(other for other in below if other.row.pk not in own and step is highest[0]),
            ],
        )
        for step in highest
    ]


def _is_moot(step: Step) -> bool:
    row = step.row
    return step.rung.kind == "warn" and (
        row.state != Deadline.State.OPEN or step.rung.revision != row.revision
    )


def _tasks(step: Step, now: datetime) -> list[Task]:
    row, rung = step.row, step.rung
    policy = policy_of(row.complaint.policy_id)
    return tasks_of(
        row.complaint,
        policy,
        _actions(policy.duties_by_id.get(row.duty), rung),
        key=f"deadline:{row.pk}:r{rung.revision}:{rung.rung}",
        source=row.duty,
        to=(row.owner_role,),
        now=now,
        ticket_ref=row.ticket_ref,
        department_id=row.department_id,
    )


def _actions(duty: Duty | None, rung: PendingRung) -> tuple[Action, ...]:
    if duty is None:
        return ()
    if rung.kind == "ladder":
        steps = duty.ladder[rung.rung - 2 : rung.rung - 1]
        return steps[0].actions if steps else ()
    return duty.on_warn if rung.kind == "warn" else duty.on_breach


def _message(case: Complaint, step: Step, user: User, title: str, body: str, is_urgent: bool) -> Message:
    return Message(
        user=user,
        key=f"deadline:{step.row.pk}:r{step.rung.revision}:{step.rung.rung}",
        occasion=EVENT_OF[step.rung.kind],
        title=title,
        body=body,
        url=case.get_absolute_url(),
        case=case,
        is_urgent=is_urgent,
    )


def _firing(step: Step, now: datetime) -> Firing:
    row, rung = step.row, step.rung
    return Firing(
        organization=row.organization,
        deadline=row,
        complaint=row.complaint,
        duty=row.duty,
        revision=rung.revision,
        rung=rung.rung,
        kind=rung.kind,
        due_at=rung.at,
        decided_at=now,
        told=[user.pk for user in step.told],
    )


def _event(step: Step, now: datetime) -> CaseEvent:
    row, rung = step.row, step.rung
    return CaseEvent(
        organization=row.organization,
        complaint=row.complaint,
        kind=EVENT_OF[rung.kind],
        at=rung.at,
        recorded_at=now,
        ticket_ref=row.ticket_ref,
        round=row.round,
        data={
            "duty": row.duty,
            "rung": rung.rung,
            "deadline": row.pk,
            "revision": rung.revision,
            "to": [str(user) for user in step.told],
        },
    )
