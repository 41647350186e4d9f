"""The walk can fail: with one filter or one permission taken away it turns red.

A test that passes whatever the code does proves nothing, so each guard is removed in turn and the walk has
to name the hole.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.exceptions import PermissionDenied

import api.complaint_verbs
import api.notifications
import organizations.middleware
import reporting.selectors
import tickets.access
import tickets.services.remedies
from complaints.models import Complaint
from escalation.models import ExtensionRequest
from notifications.models import Notification
from organizations.actors import Actor
from organizations.errors import Forbidden
from organizations.models import Role
from tests.rows import undone
from tests.walls.routes import ROUTES
from tests.walls.stage import Stage
from tests.walls.walk import found_routes, unclassified, walk
from tests.whole import some
from tickets.models import Ticket

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Control:
    """What is removed, on which routes the walk looks, and what it has to find there."""

    remove: Callable[[Patch], None]
    routes: tuple[str, ...]
    found: str


def _all_cases(patch: Patch) -> None:
    patch.setattr(
        tickets.access,
        "visible_cases",
        lambda actor: Complaint.objects.filter(organization=actor.organization),
    )


def _any_case(patch: Patch) -> None:
    def access_case(actor: Actor, number: str) -> Complaint:
        return Complaint._base_manager.select_related("organization").get(number=number)

    patch.setattr(tickets.access, "access_case", access_case)


def _any_ticket(patch: Patch) -> None:
    def access_ticket(actor: Actor, number: str) -> Ticket:
        return Ticket._base_manager.select_related("complaint", "complaint__organization").get(number=number)

    patch.setattr(tickets.access, "access_ticket", access_ticket)


def _any_extension(patch: Patch) -> None:
    rows = ExtensionRequest._base_manager.select_related("complaint", "deadline", "department", "asked_by")
    patch.setattr("api.extensions.access_extension", lambda actor, pk: rows.get(pk=pk))


def _everybody_has_every_role(patch: Patch) -> None:
    patch.setattr(Actor, "role_for", lambda self, department_id, *roles: roles[0])


def _everybody_is_a_member(patch: Patch) -> None:
    def actor_for(user, organization):
        from organizations.directory import Directory

        directory = Directory(organization)
        return Actor(user, organization, frozenset({(Role.GENERAL_MANAGER, directory.root_id)}), directory)

    patch.setattr(organizations.middleware, "actor_for", actor_for)


def _anybody_s_messages(patch: Patch) -> None:
    rows = Notification._base_manager.select_related("complaint")
    patch.setattr(api.notifications.NotificationView, "mine", lambda self: rows.all())


def _reports_for_all(patch: Patch) -> None:
    patch.setattr(reporting.selectors, "may_read_reports", lambda actor: True)


def _refuses_after_writing(patch: Patch) -> None:
    def act(self, **given):
        Complaint.objects.filter(pk=given["complaint"].pk).update(place="written")
        raise Forbidden("too late")

    patch.setattr(api.complaint_verbs.Accept, "act", act)


def _reads_by_looking(patch: Patch) -> None:
    def get_queryset(self):
        self.mine().update(read_at=self.now)
        return self.mine()

    patch.setattr(api.notifications.Notifications, "get_queryset", get_queryset)


def _crashes_for_some(patch: Patch) -> None:
    def visible_tickets(actor: Actor):
        raise ValueError("never seen in the tests of the one who wrote it")

    patch.setattr(tickets.access, "visible_tickets", visible_tickets)


def _anybody_approves(patch: Patch) -> None:
    patch.setattr(tickets.services.remedies, "may_decide", lambda actor, posts, policy, remedy: True)


def _forbids_what_does_not_exist(patch: Patch) -> None:
    """403 for another department's case would say that there is one."""
    real = tickets.access.access_case

    def access_case(actor: Actor, number: str) -> Complaint:
        try:
            return real(actor, number)
        except Exception as error:
            raise PermissionDenied from error

    patch.setattr(tickets.access, "access_case", access_case)


CONTROLS = {
    "all cases are visible in a list": Control(_all_cases, ("api-cases",), "shows KANARIE-cleaning"),
    "all cases are visible by number": Control(
        _all_cases, ("api-case", "case"), "as mao: 200 instead of [404]"
    ),
    "a door without a lock (case)": Control(_any_case, ("api-case",), "as mao: 200 instead of [404]"),
    "a door without a lock (verb)": Control(_any_case, ("api-case-accept",), "as mao: 403 instead of [404]"),
    "a door without a lock (ticket)": Control(_any_ticket, ("api-ticket",), "as admin: 200 instead of [404]"),
    "a door without a lock (extension)": Control(
        _any_extension, ("api-extension",), "as admin: 200 instead of [404]"
    ),
    "no right is asked for": Control(
        _everybody_has_every_role, ("api-case-pause",), "as gao: 200 instead of [403]"
    ),
    "no right is asked for on a page": Control(
        _everybody_has_every_role, ("ticket-sign",), "as gao: 302 instead of [403]"
    ),
    "strangers are let in": Control(
        _everybody_is_a_member, ("api-home", "cases"), "as fang: 200 instead of [404]"
    ),
    "somebody else's messages": Control(_anybody_s_messages, ("api-notifications",), "shows KANARIE-mercy"),
    "a page without its role": Control(_reports_for_all, ("reports",), "as lin: 200 instead of [403]"),
    "a refusal after the write": Control(_refuses_after_writing, ("api-case-accept",), "rows were changed"),
    "a GET that writes": Control(_reads_by_looking, ("api-notifications",), "rows were changed"),
    "a remedy approved by anybody": Control(
        _anybody_approves, ("api-remedy-decide",), "as gao: 200 instead of [403]"
    ),
    "a crash": Control(_crashes_for_some, ("api-tickets",), "500 instead of"),
    "403 for what does not exist": Control(
        _forbids_what_does_not_exist, ("api-case-events",), "403 instead of [404]"
    ),
}


def test_the_walk_turns_red_for_every_guard_that_is_removed(stage: Stage, subtests, caplog):
    caplog.set_level("CRITICAL", "django.request")
    known = {row.name: row for row in found_routes()}
    for name, control in some(CONTROLS.items(), every=5):
        for route in control.routes:
            with subtests.test(f"{name}: {route}"), Patch.context() as patch, undone():
                control.remove(patch)
                leaks = [str(leak) for leak in walk(stage, known[route], ROUTES[route])]
                assert any(control.found in leak for leak in leaks), leaks[:5]


def test_a_route_that_is_not_in_the_table_is_named():
    table = {name: route for name, route in ROUTES.items() if name != "api-case-close"}
    assert unclassified(table) == {"api-case-close"}
