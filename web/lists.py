"""Reads of the lists: rows with their next limit, a fixed number of queries for any number of rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from complaints.models import OPEN, Complaint, Deadline, Task
from complaints.searching import matching
from organizations.actors import Actor
from policies.engine.schema import Policy
from policies.selectors import duty_title, policy_of
from tickets.models import GIVEN_BACK, Ticket
from web import behind, choices
from web.countdown import Countdown, countdown
from web.forms.filters import OPEN_CASES, PAUSED
from web.queue import UNSEEN


@dataclass(frozen=True)
class CaseRow:
    """A case in a list, with the limit that comes next (or passed first)."""

    case: Complaint
    policy: Policy
    duty: str
    countdown: Countdown | None

    @property
    def tier(self) -> str:
        return self.policy.title_of("tiers", self.case.tier) if self.case.tier else ""

    @property
    def category(self) -> str:
        return self.policy.title_of("categories", self.case.category) if self.case.category else ""


def case_rows(cases: Iterable[Complaint], now: datetime) -> list[CaseRow]:
    """Cases with their next running limit. One query for all of them."""
    cases = list(cases)
    nearest = next_deadlines(case.pk for case in cases)
    rows = []
    for case in cases:
        policy, deadline = policy_of(case.policy_id), nearest.get(case.pk)
        duty = duty_title(policy, deadline.duty) if deadline else ""
        rows.append(CaseRow(case, policy, duty, countdown(deadline, now) if deadline else None))
    return rows


def next_deadlines(case_ids: Iterable[int]) -> dict[int, Deadline]:
    """The running limit of each case that is due first. One query."""
    rows = Deadline.objects.filter(
        complaint_id__in=list(case_ids), state=Deadline.State.OPEN, due_at__isnull=False
    )
    return {row.complaint_id: row for row in rows.defer(*UNSEEN).order_by("-due_at", "-pk")}


def filtered(
    cases: QuerySet[Complaint], chosen: Mapping[str, Any], policy: Policy, actor: Actor, now: datetime
) -> QuerySet[Complaint]:
    """The cases that all chosen filters let through."""
    if state := chosen.get("state"):
        cases = cases.filter(_state(state))
    if category := chosen.get("category"):
        cases = cases.filter(category__in=choices.family(policy, "categories", category))
    if department := chosen.get("department"):
        cases = cases.filter(_department(actor, department.pk))
    same = {name: chosen[name] for name in ("tier", "channel", "nature") if name in chosen}
    cases = cases.filter(**same, **_received(actor, chosen))
    if any(name in chosen for name in behind.FILTERS):
        cases = behind.narrowed(cases, chosen, actor, now)
    for name, flag in _FLAGS.items():
        if chosen.get(name):
            cases = flag(cases, actor, now)
    return matching(cases, actor.organization.pk, chosen["q"]) if "q" in chosen else cases


def _state(state: str) -> Q:
    if state == OPEN_CASES:
        return Q(state__in=OPEN)
    return Q(paused_at__isnull=False) if state == PAUSED else Q(state=state)


def _department(actor: Actor, department_id: int) -> Q:
    below = actor.directory.subtree([department_id])
    works = Ticket.objects.filter(complaint=OuterRef("pk"), department__in=below)
    return Q(lead_department__in=below) | Exists(works.exclude(state__in=GIVEN_BACK))


def _received(actor: Actor, chosen: Mapping[str, Any]) -> dict[str, datetime]:
    """From the beginning of the first day to the end of the last one, in the organization's zone."""
    first, last, zone = chosen.get("received_from"), chosen.get("received_to"), actor.organization.zone
    limits = {}
    if first:
        limits["received_at__gte"] = datetime.combine(first, time(), zone)
    if last:
        limits["received_at__lt"] = datetime.combine(last + timedelta(days=1), time(), zone)
    return limits


def _overdue(cases: QuerySet[Complaint], actor: Actor, now: datetime) -> QuerySet[Complaint]:
    # By a list of ids, so that it is read once, along the index of the running limits.
    late = Deadline.objects.filter(
        organization=actor.organization, state=Deadline.State.OPEN, due_at__lte=now
    )
    return cases.filter(pk__in=late.values("complaint"))


def _mine(cases: QuerySet[Complaint], actor: Actor, now: datetime) -> QuerySet[Complaint]:
    """Registered by the actor, or with a ticket that was given to them."""
    given = Ticket.objects.filter(organization=actor.organization, handler=actor.user)
    return cases.filter(Q(recorded_by=actor.user) | Q(pk__in=given.values("complaint")))


def _paused(cases: QuerySet[Complaint], actor: Actor, now: datetime) -> QuerySet[Complaint]:
    return cases.filter(paused_at__isnull=False)


def _open_task(cases: QuerySet[Complaint], actor: Actor, now: datetime) -> QuerySet[Complaint]:
    tasks = Task.objects.filter(organization=actor.organization, state=Task.State.OPEN)
    return cases.filter(pk__in=tasks.values("complaint"))


_FLAGS = {"overdue": _overdue, "mine": _mine, "paused": _paused, "open_task": _open_task}
