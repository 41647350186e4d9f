"""Following a case: in by number and code, then for an hour without them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from complaints.files import serving
from complaints.models import Attachment, PublicAccess
from complaints.services.opening import open_case
from complaints.services.public import add_information, answer_result
from complaints.services.throttling import TooMany
from organizations.errors import NotVisible
from web.answers import attempt, page
from web.public.casepage import PublicCase, own_photos
from web.public.forms import AddForm, ConfirmForm, FollowForm, PublicForm, RejectForm
from web.public.pages import TOO_MANY, bound
from web.public.request import address_of, close, keep_open, opened
from web.request import Request

_TYPED = ("text", "words")


@page("GET", "POST")
def follow(request: Request) -> HttpResponse:
    """Number and code. Sent by POST only: what stands in an address is kept in histories and logs."""
    if request.method != "POST":
        return render(request, "public/follow.html", {"form": FollowForm()})
    form = FollowForm(request.POST)
    late: list[TooMany] = []

    def enter(number: str, passcode: str) -> PublicAccess:
        try:
            return open_case(
                organization=request.organization,
                number=number,
                passcode=passcode,
                address=address_of(request),
                now=request.now,
            )
        except TooMany as error:
            late.append(error)
            raise

    tried = attempt(form, enter)
    if not tried.done:
        status = TOO_MANY if late else tried.status
        return render(request, "public/follow.html", {"form": form}, status=status)
    response = redirect("public-case", org=request.organization.slug)
    keep_open(request, response, tried.value)
    return response


def _on_case(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Hands the view the case that is open in this browser, and keeps it open; without one to the door."""

    @wraps(view)
    def answer(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        access = opened(request)
        if access is None:
            return _to_the_door(request)
        response = view(request, access, *args, **kwargs)
        keep_open(request, response, access)
        return response

    return answer


def _to_the_door(request: Request) -> HttpResponse:
    """What was typed for longer than the case stays open is shown, so that it can be copied."""
    typed = "\n".join(filter(None, (request.POST.get(name, "").strip() for name in _TYPED)))
    if not typed:
        return redirect("public-follow", org=request.organization.slug)
    context = {"form": FollowForm(), "unsent": typed}
    return render(request, "public/follow.html", context, status=422)


@page("GET")
@_on_case
def case(request: Request, access: PublicAccess) -> HttpResponse:
    """Where the case stands."""
    return _case_page(request, access)


@page("POST")
@_on_case
def add(request: Request, access: PublicAccess) -> HttpResponse:
    """Add text or photos."""
    return _carry_out(request, access, AddForm, add_information, _("Thank you. It has been added."))


@page("POST")
@_on_case
def answer(request: Request, access: PublicAccess) -> HttpResponse:
    """Say whether the result is right."""
    is_solved = request.POST.get("answer") == "confirm"
    form = ConfirmForm if is_solved else RejectForm
    done = _("Thank you for your answer.")
    return _carry_out(request, access, form, answer_result, done)


def _carry_out(
    request: Request, access: PublicAccess, make: type[PublicForm], verb: Callable[..., Any], done: str
) -> HttpResponse:
    form, status = bound(request, make)
    if status is None:
        tried = attempt(form, lambda **given: verb(complaint=access.complaint, now=request.now, **given))
        if tried.done:
            messages.success(request, done)
            return redirect("public-case", org=request.organization.slug)
        status = tried.status
    return _case_page(request, access, form, status)


@page("POST")
def leave(request: Request) -> HttpResponse:
    """Forget the case in this browser, which may be a library's."""
    response = redirect("public", org=request.organization.slug)
    close(request, response)
    return response


@page("GET")
def photo(request: Request, pk: int) -> HttpResponseBase:
    """A photo the complainant sent, to be saved."""
    return serving.download(_photo(request, pk))


@page("GET")
def thumbnail(request: Request, pk: int) -> HttpResponseBase:
    """The same, small."""
    return serving.thumbnail(_photo(request, pk))


def _photo(request: Request, pk: int) -> Attachment:
    access = opened(request)
    row = own_photos(access.complaint).filter(pk=pk).first() if access else None
    if row is None:
        raise NotVisible(pk)
    return row


def _case_page(
    request: Request, access: PublicAccess, failed: PublicForm | None = None, status: int = 200
) -> HttpResponse:
    forms = {"add": AddForm(), "confirm": ConfirmForm(), "reject": RejectForm()}
    name = next((name for name, form in forms.items() if failed and isinstance(failed, type(form))), "")
    if failed is not None:
        forms[name] = failed
    context = {"file": PublicCase(access.complaint, request.now), "forms": forms, "failed": name}
    return render(request, "public/case.html", context, status=status)
