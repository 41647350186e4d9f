"""The pages for what goes wrong before, in or beside a view. Each says what happened and how to go on.

The last two of them, 500 and 503, ask the database nothing: it may be what is missing.
"""

import sys
from typing import Any

from django.core.exceptions import (
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views import defaults
from django.views.decorators.csrf import requires_csrf_token

TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
RETRY_AFTER = 30  # seconds
# What a form holds and nobody wants to see again.
_NOT_SHOWN = ("csrfmiddlewaretoken", "password", "old_password", "new_password1", "new_password2")


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 for more than the product takes."""
    if isinstance(exception, TOO_LARGE):
        return render(request, "413.html", status=413)
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database does not answer."""
    is_away = _is_away(sys.exc_info()[1])
    status = 503 if is_away else 500
    if request.path_info.startswith("/api/"):
        answer: HttpResponse = _problem(status)
    else:
        context: dict[str, Any] = {"is_english": get_language() == "en"}
        if request.method == "GET":
            context["again"] = request.get_full_path()
        answer = HttpResponse(render_to_string(f"{status}.html", context), status=status)
    if is_away:
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def _is_away(error: BaseException | None) -> bool:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, OperationalError | InterfaceError):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _problem(status: int) -> JsonResponse:
    kind, title = ("unavailable", "Service Unavailable") if status == 503 else ("fault", "Server Error")
    document = {"type": f"urn:huiyin:problem:{kind}", "title": title, "status": status}
    return JsonResponse(document, status=status, content_type="application/problem+json")


def not_allowed(request: HttpRequest, methods: list[str]) -> HttpResponse:
    """405: with a page for what a browser can ask."""
    body = ""
    if request.method in ("GET", "POST"):
        # Not with the whole context of a page: nothing of it is shown.
        body = render_to_string("405.html", {"request": request})
    return HttpResponse(body, status=405, headers={"Allow": ", ".join(methods)})


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form with an old token: somebody has signed in again in another window, say.

    What was typed can be sent again from this page, but only if the browser says that it comes from a page of
    ours; another site must not get anybody to send its own.
    """
    kept = typed(request) if request.headers.get("Origin") == _origin(request) else []
    context = {"typed": kept, "has_files": bool(kept and request.FILES)}
    return render(request, "403_csrf.html", context, status=403)


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """The names and values of the form that a request brings; none of one with a password in it."""
    try:
        names = request.POST.keys()
    except (UnreadablePostError, *TOO_LARGE):
        return []
    if any("password" in name for name in names):
        return []  # a form for signing in, or for changing it: that is quickly done again
    return [(name, value) for name in names if name not in _NOT_SHOWN for value in request.POST.getlist(name)]
