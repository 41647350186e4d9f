"""Reads about organizations that several places need."""

from django.db.models import QuerySet

from organizations.models import Organization, User


def organizations_of(user: User) -> QuerySet[Organization]:
    """The active organizations a person belongs to, by name."""
    return Organization.objects.filter(
        is_active=True,
        pk__in=user.memberships.model._base_manager.filter(user=user, is_active=True).values("organization"),
    ).order_by("name")
