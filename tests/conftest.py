"""Fixtures for all tests: the world, a cheap password hasher, empty caches."""

import copy
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from config.garbage import spare_what_stays
from policies import selectors
from policies.engine import loading
from policies.engine.loading import load_policy
from policies.engine.schema import Policy
from tests.world import PACKS, World, build_world, world_again


def pytest_collection_finish() -> None:
    spare_what_stays()


# The same examples in every run: what fails once fails again, and what is merged has passed.
hypothesis.settings.register_profile("huiyin", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("huiyin")


@pytest.fixture(scope="session", autouse=True)
def _read_the_standard_pack_once() -> Iterator[None]:
    """Reading it is half of the world's cost, and every test's world reads it twice. A Policy is frozen, so
    one serves all; the same text parsed anew for other packs is remembered too."""
    load, parse = load_policy, lru_cache(maxsize=64)(loading.parse_yaml)
    standard = load(PACKS / "standard.yaml", packs_dir=PACKS)

    def remembered(text: str, *, source: str = "") -> Any:
        return copy.deepcopy(parse(text, source=source))

    def loaded(path: Path, *, packs_dir: Path) -> Policy:
        return standard if path == PACKS / "standard.yaml" else load(path, packs_dir=packs_dir)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "parse_yaml", remembered)
        patch.setattr("policies.services.versions.load_policy", loaded)
        yield


@pytest.fixture(autouse=True)
def _fast_and_clean(settings, tmp_path):
    """No key stretching, files in a folder of the test's own, and no rules cached from another test: row ids
    are used again after a rollback."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.WHITENOISE_USE_FINDERS = False  # or each new client looks for all static files once more
    selectors.forget()
    yield
    selectors.forget()


@pytest.fixture
def world(db) -> World:
    return world_again()


@pytest.fixture
def live_world(transactional_db) -> World:
    """The world for tests that need real transactions: races, kills, other processes."""
    return build_world()
