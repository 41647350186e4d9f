"""Saved views of the list of cases: keeping one, and putting them in order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.models.listing import SavedView
from complaints.saved_views import access_view, may_change, views_for
from complaints.services import saved_views as verbs
from organizations.actors import Actor
from organizations.models import Role
from web.answers import attempt, page
from web.caselist import ALL, CaseList
from web.forms.base import VerbForm
from web.forms.saved_views import RenameForm, SaveViewForm
from web.request import Request
from web.undo import offer_undo


@dataclass(frozen=True)
class ViewLink:
    """A saved view as a link of a list that is shown."""

    view: SavedView
    url: str
    is_here: bool
    is_own: bool

    @property
    def role(self) -> str:
        return str(Role(self.view.role).label) if self.view.role else ""


def links(actor: Actor, query: str | None = None) -> list[ViewLink]:
    """The actor's views; `query` is that of the list in sight. One query."""
    me = actor.user.pk
    rows = sorted(views_for(actor), key=lambda row: row.user_id != me)  # one's own first
    return [ViewLink(row, f"?{row.query or ALL}", row.query == query, row.user_id == me) for row in rows]


@page("GET", "POST")
def views(request: Request) -> HttpResponse:
    """All views of a person; POST keeps one."""
    if request.method != "POST":
        return _page(request)
    form = SaveViewForm(request.POST, actor=request.actor)
    tried = attempt(form, _save(request))
    if not tried.done:
        return _page(request, form, tried.status)
    messages.success(request, _("The view has been saved."))
    return redirect(f"{reverse('cases', args=[request.organization.slug])}?{tried.value.query or ALL}")


def _save(request: Request) -> Callable[..., SavedView]:
    def carry_out(*, query: str, **values: Any) -> SavedView:
        # Only what the list understands is kept, in the one form in which it is written.
        shown = CaseList(request.actor, request.now, QueryDict(query))
        return verbs.save_view(actor=request.actor, query=shown.query, **values)

    return carry_out


VERBS = ("rename", "delete", "default", "up")


@page("POST")
def act(request: Request, pk: int, name: str) -> HttpResponse:
    """Change one view."""
    view = access_view(request.actor, pk)
    form: VerbForm = RenameForm(request.POST) if name == "rename" else VerbForm(request.POST)
    verb, done = {
        "rename": (verbs.rename_view, _("The view has a new name.")),
        "delete": (verbs.delete_view, _("The view has been deleted.")),
        "default": (verbs.choose_default, _("Changed.")),
        "up": (verbs.move_up, _("Changed.")),
    }[name]
    tried = attempt(form, lambda **values: verb(actor=request.actor, view=view, **values))
    if not tried.done:
        return _page(request, status=tried.status, failed=(pk, form))
    messages.success(request, done)
    if name == "delete" and view.user_id == request.user.pk:
        _offer_to_save_again(request, view)
    return redirect("case-views", org=request.organization.slug)


def _offer_to_save_again(request: Request, view: SavedView) -> None:
    """One's own only: what somebody else has shared would become one's own."""
    kept = {"name": view.name, "query": view.query, "role": view.role}
    first = {"is_default": "on"} if view.is_default else {}
    offer_undo(request, reverse("case-views", args=[request.organization.slug]), {**kept, **first})


def _page(
    request: Request,
    form: SaveViewForm | None = None,
    status: int = 200,
    failed: tuple[int, VerbForm] | None = None,
) -> HttpResponse:
    rows = [
        (link, may_change(request.actor, link.view), _rename_form(link.view, failed))
        for link in links(request.actor)
    ]
    return render(request, "web/saved_views.html", {"rows": rows, "form": form}, status=status)


def _rename_form(view: SavedView, failed: tuple[int, VerbForm] | None) -> VerbForm:
    if failed is not None and failed[0] == view.pk:
        return failed[1]
    return RenameForm(initial={"name": view.name}, auto_id=f"view-{view.pk}-%s")
