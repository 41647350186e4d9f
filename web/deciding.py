"""What is done about remedies and penalties, from the page of a case or from the manager's."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from complaints.models import Complaint
from complaints.rights import RIGHTS
from escalation.services import decide_penalty
from escalation.services.penalties import proposed_as
from organizations.errors import Forbidden
from policies.readable import phrases
from tickets import services
from tickets.access import access_case
from tickets.models import Remedy
from tickets.selectors import access_remedy
from tickets.services.remedies import place_of
from web import case, manager, penalties, remedies
from web.actions import Failed
from web.answers import Attempt, attempt, page
from web.casefile import CaseFile
from web.forms.base import CaseForm
from web.forms.penalty import PenaltyForm
from web.forms.remedy import RemedyForm
from web.request import Request


@page("GET", "POST")
def propose(request: Request, number: str) -> HttpResponse:
    """Propose a remedy on a case. GET leads to the case."""
    file = CaseFile(access_case(request.actor, number), request.actor, request.now)
    if request.method != "POST":
        return redirect(file.case)
    if place_of(file.actor, file.case, file.tickets) is None:
        raise Forbidden(_("Your roles do not allow this."))
    form = RemedyForm(request.POST, file=file, auto_id="remedy-%s")

    def carry_out(**values: Any) -> Remedy:
        return services.propose_remedy(actor=request.actor, complaint=file.case, now=request.now, **values)

    tried = attempt(form, carry_out)
    if not tried.done:
        return _again(request, file, Failed(remedies.PROPOSE, form), tried)
    if tried.value.state == Remedy.State.APPROVED:
        messages.success(request, _("It is promised, within your own authority."))
    else:
        who = {"who": phrases.role(file.policy, tried.value.approver_role)}
        messages.success(request, _("It has gone to %(who)s for approval.") % who)
    return case.back_to(request, form, file)


_VERBS = {
    "decide": services.decide_remedy,
    "deliver": services.deliver_remedy,
    "withdraw": services.withdraw_remedy,
}


@page("GET", "POST")
def step(request: Request, pk: int, name: str) -> HttpResponse:
    """Decide on a remedy, take it back, or note that it was given. GET leads to the case."""
    remedy = access_remedy(request.actor, pk)
    file = CaseFile(remedy.complaint, request.actor, request.now)
    if request.method != "POST":
        return redirect(file.case)
    form = remedies.FORMS[name](request.POST, file=file, auto_id=f"remedy-{pk}-{name}-%s")

    def carry_out(**values: Any) -> Remedy:
        return _VERBS[name](actor=request.actor, remedy=remedy, now=request.now, **values)

    tried = attempt(form, carry_out)
    if not tried.done:
        failed = Failed(remedies.DEEDS[name].name, form, str(pk))
        return _again(request, file, failed, tried, gone=_is_settled(remedy, name))
    done = {
        Remedy.State.APPROVED: _("The remedy has been approved."),
        Remedy.State.REFUSED: _("The remedy has been refused."),
        Remedy.State.WITHDRAWN: _("The remedy has been withdrawn."),
        Remedy.State.DELIVERED: _("It is on record that the remedy was given."),
    }
    messages.success(request, done[Remedy.State(tried.value.state)])
    return case.back_to(request, form, file)


def _is_settled(remedy: Remedy, name: str) -> bool:
    """Whether somebody else was quicker: the form has no place on the page any more."""
    waits = (Remedy.State.PROPOSED,) if name == "decide" else (Remedy.State.PROPOSED, Remedy.State.APPROVED)
    return Remedy.objects.filter(pk=remedy.pk).exclude(state__in=waits).exists()


@page("GET", "POST")
def penalty(request: Request, number: str) -> HttpResponse:
    """Decide on a penalty that the rules propose on a case. GET leads to the case."""
    file = CaseFile(access_case(request.actor, number), request.actor, request.now)
    if request.method != "POST":
        return redirect(file.case)
    if not request.actor.has(*RIGHTS["decide_penalty"]):
        raise Forbidden(_("Your roles do not allow this."))
    wanted = request.POST.get("penalty", "")
    proposal = proposed_as(file.case, file.course, wanted)
    form = PenaltyForm(
        request.POST, file=file, proposal=proposal, auto_id=f"penalty-{file.case.pk}-{wanted}-%s"
    )

    def carry_out(**values: Any) -> Any:
        return decide_penalty(actor=request.actor, complaint=file.case, now=request.now, **values)

    tried = attempt(form, carry_out)
    if not tried.done:
        return _again(request, file, Failed(penalties.DECIDE, form, wanted), tried)
    done = _("The penalty has been decided.") if tried.value.accepted else _("The penalty is not imposed.")
    messages.success(request, done)
    return case.back_to(request, form, file)


def _again(
    request: Request, file: CaseFile, failed: Failed, tried: Attempt, *, gone: bool = False
) -> HttpResponse:
    """The page the form came from, with the form as it was typed and what is wrong with it."""
    form: CaseForm = failed.form
    if gone:
        messages.error(request, " ".join(map(str, form.non_field_errors())))
    if form.data.get("back") == "manager" and request.actor.has(*manager.DECIDERS):
        form.catch_up(Complaint.objects.values_list("revision", flat=True).get(pk=file.case.pk))
        return manager.manager_page(request, status=tried.status, refused=failed)
    return case.case_page(request, file, failed=failed, status=tried.status)
