"""The front desk: the queue of what to do next. Logging a call is in web.call."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from organizations.actors import DESK_ROLES, Actor
from organizations.errors import Forbidden
from web import queue
from web.answers import page
from web.request import Request
from web.todo import waiting


def check_desk(actor: Actor) -> None:
    """Raise Forbidden for people without a role at a service desk."""
    if not actor.has(*DESK_ROLES):
        raise Forbidden(_("This page is for the service desk."))


@page("GET")
def desk(request: Request) -> HttpResponse:
    """What the desk has to do next, by time left."""
    check_desk(request.actor)
    tasks = queue.desk_tasks(request.actor, request.now)
    only = request.GET.get("task", "")
    only = only if only in queue.KINDS else ""
    shown = [task for task in tasks if only in ("", task.kind)][: queue.SHOWN]
    context = {
        "tasks": shown,
        "tabs": queue.tabs(tasks),
        "only": only,
        "waiting": waiting(request.actor, request.now, "desk"),
    }
    return render(request, "web/desk.html", context)
