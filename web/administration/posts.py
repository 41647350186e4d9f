"""Where the roles of the rules have their place in the organization, and whom that reaches."""

from dataclasses import dataclass

from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from organizations.actors import DESK_ROLES, Actor
from organizations.models import Role
from policies.engine.schema import Policy
from policies.models import PolicyVersion
from policies.placing import RoleRow, role_rows
from policies.readable import words
from policies.readable.words import listed
from policies.rights import check_administrator, check_reader
from policies.selectors import posts_of, rules_of
from policies.services import place_roles
from web.administration.forms.posts import PostsForm
from web.administration.shared import in_force, surroundings
from web.answers import attempt, page
from web.request import Request

NAMES_SHOWN = 6


@dataclass(frozen=True)
class RoleLine:
    """A role on the page. `reach` says whose people `names` are, where that depends on the case."""

    row: RoleRow
    field: BoundField
    acts_as: str
    reach: str
    names: str


@page("GET", "POST")
def posts(request: Request) -> HttpResponse:
    """Every role of the rules in force and of the newest draft, with its department and its people."""
    if request.method == "POST":
        check_administrator(request.actor)
    check_reader(request.actor)
    current, draft = in_force(request.actor), _newest_draft(request.actor)
    rows = rows_of(request.actor, rules_of(current) if current else None, rules_of(draft) if draft else None)
    form = PostsForm(request.POST or None, rows=rows, directory=request.actor.directory)
    status = 200
    if request.method == "POST":

        def carry_out(**given: dict) -> int:
            return place_roles(actor=request.actor, now=request.now, **given)

        tried = attempt(form, carry_out)
        if tried.done:
            messages.success(request, _done(tried.value))
            return redirect("rules-posts", org=request.organization.slug)
        status = tried.status
    context = {
        **surroundings(request, "posts"),
        "lines": [_line(row, form) for row in rows],
        "form": form,
        "open": [row for row in rows if row.is_open],
        "out_of_reach": [row for row in rows if row.is_out_of_reach and not row.is_open],
        "draft": draft,
    }
    return render(request, "web/administration/posts.html", context, status=status)


def rows_of(actor: Actor, current: Policy | None, draft: Policy | None = None) -> list[RoleRow]:
    """The roles of these rules with their places. One query besides the directory."""
    return role_rows(actor.directory, posts_of(actor.organization), current, draft)


def open_roles(actor: Actor, policy: Policy) -> list[RoleRow]:
    """The roles of these rules that still have to be placed."""
    return [row for row in rows_of(actor, policy) if row.is_open]


def _newest_draft(actor: Actor) -> PolicyVersion | None:
    drafts = PolicyVersion.objects.filter(organization=actor.organization, state=PolicyVersion.State.DRAFT)
    return drafts.order_by("-number").first()


def _done(changed: int) -> str:
    if not changed:
        return _("Nothing has changed.")
    sentence = ngettext("%(count)d role has another place.", "%(count)d roles have another place.", changed)
    return sentence % {"count": changed}


def _line(row: RoleRow, form: PostsForm) -> RoleLine:
    acts_as = str(words.ROLES.get(row.acts_as, row.acts_as))
    return RoleLine(row, form.of(row), acts_as, _reach(row), _names(row))


def _reach(row: RoleRow) -> str:
    if row.department is not None or row.acts_as in ("", Role.ADMINISTRATOR):
        return ""
    return _("at the case's desk") if row.acts_as in DESK_ROLES else _("for the case's department")


def _names(row: RoleRow) -> str:
    names = listed(row.people[:NAMES_SHOWN])
    rest = len(row.people) - NAMES_SHOWN
    return _("%(names)s and %(count)d more") % {"names": names, "count": rest} if rest > 0 else names
