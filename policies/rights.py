"""Who may look at an organization's rules and calendar, and who may change them."""

from django.utils.translation import gettext as _

from organizations.actors import Actor
from organizations.errors import Forbidden
from organizations.models import Role

READERS = (Role.ADMINISTRATOR, Role.DESK_SUPERVISOR, Role.GENERAL_MANAGER)


def is_administrator(actor: Actor) -> bool:
    """Whether the actor administers the whole organization, not only a part of its tree."""
    return actor.has_for(actor.directory.root_id, Role.ADMINISTRATOR)


def check_administrator(actor: Actor) -> None:
    """Raise Forbidden unless the actor may change rules and calendar."""
    if not is_administrator(actor):
        raise Forbidden(_("Rules and calendar are changed by administrators of the organization."))


def check_reader(actor: Actor) -> None:
    """Raise Forbidden unless the actor may look at rules and calendar."""
    if not actor.has(*READERS):
        raise Forbidden(_("This page is for administrators and managers."))
