"""Signing for several tickets at once."""

import re

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from organizations.errors import NotVisible, Refused
from tickets.access import access_ticket
from tickets.models import Ticket
from tickets.services import sign_for
from web.answers import page
from web.department import check_department
from web.request import Request

MOST = 100  # as many as the inbox shows
# A ticket as the inbox sends it: its number, and the revision of its case that was seen.
_CHOSEN = re.compile(r"(?P<number>[0-9A-Za-z][0-9A-Za-z-]{0,39}):(?P<revision>[0-9]{1,9})", re.ASCII)


@page("GET", "POST")
def sign(request: Request) -> HttpResponse:
    """Sign for each of the chosen tickets in a transaction of its own; say for which it was not possible.

    What the actor has signed for already counts as done, so sending it twice is sending it once.
    """
    check_department(request.actor)
    if request.method != "POST":
        return redirect("department", org=request.organization.slug)
    chosen = list(dict.fromkeys(request.POST.getlist("ticket")))[:MOST]
    refused = [(text.partition(":")[0], why) for text in chosen if (why := _sign(request, text))]
    if not chosen:
        messages.warning(request, _("Choose at least one ticket."))
    if signed := len(chosen) - len(refused):
        words = ngettext("You have signed for one ticket.", "You have signed for %(count)d tickets.", signed)
        messages.success(request, words % {"count": signed})
    for number, why in refused:
        said = {"number": number[:40], "why": why}
        messages.error(request, _("%(number)s has not been signed for: %(why)s") % said)
    return redirect("department", org=request.organization.slug)


def _sign(request: Request, text: str) -> str:
    """Sign for one ticket; returns why not, "" if it is signed for."""
    found = _CHOSEN.fullmatch(text)
    try:
        if found is None:
            raise NotVisible(text)
        ticket = access_ticket(request.actor, found["number"])
        if ticket.state == Ticket.State.SIGNED and ticket.signed_by_id == request.user.pk:
            return ""
        # That somebody else has it says more than that the case has changed.
        seen = int(found["revision"]) if ticket.state == Ticket.State.DISPATCHED else None
        sign_for(actor=request.actor, ticket=ticket, now=request.now, revision=seen)
    except NotVisible:
        return _("There is no such ticket.")
    except Refused as error:
        return " ".join([str(error), *error.missing])
    return ""
