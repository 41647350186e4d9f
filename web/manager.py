"""What is near its limit or past it in one's part of the tree, and what waits for one's decision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from complaints.models import CaseEvent, Complaint, State
from complaints.rights import RIGHTS
from escalation.models import ExtensionRequest
from escalation.orders import may_read_orders
from escalation.selectors import access_extension, extensions_to_decide
from escalation.services import decide_extension
from organizations.actors import Actor
from organizations.errors import Forbidden
from policies.engine.gates import missing
from policies.engine.schema import Policy
from policies.selectors import duty_title, policy_of
from tickets.access import visible_cases
from web import actions, case, choices, penalties, remedies
from web.answers import attempt, page
from web.casefile import CaseFile, consent_roles
from web.forms.ticket import DecisionForm
from web.request import Request
from web.todo import orders, waiting
from web.watching import watching

SHOWN = 100
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
    tier: str
    form: DecisionForm


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
    tasks = waiting(actor)
    context = {
        "asked": [_asked(actor, row, now, failed) for row in extensions_to_decide(actor)[:SHOWN]],
        "consents": consents_to_give(actor),
        "waiting": tasks,
        "orders": orders(actor, tasks),
        "remedies": remedies.asked(actor, now, refused),
        "penalties": penalties.asked(actor, now, refused),
        "watching": watching(request),
        "may_order": may_read_orders(actor),
    }
    return render(request, "web/manager.html", context, status=status)


def _asked(
    actor: Actor, row: ExtensionRequest, now: datetime, failed: tuple[int, DecisionForm] | None
) -> Asked:
    policy = policy_of(row.complaint.policy_id)
    form = failed[1] if failed and failed[0] == row.pk else None
    if form is None:
        file = CaseFile(row.complaint, actor, now)
        form = DecisionForm(file=file, auto_id=f"extension-{row.pk}-%s", initial={"back": "manager"})
    return Asked(row, duty_title(policy, row.deadline.duty), _tier(policy, row.complaint), form)


def _tier(policy: Policy, case: Complaint) -> str:
    return policy.title_of("tiers", case.tier) if case.tier else ""


# --- consents -----------------------------------------------------------------------------------------------

_BEFORE_CLOSING = (State.HANDLED, State.TOLD, State.FOLLOWED_UP)


def consents_to_give(actor: Actor) -> list[Complaint]:
    """Cases on their way to the close-out that need a consent of one of the actor's roles. One query.

    Which tiers need whose consent is asked of the rules in force; whether this very case does is asked of its
    own rules again on its page.
    """
    policy = choices.policy_in_force(actor)
    wanted = Q()
    for role in RIGHTS["consent"]:
        tiers = [tier.id for tier in policy.tiers if role in _consents(policy, tier.id)]
        if places := actor.departments(role) if tiers else frozenset():
            given = CaseEvent.objects.filter(
                complaint=OuterRef("pk"), kind="consented", role=role, round=OuterRef("round")
            )
            held = Q(lead_department__in=places) | Q(desk__in=places)
            wanted |= Q(tier__in=tiers) & held & ~Exists(given)
    if not wanted:
        return []
    cases = visible_cases(actor).filter(wanted, state__in=_BEFORE_CLOSING)
    return list(cases.select_related("lead_department").order_by("received_at", "pk")[:SHOWN])


def _consents(policy: Policy, tier: str) -> set[str]:
    needs = missing(policy, "close", {"tier": tier}, [])
    return {policy.acts_as(role) for need in needs for role in consent_roles(need)}


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
