"""Reads about deadlines that are near or over, requests for more time, and the health of the sweep."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min, Q, QuerySet
from django_scopes import scopes_disabled

from complaints.models import OPEN, Complaint, Deadline, Task
from complaints.rights import RIGHTS
from complaints.settling import waits_for
from escalation.deciders import may_decide
from escalation.models import ExtensionRequest, Firing, Heartbeat
from organizations.actors import DEPARTMENT_ROLES, DESK_READERS, DESK_ROLES, Actor
from organizations.errors import NotVisible
from organizations.models import Organization, Role
from policies.models import PolicyVersion
from policies.posts import Posts
from policies.selectors import posts_for
from tickets.access import of_visible_case, visible_cases

TASKS_READ = 500


def access_extension(actor: Actor, pk: int) -> ExtensionRequest:
    """The request with this id. Raises NotVisible if neither its case nor the decision is the actor's. Two
    queries."""
    request = (
        ExtensionRequest.objects.filter(organization=actor.organization, pk=pk)
        .select_related(
            "complaint", "complaint__organization", "deadline", "department", "asked_by", "decided_by"
        )
        .first()
    )
    if request is None:
        raise NotVisible(pk)
    if not may_decide(actor, request) and not visible_cases(actor).filter(pk=request.complaint_id).exists():
        raise NotVisible(pk)
    return request


def extensions_to_decide(actor: Actor) -> list[ExtensionRequest]:
    """The requests that wait for this actor's decision, the oldest first. One query besides the directory.

    A request whose duty was done in the meantime waits for nobody.
    """
    wanted = Q()
    for role in RIGHTS["decide_extension"]:
        if departments := actor.departments(role):
            # The general manager decides where the role has lost its last holder: `may_decide` tells.
            roles = Q() if role == Role.GENERAL_MANAGER else Q(approver_role=role)
            here = Q(approver_department__in=departments) | Q(department__in=departments)
            wanted |= roles & here
    if not wanted:
        return []
    rows = ExtensionRequest.objects.filter(
        wanted,
        organization=actor.organization,
        state=ExtensionRequest.State.ASKED,
        deadline__state__in=[Deadline.State.OPEN, Deadline.State.PAUSED],
    )
    rows = rows.select_related("complaint", "complaint__organization", "deadline", "department", "asked_by")
    return [row for row in rows.order_by("pk") if may_decide(actor, row)]


def tasks_to_settle(actor: Actor) -> list[Task]:
    """The open tasks of the rules that wait for the actor, the oldest first, at most TASKS_READ looked at.
    One query besides that for the places of the roles. Proposed penalties are decided on elsewhere.
    """
    posts = posts_for(actor)
    rows = _open_tasks(actor).exclude(kind=Task.Kind.PENALTY).filter(of_visible_case(actor))
    if not _has_a_place(actor, posts):
        rows = rows.filter(in_part(actor, "department", "complaint__desk"))
    rows = rows.order_by("made_at", "pk")[:TASKS_READ]
    return [row for row in rows if waits_for(actor, row, posts)]


def open_orders(actor: Actor) -> QuerySet[Task]:
    """Supervision orders without an answer in the actor's part of the tree, the oldest first."""
    rows = _open_tasks(actor).filter(in_part(actor, "department", "complaint__desk"), kind=Task.Kind.ORDER)
    return rows.order_by("made_at", "pk")


def _open_tasks(actor: Actor) -> QuerySet[Task]:
    rows = Task.objects.filter(organization=actor.organization, state=Task.State.OPEN)
    return rows.select_related("complaint", "complaint__organization", "department", "issued_by")


def _has_a_place(actor: Actor, posts: Posts) -> bool:
    """Whether one of the actor's departments is a role of the rules: such people are asked from anywhere."""
    return not set(posts.values()).isdisjoint(actor.departments(*DESK_ROLES, *DEPARTMENT_ROLES))


def overdue_deadlines(actor: Actor, now: datetime) -> QuerySet[Deadline]:
    """Running deadlines of the actor's part of the tree whose limit has passed, the longest overdue first.

    Told by the clock, not by the sweep, so it is right even when no worker is alive.
    """
    return _watched(actor).filter(due_at__lte=now).order_by("due_at", "pk")


def warned_deadlines(actor: Actor, now: datetime) -> QuerySet[Deadline]:
    """Running deadlines of the actor's part of the tree past their warning and before their limit."""
    return _watched(actor).filter(warn_at__lte=now, due_at__gt=now).order_by("due_at", "pk")


def watched_deadlines(actor: Actor, now: datetime) -> QuerySet[Deadline]:
    """Both together: those passed, the longest overdue first, then those near."""
    near_or_past = Q(due_at__lte=now) | Q(warn_at__lte=now)
    return _watched(actor).filter(near_or_past, due_at__isnull=False).order_by("due_at", "pk")


def recent_firings(actor: Actor) -> QuerySet[Firing]:
    """What the sweep has decided in the actor's part of the tree, the newest first."""
    rows = Firing.objects.filter(organization=actor.organization)
    rows = rows.filter(in_part(actor, "deadline__department", "complaint__desk"))
    return rows.select_related("complaint", "complaint__organization", "deadline").order_by("-due_at", "-pk")


def failing_deadlines(organization: Organization) -> QuerySet[Deadline]:
    """Deadlines the sweep could not decide and pushed back, with `last_error`: for administrators."""
    rows = Deadline.objects.filter(organization=organization, attempts__gt=0, next_fire_at__isnull=False)
    return rows.select_related("complaint", "complaint__organization").order_by("-attempts", "pk")


def _watched(actor: Actor) -> QuerySet[Deadline]:
    rows = Deadline.objects.filter(organization=actor.organization, state=Deadline.State.OPEN)
    rows = rows.filter(in_part(actor, "department", "complaint__desk"))
    return rows.select_related("complaint", "complaint__organization", "department")


def in_part(actor: Actor, department: str, desk: str) -> Q:
    """What lies with the departments the actor belongs to or manages, or on cases of the actor's desk."""
    desks = actor.departments(*DESK_READERS)
    if actor.directory.root_id in desks:
        return Q()
    departments = actor.departments(*DESK_ROLES, *DEPARTMENT_ROLES)
    return Q(**{f"{department}__in": departments}) | Q(**{f"{desk}__in": desks})


def open_cases_of_other_rules(organization: Organization, version: PolicyVersion) -> int:
    """How many open cases are still under another version than this one."""
    cases = Complaint.objects.filter(organization=organization, state__in=OPEN)
    return cases.exclude(policy=version).count()


@dataclass(frozen=True, slots=True)
class SweepStatus:
    """How well deadlines are being watched. Ages are None where there is nothing to measure."""

    beat_at: datetime | None
    beat_age: timedelta | None
    oldest_unfired_at: datetime | None
    oldest_unfired_age: timedelta | None
    is_stale: bool


def sweep_status(now: datetime) -> SweepStatus:
    """The sweep's heartbeat, and the age of the oldest rung due and not decided in any organization.

    Stale means that no sweep has finished within SWEEP_STALE_SECONDS, or has its heartbeat in the future, or
    that a rung has been waiting for longer than that. Two statements, both by an index.
    """
    limit = timedelta(seconds=settings.SWEEP_STALE_SECONDS)
    beat_at = Heartbeat.objects.filter(job="sweep").values_list("beat_at", flat=True).first()
    with scopes_disabled():
        oldest = Deadline.objects.filter(next_fire_at__lte=now).aggregate(at=Min("next_fire_at"))["at"]
    waiting = now - oldest if oldest else None
    is_stale = beat_at is None or abs(now - beat_at) > limit or (waiting is not None and waiting > limit)
    return SweepStatus(beat_at, now - beat_at if beat_at else None, oldest, waiting, is_stale)
