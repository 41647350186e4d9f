"""The list of supervision orders: which there are, who has to answer, and what was answered."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from escalation import orders as reads
from organizations.actors import Actor
from organizations.errors import Forbidden
from policies.selectors import policy_of, posts_for
from web.answers import page
from web.forms.orders import OrderFilter
from web.paging import Slice, newest_first
from web.request import Request
from web.todo import task_row


@page("GET")
def orders(request: Request) -> HttpResponse:
    """Those of the actor's part of the organization, the newest first."""
    actor = request.actor
    if not reads.may_read_orders(actor):
        raise Forbidden(_("This page is for managers."))
    form = OrderFilter(request.GET, actor=actor, auto_id="filter-%s")
    chosen = form.chosen
    department = chosen.get("department")
    rows = reads.narrowed(
        reads.orders(actor),
        state=chosen.get("state", ""),
        source=chosen.get("source", ""),
        departments=actor.directory.subtree([department.pk]) if department else None,
        now=request.now,
    )
    found = newest_first(request, rows, "made_at")
    context = {"filter": form, "is_used": bool(chosen), "page": shown(actor, found)}
    return render(request, "web/orders.html", context)


def shown(actor: Actor, found: Slice) -> Slice:
    """The page with its tasks in words."""
    posts = posts_for(actor)
    rows = [task_row(actor, policy_of(task.complaint.policy_id), task, posts) for task in found.rows]
    return Slice(rows, found.newer, found.older)
