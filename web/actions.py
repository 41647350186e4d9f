"""What can be done on a case and on a ticket: one row for each verb gives its URL, its form and its words."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints import services as cases
from complaints.acting import check_under, fits, role_under
from complaints.models import State
from complaints.notable import check_noting
from complaints.rights import check_right, role_to
from complaints.services.attaching import check_attaching
from complaints.services.transferring import may_transfer
from complaints.states import is_awaited, may_move
from complaints.stops import check_stopping, stops_for
from escalation.services import ask_extension, issue_order
from organizations.errors import Forbidden
from tickets import services as tickets
from tickets.models import Ticket
from web.casefile import CaseFile
from web.codes import slip
from web.forms import case as case_forms
from web.forms import clock, passing
from web.forms import ticket as ticket_forms
from web.forms.base import CaseForm
from web.forms.code import CodeForm
from web.forms.files import AttachForm
from web.forms.noting import NoteForm, has_something_to_note
from web.forms.order import OrderForm, places
from web.request import Request

# So many of a kind have their forms on a page of many cases; the others come up as these are done.
IN_PLACE = 3


@dataclass(frozen=True)
class Action:
    """A verb as a page offers it. `name` is the last part of its URL, `right` its row in complaints.rights.

    `first_in` are the states in which it is what comes next, if `first_if` holds; `shown` may narrow where it
    has a place, `also` gives it one in other states. What is `rare` is folded away. `answer` makes a page of
    what the verb returned, where that is to be seen once.
    """

    name: str
    right: str
    form: type[CaseForm]
    verb: Callable[..., Any]
    label: Promise
    done: Promise
    first_in: tuple[str, ...] = ()
    first_if: Callable[[CaseFile], bool] = lambda file: True
    shown: Callable[[CaseFile], bool] = lambda file: True
    tone: str = "primary"
    also: Callable[[CaseFile], bool] = lambda file: False
    rare: bool = False
    answer: Callable[[Request, Any], HttpResponse] | None = None

    def check(self, file: CaseFile) -> None:
        """Raise Forbidden before any input is looked at, if the actor has no right to the verb."""
        special = _CHECKS.get(self.right)
        if special is not None:
            special(file)
        else:
            check_right(file.actor, self.right, file.case.desk_id)

    def is_open_to(self, file: CaseFile) -> bool:
        """Whether the page offers it: the right, the state, and what the action itself asks for."""
        try:
            self.check(file)
        except Forbidden:
            return False
        return (may_move(file.case, self.right) or self.also(file)) and self.shown(file)

    def run(self, file: CaseFile) -> Callable[..., Any]:
        """The verb, waiting for the form's values."""

        def carry_out(**values: Any) -> Any:
            return self.verb(actor=file.actor, complaint=file.case, now=file.now, **values)

        return carry_out

    def url(self, file: CaseFile) -> str:
        return reverse(f"case-{self.name}", args=[file.case.organization.slug, file.case.number])


def _check_consent(file: CaseFile) -> None:
    places = (file.case.lead_department_id, file.case.desk_id)
    if not any(role_to(file.actor, "consent", place) for place in places):
        check_right(file.actor, "consent", file.case.desk_id)


def _check_stopping(verb: str, kind: str) -> Callable[[CaseFile], object]:
    return lambda file: check_stopping(file.actor, file.case, verb, kind, file.posts)


def _check_transfer(file: CaseFile) -> None:
    check_under(file.actor, file.case, "transfer", may_transfer(file.policy), file.posts)


def _check_ordering(file: CaseFile) -> None:
    if not places(file):
        raise Forbidden(_("Your roles do not allow this."))


# Rights that are not the desk's alone, by the name of the right.
_CHECKS: dict[str, Callable[[CaseFile], object]] = {
    "note": lambda file: check_noting(file.actor, file.case),
    "attach": lambda file: check_attaching(file.actor, file.case),
    "consent": _check_consent,
    "pause": _check_stopping("pause", "paused"),
    "resume": _check_stopping("resume", "paused"),
    "restart": _check_stopping("restart", "restarted"),
    "end": _check_stopping("end", "ended"),
    "transfer": _check_transfer,
    "issue_order": _check_ordering,
}


def _may_pass_on(file: CaseFile) -> bool:
    named = may_transfer(file.policy)
    return fits(file.policy, role_under(file.actor, file.case, "transfer", named, file.posts), named)


def _restarts_for_new_facts(file: CaseFile) -> bool:
    return file.new_facts and not stops_for(file.policy, "restarted")


def _is_awaited(file: CaseFile) -> bool:
    return not file.case.is_open and is_awaited(file.policy, file.running, "told")


def _wants_more(file: CaseFile) -> bool:
    """Whether the complainant said in the follow-up that this was not it."""
    return False in (file.facts.get("solved"), file.facts.get("satisfied"))


# A verb that has its place where another one has it (tickets.services.handling).
_STATES_OF = {"assign": "work"}


@dataclass(frozen=True)
class TicketAction:
    """The same for a verb on a ticket; `states` are those of the ticket. `of_desk`: the desk's to do."""

    name: str
    right: str
    form: type[CaseForm]
    verb: Callable[..., Any]
    label: Promise
    done: Promise
    states: tuple[str, ...]
    first_in: tuple[str, ...] = ()
    shown: Callable[[CaseFile, Ticket], bool] = lambda file, ticket: True
    tone: str = "primary"
    of_desk: bool = False
    rare: bool = False

    def check(self, file: CaseFile, ticket: Ticket) -> None:
        check_right(file.actor, self.right, self._place(file, ticket))

    def _place(self, file: CaseFile, ticket: Ticket) -> int:
        return file.case.desk_id if self.of_desk else ticket.department_id

    def is_open_to(self, file: CaseFile, ticket: Ticket) -> bool:
        return (
            ticket.state in self.states
            and bool(role_to(file.actor, self.right, self._place(file, ticket)))
            and may_move(file.case, _STATES_OF.get(self.right, self.right))
            and self.shown(file, ticket)
        )

    def run(self, file: CaseFile, ticket: Ticket) -> Callable[..., Any]:
        def carry_out(**values: Any) -> Any:
            # More time is asked for on a limit, everything else on the ticket.
            about = {} if "deadline" in values else {"ticket": ticket}
            return self.verb(actor=file.actor, now=file.now, **about, **values)

        return carry_out

    def url(self, file: CaseFile, ticket: Ticket) -> str:
        return reverse(f"ticket-{self.name}", args=[file.case.organization.slug, ticket.number])


@dataclass(frozen=True)
class Offer:
    """An action on the page: where its form goes, the form, and whether it is unfolded."""

    action: Action | TicketAction
    url: str
    form: CaseForm
    is_open: bool = False
    is_first: bool = False


@dataclass(frozen=True)
class Failed:
    """The form that was refused, to be shown again in its place."""

    name: str
    form: CaseForm
    ticket: str = ""

    def is_for(self, name: str, ticket: str = "") -> bool:
        return (self.name, self.ticket) == (name, ticket)


# These have a place of their own on the page, see web.case.
_ELSEWHERE = ("correct", "attach")


def offers(file: CaseFile, failed: Failed | None = None, unfold: str = "") -> list[Offer]:
    """What the actor can do on the case now, what comes next first."""
    found = []
    for action in CASE_ACTIONS:
        again = failed is not None and failed.is_for(action.name)
        if action.name in _ELSEWHERE or not (again or action.is_open_to(file)):
            continue
        form = failed.form if again and failed else action.form(file=file, auto_id=f"{action.name}-%s")
        first = file.case.state in action.first_in and action.first_if(file)
        found.append(Offer(action, action.url(file), form, again or unfold == action.name or first, first))
    return sorted(found, key=lambda offer: not offer.is_first)


def common(offers: list[Offer]) -> list[Offer]:
    """Those that are shown at once, and"""
    return [offer for offer in offers if not offer.action.rare]


def rare(offers: list[Offer]) -> list[Offer]:
    """those that are folded away."""
    return [offer for offer in offers if offer.action.rare]


def ticket_offers(
    file: CaseFile,
    ticket: Ticket,
    *,
    back: str = "case",
    failed: Failed | None = None,
    only: Collection[str] | None = None,
) -> list[Offer]:
    """What the actor can do on a ticket now; `only` limits it to some of the actions."""
    found = []
    for action in TICKET_ACTIONS:
        again = failed is not None and failed.is_for(action.name, ticket.number)
        if only is not None and action.name not in only:
            continue
        if not (again or action.is_open_to(file, ticket)):
            continue
        form = (
            failed.form
            if again and failed
            else action.form(
                file=file, ticket=ticket, auto_id=f"{ticket.number}-{action.name}-%s", initial={"back": back}
            )
        )
        first = ticket.state in action.first_in
        found.append(Offer(action, action.url(file, ticket), form, again, first))
    return found


S = State
CASE_ACTIONS = (
    Action(
        "accept", "accept", case_forms.AcceptForm, cases.accept, _("Accept"),
        _("The case has been accepted and can be dispatched."), (S.RECORDED,),
    ),
    Action(
        "explain", "accept", case_forms.ExplainForm, cases.explain_only, _("Explain only"),
        _("The case has been ended with an explanation."), tone="secondary",
    ),
    Action(
        "reject", "accept", case_forms.RejectForm, cases.reject, _("Reject"),
        _("The case has been rejected; it stays on record."), tone="danger",
    ),
    Action(
        "dispatch", "dispatch", case_forms.DispatchForm, tickets.dispatch, _("Dispatch"),
        _("The case has been dispatched."), (S.ACCEPTED,),
    ),
    Action(
        "tell", "tell", case_forms.TellForm, cases.tell, _("Tell the complainant"),
        _("It is on record that the complainant was told."), (S.HANDLED,), also=_is_awaited,
    ),
    Action(
        "follow-up", "follow_up", case_forms.FollowUpForm, cases.follow_up, _("Follow up"),
        _("The follow-up has been recorded."), (S.TOLD,),
    ),
    Action(
        "consent", "consent", case_forms.ConsentForm, cases.consent, _("Consent to the close-out"),
        _("Your consent has been recorded."), shown=lambda file: bool(file.consents),
    ),
    Action(
        "close", "close", case_forms.CloseForm, cases.close, _("Close out"),
        _("The case has been closed out."), (S.FOLLOWED_UP,), lambda file: not _wants_more(file),
    ),
    Action(
        "reopen", "reopen", case_forms.ReopenForm, cases.reopen, _("Take up again"),
        _("The case has been taken up again: a new round begins."), (S.FOLLOWED_UP,), _wants_more,
        tone="secondary",
    ),
    Action(
        "note", "note", NoteForm, cases.note, _("Note down"), _("It has been noted down."),
        shown=has_something_to_note, tone="secondary",
    ),
    Action(
        "grade", "grade", case_forms.GradeForm, cases.grade, _("Grade"),
        _("The tier has been set; the limits have been computed anew."), tone="secondary",
    ),
    Action(
        "pause", "pause", clock.PauseForm, cases.pause, _("Stop the clock"),
        _("The clock has been stopped."), tone="secondary",
        shown=lambda file: file.case.paused_at is None and bool(file.stops("pause", "paused")),
    ),
    Action(
        "resume", "resume", clock.ResumeForm, cases.resume, _("Let the clock run"),
        _("The clock is running again."), shown=lambda file: file.case.paused_at is not None,
    ),
    Action(
        "transfer", "transfer", passing.TransferForm, cases.transfer, _("Pass on"),
        _("It is on record that the case was passed on."), shown=_may_pass_on, tone="secondary", rare=True,
    ),
    Action(
        "code", "give_code", CodeForm, cases.give_code, _("Code for the complainant"),
        _("The code has been given out."), tone="secondary", rare=True, answer=slip,
        shown=lambda file: file.case.organization.public_page,
    ),
    Action(
        "order", "issue_order", OrderForm, issue_order, _("Issue a supervision order"),
        _("The supervision order has been issued."), tone="secondary", rare=True,
    ),
    Action(
        "merge", "merge", passing.MergeForm, cases.merge, _("Merge into another case"),
        _("The case has been merged into the other one."), tone="secondary", rare=True,
    ),
    Action(
        "restart", "restart", clock.RestartForm, cases.restart, _("Let the limits count anew"),
        _("The limits count anew from now."), tone="secondary", rare=True,
        shown=lambda file: bool(file.stops("restart", "restarted")) or _restarts_for_new_facts(file),
    ),
    Action(
        "end", "end", clock.EndForm, cases.end_handling, _("End the handling"),
        _("The handling has been ended."), tone="danger", rare=True,
        shown=lambda file: bool(file.stops("end", "ended")),
    ),
    Action(
        "correct", "correct", case_forms.CorrectForm, cases.correct, _("Correct"),
        _("The correction has been recorded."), tone="secondary",
    ),
    Action(
        "attach", "attach", AttachForm, cases.attach, _("Attach"), _("The files are with the case."),
        tone="secondary",
    ),
)  # fmt: skip

T = Ticket.State
TICKET_ACTIONS = (
    TicketAction(
        "sign", "sign_for", ticket_forms.SignForm, tickets.sign_for, _("Sign for it"),
        _("You have signed for the ticket."), (T.DISPATCHED,), (T.DISPATCHED,),
    ),
    TicketAction(
        "result", "file_result", ticket_forms.ResultForm, tickets.file_result, _("File the result"),
        _("The result has been filed."), (T.SIGNED,), (T.SIGNED,),
    ),
    TicketAction(
        "work", "work", ticket_forms.WorkForm, tickets.record_work, _("Record work"),
        _("The work has been recorded."), (T.SIGNED,), tone="secondary",
    ),
    TicketAction(
        "assign", "assign", ticket_forms.AssignForm, tickets.assign, _("Hand on"),
        _("The ticket has been handed on."), (T.SIGNED,), tone="secondary",
    ),
    TicketAction(
        "extension", "ask_extension", ticket_forms.ExtensionForm, ask_extension, _("Ask for more time"),
        _("The request for more time has been sent."), (T.DISPATCHED, T.SIGNED), tone="secondary",
        shown=lambda file, ticket: file.can_ask_for_time(ticket),
    ),
    TicketAction(
        "return", "return", ticket_forms.ReturnForm, tickets.return_ticket, _("Return to the desk"),
        _("The ticket has been returned to the desk."), (T.DISPATCHED, T.SIGNED), tone="danger",
    ),
    TicketAction(
        "withdraw", "withdraw", passing.WithdrawForm, tickets.withdraw_ticket, _("Call back"),
        _("The ticket has been called back."), (T.DISPATCHED, T.SIGNED), tone="secondary", of_desk=True,
        rare=True,
    ),
)  # fmt: skip
