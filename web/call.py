"""Logging a call while it goes on: the form, what appears beside it, and the drafts of it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from complaints.drafts import discard_draft, keep_draft
from complaints.models import Complaint, Draft
from complaints.selectors import case_sent_as, contacts_of, draft_of, drafts_of
from complaints.services import contact_again
from organizations.errors import Refused
from policies.models import PolicyVersion
from policies.selectors import compiled, current_version
from tickets.access import access_case
from tickets.services.calls import CALL, Decision, log_and_decide, ways_of_call
from web import earlier, proposing, ways
from web.answers import attempt, page
from web.forms.intake import LOOK_UP, CallForm, ContactForm, is_worth_keeping, proposed_because, typed
from web.front_desk import check_desk
from web.request import Request
from web.texts import Suggestions
from web.undo import offer_undo

# What a draft is known by in a list.
_KNOWN_BY = ("complainant_phone", "complainant_name", "place", "subject", "content")
_WORDS = 80
_LOGGED: dict[Decision, Callable[[], str]] = {
    Decision.DISPATCH: lambda: _("Case %(number)s has been logged and dispatched."),
    Decision.ACCEPT: lambda: _("Case %(number)s has been registered and accepted."),
    Decision.REGISTER: lambda: _("Case %(number)s has been registered."),
    Decision.EXPLAIN: lambda: _("Case %(number)s has been ended with an explanation."),
    Decision.REJECT: lambda: _("Case %(number)s has been rejected; it stays on record."),
}


@page("GET", "POST")
def log_call(request: Request) -> HttpResponse:
    """The form for a call; one submit registers, accepts and dispatches, as far as the rules let the actor.

    A screen pop may open it with `?complainant_phone=`, the list of drafts with `?draft=`.
    """
    check_desk(request.actor)
    if request.method != "POST":
        return _call_page(request, _form(request, _begun(request)), drafts=_drafts(request))
    if request.POST.get("then") == LOOK_UP:
        if request.FILES:
            messages.warning(request, _("Files have to be chosen again."))
        return _call_page(request, _form(request, typed(request.POST)))
    policy = compiled(current_version(request.organization))
    form = CallForm(request.POST, request.FILES, actor=request.actor, policy=policy)
    tried = attempt(form, _verb(request, log_and_decide))
    if not tried.done:
        return _call_page(request, form, tried.status)
    case: Complaint = tried.value
    messages.success(request, _LOGGED[form.decision]() % {"number": case.number})
    return redirect(case)


@page("GET", "POST")
def add(request: Request, number: str) -> HttpResponse:
    """Add the call to an earlier case instead of making a new one. GET, as after signing in again, leads back
    to the form."""
    case = access_case(request.actor, number)
    check_desk(request.actor)
    if request.method != "POST":
        return redirect("log-call", org=request.organization.slug)
    form = ContactForm(request.POST, request.FILES)
    tried = attempt(form, _verb(request, contact_again, complaint=case))
    if not tried.done:
        refused = [error for errors in form.errors.values() for error in errors]
        return _call_page(request, _form(request, typed(request.POST)), tried.status, refused=refused)
    discard_draft(actor=request.actor, kind=CALL, key=form.cleaned_data["request_key"])
    words = {"number": case.number, "contacts": contacts_of([case])[case.pk]}
    messages.success(request, _("Added to case %(number)s: contact no. %(contacts)d.") % words)
    return redirect(case)


def _verb(request: Request, verb: Callable[..., Complaint], **about: Any) -> Callable[..., Complaint]:
    def carry_out(**values: Any) -> Complaint:
        return verb(actor=request.actor, now=request.now, **about, **values)

    return carry_out


def _form(request: Request, values: dict[str, Any]) -> CallForm:
    """The form with what has been typed, and what is proposed for the rest."""
    version = current_version(request.organization)
    form = CallForm(actor=request.actor, policy=compiled(version), initial=values)
    form.propose(proposing.proposals(request.actor, version, values, request.now))
    return form


def _begun(request: Request) -> dict[str, Any]:
    """What the form begins with: the draft of the URL, or the caller in it."""
    if "draft" not in request.GET:
        return {name: request.GET[name] for name in ("complainant_phone", "place") if name in request.GET}
    try:
        key = UUID(request.GET["draft"])
    except ValueError:
        key = None
    draft = draft_of(request.actor, CALL, key) if key else None
    if draft is None:
        messages.info(request, _("This draft is no longer there."))
        return {}
    return {**draft.data, "request_key": draft.key}


def _drafts(request: Request) -> list[tuple[Draft, str]]:
    """What else has been begun, with its first words: the draft that is in the form is not offered."""
    rows = [row for row in drafts_of(request.actor, CALL) if str(row.key) != request.GET.get("draft")]
    return [(row, " · ".join(filter(None, map(row.data.get, _KNOWN_BY)))[:_WORDS]) for row in rows]


def _call_page(request: Request, form: CallForm, status: int = 200, **more: Any) -> HttpResponse:
    form.place_cursor()
    values = {name: form[name].value() for name in ("complainant_phone", "place", "complainant_name")}
    beside = earlier.earlier_cases(request.actor, values, request.now)
    version = current_version(request.organization)
    typed_so_far = {name: form[name].value() for name in CallForm.base_fields if name != "files"}
    about = {
        "main": ways.main_way(request.actor, compiled(version), form.ways),
        "texts": _texts(request, version, typed_so_far),
    }
    return render(request, "web/log_call.html", {"form": form, **about, **beside, **more}, status=status)


def _texts(request: Request, version: PolicyVersion, values: Mapping[str, Any]) -> dict[str, Suggestions]:
    """What the rules have written to be said, with the words of what has been typed."""
    case = proposing.as_case(request.actor, version, values, request.now)
    open_ = ways_of_call(request.actor, compiled(version))
    return ways.texts_of_call(request.actor, case, open_, request.now)


# --- while it is being typed --------------------------------------------------------------------------------


@page("GET")
def lookup(request: Request) -> HttpResponse:
    """Earlier cases of the number, place or name that is being typed: a fragment of the form."""
    check_desk(request.actor)
    beside = earlier.earlier_cases(request.actor, request.GET, request.now)
    return render(request, "web/parts/earlier.html", beside)


@page("GET")
def propose(request: Request) -> JsonResponse:
    """{inputs: {input: {value, why}}, texts: {what for: HTML}} for what has been typed; an input that is sent
    along has been chosen."""
    check_desk(request.actor)
    version = current_version(request.organization)
    found = proposing.proposals(request.actor, version, request.GET, request.now)
    inputs = {name: {"value": row.value, "why": proposed_because(row)} for name, row in found.items()}
    texts = {
        name: render_to_string("web/parts/text_entries.html", {"texts": said})
        for name, said in _texts(request, version, request.GET).items()
    }
    return JsonResponse({"inputs": inputs, "texts": texts})


@page("POST")
def keep(request: Request) -> JsonResponse:
    """Keep what is being typed: {at: time}, or {number, url} if it has become a case already."""
    check_desk(request.actor)
    try:
        key = UUID(request.POST.get("request_key", ""))
    except ValueError as error:
        raise Refused(_("This form has no key.")) from error
    if case := case_sent_as(request.actor, key):
        discard_draft(actor=request.actor, kind=CALL, key=key)
        return JsonResponse({"number": case.number, "url": case.get_absolute_url()})
    values = {
        name: value for name, value in typed(request.POST).items() if name not in ("request_key", "then")
    }
    data = values if is_worth_keeping(values) else {}
    keep_draft(actor=request.actor, kind=CALL, key=key, data=data, now=request.now)
    at = request.now.astimezone(request.organization.zone)
    return JsonResponse({"at": date_format(at, "H:i")})


@page("POST")
def discard(request: Request, key: UUID) -> HttpResponse:
    """Throw a draft away; one that is gone already is gone."""
    check_desk(request.actor)
    slug, draft = request.organization.slug, draft_of(request.actor, CALL, key)
    if discard_draft(actor=request.actor, kind=CALL, key=key) and draft:
        messages.success(request, _("The draft has been thrown away."))
        offer_undo(request, reverse("draft-restore", args=[slug, key]), draft.data)
    return redirect("log-call", org=slug)


@page("POST")
def restore(request: Request, key: UUID) -> HttpResponse:
    """Put a draft back that has just been thrown away."""
    check_desk(request.actor)
    data = {name: value for name, value in typed(request.POST).items() if name != "request_key"}
    keep_draft(actor=request.actor, kind=CALL, key=key, data=data, now=request.now)
    return redirect(f"{reverse('log-call', args=[request.organization.slug])}?draft={key}")
