"""A person's messages."""

from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.models import Notification
from notifications.selectors import COUNTED, unread_after, unread_of
from notifications.services import mark_read, mark_unread
from web.answers import page
from web.paging import by_number, keyed
from web.request import Request
from web.undo import offer_undo


def _own(request: Request) -> QuerySet[Notification]:
    return Notification.objects.filter(organization=request.organization, user=request.user)


@page("GET")
def inbox(request: Request) -> HttpResponse:
    """The person's messages, newest first."""
    rows = _own(request)
    unread_only = request.GET.get("unread") == "1"
    if unread_only:
        rows = rows.filter(read_at=None)
    # By their ids, which is the order of the index.
    found = keyed(request.GET, rows.select_related("complaint"), by_number("pk", descending=True))
    return render(request, "web/inbox.html", {"page": found, "unread_only": unread_only})


@page("GET", "POST")
def read(request: Request, pk: int) -> HttpResponse:
    """Mark one message as read and go where it points."""
    row = _own(request).filter(pk=pk).first()
    if row is None:
        raise Http404
    if request.method == "POST":
        mark_read(user=request.user, organization=request.organization, now=request.now, pk=row.pk)
    inside = row.url.startswith("/") and url_has_allowed_host_and_scheme(row.url, allowed_hosts=None)
    return redirect(row.url) if inside else redirect("inbox", org=request.organization.slug)


@page("POST")
def unread(request: Request, pk: int) -> HttpResponse:
    """Mark one message as unread again."""
    if not _own(request).filter(pk=pk).exists():
        raise Http404
    mark_unread(user=request.user, organization=request.organization, pk=pk)
    return redirect("inbox", org=request.organization.slug)


@page("POST")
def read_all(request: Request) -> HttpResponse:
    """Mark all messages as read."""
    count = mark_read(user=request.user, organization=request.organization, now=request.now)
    words = ngettext("One message marked as read.", "%(count)d messages marked as read.", count)
    messages.success(request, words % {"count": count} if count else _("There was nothing unread."))
    if count:
        again = reverse("inbox-unread-again", args=[request.organization.slug])
        offer_undo(request, again, {"at": request.now.isoformat()})
    return redirect("inbox", org=request.organization.slug)


@page("POST")
def unread_again(request: Request) -> HttpResponse:
    """Take back that messages were marked as read together, at the moment `at`."""
    at = _moment(request.POST.get("at", ""))
    count = mark_unread(user=request.user, organization=request.organization, read_at=at) if at else 0
    words = ngettext("One message is unread again.", "%(count)d messages are unread again.", count)
    messages.success(request, words % {"count": count})
    return redirect("inbox", org=request.organization.slug)


def _moment(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:  # the 32nd of a month
        return None
    return at if at and at.tzinfo else None


@page("GET")
def badge(request: Request) -> HttpResponse:
    """What is new since the page's `?seen=`; 204 if nothing is. Every page asks now and then, so it costs one
    query, and what surrounds a page is not computed for it."""
    now = unread_of(request.user, request.organization)
    seen = request.GET.get("seen", "")
    if seen == now.mark:
        return HttpResponse(status=204)
    _count, _dot, newest = seen.partition(".")
    news = []
    if newest.isascii() and newest.isdigit() and int(newest[:18]) < now.newest:
        news = unread_after(request.user, request.organization, int(newest[:18]), COUNTED)
    context = {"request": request, "unread": now, "news": news, "csrf_token": get_token(request)}
    answer = HttpResponse(render_to_string("web/parts/news_answer.html", context))
    answer.headers["HX-Trigger"] = "huiyin:news"
    return answer
