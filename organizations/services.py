"""Writes to organizations, departments and memberships."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from organizations.actors import Actor
from organizations.errors import Forbidden, Refused
from organizations.models import Department, Membership, Organization, Role, User
from organizations.text import normalise

# Paths of the API that stand where an organization's slug would.
RESERVED_SLUGS = frozenset({"schema", "docs"})


@transaction.atomic
def create_organization(
    *, slug: str, name: str, now: datetime, time_zone: str = "Asia/Shanghai"
) -> Organization:
    """Create an organization with the root of its tree. Refused if the slug is taken or malformed."""
    if slug in RESERVED_SLUGS:
        raise Refused(_("This name is used by the product itself."), field="slug")
    organization = Organization(slug=slug, name=normalise(name), time_zone=time_zone, created_at=now)
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # unknown, "../x" or a folder's name
        message = _("There is no time zone %(zone)s.") % {"zone": time_zone}
        raise Refused(message, field="time_zone") from error
    try:
        organization.full_clean()
    except ValidationError as error:
        raise Refused(" ".join(error.messages), field="slug") from error
    organization.save()
    with scope(organization=organization):
        Department.objects.create(organization=organization, name=organization.name, code="root")
    return organization


LONGEST_DETAIL = 500  # characters


def set_public_page(
    *, actor: Actor, is_on: bool, details: Mapping[str, str] = MappingProxyType({})
) -> Organization:
    """Switch the organization's public page on or off, and say what stands on it besides (no empty texts).
    Forbidden to all but administrators of the whole organization."""
    if not actor.has_for(actor.directory.root_id, Role.ADMINISTRATOR):
        raise Forbidden(_("The public page is looked after by administrators of the organization."))
    return show_public_page(actor.organization, is_on=is_on, details=details)


def show_public_page(
    organization: Organization, *, is_on: bool = True, details: Mapping[str, str] = MappingProxyType({})
) -> Organization:
    """The same without a person: for commands."""
    texts = {name: normalise(text) for name, text in details.items()}
    for name, text in texts.items():
        if len(text) > LONGEST_DETAIL:
            said = {"limit": LONGEST_DETAIL, "length": len(text)}
            raise Refused(_("At most %(limit)d characters (this has %(length)d).") % said, field=name)
    organization.public_page = is_on
    organization.public_details = {name: text for name, text in texts.items() if text}
    organization.save(update_fields=["public_page", "public_details"])
    return organization


def add_department(
    *,
    organization: Organization,
    name: str,
    code: str,
    parent: Department | None = None,
    is_desk: bool = False,
) -> Department:
    """Add a department below `parent` (below the root if None). Refused if the code is taken."""
    parent = parent or Department.objects.get(organization=organization, parent=None)
    if Department.objects.filter(organization=organization, code=code).exists():
        raise Refused(
            _("There is already a department with the code %(code)s.") % {"code": code}, field="code"
        )
    return Department.objects.create(
        organization=organization, name=normalise(name), code=code, parent=parent, is_desk=is_desk
    )


def create_user(*, login: str, name: str, password: str, email: str = "") -> User:
    """Create a person who can sign in; every right comes from `grant_role`. Refused if the login is taken or
    malformed, or if the password is too weak."""
    user = User(username=normalise(login), display_name=normalise(name), email=email.strip())
    try:
        user.full_clean(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), field="login") from error
    user.set_password(password)
    user.save()
    return user


def choose_language(*, user: User, language: str) -> User:
    """Set the language a person reads, on pages and in messages. Refused for any other than the product's."""
    if language not in dict(settings.LANGUAGES):
        raise Refused(_("Choose from the list."), field="language")
    user.language = language
    user.save(update_fields=["language"])
    return user


def grant_role(*, user: User, department: Department, role: str, now: datetime) -> Membership:
    """Give a person a role in a department and everything below it. Granting twice is the same as once."""
    if role not in Role.values:
        raise Refused(_("There is no role %(role)s.") % {"role": role}, field="role")
    membership, _created = Membership.objects.update_or_create(
        organization=department.organization,
        user=user,
        department=department,
        role=role,
        defaults={"is_active": True},
        create_defaults={"is_active": True, "created_at": now},
    )
    return membership
