"""The page of one case, and what is done with it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from complaints.services.correction import CORRECTABLE
from tickets.access import access_case
from web import actions, casepage, penalties, remedies
from web.answers import attempt, page
from web.casefile import CaseFile
from web.files import rescue
from web.forms.base import CaseForm
from web.forms.case import CorrectForm
from web.request import Request
from web.todo import todo


@page("GET")
def show(request: Request, number: str) -> HttpResponse:
    """The whole case."""
    return case_page(request, CaseFile(access_case(request.actor, number), request.actor, request.now))


@page("GET", "POST")
def act(request: Request, number: str, name: str) -> HttpResponse:
    """Carry out one verb on a case. GET (after signing in again, say) leads to the case."""
    file = CaseFile(access_case(request.actor, number), request.actor, request.now)
    if request.method != "POST":
        return redirect(file.case)
    action = next(row for row in actions.CASE_ACTIONS if row.name == name)
    action.check(file)
    form = action.form(request.POST, request.FILES, file=file, auto_id=f"{name}-%s")
    tried = attempt(form, action.run(file))
    if tried.done:
        if action.answer is not None:
            return action.answer(request, tried.value)
        messages.success(request, str(action.done))
        return back_to(request, form, file)
    rescue(request, file, form)
    return case_page(request, file, failed=actions.Failed(name, form), status=tried.status)


def back_to(request: Request, form: CaseForm, file: CaseFile) -> HttpResponse:
    """Where the form came from: the case, or the page whose name it carries."""
    back = form.cleaned_data.get("back")
    if back and back != "case":
        return redirect(back, org=request.organization.slug)
    return redirect(file.case)


def case_page(
    request: Request, file: CaseFile, *, failed: actions.Failed | None = None, status: int = 200
) -> HttpResponse:
    """The case as it is now, with the actions that are open to the actor; `failed` keeps what was typed."""
    changed = []
    if failed is not None:
        seen = failed.form.data.get("revision", "")
        file = CaseFile(access_case(file.actor, file.case.number), file.actor, file.now)
        if failed.form.stale:
            changed = casepage.changes_since(file, seen)
            failed.form.catch_up(file.case.revision)
    offers = actions.offers(file, failed, unfold=_unfolded(request))
    correct = _correction(request, file, failed)
    offered = {offer.action.name for offer in offers} | ({"correct"} if correct else set())
    tickets = [(row, actions.ticket_offers(file, row, failed=failed)) for row in file.tickets]
    context = {
        "file": file,
        "case": file.case,
        "sheet": casepage.sheet(file),
        "offers": actions.common(offers),
        "rare_offers": actions.rare(offers),
        "tickets": [(row, actions.common(found), actions.rare(found)) for row, found in tickets],
        "todo": todo(file, offered, failed),
        "correct": correct,
        "attach": _attaching(file, failed),
        "remedies": remedies.box(file, failed),
        "penalties": penalties.box(file, failed),
        "changed": changed,
        "stale": failed is not None and failed.form.stale,
    }
    return render(request, "web/case.html", context, status=status)


def _unfolded(request: Request) -> str:
    return request.GET.get("do", "") if request.method == "GET" else ""


def _correction(request: Request, file: CaseFile, failed: actions.Failed | None) -> actions.Offer | None:
    """The form for the field named by `?correct=`, if the actor may correct this case."""
    action = next(row for row in actions.CASE_ACTIONS if row.name == "correct")
    if not action.is_open_to(file):
        return None
    if failed is not None and failed.name == "correct":
        return actions.Offer(action, action.url(file), failed.form, True)
    field = request.GET.get("correct", "")
    if field not in CORRECTABLE:
        return actions.Offer(action, action.url(file), CorrectForm(file=file))
    form = CorrectForm(file=file, initial={"field": field}, auto_id="correct-%s")
    return actions.Offer(action, action.url(file), form, True)


def _attaching(file: CaseFile, failed: actions.Failed | None) -> actions.Offer | None:
    """The form in the box of files, if the actor may attach any."""
    action = next(row for row in actions.CASE_ACTIONS if row.name == "attach")
    if failed is not None and failed.name == "attach":
        return actions.Offer(action, action.url(file), failed.form, True)
    if not action.is_open_to(file):
        return None
    return actions.Offer(action, action.url(file), action.form(file=file, auto_id="attach-%s"))
