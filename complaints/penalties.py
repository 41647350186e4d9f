"""Penalties that the rules propose on a case: put before those who decide. Nothing more is ever done here."""

from collections.abc import Iterator

from complaints.course import UNREAD, Course
from complaints.models import CaseEvent
from policies.engine.effects import Cause, Effect, key_of
from policies.engine.penalties import Proposal, proposals

# What brought it about, as effects and tasks have it: penalty.<id>.
SOURCE = "penalty."


def proposed(course: Course) -> Iterator[Effect]:
    """An effect for each penalty whose condition holds now: a task, and a message, for its deciders.

    Each once in the life of a case, and only by something that happened under the rules in force: other rules
    do not look for penalties in what came before them. What a trigger has proposed is left to it.
    """
    last = _last_cause(course)
    if not course.policy.penalties or last is None or (course.since and last.at < course.since):
        return
    by_triggers = {action.get("propose") for effect in course.run.effects for action in effect.actions}
    for proposal in holding(course):
        if proposal.penalty.id not in by_triggers:
            yield _effect(proposal, last)


def holding(course: Course) -> list[Proposal]:
    """The penalties whose condition holds now."""
    last = _last_cause(course)
    counts = course.run.fold.counts(last.at) if last else None
    return proposals(course.policy, course.run.facts, counts=counts)


def _last_cause(course: Course) -> CaseEvent | None:
    return next((row for row in reversed(course.rows) if row.kind not in UNREAD), None)


def _effect(proposal: Proposal, last: CaseEvent) -> Effect:
    source = f"{SOURCE}{proposal.penalty.id}"[:120]
    return Effect(
        key=key_of(source, Cause("case", last.kind, last.at)),
        source=source,
        occurrence=1,
        at=last.at,
        because=last.kind,
        actions=({"propose": proposal.penalty.id},),
        to=proposal.decided_by,
    )
