"""The stage of the walk."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.walls.stage import NOW, Stage, build_stage


@pytest.fixture
def stage(db, caplog) -> Iterator[Stage]:
    """The walk's stage, at a clock that stands still."""
    caplog.set_level("ERROR", "django.request")  # a thousand refusals are what is wanted here
    with time_machine.travel(NOW, tick=False):
        yield build_stage()
