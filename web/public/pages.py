"""The first page, with what the organization promises, and handing in."""

from typing import Any, TypeVar

from django.http import HttpResponse
from django.shortcuts import render

from complaints.services.opening import check_sending
from complaints.services.public import Receipt, register_public
from complaints.services.throttling import TooMany
from organizations.errors import Refused
from policies.selectors import compiled, current_version
from web.answers import attempt, page
from web.forms.base import VerbForm
from web.public.forms import HandInForm
from web.public.promises import Notice, notice_of
from web.public.request import address_of, keep_open
from web.request import Request

TOO_MANY = 429
Form = TypeVar("Form", bound=VerbForm)


@page("GET")
def home(request: Request) -> HttpResponse:
    """What one can do here, and what the organization's rules say about it in public."""
    return render(request, "public/home.html", {"notice": _notice(request)})


@page("GET", "POST")
def hand_in(request: Request) -> HttpResponse:
    """The form; when it has been sent, the number and the code, shown this once."""
    policy = compiled(current_version(request.organization))
    if request.method != "POST":
        return render(request, "public/new.html", {"form": HandInForm(policy=policy)})
    form, status = bound(request, HandInForm, policy=policy)
    if status is None:
        tried = attempt(form, lambda **given: _register(request, **given))
        if tried.done:
            return _receipt(request, tried.value)
        status = tried.status
    return render(request, "public/new.html", {"form": form}, status=status)


def bound(request: Request, make: type[Form], **options: Any) -> tuple[Form, int | None]:
    """The form as it was sent. If too much is sent from this address: without its photos, which nobody looks
    at then, and with the status of the page that says so."""
    try:
        check_sending(organization=request.organization, address=address_of(request), now=request.now)
    except TooMany as error:
        form = make(request.POST, **options)
        form.is_valid()
        form.refuse(error)
        return form, TOO_MANY
    return make(request.POST, request.FILES, **options), None


def _register(request: Request, **given: Any) -> Receipt:
    return register_public(organization=request.organization, now=request.now, **given)


def _receipt(request: Request, receipt: Receipt) -> HttpResponse:
    response = render(request, "public/receipt.html", {"receipt": receipt})
    keep_open(request, response, receipt.access)
    return response


def _notice(request: Request) -> Notice | None:
    """None before any rules are in force."""
    try:
        policy = compiled(current_version(request.organization))
    except Refused:
        return None
    return notice_of(request.organization, policy)
