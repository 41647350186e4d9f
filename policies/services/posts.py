"""Giving the roles of the rules their place in the organization. It holds at once, for every open case."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from organizations.actors import Actor
from organizations.errors import Refused
from organizations.models import Department, Organization
from policies.models import PolicyVersion, Post, RuleChange
from policies.rights import check_administrator
from policies.services.log import log_change


@transaction.atomic
def place_role(*, actor: Actor, role: str, department: Department, now: datetime) -> Post:
    """Say that a role of the rules is this department. Saying the same again changes nothing.

    Refused if no version of the organization's rules has the role, or if the department is closed.
    """
    check_administrator(actor)
    titles = _titles(actor.organization)
    if role not in titles:
        raise Refused(_("The rules have no role “%(role)s”.") % {"role": role}, field="role")
    known = actor.directory.departments.get(department.pk)
    if known is None or not known.is_active:
        raise Refused(_("Choose a department from the list."), field="department")
    before = Post.objects.filter(organization=actor.organization, role=role).first()
    if before is not None and before.department_id == department.pk:
        return before
    post, _made = Post.objects.update_or_create(
        organization=actor.organization, role=role, defaults={"department": known}
    )
    _log(actor, now, _("%(role)s is %(department)s"), titles[role], known.name)
    return post


@transaction.atomic
def remove_role(*, actor: Actor, role: str, now: datetime) -> None:
    """Take a role's place away: who fills it is found by its product role again. Refused if it has none."""
    check_administrator(actor)
    post = (
        Post.objects.filter(organization=actor.organization, role=role).select_related("department").first()
    )
    if post is None:
        raise Refused(_("This role has no place in the organization."), field="role")
    title = _titles(actor.organization).get(role, role)
    _log(actor, now, _("%(role)s is no longer %(department)s"), title, post.department.name)
    post.delete()


@transaction.atomic
def place_roles(*, actor: Actor, places: Mapping[str, Department | None], now: datetime) -> int:
    """Several roles at once, all or nothing; None takes a place away. Returns how many have changed."""
    check_administrator(actor)
    before = dict(Post.objects.filter(organization=actor.organization).values_list("role", "department_id"))
    changed = 0
    for role, department in places.items():
        if before.get(role) == (department.pk if department else None):
            continue
        if department is None:
            remove_role(actor=actor, role=role, now=now)
        else:
            place_role(actor=actor, role=role, department=department, now=now)
        changed += 1
    return changed


def _titles(organization: Organization) -> dict[str, str]:
    """The roles of all versions (open cases may be under an old one) with the titles of the newest."""
    versions = PolicyVersion.objects.filter(organization=organization).order_by("number")
    titles: dict[str, str] = {}
    for rows in versions.values_list("document__lists__roles", flat=True):
        given: list[dict[str, Any]] = rows or []
        titles |= {str(row["id"]): str(row.get("title") or row["id"]) for row in given}
    return titles


def _log(actor: Actor, now: datetime, sentence: str, role: str, department: str) -> None:
    note = sentence % {"role": role, "department": department}
    kind = RuleChange.Kind.POSTS
    log_change(organization=actor.organization, kind=kind, now=now, by=actor.user, note=note)
