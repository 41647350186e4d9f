"""Changing what the public page says, with a record of who changed what."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from complaints.models import PublicPageChange
from organizations.actors import Actor
from organizations.models import Organization
from organizations.services import set_public_page

IS_ON = "is_on"
LOG_SHOWN = 20


@transaction.atomic
def change_public_page(
    *, actor: Actor, is_on: bool, details: Mapping[str, str], now: datetime
) -> Organization:
    """Switch the public page on or off and set its texts, as `set_public_page` does; what is different then
    is recorded, and nothing if nothing is."""
    before = _shown(Organization.objects.select_for_update().get(pk=actor.organization.pk))
    organization = set_public_page(actor=actor, is_on=is_on, details=details)
    after = _shown(organization)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if names:
        PublicPageChange.objects.create(
            organization=organization,
            at=now,
            by=actor.user,
            changes={name: [before.get(name, ""), after.get(name, "")] for name in names},
        )
    return organization


def latest_changes(organization: Organization) -> list[PublicPageChange]:
    """The newest entries of the log. One query."""
    rows = PublicPageChange.objects.filter(organization=organization).select_related("by")
    return list(rows[:LOG_SHOWN])


def _shown(organization: Organization) -> dict[str, bool | str]:
    return {IS_ON: organization.public_page, **organization.public_details}
