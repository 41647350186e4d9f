"""What is near its limit or past it in one's part of the tree: by department, the longest overdue first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.models import Complaint, Deadline
from escalation.selectors import overdue_deadlines, warned_deadlines, watched_deadlines
from organizations.actors import Actor
from policies.engine.schema import Policy
from policies.posts import Posts, people_of_role
from policies.readable.words import listed
from policies.selectors import duty_title, policy_of, posts_for
from web import wording
from web.countdown import Countdown, countdown, duration
from web.paging import by_time, keyed
from web.queue import UNSEEN
from web.request import Request

PASSED, NEAR = "passed", "near"
_LIMITS = {"": watched_deadlines, PASSED: overdue_deadlines, NEAR: warned_deadlines}
# Texts of the case that a list does not show.
_UNREAD = ("complaint__content", "complaint__request", "complaint__facts")


@dataclass(frozen=True)
class Watched:
    """A limit that is near or past, and who has it."""

    case: Complaint
    duty: str
    policy: Policy
    owner: str
    people: str
    started_at: datetime
    countdown: Countdown


@dataclass(frozen=True)
class Group:
    """The limits of one department on a page."""

    title: str
    url: str
    rows: list[Watched]


@dataclass(frozen=True)
class Chip:
    """A filter: what it leaves, how many limits that are, and whether it is set."""

    title: str
    url: str
    count: int
    is_here: bool = False


@dataclass(frozen=True)
class Place:
    """How one department stands: limits passed and near, and how long the oldest has been overdue."""

    title: str
    passed: Chip
    near: Chip
    longest: str


@dataclass(frozen=True)
class Watching:
    chips: list[Chip]
    places: list[Place]
    groups: list[Group]
    newer: str
    older: str
    chosen: str  # the department that the list is limited to
    all_url: str  # of the list without that limit


def watching(request: Request) -> Watching:
    """As `?show=` and `?of=` (a department) of the request say. Three queries, whatever the numbers."""
    actor, now = request.actor, request.now
    counts = _by_department(actor, now)
    show = request.GET.get("show", "")
    show = show if show in _LIMITS else ""
    department = _department(actor, request.GET.get("of", ""))
    rows = _LIMITS[show](actor, now).defer(*UNSEEN, *_UNREAD)
    if department is not None:
        rows = rows.filter(department=department)
    page = keyed(request.GET, rows, by_time("due_at", descending=False))
    return Watching(
        chips=_chips(actor, counts, show, department),
        places=_places(actor, counts, now),
        groups=_groups(actor, page.rows, show, now),
        newer=_at(actor, page.newer) if page.newer else "",
        older=_at(actor, page.older) if page.older else "",
        chosen=actor.directory.path(department) if department is not None else "",
        all_url=_url(actor, show, None),
    )


def _department(actor: Actor, given: str) -> int | None:
    known = given.isascii() and given.isdigit() and int(given) in actor.directory.departments
    return int(given) if known else None


# --- how it stands ------------------------------------------------------------------------------------------

Counts = list[dict[str, Any]]


def _by_department(actor: Actor, now: datetime) -> Counts:
    rows = watched_deadlines(actor, now).order_by().values("department")
    passed, near = Q(due_at__lte=now), Q(due_at__gt=now)
    return list(
        rows.annotate(passed=Count("pk", filter=passed), near=Count("pk", filter=near), first=Min("due_at"))
    )


def _url(actor: Actor, show: str, department: int | None) -> str:
    # The whole address: after a refusal the page is shown at that of the form.
    given = {"show": show, "of": "" if department is None else str(department)}
    return _at(actor, urlencode([(name, value) for name, value in given.items() if value]))


def _at(actor: Actor, query: str) -> str:
    return f"{reverse('manager', args=[actor.organization.slug])}?{query}#watching"


def _chips(actor: Actor, counts: Counts, show: str, department: int | None) -> list[Chip]:
    here = [row for row in counts if department in (None, row["department"])]
    passed, near = (sum(row[kind] for row in here) for kind in (PASSED, NEAR))
    titles = {"": _("All"), PASSED: _("Limits passed"), NEAR: _("Limits near")}
    numbers = {"": passed + near, PASSED: passed, NEAR: near}
    return [
        Chip(title, _url(actor, kind, department), numbers[kind], kind == show)
        for kind, title in titles.items()
    ]


def _places(actor: Actor, counts: Counts, now: datetime) -> list[Place]:
    """The departments, that with the limit passed longest first."""
    rows = sorted(counts, key=lambda row: (row["first"], row["department"] or 0))
    return [
        Place(
            title=_title(actor, row["department"]),
            passed=Chip("", _url(actor, PASSED, row["department"]), row["passed"]),
            near=Chip("", _url(actor, NEAR, row["department"]), row["near"]),
            longest=duration(max(now - row["first"], timedelta())) if row["passed"] else "",
        )
        for row in rows
    ]


def _title(actor: Actor, department: int | None) -> str:
    return actor.directory.path(department) if department is not None else "—"


# --- one page -----------------------------------------------------------------------------------------------


def _groups(actor: Actor, rows: Iterable[Deadline], show: str, now: datetime) -> list[Group]:
    """The rows of a page by department, in the order of their first limits."""
    posts = posts_for(actor)
    groups: dict[int | None, Group] = {}
    for row in rows:
        place = row.department_id
        if place not in groups:
            groups[place] = Group(_title(actor, place), _url(actor, show, place), [])
        groups[place].rows.append(_watched(actor, row, posts, now))
    return list(groups.values())


def _watched(actor: Actor, row: Deadline, posts: Posts, now: datetime) -> Watched:
    policy = policy_of(row.complaint.policy_id)
    people = people_of_role(
        actor.directory,
        posts,
        policy,
        row.owner_role,
        desk_id=row.complaint.desk_id,
        department_id=row.department_id,
    )
    return Watched(
        case=row.complaint,
        duty=duty_title(policy, row.duty),
        policy=policy,
        owner=wording.role_name(policy, row.owner_role),
        people=listed(people),
        started_at=row.started_at,
        countdown=countdown(row, now),
    )
