"""Other rules, or a corrected calendar, for the cases that are already open: previewed, applied, carried on.

What a preview shows and what an application does come from the same function, `planned_rows`.
"""

import logging
import time
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from complaints.course import RULES_CHANGED, Calendars
from complaints.deadlines import differences, identity, planned_rows
from complaints.models import OPEN, CaseEvent, Complaint, Deadline
from complaints.timeline import lock, record
from escalation.models import Rollout
from escalation.services.replanning import replan_case
from organizations.actors import Actor
from organizations.errors import Refused
from organizations.models import Department, Organization
from organizations.text import normalise
from policies.days import OwnDays
from policies.engine.calendars import Calendar
from policies.engine.schema import Policy
from policies.models import PolicyVersion, RuleChange
from policies.rights import check_administrator
from policies.selectors import calendar_of, current_version, policy_of
from policies.services import (
    confirm_year,
    correct_calendar,
    log_change,
    remove_correction,
    set_opening_hours,
)

logger = logging.getLogger(__name__)
# A page of a preview shows so many cases with differences, and looks at so many to find them; their timelines
# and limits are read so many at a time.
SHOWN, LOOKED_AT, READ = 10, 60, 20
# What one request does of a rollout at once; the rest is carried on by the periodic task.
CASES_AT_ONCE = 100
_AFTER_ALL = 2**62  # the id of an event that is only imagined
Imagine = Callable[[Complaint], tuple[Complaint, list[CaseEvent]]]


@dataclass(frozen=True, slots=True)
class Move:
    """One deadline before and after. `before` and `after` are due times (UTC) or None.

    `change`: moved | new (the rules ask for more) | gone (no longer asked for) | other (same time, another
    owner, warning or reason).
    """

    number: str
    duty: str
    title: str
    ticket_ref: int
    before: datetime | None
    after: datetime | None
    change: str
    is_over: bool  # will be overdue at once


@dataclass(frozen=True, slots=True)
class Preview:
    """One page of what would change. `next` is the cursor of the next page, None on the last; `failures`
    are numbers of cases that cannot be computed under the new rules."""

    moves: list[Move]
    looked_at: int
    next: int | None
    failures: list[str]


# --- looking ahead ------------------------------------------------------------------------------------------


def preview_version(
    *, organization: Organization, version: PolicyVersion, now: datetime, after: int = 0
) -> Preview:
    """What applying a version to the open cases would move, case by case from cursor `after` on."""
    rows = _cases_of_other_rules(organization, version)

    def rules(case: Complaint) -> tuple[Complaint, list[CaseEvent]]:
        return _imagined(case, version, now)

    return _preview(rows, after, now, rules, calendar_of)


def preview_days(
    *, organization: Organization, days: OwnDays, since: datetime, now: datetime, after: int = 0
) -> Preview:
    """What a changed calendar would move. `since`: as in apply."""

    def calendars(_organization: Organization, policy: Policy, desk_id: int | None = None) -> Calendar:
        return days.calendar(policy, desk_id)

    rows = _cases_near(organization, since)
    return _preview(rows, after, now, lambda case: (case, list(case.events.all())), calendars)


def _imagined(case: Complaint, version: PolicyVersion, now: datetime) -> tuple[Complaint, list[CaseEvent]]:
    """The case and its timeline as they would be with the version applied."""
    events = case.events.all()
    other = copy(case)
    other.policy_id = version.pk
    at = max(now, case.last_event_at or now)
    data = {"old_rules": case.policy_id, "new_rules": version.pk}
    return other, [*events, CaseEvent(pk=_AFTER_ALL, kind=RULES_CHANGED, at=at, data=data)]


def _preview(
    rows: QuerySet[Complaint], after: int, now: datetime, imagine: Imagine, calendars: Calendars
) -> Preview:
    moves: list[Move] = []
    failures: list[str] = []
    looked_at, shown = 0, 0
    cases = rows.filter(pk__gt=after).order_by("pk").prefetch_related("events", "deadlines")
    for case in cases[: LOOKED_AT + 1].iterator(chunk_size=READ):
        if looked_at == LOOKED_AT or shown == SHOWN:
            return Preview(moves, looked_at, after, failures)
        looked_at, after = looked_at + 1, case.pk
        try:
            found = list(_moves(*imagine(case), now, calendars))
        except Exception:
            logger.exception("case %s cannot be computed", case.number)
            failures.append(case.number)
            continue
        shown += bool(found)
        moves += found
    return Preview(moves, looked_at, None, failures)


def _moves(case: Complaint, events: list[CaseEvent], now: datetime, calendars: Calendars) -> Iterator[Move]:
    wanted = planned_rows(case, events, calendars)
    stored = {identity(row): row for row in case.deadlines.all()}
    policy = policy_of(case.policy_id)
    for key in [*stored, *(key for key in wanted if key not in stored)]:
        row, columns = stored.get(key), wanted.get(key)
        if change := _change(row, columns):
            duty = policy.duties_by_id.get(key[0])
            after = columns["due_at"] if columns and change != "gone" else None
            running = bool(columns) and columns["state"] == Deadline.State.OPEN  # type: ignore[index]
            yield Move(
                number=case.number,
                duty=key[0],
                title=duty.title if duty else "",
                ticket_ref=key[1],
                before=row.due_at if row else None,
                after=after,
                change=change,
                is_over=running and after is not None and after <= now,
            )


def _change(row: Deadline | None, columns: dict[str, Any] | None) -> str:
    """How a deadline changes; "" = not at all, or only in ways nobody sees."""
    if row is None:
        return "new" if columns and columns["state"] != Deadline.State.VOID else ""
    ends = columns is None or columns["state"] == Deadline.State.VOID
    if ends:
        return "gone" if row.state in (Deadline.State.OPEN, Deadline.State.PAUSED) else ""
    seen = set(differences(row, columns)) - {"basis"}
    if "due_at" in seen:
        return "moved"
    return "other" if seen else ""


def _cases_of_other_rules(organization: Organization, version: PolicyVersion) -> QuerySet[Complaint]:
    cases = Complaint.objects.filter(organization=organization, state__in=OPEN).exclude(policy=version)
    return cases.select_related("organization")


def _cases_near(organization: Organization, since: datetime) -> QuerySet[Complaint]:
    """Cases with a running limit, and those with one that ended at or after `since`."""
    running = Q(state__in=[Deadline.State.OPEN, Deadline.State.PAUSED])
    rows = Deadline.objects.filter(complaint=OuterRef("pk")).filter(running | Q(due_at__gte=since))
    cases = Complaint.objects.filter(Exists(rows), organization=organization)
    return cases.select_related("organization")


# --- applying -----------------------------------------------------------------------------------------------


@transaction.atomic
def apply_version(*, actor: Actor, version: PolicyVersion, reason: str, now: datetime) -> Rollout:
    """Bring the open cases under the version in force. Logged; every case gets an event of its own.

    Refused for a draft, for a version that is not the one in force, and while another change is under way.
    What a case has met before stays as it was. `carry_on` does the work.
    """
    check_administrator(actor)
    if version.pk != current_version(actor.organization).pk:
        raise Refused(_("Only the version in force can be applied to open cases."))
    if not (reason := normalise(reason)):
        raise Refused(_("Say why open cases come under other rules."), field="reason")
    rollout = _begin(actor, Rollout.Kind.VERSION, now, now, reason, version)
    log_change(
        organization=actor.organization,
        kind=RuleChange.Kind.APPLIED,
        now=now,
        by=actor.user,
        number=version.number,
        note=reason,
    )
    return rollout


@transaction.atomic
def change_day(*, actor: Actor, day: date, is_workday: bool | None, note: str = "", now: datetime) -> Rollout:
    """Correct a day of the calendar (None: take the correction back) and begin to re-plan the open cases."""
    check_administrator(actor)
    if is_workday is None:
        remove_correction(actor=actor, day=day, now=now)
    else:
        correct_calendar(
            organization=actor.organization,
            day=day,
            is_workday=is_workday,
            note=note,
            now=now,
            by=actor.user,
        )
    reason = _("The calendar was corrected: %(day)s %(note)s") % {"day": day, "note": normalise(note)}
    return _begin(actor, Rollout.Kind.CALENDAR, now, since_day(actor.organization, day, now), reason.strip())


@transaction.atomic
def change_hours(
    *,
    actor: Actor,
    calendar: str,
    department: Department | None,
    ranges: list[str],
    now: datetime,
) -> Rollout:
    """Set opening hours, and begin to re-plan the open cases."""
    set_opening_hours(actor=actor, calendar=calendar, department=department, ranges=ranges, now=now)
    return _begin(actor, Rollout.Kind.CALENDAR, now, now, _("The opening hours were changed."))


@transaction.atomic
def change_year(*, actor: Actor, year: int, confirmed: bool, now: datetime) -> Rollout:
    """Confirm the working days of a year (or take it back), and begin to re-plan the open cases."""
    confirm_year(actor=actor, year=year, confirmed=confirmed, now=now)
    reason = _("The working days of %(year)d were looked through.") % {"year": year}
    return _begin(actor, Rollout.Kind.CALENDAR, now, now, reason)


def since_day(organization: Organization, day: date, now: datetime) -> datetime:
    """From when on a corrected day can matter: its beginning if it lies in the past, else now."""
    return min(now, datetime(day.year, day.month, day.day, tzinfo=organization.zone))


def _begin(
    actor: Actor,
    kind: Rollout.Kind,
    now: datetime,
    since: datetime,
    reason: str,
    version: PolicyVersion | None = None,
) -> Rollout:
    waiting = Rollout.objects.filter(organization=actor.organization, finished_at=None)
    if kind == Rollout.Kind.VERSION and waiting.exists():
        raise Refused(_("Another change is still being carried into the open cases. Wait until it is done."))
    return Rollout.objects.create(
        organization=actor.organization,
        kind=kind,
        version=version,
        since=since,
        reason=reason,
        started_at=now,
        started_by=actor.user,
    )


# --- carrying on --------------------------------------------------------------------------------------------


def carry_on(
    *, rollout: Rollout, now: datetime, cases: int = CASES_AT_ONCE, seconds: float = 20.0
) -> Rollout:
    """Take the next cases of a rollout, each in a transaction of its own; `finished_at` is set with the last.

    Safe to call from several places at once and again after a crash: the rollout's row is locked for each
    case, and a case that is done already does not change again.
    """
    stop_at = time.monotonic() + seconds
    for _number in range(cases):
        rollout = _step(rollout.pk, now)
        if rollout.finished_at is not None or time.monotonic() > stop_at:
            break
    return rollout


@transaction.atomic
def _step(pk: int, now: datetime) -> Rollout:
    rollout = (
        Rollout.objects.select_for_update(of=("self",)).select_related("organization", "version").get(pk=pk)
    )
    if rollout.finished_at is not None:
        return rollout
    case = _rows_of(rollout).filter(pk__gt=rollout.cursor).order_by("pk").first()
    if case is None:
        rollout.finished_at = now
        rollout.save(update_fields=["finished_at"])
        return rollout
    rollout.cursor, rollout.seen = case.pk, rollout.seen + 1
    try:
        with transaction.atomic():
            moved = _apply(rollout, case, now)
    except Exception as error:  # one case that cannot be computed must not hold up the others
        logger.exception("case %s cannot be brought in line", case.number)
        rollout.failures = [*rollout.failures, {"number": case.number, "error": str(error)[:300]}]
        moved = None
    if moved is not None:
        rollout.changed, rollout.moved = rollout.changed + 1, rollout.moved + moved
    rollout.save(update_fields=["cursor", "seen", "changed", "moved", "failures"])
    return rollout


def _rows_of(rollout: Rollout) -> QuerySet[Complaint]:
    if rollout.kind == Rollout.Kind.VERSION:
        assert rollout.version is not None
        return _cases_of_other_rules(rollout.organization, rollout.version)
    return _cases_near(rollout.organization, rollout.since)


def _apply(rollout: Rollout, complaint: Complaint, now: datetime) -> int | None:
    """Bring one case in line; how many due times moved, None if nothing changed at all."""
    case = lock(complaint)
    case.organization = rollout.organization
    if rollout.kind == Rollout.Kind.VERSION:
        return _apply_rules(rollout, case, now)
    moved = replan_case(case, now, rollout.reason)
    return None if moved is None else len(moved)


def _apply_rules(rollout: Rollout, case: Complaint, now: datetime) -> int | None:
    version = rollout.version
    assert version is not None
    if case.policy_id == version.pk or case.state not in OPEN:
        return None
    before = policy_numbers(case)
    moves = list(_moves(*_imagined(case, version, now), now, calendar_of))
    record(
        case,
        kind=RULES_CHANGED,
        actor=None,
        now=now,
        reason=rollout.reason,
        changes={"policy": version},
        data={
            "old_rules": before[0],
            "new_rules": version.pk,
            "numbers": [before[1], version.number],
            "rollout": rollout.pk,
            "moved": [
                {"duty": one.duty, "ticket": one.ticket_ref, "from": one.before, "to": one.after}
                for one in moves
                if one.change != "other"
            ],
        },
    )
    return sum(one.change != "other" for one in moves)


def policy_numbers(case: Complaint) -> tuple[int, int]:
    """The id and the number of the version a case is under."""
    return case.policy_id, PolicyVersion.objects.values_list("number", flat=True).get(pk=case.policy_id)
