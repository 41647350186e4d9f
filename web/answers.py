"""Turns what doors and verbs may answer into HTTP, in one place.

    NotVisible → 404 · Forbidden → 403 · Stale → 409 · TooMany → 429 · any other Refused → 422
    SentBefore → to the page that the form came from, as the first time

A view is wrapped in `page`; a view that carries out a verb calls it through `attempt`, which writes a refusal
into the form, so that the page can be shown again with the sentence beside the field and all that was typed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from complaints.services.sending import SentBefore
from complaints.services.throttling import TooMany
from config.clock import now
from organizations.errors import Forbidden, NotVisible, Refused, Stale
from web import sending
from web.errors import not_allowed
from web.forms.base import VerbForm

View = Callable[..., HttpResponseBase]


def page(*methods: str) -> Callable[[View], View]:
    """Every view: allows only `methods` (HEAD with GET), reads the clock into `request.now`, and translates.

    The `org` of the URL is dropped: the middleware has resolved it into `request.organization`.
    """
    allowed = {*methods, "HEAD"} if "GET" in methods else set(methods)

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in allowed:
                return not_allowed(request, sorted(allowed))
            request.now = now()  # type: ignore[attr-defined]
            kwargs.pop("org", None)
            try:
                sending.check(request)
                return view(request, *args, **kwargs)
            except SentBefore as error:
                return sending.answer_again(request, error)
            except NotVisible as error:
                raise Http404 from error
            except Forbidden as error:
                raise PermissionDenied(str(error)) from error
            except Refused as error:
                return refused(request, error)

        return answer

    return decorate


@dataclass(frozen=True)
class Attempt:
    """What came of a form: `status` is that of the page to show again, `value` what the verb returned."""

    status: int
    value: Any = None

    @property
    def done(self) -> bool:
        return self.status == 200


def attempt(form: VerbForm, verb: Callable[..., Any]) -> Attempt:
    """Carry out the verb with the values of the form. Forbidden and NotVisible pass through to `page`."""
    if not form.is_valid():
        return Attempt(422)
    try:
        return Attempt(200, sending.once(form, lambda: verb(**form.arguments())))
    except Forbidden:
        raise
    except Stale as error:
        form.refuse(error)
        return Attempt(409)
    except Refused as error:
        form.refuse(error)
        return Attempt(422)


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """The page for a refusal that has no form to go back to."""
    status = 409 if isinstance(error, Stale) else 429 if isinstance(error, TooMany) else 422
    return render(request, f"{status}.html", {"sentence": str(error)}, status=status)
