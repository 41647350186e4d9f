"""What surrounds every page: navigation by role, unread messages, other organizations, a warning if nobody
watches the deadlines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.rights import RIGHTS
from config.clock import now
from escalation.selectors import sweep_status
from notifications.selectors import unread_of
from organizations.actors import DEPARTMENT_ROLES, DESK_ROLES, Actor
from organizations.models import Role
from organizations.selectors import organizations_of
from policies.rights import READERS as RULE_READERS
from reporting.selectors import may_read_reports
from web import countdown


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation, shown to those with one of the roles or as `shown` says."""

    name: str
    label: Promise
    icon: str
    roles: tuple[str, ...] = ()
    shown: Callable[[Actor], bool] = lambda actor: True

    def is_for(self, actor: Actor) -> bool:
        return (not self.roles or actor.has(*self.roles)) and self.shown(actor)


ENTRIES = (
    Entry("desk", _("Desk"), "list-check", DESK_ROLES),
    Entry("log-call", _("Log a call"), "phone-plus", DESK_ROLES),
    Entry("department", _("Department's tickets"), "tool", DEPARTMENT_ROLES),
    Entry("manager", _("Warnings and decisions"), "alert", RIGHTS["decide_extension"]),
    Entry("cases", _("Cases"), "folder"),
    Entry("dashboard", _("This month"), "gauge", shown=may_read_reports),
    Entry("reports", _("Reports"), "chart", shown=may_read_reports),
    Entry("rules", _("Rules and calendar"), "book", RULE_READERS),
    Entry("inbox", _("Messages"), "bell"),
)
# Where the day begins, by the first of the roles a person has.
_LANDING = (
    (DESK_ROLES, "desk"),
    ((Role.HANDLER, Role.DEPT_HEAD), "department"),
    ((Role.DEPT_MANAGER, Role.GENERAL_MANAGER), "manager"),
    ((Role.ADMINISTRATOR,), "rules"),
)


def landing(actor: Actor) -> str:
    """The name of the page a person begins with."""
    return next((name for roles, name in _LANDING if actor.has(*roles)), "inbox")


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of the base template. Without an organization only what needs no database."""
    actor = getattr(request, "actor", None)
    context: dict[str, Any] = {"countdown_formats": countdown.formats(), "actor": actor}
    if actor is None:
        return context
    moment = getattr(request, "now", None) or now()
    here = getattr(request.resolver_match, "url_name", None)
    slug = actor.organization.slug
    return {
        **context,
        "server_now": moment,
        "navigation": [
            {"entry": entry, "url": reverse(entry.name, args=[slug]), "is_here": entry.name == here}
            for entry in ENTRIES
            if entry.is_for(actor)
        ],
        "unread": unread_of(actor.user, actor.organization),
        "organizations": [
            row for row in organizations_of(actor.user)[:20] if row.pk != actor.organization.pk
        ],
        "sweep": sweep_status(moment),
    }
