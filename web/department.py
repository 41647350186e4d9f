"""A department's inbox, and what is done with a ticket."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from organizations.actors import DEPARTMENT_ROLES, Actor
from organizations.errors import Forbidden
from tickets.access import access_ticket
from tickets.models import Ticket
from web import actions, case, queue
from web.answers import attempt, page
from web.casefile import CaseFile, read_events
from web.files import rescue
from web.forms.base import CaseForm
from web.request import Request
from web.todo import waiting
from web.undo import offer_undo


def check_department(actor: Actor) -> None:
    """Raise Forbidden for people who work for no department."""
    if not actor.has(*DEPARTMENT_ROLES):
        raise Forbidden(_("This page is for departments."))


@page("GET")
def department(request: Request) -> HttpResponse:
    """The tickets of the actor's departments, by time left."""
    check_department(request.actor)
    return inbox_page(request)


def inbox_page(request: Request, failed: actions.Failed | None = None, status: int = 200) -> HttpResponse:
    """The inbox; `failed` is the form that was refused and is shown again in its ticket."""
    mine, more = request.GET.get("mine") == "1", request.GET.get("more") == "1"
    shown = queue.INBOX_MORE if more else queue.INBOX_SHOWN
    # One's own come first, however many others are more urgent.
    own = queue.inbox(request.actor, request.now, mine=True, shown=shown)
    rows = own if mine else _all(own, queue.inbox(request.actor, request.now, shown=shown))
    is_full = len(own if mine else rows) >= shown
    rows = queue.with_others(rows)
    files = [CaseFile(row.case, request.actor, request.now) for row in rows]
    read_events([file for file in files if file.policy.forms])
    inbox = [
        (row, _offers(file, row.ticket, failed, place < actions.IN_PLACE))
        for place, (row, file) in enumerate(zip(rows, files, strict=True))
    ]
    context: dict[str, Any] = {"groups": _groups(request.actor, inbox), "mine": mine, "more": more}
    context["is_full"] = is_full
    context["waiting"] = waiting(request.actor, request.now, "department")
    return render(request, "web/department.html", context, status=status)


Card = tuple[queue.TicketRow, list[actions.Offer]]


@dataclass(frozen=True)
class Group:
    """A heading with its tickets; `is_signable`: several of them can be signed for at once."""

    title: str
    cards: list[Card]
    is_signable: bool = False


def _all(own: list[queue.TicketRow], rows: list[queue.TicketRow]) -> list[queue.TicketRow]:
    known = {row.ticket.pk for row in own}
    return [*own, *(row for row in rows if row.ticket.pk not in known)]


def _groups(actor: Actor, cards: list[Card]) -> list[Group]:
    unsigned = [card for card in cards if card[0].ticket.state == Ticket.State.DISPATCHED]
    signed = [card for card in cards if card[0].ticket.state == Ticket.State.SIGNED]
    own = [card for card in signed if card[0].ticket.handler_id == actor.user.pk]
    others = [card for card in signed if card[0].ticket.handler_id != actor.user.pk]
    may_sign = [card for card in unsigned if any(offer.action.name == "sign" for offer in card[1])]
    groups = [
        Group(_("To sign for"), unsigned, is_signable=len(may_sign) > 1),
        Group(_("In my hands"), own),
        Group(_("In the hands of colleagues"), others),
    ]
    return [group for group in groups if group.cards]


def _offers(
    file: CaseFile, ticket: Ticket, failed: actions.Failed | None, in_place: bool
) -> list[actions.Offer]:
    refused_here = failed is not None and failed.ticket == ticket.number
    only = INLINE if in_place or refused_here else AT_ONCE
    return actions.ticket_offers(file, ticket, back="department", failed=failed, only=only)


INLINE = ("sign", "result", "return")
AT_ONCE = ("sign",)  # with nothing to fill in; the rest of a later ticket is done on the page of its case


@page("GET", "POST")
def act(request: Request, number: str, name: str) -> HttpResponse:
    """Carry out one verb on a ticket. GET (after signing in again, say) leads to the case."""
    ticket = access_ticket(request.actor, number)
    file = CaseFile(ticket.complaint, request.actor, request.now)
    if request.method != "POST":
        return redirect(file.case)
    action = next(row for row in actions.TICKET_ACTIONS if row.name == name)
    action.check(file, ticket)
    form = action.form(request.POST, request.FILES, file=file, ticket=ticket, auto_id=f"{number}-{name}-%s")
    tried = attempt(form, action.run(file, ticket))
    if tried.done:
        messages.success(request, str(action.done))
        if name == "assign":
            _offer_to_hand_back(request, form, ticket, tried.value, action.url(file, ticket))
        return case.back_to(request, form, file)
    rescue(request, file, form)
    failed = actions.Failed(name, form, ticket.number)
    if form.data.get("back") == "department" and tried.status == 422 and ticket.is_open:
        return inbox_page(request, failed, tried.status)
    return case.case_page(request, file, failed=failed, status=tried.status)


def _offer_to_hand_back(request: Request, form: CaseForm, before: Ticket, after: Ticket, url: str) -> None:
    """A ticket handed to the wrong person goes back by the same verb, and that is on record, too. Only as
    long as nobody has done anything else on the case."""
    if before.handler_id and before.handler_id != after.handler_id:
        seen = form.cleaned_data["revision"] + 1
        offer_undo(request, url, {"handler": before.handler_id, "revision": seen})
