"""Drafts and versions to try things on, and the signed-in browsers of the web tests."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from policies.models import PolicyVersion
from policies.services import adopt_policy, draft_from_version
from tests.web.conftest import clock, company, sign_in  # noqa: F401 - fixtures
from tests.world import MONDAY, Company

Draft = Callable[..., PolicyVersion]


@pytest.fixture
def draft(company: Company) -> PolicyVersion:  # noqa: F811
    """A copy of the version in force, to be changed."""
    with company.scope():
        return draft_from_version(
            actor=company.actor("admin"), version=PolicyVersion.objects.get(number=1), now=MONDAY
        )


@pytest.fixture
def published(tmp_path: Path) -> Callable[..., PolicyVersion]:
    """published(company, {...}): an overlay of the standard pack, in force for the company from `now`."""

    def publish(company: Company, overlay: dict, now: datetime = MONDAY) -> PolicyVersion:  # noqa: F811
        head = {"id": "own", "version": 1, "title": "自定制度", "extends": "standard"}
        path = tmp_path / "own.yaml"
        path.write_text(yaml.safe_dump({"pack": head, **overlay}, allow_unicode=True), encoding="utf-8")
        with company.scope():
            return adopt_policy(organization=company.organization, path=path, now=now, publish=True)

    return publish


def solve_within(value: int, unit: str = "h", **more: object) -> dict:
    """An overlay in which every case has to be handled within this limit."""
    duty = {
        "id": "solve",
        "title": "处理完毕",
        "owner": "dept_head",
        "from": ["recorded", "reopened"],
        "to": "handled",
        "limits": [{"value": value, "unit": unit, **more}],
    }
    return {"duties": [duty]}
