"""One small demonstration for all tests of this folder: playing it is what takes the time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.test import override_settings
from django_scopes import scope

from organizations.models import Organization
from reporting.demo.services import Login, load_demonstration

NOW = datetime(2026, 11, 18, 6, 30, tzinfo=UTC)  # a Wednesday, 14:30 in Shanghai
PASSWORD = "for-the-tests-1"


@dataclass
class Demonstration:
    organization: Organization
    logins: list[Login]


@pytest.fixture(scope="module")
def demonstration(django_db_setup, django_db_blocker) -> Iterator[Demonstration]:
    """Loaded once for a module, with few cases in the past and all of those that are open now."""
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
            logins = load_demonstration(now=NOW, password=PASSWORD, cases=12)
        organization = Organization.objects.get(slug="demo")
        with scope(organization=organization):
            yield Demonstration(organization, logins)
        transaction.set_rollback(True)
