"""What is near its limit or past it in one's part of the tree, and what waits for one's decision."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from complaints.rights import RIGHTS
from escalation.models import ExtensionRequest
from escalation.orders import may_read_orders
from escalation.selectors import access_extension, extensions_to_decide
from escalation.services import decide_extension
from organizations.actors import Actor
from organizations.errors import Forbidden
from policies.selectors import duty_title, policy_of
from web import actions, case, penalties, remedies
from web.answers import attempt, page
from web.casefile import CaseFile
from web.consenting import consents_to_give
from web.forms.ticket import DecisionForm
from web.regrading import regrades_to_decide
from web.request import Request
from web.todo import orders, waiting
from web.watching import watching

DECIDERS = RIGHTS["decide_extension"]


def check_manager(actor: Actor) -> None:
    """Raise Forbidden for people who can never decide anything."""
    if not actor.has(*DECIDERS):
        raise Forbidden(_("This page is for managers."))


@dataclass(frozen=True)
class Asked:
    """A request for more time with what is needed to decide on it."""

    request: ExtensionRequest
    duty: str
    form: DecisionForm
    before: int  # how often this limit has been extended already


@page("GET")
def manager(request: Request) -> HttpResponse:
    """Requests to decide, limits passed, limits near."""
    check_manager(request.actor)
    return manager_page(request)


def manager_page(
    request: Request,
    failed: tuple[int, DecisionForm] | None = None,
    status: int = 200,
    refused: actions.Failed | None = None,
) -> HttpResponse:
    """The page; `failed` is the decision on more time that was refused, `refused` that on anything else."""
    actor, now = request.actor, request.now
    tasks = waiting(actor, now, "manager")
    decisions: dict[str, list[Any]] = {
        "asked": _asked(actor, now, failed),
        "consents": consents_to_give(actor, now),
        "regrades": regrades_to_decide(actor, now),
        "remedies": remedies.asked(actor, now, refused),
        "penalties": penalties.asked(actor, now, refused),
    }
    context = {
        **decisions,
        "is_full": any(len(rows) == actions.IN_PLACE for rows in decisions.values()),
        "waiting": tasks,
        "orders": orders(actor, tasks),
        "watching": watching(request),
        "may_order": may_read_orders(actor),
    }
    return render(request, "web/manager.html", context, status=status)


def _asked(actor: Actor, now: datetime, failed: tuple[int, DecisionForm] | None) -> list[Asked]:
    rows = extensions_to_decide(actor)[: actions.IN_PLACE]
    granted = ExtensionRequest.objects.filter(
        deadline__in=[row.deadline_id for row in rows], state=ExtensionRequest.State.APPROVED
    )
    before = Counter(granted.order_by().values_list("deadline", flat=True)) if rows else Counter()
    return [
        Asked(
            request=row,
            duty=duty_title(policy_of(row.complaint.policy_id), row.deadline.duty),
            form=failed[1] if failed and failed[0] == row.pk else _decision(actor, row, now),
            before=before[row.deadline_id],
        )
        for row in rows
    ]


def _decision(actor: Actor, row: ExtensionRequest, now: datetime) -> DecisionForm:
    file = CaseFile(row.complaint, actor, now)
    return DecisionForm(file=file, auto_id=f"extension-{row.pk}-%s", initial={"back": "manager"})


# --- decisions ----------------------------------------------------------------------------------------------


@page("GET", "POST")
def decide(request: Request, pk: int) -> HttpResponse:
    """Grant or refuse a request for more time."""
    asked = access_extension(request.actor, pk)
    if request.method != "POST":
        return redirect(asked.complaint)
    check_manager(request.actor)
    file = CaseFile(asked.complaint, request.actor, request.now)
    form = DecisionForm(request.POST, file=file, auto_id=f"extension-{pk}-%s")

    def carry_out(**values: Any) -> ExtensionRequest:
        return decide_extension(actor=request.actor, request=asked, now=request.now, **values)

    tried = attempt(form, carry_out)
    if tried.done:
        granted = tried.value.state == ExtensionRequest.State.APPROVED
        done = _("The request has been granted.") if granted else _("The request has been refused.")
        messages.success(request, done)
        return case.back_to(request, form, file)
    asked = access_extension(request.actor, pk)
    form.catch_up(asked.complaint.revision)
    if asked.state != ExtensionRequest.State.ASKED:  # somebody else was quicker: it is no longer on the page
        messages.error(request, " ".join(map(str, form.non_field_errors())))
    return manager_page(request, (pk, form), tried.status)
