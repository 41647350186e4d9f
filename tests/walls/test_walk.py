"""Nobody sees or changes what is not theirs: every route × method × visitor."""

import pytest

from tests.walls.routes import ROUTES
from tests.walls.stage import Stage
from tests.walls.walk import found_routes, unclassified, walk
from tests.whole import WHOLE, some

FOUND = found_routes()
PARTS = 8


def test_every_route_is_classified():
    assert not unclassified(ROUTES), "these routes are not in tests/walls/routes.py"
    assert not ROUTES.keys() - {row.name for row in FOUND}, "tests/walls/routes.py names routes there are not"


def test_every_name_stands_for_one_route():
    names = [row.name for row in FOUND]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("part", some(range(PARTS), every=8))
def test_the_walk_finds_no_leak(stage: Stage, subtests, part: int):
    """In a few parts, so that setting the stage costs little and several workers can walk at once."""
    for found in FOUND[part::PARTS]:
        route = ROUTES.get(found.name)
        if route is None or route.unchecked:
            continue
        with subtests.test(found.name):
            leaks = walk(stage, found, route, everybody=WHOLE)
            assert not leaks, "\n".join(map(str, leaks))
