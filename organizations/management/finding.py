"""What every command does with the slug it was given."""

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from organizations.models import Organization


def organization_named(slug: str) -> Organization:
    """The organization with this slug. Raises CommandError if there is none."""
    organization = Organization.objects.filter(slug=slug).first()
    if organization is None:
        raise CommandError(_("There is no organization %(slug)s.") % {"slug": slug})
    return organization
