"""Rules of a test's own: the standard pack with some of it replaced, in force for the property company."""

from datetime import datetime
from typing import Any

import yaml

from policies.models import PolicyVersion
from policies.services import draft_from_yaml, publish_policy
from tests.world import MONDAY, Company

STANDARD_ROLES = [
    {"id": role, "title": title, "acts_as": role}
    for role, title in (
        ("receptionist", "接待员"),
        ("desk_supervisor", "客服主管"),
        ("handler", "处理人"),
        ("dept_head", "部门负责人"),
        ("dept_manager", "部门经理"),
        ("general_manager", "总经理"),
        ("administrator", "系统管理员"),
    )
]


def put_in_force(
    company: Company, *, roles: list[dict[str, Any]], now: datetime = MONDAY, **sections: Any
) -> PolicyVersion:
    """Publish the standard pack with further roles and these sections."""
    head = {"id": "own", "version": 1, "title": "自定制度", "extends": "standard"}
    document = {"pack": head, "lists": {"roles": [*STANDARD_ROLES, *roles]}, **sections}
    text = yaml.safe_dump(document, allow_unicode=True)
    with company.scope():
        draft = draft_from_yaml(actor=company.actor("admin"), text=text, source="test", now=now)
        publish_policy(version=draft, now=now, by=None)
    return draft
