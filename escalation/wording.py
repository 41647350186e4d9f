"""What a message about a deadline says, in the language that is active, or in the words of the rules."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from complaints.deadlines import PendingRung
from complaints.models import Complaint, Deadline
from complaints.texts import Facts, moment, text_for
from organizations.directory import Directory
from policies.engine.schema import Policy
from policies.engine.templates import Rendered, candidates
from policies.readable.words import listed
from policies.selectors import duty_title

__all__ = ["body", "lateness", "moment", "own_text", "title"]


def lateness(row: Deadline, now: datetime) -> str:
    """How late a deadline is at `now`, or was when it was met: 「2小时、5分钟」; "" under a minute."""
    until = row.met_at or now
    if row.due_at is None or until - row.due_at < timedelta(minutes=1):
        return ""
    return timesince(row.due_at, until, depth=2).replace("\xa0", " ")


def own_text(
    directory: Directory,
    policy: Policy,
    case: Complaint,
    row: Deadline,
    rung: PendingRung,
    facts: Facts,
    now: datetime,
) -> Rendered | None:
    """What the rules of the case have written for this rung, None if they leave it to the product. No query:
    `facts` are those of the case, if a text may depend on them (complaints.texts.facts_for_texts)."""
    occasion = f"{rung.kind}.{row.duty}"
    if not candidates(policy, occasion):
        return None  # for most rungs: nothing needs to be worked out
    desk = directory.departments.get(case.desk_id)
    return text_for(
        case,
        occasion,
        facts=facts,
        desk=desk.name if desk else "",
        duty=duty_title(policy, row.duty),
        due=moment(row.due_at, case.organization) if row.due_at else "",
        late=lateness(row, now) or _("less than a minute"),
        department=directory.path(row.department_id) if row.department_id else "",
    )


def title(policy: Policy, case: Complaint, row: Deadline, rung: PendingRung, now: datetime) -> str:
    """One line: number, duty, how it stands, subject."""
    late = lateness(row, now)
    words = {
        "number": case.number,
        "duty": duty_title(policy, row.duty),
        "subject": case.subject,
        "due": moment(row.due_at, case.organization) if row.due_at else "",
        "late": late,
    }
    if rung.kind == "warn":
        return _("%(number)s: “%(duty)s” is due by %(due)s: %(subject)s") % words
    if rung.kind == "breach" or not late:
        return _("%(number)s: “%(duty)s” was due by %(due)s and is overdue: %(subject)s") % words
    return _("%(number)s: “%(duty)s” is %(late)s overdue and comes to you: %(subject)s") % words


def body(
    directory: Directory,
    policy: Policy,
    case: Complaint,
    row: Deadline,
    others: Iterable[str],
    now: datetime,
    own: Rendered | None = None,
) -> str:
    """The rest: the text of the rules (`own`), else one fact a line. `others` are the duties of the case that
    this message speaks for too; those, and that it was done meanwhile, are said in any case."""
    lines = [own.text] if own else _facts(directory, policy, case, row, now)
    if row.met_at:
        lines.append(_("Done at: %(at)s") % {"at": moment(row.met_at, case.organization)})
    if also := listed(duty_title(policy, duty) for duty in others if duty != row.duty):
        lines.append(_("Also near or over: %(duties)s") % {"duties": also})
    return "\n".join(lines)


def _facts(directory: Directory, policy: Policy, case: Complaint, row: Deadline, now: datetime) -> list[str]:
    lines = [
        _("Case: %(number)s %(subject)s") % {"number": case.number, "subject": case.subject},
        _("Limit: %(duty)s") % {"duty": duty_title(policy, row.duty)},
    ]
    if row.department_id:
        lines.append(_("Department: %(name)s") % {"name": directory.path(row.department_id)})
    if row.due_at:
        lines.append(_("Due by: %(due)s") % {"due": moment(row.due_at, case.organization)})
    if late := lateness(row, now):
        lines.append(_("Overdue by: %(late)s") % {"late": late})
    return lines
