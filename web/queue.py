"""What is to be done next, by time left: the desk's queue and the departments' inbox.

Read from the deadlines that run (an index in the order of their due times), so the cost follows what is shown
and not how many cases there are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.models import CaseEvent, Complaint, Deadline, State
from complaints.selectors import oldest_in
from complaints.services.replying import Satisfaction
from organizations.actors import DESK_ROLES, Actor
from policies.engine.schema import Duty, Policy
from policies.engine.templates import candidates
from policies.selectors import duty_title, policy_of
from tickets.access import visible_tickets
from tickets.models import GIVEN_BACK, Ticket
from web import choices
from web.countdown import Countdown, countdown

SHOWN = 80
READ = 300  # limits looked at; a case may have more than one
# Columns of a deadline that a countdown does not need, and that cost more to read than all the others.
UNSEEN = ("ladder", "basis", "owed", "last_error")
# What the queue of the desk looks at: of hundreds of rows it reads nothing else.
_LIMIT = ("state", "duty", "ticket_ref", "complaint", "started_at", "due_at", "warn_at", "met_at")
_CASE = (
    "number",
    "state",
    "round",
    "subject",
    "tier",
    "complainant_name",
    "complainant_phone",
    "place",
    "received_at",
    "policy",
    "lead_department__name",
    "satisfaction",
)
INBOX_SHOWN = 12  # each comes with its forms
INBOX_MORE = 100
LIMITS_OF_A_TICKET = 6  # that may run at a time, its case's included
FOLLOW_UP_TEXT = "follow_up"  # the occasion for which rules write down what to ask

DECIDE, DISPATCH, RETURNED, UNSIGNED = "decide", "dispatch", "returned", "unsigned"
TELL, FOLLOW_UP, REOPEN, CLOSE = "tell", "follow-up", "reopen", "close"
PROMISE, OTHER = "promise", "other"
KINDS: dict[str, Promise] = {
    DECIDE: _("To decide on"),
    DISPATCH: _("To dispatch"),
    RETURNED: _("Returned"),
    UNSIGNED: _("Unsigned"),
    TELL: _("Results to tell"),
    FOLLOW_UP: _("Follow-ups"),
    REOPEN: _("To take up again"),
    CLOSE: _("To close out"),
    PROMISE: _("Promises"),
    OTHER: _("Other"),
}
_BY_STATE = {
    State.RECORDED: DECIDE,
    State.ACCEPTED: DISPATCH,
    State.HANDLED: TELL,
    State.TOLD: FOLLOW_UP,
    State.FOLLOWED_UP: CLOSE,
}


@dataclass(frozen=True)
class Task:
    """One thing to do on one case. `ticket` is the unsigned one, where that is what it is about.

    `attempts` is how often somebody has tried to follow up in vain, `has_script` whether the rules say what
    to ask.
    """

    kind: str
    case: Complaint
    policy: Policy
    duty: str
    countdown: Countdown | None
    ticket: Ticket | None = None
    attempts: int = 0
    has_script: bool = False

    @property
    def label(self) -> Promise:
        return KINDS[self.kind]

    @property
    def tier(self) -> str:
        return self.policy.title_of("tiers", self.case.tier) if self.case.tier else ""


def desk_tasks(actor: Actor, now: datetime) -> list[Task]:
    """What the actor's desks have to do, the most urgent first. Six queries.

    Promises to callers are among it whoever has to keep them: the desk gave its word.
    """
    desks = actor.departments(*DESK_ROLES)
    unsigned = Ticket.objects.filter(
        organization=actor.organization, state=Ticket.State.DISPATCHED, complaint__desk__in=desks
    )
    dated = (
        Deadline.objects.filter(
            organization=actor.organization, state=Deadline.State.OPEN, due_at__isnull=False
        )
        .filter(
            Q(owner_role__in=_roles(actor, DESK_ROLES), department__in=desks)
            | Q(ticket_ref__in=unsigned.values("pk"))
            | Q(duty__in=_promises(choices.policy_in_force(actor)), complaint__desk__in=desks)
        )
        .select_related("complaint", "complaint__lead_department")
        .only(*_LIMIT, *(f"complaint__{name}" for name in _CASE))
        .order_by("due_at", "pk")[:READ]
    )
    deadlines = list(dated)
    tickets = Ticket.objects.select_related("department").in_bulk(
        [row.ticket_ref for row in deadlines if row.ticket_ref]
    )
    back = _returned(row.complaint for row in deadlines)
    tasks: dict[tuple[int, int, bool], Task] = {}
    for row in deadlines:
        task = _desk_task(row, tickets.get(row.ticket_ref), back, now)
        about = task.ticket.pk if task.ticket else 0
        tasks.setdefault((row.complaint_id, about, task.kind == PROMISE), task)
    known = {pk for pk, _about, is_promise in tasks if not is_promise}
    return _followed_up(actor, [*tasks.values(), *_without_limit(actor, desks, known)])


def _promises(policy: Policy) -> list[str]:
    return [duty.id for duty in policy.duties if _is_promise(duty)]


def _is_promise(duty: Duty | None) -> bool:
    return duty is not None and any(limit.unit == "promise" for limit in duty.limits)


def _desk_task(row: Deadline, ticket: Ticket | None, back: set[int], now: datetime) -> Task:
    case, policy = row.complaint, policy_of(row.complaint.policy_id)
    if _is_promise(policy.duties_by_id.get(row.duty)):
        kind, ticket = PROMISE, None
    elif ticket is not None and ticket.state == Ticket.State.DISPATCHED:
        kind = UNSIGNED
    else:
        kind, ticket = _kind_by_state(case), None
        if kind == DISPATCH and case.pk in back:
            kind = RETURNED
    return Task(kind, case, policy, duty_title(policy, row.duty), countdown(row, now), ticket)


def _kind_by_state(case: Complaint) -> str:
    if case.state == State.FOLLOWED_UP and case.satisfaction == Satisfaction.UNSATISFIED:
        return REOPEN
    return _BY_STATE.get(State(case.state), OTHER)


def _returned(cases: Iterable[Complaint]) -> set[int]:
    """The cases whose leading ticket of the present round came back."""
    waiting = {case.pk: case.round for case in cases if case.state == State.ACCEPTED}
    rows = Ticket.objects.filter(
        complaint_id__in=list(waiting), part=Ticket.Part.LEAD, state=Ticket.State.RETURNED
    )
    return {pk for pk, round_ in rows.values_list("complaint_id", "round") if waiting[pk] == round_}


def _followed_up(actor: Actor, tasks: list[Task]) -> list[Task]:
    """The tasks with what is known of earlier tries to follow up, and without those that the rules keep from
    the actor: whoever handled a case does not follow it up (gate follow_up, not_by handler). One query."""
    cases = {task.case.pk: task.case for task in tasks if task.kind == FOLLOW_UP}
    attempts: Counter[int] = Counter()
    handled: set[int] = set()
    kinds = ("follow_up_attempt", "handled", "part_handled")
    events = CaseEvent.objects.filter(
        organization=actor.organization, complaint__in=list(cases), kind__in=kinds
    )
    for pk, round_, kind, who in events.values_list("complaint_id", "round", "kind", "actor_id"):
        if round_ != cases[pk].round:
            continue
        if kind == "follow_up_attempt":
            attempts[pk] += 1
        elif who == actor.user.pk:
            handled.add(pk)
    return [
        replace(
            task, attempts=attempts[task.case.pk], has_script=bool(candidates(task.policy, FOLLOW_UP_TEXT))
        )
        if task.kind == FOLLOW_UP
        else task
        for task in tasks
        if not (task.kind == FOLLOW_UP and task.case.pk in handled and _keeps_handlers_out(task.policy))
    ]


def _keeps_handlers_out(policy: Policy) -> bool:
    gate = policy.gates.get("follow_up")
    return gate is not None and "handler" in gate.not_by


def _without_limit(actor: Actor, desks: frozenset[int], known: set[int]) -> list[Task]:
    """The desk's turn, and no limit of the desk's runs: followed up, or withdrawn from its department. They
    come last, oldest first."""
    rows = Complaint.objects.filter(organization=actor.organization, desk__in=desks)
    rows = rows.select_related("lead_department").only(*_CASE)
    cases = oldest_in(rows, (State.FOLLOWED_UP, State.ACCEPTED), READ)
    return [
        Task(_kind_by_state(case), case, policy_of(case.policy_id), "", None)
        for case in [case for case in cases if case.pk not in known][:SHOWN]
    ]


def tabs(tasks: list[Task]) -> list[tuple[str, Promise, int]]:
    """(kind, label, number) of the kinds there are."""
    counts = Counter(task.kind for task in tasks)
    return [(kind, label, counts[kind]) for kind, label in KINDS.items() if counts[kind]]


def _roles(actor: Actor, product_roles: Iterable[str]) -> set[str]:
    """The role ids by which deadlines name these roles: the product's and those of the rules in force."""
    wanted = set(product_roles)
    roles = choices.policy_in_force(actor).roles.values()
    return wanted | {role.id for role in roles if role.acts_as in wanted}


# --- departments ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TicketRow:
    """A ticket in the inbox with the limit its department has to keep next; `beside` are the tickets of other
    departments on the case."""

    ticket: Ticket
    policy: Policy
    duty: str
    countdown: Countdown | None
    beside: tuple[Ticket, ...] = ()

    @property
    def case(self) -> Complaint:
        return self.ticket.complaint

    @property
    def tier(self) -> str:
        return self.policy.title_of("tiers", self.case.tier) if self.case.tier else ""

    @property
    def category(self) -> str:
        return self.policy.title_of("categories", self.case.category) if self.case.category else ""


def inbox(actor: Actor, now: datetime, *, mine: bool = False, shown: int = INBOX_SHOWN) -> list[TicketRow]:
    """The open tickets of the actor's departments by time left, unlimited ones last; at most `shown`.

    Walks along the limits that are due first and takes the tickets they are about. Three queries. With `mine`
    only those in the actor's own hands.
    """
    tickets = visible_tickets(actor).filter(state__in=(Ticket.State.DISPATCHED, Ticket.State.SIGNED))
    if mine:
        tickets = tickets.filter(handler=actor.user)
    most = shown * LIMITS_OF_A_TICKET
    limits = list(_limits_of(actor, tickets)[:most])
    about = Q(pk__in=[row.ticket_ref for row in limits]) | Q(
        complaint__in=[row.complaint_id for row in limits if not row.ticket_ref]
    )
    whole = tickets.select_related("complaint", "complaint__organization", "department", "handler")
    of_case: dict[int, list[Ticket]] = defaultdict(list)
    for ticket in whole.filter(about).order_by("pk"):
        of_case[ticket.complaint_id].append(ticket)
    rows: dict[int, TicketRow] = {}
    for limit in limits:
        for ticket in of_case[limit.complaint_id]:
            if limit.ticket_ref in (0, ticket.pk) and ticket.pk not in rows and len(rows) < shown:
                rows[ticket.pk] = _ticket_row(ticket, limit, now)
    if len(rows) < shown and len(limits) < most:  # there are no more limits: what is left has none
        rest = whole.exclude(pk__in=list(rows)).order_by("pk")[: shown - len(rows)]
        rows |= {ticket.pk: _ticket_row(ticket, None, now) for ticket in rest}
    return list(rows.values())


def _limits_of(actor: Actor, tickets: QuerySet[Ticket]) -> QuerySet[Deadline]:
    """The running limits of these tickets and of their cases that are not the desk's, the first due first."""
    running = Deadline.objects.filter(
        organization=actor.organization, state=Deadline.State.OPEN, due_at__isnull=False
    ).exclude(owner_role__in=_roles(actor, DESK_ROLES))
    about = Q(ticket_ref=0, complaint__in=tickets.values("complaint")) | Q(
        ticket_ref__in=tickets.values("pk")
    )
    return running.filter(about).defer(*UNSEEN).order_by("due_at", "pk")


def _ticket_row(ticket: Ticket, deadline: Deadline | None, now: datetime) -> TicketRow:
    policy = policy_of(ticket.complaint.policy_id)
    if deadline is None:
        return TicketRow(ticket, policy, "", None)
    return TicketRow(ticket, policy, duty_title(policy, deadline.duty), countdown(deadline, now))


def with_others(rows: list[TicketRow]) -> list[TicketRow]:
    """The same rows with what the other departments have of each case in this round. One query."""
    others: dict[int, list[Ticket]] = defaultdict(list)
    tickets = Ticket.objects.filter(complaint__in={row.case.pk for row in rows}).exclude(state__in=GIVEN_BACK)
    for ticket in tickets.select_related("department").order_by("pk"):
        others[ticket.complaint_id].append(ticket)
    return [
        replace(
            row,
            beside=tuple(
                one
                for one in others[row.case.pk]
                if one.pk != row.ticket.pk and one.round == row.ticket.round
            ),
        )
        for row in rows
    ]
