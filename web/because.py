"""Why a limit is due when it is: the rule, the row that was chosen, the days, pauses and extensions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from complaints.models import Deadline
from escalation.wording import moment
from policies.engine.schema import Duty, Limit, Policy
from policies.readable import phrases
from policies.readable.counted import Count, count_days
from policies.readable.duties import duty_line, limit_line
from policies.selectors import calendar_of, policy_of
from web.casefile import CaseFile


@dataclass(frozen=True)
class Because:
    """What stands under "why" of a limit. `sources` are (id, document); `days` None if none are counted."""

    rule: str = ""
    details: tuple[str, ...] = ()
    sources: list[tuple[str, str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    days: Count | None = None


def because(file: CaseFile, row: Deadline) -> Because:
    """The explanation of a stored deadline, from its basis and from the rules it was planned by."""
    policy = policy_of(int(row.basis.get("version") or file.case.policy_id))
    duty = policy.duties_by_id.get(row.duty)
    if duty is None:
        return Because()
    limit = _limit(duty, row)
    line = duty_line(policy, duty)
    names = row.basis.get("source") or duty.source
    return Because(
        rule=line.text,
        details=line.details,
        sources=[(name, _document(policy, name)) for name in names],
        steps=list(_steps(file, policy, duty, limit, row)),
        days=_days(file, policy, limit, row),
    )


def _limit(duty: Duty, row: Deadline) -> Limit | None:
    number = row.basis.get("limit")
    return duty.limits[number] if isinstance(number, int) and number < len(duty.limits) else None


def _document(policy: Policy, name: str) -> str:
    """The document that a rule's id comes from: P1-21 is in P1."""
    head = name.partition("-")[0]
    return next((row.text for row in policy.basis if row.id in (name, head)), "")


def _steps(file: CaseFile, policy: Policy, duty: Duty, limit: Limit | None, row: Deadline) -> Iterator[str]:
    organization = file.case.organization
    start = (row.basis.get("from") or {}).get("event", "")
    words = {"event": phrases.event(policy, str(start)), "at": moment(row.started_at, organization)}
    yield _("Began with “%(event)s” at %(at)s.") % words
    yield _chosen(policy, duty, limit)
    if limit is not None and limit.earlier_of:
        yield _("If %(fact)s is earlier, that counts.") % {"fact": phrases.fact(policy, limit.earlier_of)}
    if ceiling := _moment(row.basis.get("ceiling_at")):
        yield _("Nothing that is granted goes past %(at)s.") % {"at": moment(ceiling, organization)}
    yield from _changes(file, row)
    if row.basis.get("provisional"):
        yield _("Provisional: the official calendar of that year is not known yet.")
    if version := row.basis.get("version"):
        yield _("Kept under earlier rules (%(title)s); later rules do not change what was done.") % {
            "title": policy_of(int(version)).title
        }
    if row.due_at is not None:
        yield _("So it is due by %(at)s.") % {"at": moment(row.due_at, organization)}


def _chosen(policy: Policy, duty: Duty, limit: Limit | None) -> str:
    """Which row of the limits counts, and why."""
    if limit is None:
        return _("None of the rows of this limit holds for the case, so it has no due time.")
    if not limit.when:
        if len(duty.limits) == 1:
            return _("There is one limit for all cases: %(row)s.") % {"row": phrases.limit(policy, limit)}
        return _("None of the rows above it holds, so this one counts: %(row)s.") % {
            "row": phrases.limit(policy, limit)
        }
    return _("The first row that holds counts: %(row)s.") % {"row": limit_line(policy, limit)}


def _changes(file: CaseFile, row: Deadline) -> Iterator[str]:
    """Pauses and extensions, with their times."""
    organization = file.case.organization
    for pause in row.basis.get("pauses") or ():
        begins, ends = _moment(pause.get("from")), _moment(pause.get("to"))
        if begins and ends:
            words = {"from": moment(begins, organization), "to": moment(ends, organization)}
            yield _("The clock was stopped from %(from)s to %(to)s.") % words
    if since := _moment(row.basis.get("paused_since")):
        yield _("The clock has been stopped since %(at)s.") % {"at": moment(since, organization)}
    for given in row.basis.get("extensions") or ():
        at, due = _moment(given.get("at")), _moment(given.get("due_at"))
        if at and due:
            words = {"at": moment(at, organization), "due": moment(due, organization)}
            yield _("At %(at)s more time was granted, until %(due)s.") % words
    if row.first_due_at and row.due_at and row.first_due_at != row.due_at:
        yield _("At first it was due by %(at)s.") % {"at": moment(row.first_due_at, organization)}


def _days(file: CaseFile, policy: Policy, limit: Limit | None, row: Deadline) -> Count | None:
    if limit is None or row.due_at is None:
        return None
    calendar = calendar_of(file.case.organization, policy, file.case.desk_id)
    pauses = [
        (begins, ends)
        for pause in row.basis.get("pauses") or ()
        if (begins := _moment(pause.get("from"))) and (ends := _moment(pause.get("to")))
    ]
    return count_days(calendar, limit, row.started_at, row.due_at, pauses)


def _moment(value: object) -> datetime | None:
    """A time that the basis holds as text."""
    try:
        return datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
