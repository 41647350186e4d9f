"""Every refusal as RFC 9457 problem details (`application/problem+json`).

`type` is a URN a client can branch on, `detail` one sentence for a person. Extensions: `errors` has the
sentences for each field of the request, `field` and `missing` are those of a refused move.
"""

from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

from django.core import exceptions as django_exceptions
from django.http import Http404, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.views import set_rollback

from organizations.errors import Forbidden, NotVisible, Refused, Stale

CONTENT_TYPE = "application/problem+json"


def problem(exc: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """DRF's exception handler. None lets an unexpected exception through to Django (500)."""
    answer = _refusal(exc) or _plain(exc)
    if answer is None:
        return None
    set_rollback()
    return answer


def body(status: int, kind: str, detail: str = "", **extensions: Any) -> dict[str, Any]:
    """The members of a problem document. Extensions that are empty are left out."""
    members = {"detail": detail, **extensions}
    return {
        "type": f"urn:huiyin:problem:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        **{name: value for name, value in members.items() if value},
    }


def _answer(
    status: int, kind: str, detail: str = "", *, headers: Mapping[str, str] | None = None, **extensions: Any
) -> HttpResponse:
    """JSON whatever the view's own renderers make, which is why it is not a Response of DRF."""
    return JsonResponse(
        body(status, kind, detail, **extensions),
        status=status,
        content_type=CONTENT_TYPE,
        headers=headers,
        json_dumps_params={"ensure_ascii": False},
    )


def _refusal(exc: Exception) -> HttpResponse | None:
    """What a verb or a door may answer."""
    if isinstance(exc, NotVisible | Http404):
        return _answer(404, "not-found", _("There is no such object."))
    if not isinstance(exc, Refused):
        return None
    kinds = {Forbidden: (403, "forbidden"), Stale: (409, "stale")}
    status, kind = kinds.get(type(exc), (422, "refused"))
    errors = {exc.field: [str(exc)]} if exc.field else {}
    return _answer(status, kind, str(exc), field=exc.field, missing=exc.missing, errors=errors)


def _plain(exc: Exception) -> HttpResponse | None:
    """What DRF and Django raise before a verb is reached."""
    if isinstance(exc, exceptions.ValidationError):
        return _answer(400, "invalid", _("Some of the values will not do."), errors=_by_field(exc.detail))
    if isinstance(exc, django_exceptions.RequestDataTooBig):
        return _answer(413, "too-large", _("The request is too large."))
    if isinstance(exc, django_exceptions.SuspiciousOperation | MultiPartParserError):
        return _answer(400, "malformed", _("The request cannot be read."))
    if isinstance(exc, django_exceptions.PermissionDenied):
        return _answer(403, "forbidden", _("Your roles do not allow this."))
    if isinstance(exc, exceptions.APIException):
        kind = _KINDS.get(exc.status_code, "error")
        return _answer(exc.status_code, kind, str(exc.detail), headers=_headers(exc))
    return None


_KINDS = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    415: "unsupported-media-type",
    429: "throttled",
}


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(ceil(wait))
    return headers


def _by_field(detail: Any) -> dict[str, Any]:
    """The sentences by field; those about the whole request under "request"."""
    if isinstance(detail, Mapping):
        return {("request" if name == "non_field_errors" else name): rows for name, rows in detail.items()}
    return {"request": detail}
