"""The page of a case, computed from its file: facts, steps, limits and timeline, ready to be shown."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from complaints.course import SWEPT
from complaints.models import Attachment, CaseEvent, Deadline, State
from complaints.services.correction import CORRECTABLE
from complaints.services.public import COMPLAINANT
from escalation.wording import moment
from policies.readable import phrases
from policies.readable.words import listed
from policies.selectors import duty_title
from web import wording
from web.because import Because, because
from web.casefile import CaseFile
from web.countdown import Countdown, countdown
from web.sheets import Filed, Printable, filed_with, printable

MOST_CHANGES = 20


@dataclass(frozen=True)
class Fact:
    """One line of the facts; `column` is set where it can be corrected."""

    label: str
    value: str
    column: str = ""
    wide: bool = False


@dataclass(frozen=True)
class LimitRow:
    """A deadline with its countdown, its owner and its reason."""

    title: str
    due: str
    countdown: Countdown
    owner: str
    people: str
    basis: list[str]
    because: Because
    ticket: str = ""
    round: int = 1
    is_running: bool = False
    is_recommended: bool = False


@dataclass(frozen=True)
class EventRow:
    """One entry of the timeline."""

    title: str
    tone: str
    at: datetime
    recorded_at: datetime
    who: str
    role: str
    department: str
    reason: str
    ticket: str
    round: int
    lines: list[tuple[str, str]] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    papers: list[Filed] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    label: str
    state: str  # done | now | ahead


@dataclass(frozen=True)
class Sheet:
    """Everything the template shows besides tickets and forms."""

    tier: str
    facts: list[Fact]
    texts: list[Fact]
    steps: list[Step]
    running: list[LimitRow]
    past: list[LimitRow]
    timeline: list[EventRow]
    papers: list[Printable]


def sheet(file: CaseFile) -> Sheet:
    """The page of a case at `file.now`."""
    limits = [_limit(file, row) for row in file.deadlines]
    return Sheet(
        tier=file.policy.title_of("tiers", file.case.tier) if file.case.tier else "",
        facts=_facts(file),
        texts=_texts(file),
        steps=_steps(file),
        running=[row for row in limits if row.is_running],
        past=[row for row in reversed(limits) if not row.is_running],
        timeline=[event_row(file, row) for row in reversed(file.events)],
        papers=printable(file),
    )


def _facts(file: CaseFile) -> list[Fact]:
    case, organization = file.case, file.case.organization
    columns = (
        "complainant_name", "complainant_phone", "place", "complainant_type", "channel", "category", "nature",
        "occurred_at", "outcome", "liability",
    )  # fmt: skip
    lines = [
        Fact(
            wording.column_name(name),
            wording.value_words(file.policy, name, getattr(case, name), organization),
            name if name in CORRECTABLE else "",
        )
        for name in columns
    ]
    grade = wording.value_words(file.policy, "tier_criterion", case.tier_criterion, organization)
    lines.insert(6, Fact(wording.column_name("tier_criterion"), grade))
    if case.satisfaction:
        satisfied = wording.value_words(file.policy, "satisfaction", case.satisfaction, organization)
        lines.append(Fact(wording.column_name("satisfaction"), satisfied))
    if case.respondent_id:
        lines.append(Fact(wording.column_name("respondent"), str(case.respondent)))
    if case.external_number:
        lines.append(Fact(wording.column_name("external_number"), case.external_number))
    lines += [
        Fact(phrases.fact(file.policy, name), wording.fact_words(file.policy, name, value, organization))
        for name, value in case.facts.items()
    ]
    lead = file.actor.directory.path(case.lead_department_id) if case.lead_department_id else "—"
    if file.policy.routes.case_owner:
        lines.append(Fact(_("case owner"), _owner(file)))
    return [
        *lines,
        Fact(wording.column_name("lead_department"), lead),
        Fact(wording.column_name("desk"), str(case.desk)),
        Fact(_("registered by"), str(case.recorded_by or "—")),
        Fact(wording.column_name("received_at"), moment(case.received_at, organization)),
        Fact(wording.column_name("recorded_at"), moment(case.recorded_at, organization)),
    ]


def _owner(file: CaseFile) -> str:
    """Who owns the case by the rules: the role, whose, and who that is."""
    owner = file.owner
    if owner is None:
        return "—"
    title = f"{owner.title}({owner.of})" if owner.of else owner.title
    return " · ".join(filter(None, (title, listed(owner.people))))


def _texts(file: CaseFile) -> list[Fact]:
    return [
        Fact(wording.column_name(name), getattr(file.case, name) or "—", name, wide=True)
        for name in ("content", "request")
    ]


_STEPS = (
    State.RECORDED, State.ACCEPTED, State.DISPATCHED, State.IN_HAND, State.HANDLED, State.TOLD,
    State.FOLLOWED_UP, State.CLOSED,
)  # fmt: skip


def _steps(file: CaseFile) -> list[Step]:
    """The fixed path of a case; empty for one that was not opened."""
    if file.case.state not in _STEPS:
        return []
    labels = {
        State.RECORDED: _("Registered"),
        State.ACCEPTED: _("Accepted"),
        State.DISPATCHED: _("Dispatched"),
        State.IN_HAND: _("Signed for"),
        State.HANDLED: _("Handled"),
        State.TOLD: _("Told"),
        State.FOLLOWED_UP: _("Followed up"),
        State.CLOSED: _("Closed"),
    }
    here = _STEPS.index(State(file.case.state))
    return [
        Step(labels[state], "done" if place < here else "now" if place == here else "ahead")
        for place, state in enumerate(_STEPS)
    ]


def _limit(file: CaseFile, row: Deadline) -> LimitRow:
    policy, organization = file.policy, file.case.organization
    return LimitRow(
        title=duty_title(policy, row.duty),
        due=moment(row.due_at, organization) if row.due_at else "—",
        countdown=countdown(row, file.now),
        owner=wording.role_name(policy, row.owner_role),
        people=listed(file.people_of(row)),
        basis=wording.basis_lines(row.basis, row.started_at, organization),
        because=because(file, row),
        ticket=_ticket_number(file, row.ticket_ref),
        round=row.round,
        is_running=row.state in (Deadline.State.OPEN, Deadline.State.PAUSED),
        is_recommended=row.force == "should",
    )


def _ticket_number(file: CaseFile, ticket_ref: int) -> str:
    return next((row.number for row in file.tickets if row.pk == ticket_ref), "") if ticket_ref else ""


def event_row(file: CaseFile, row: CaseEvent) -> EventRow:
    """An event in words."""
    reasons = [wording.reason_words(file.policy, row), row.reason]
    return EventRow(
        title=wording.title_of_event(file.policy, row),
        tone=wording.event_tone(row.kind),
        at=row.at,
        recorded_at=row.recorded_at,
        who=str(row.actor) if row.actor else _by_itself(row),
        role=wording.role_name(file.policy, row.role) if row.role not in ("", COMPLAINANT) else "",
        department=str(row.department) if row.department else "",
        reason="\n".join(text for text in reasons if text),
        ticket=_ticket_number(file, row.ticket_ref),
        round=row.round,
        lines=wording.event_lines(file.policy, file.case, row),
        changes=wording.event_changes(file.policy, file.case, row),
        papers=filed_with(file, row),
        files=[file_ for file_ in file.attachments if file_.event_id == row.pk],
    )


def _by_itself(row: CaseEvent) -> str:
    return _("the complainant, on the public page") if row.role == COMPLAINANT else _("the system")


def changes_since(file: CaseFile, seen: str) -> list[EventRow]:
    """What people did on the case since the revision that was seen, the newest first.

    Every verb writes one event and raises the revision by one; what the sweep writes does not count.
    """
    missed = file.case.revision - int(seen) if seen.isascii() and seen.isdigit() else 1
    acts = [row for row in file.events if row.kind not in SWEPT]
    newest = acts[-min(max(missed, 1), MOST_CHANGES) :]
    return [event_row(file, row) for row in reversed(newest)]
