"""Keeping what is being typed, so that a dropped session or a closed tab loses nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from complaints.models import Draft
from organizations.actors import Actor
from organizations.errors import Refused
from organizations.models import Organization
from organizations.text import normalise

KEPT_FOR = timedelta(days=30)
MOST = 20  # of one person; beyond that the oldest goes
LONGEST = 200_000  # characters of one draft

Typed = Mapping[str, str | list[str]]


@transaction.atomic
def keep_draft(*, actor: Actor, kind: str, key: UUID, data: Typed, now: datetime) -> Draft | None:
    """Keep what the actor has typed into a form, in place of what was kept under the same key before.

    Nothing typed keeps nothing: returns None, and what was kept is gone. Refused if it is beyond all measure.
    """
    kept = {name: _clean(value) for name, value in data.items()}
    if sum(len(name) + len(str(value)) for name, value in kept.items()) > LONGEST:
        raise Refused(_("This is too long to be kept."))
    if not any(kept.values()):
        discard_draft(actor=actor, kind=kind, key=key)
        return None
    draft, is_new = Draft.objects.update_or_create(
        organization=actor.organization,
        user=actor.user,
        kind=kind,
        key=key,
        defaults={"data": kept, "updated_at": now},
    )
    if is_new:
        _make_room(actor)
    return draft


def _clean(value: str | list[str]) -> str | list[str]:
    """Without what no database takes (NUL, half characters)."""
    return normalise(value) if isinstance(value, str) else [normalise(one) for one in value]


def _make_room(actor: Actor) -> None:
    mine = Draft.objects.filter(organization=actor.organization, user=actor.user)
    too_many = list(mine.values_list("pk", flat=True)[MOST:])
    if too_many:
        mine.filter(pk__in=too_many).delete()


def discard_draft(*, actor: Actor, kind: str, key: UUID | None) -> bool:
    """Throw the actor's own draft away; returns whether there was one. Doing it twice is doing it once."""
    if key is None:
        return False
    mine = Draft.objects.filter(organization=actor.organization, user=actor.user, kind=kind)
    return bool(mine.filter(key=key).delete()[0])


def remove_old_drafts(now: datetime) -> int:
    """Remove every draft that nobody has touched for a month, of all organizations; returns how many."""
    removed = 0
    for organization in Organization.objects.order_by("pk"):
        with scope(organization=organization):
            old = Draft.objects.filter(organization=organization, updated_at__lt=now - KEPT_FOR)
            removed += old.delete()[0]
    return removed
