"""A standing clock, and the property company with its public page on."""

import pytest

from organizations.services import show_public_page
from tests.web.conftest import clock
from tests.world import Company, World

__all__ = ["clock"]


@pytest.fixture
def company(world: World, clock) -> Company:
    show_public_page(world.property.organization)
    return world.property
