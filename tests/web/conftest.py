"""Signed-in browsers at a standing clock."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from complaints.models import Complaint
from tests.world import MONDAY, Company, World


@pytest.fixture
def clock():
    """The clock stands at MONDAY; `clock.move_to(...)` or `clock.shift(...)` moves it."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def sign_in(world: World, clock) -> Callable[..., Client]:
    """sign_in("lin") is a browser in which that person is signed in."""

    def browser(name: str, company: Company | None = None, **options: object) -> Client:
        client = Client(**options)  # type: ignore[arg-type]
        people = {
            **world.hospital.people,
            **world.property.people,
            "nobody": world.nobody,
            "left": world.left,
        }
        client.force_login((company.people if company else people)[name])
        return client

    return browser


@pytest.fixture
def company(world: World) -> Company:
    return world.property


def reload(company: Company, case: Complaint) -> Complaint:
    with company.scope():
        return Complaint.objects.select_related("organization").get(pk=case.pk)
