"""The list of cases."""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from complaints.saved_views import default_view
from organizations.actors import DESK_ROLES
from web import saved_views
from web.answers import page
from web.caselist import CaseList
from web.export import may_export
from web.forms.saved_views import SaveViewForm
from web.request import Request


@page("GET")
def cases(request: Request) -> HttpResponse:
    """The cases the actor may see, as the parameters say; without any the actor's default view."""
    if not request.GET and (view := default_view(request.actor)) and view.query:
        return redirect(f"{request.path}?{view.query}")
    shown = CaseList(request.actor, request.now, request.GET)
    context = {
        "list": shown,
        "filter": shown.filter,
        "page": shown.page(),
        "views": saved_views.links(request.actor, shown.query),
        "save": SaveViewForm(actor=request.actor, initial={"query": shown.query}, auto_id="save-%s"),
        "may_export": may_export(request.actor),
        "may_log": request.actor.has(*DESK_ROLES),
    }
    return render(request, "web/cases.html", context)
