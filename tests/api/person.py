"""A person's requests to the API."""

from datetime import datetime
from typing import Any

import time_machine
from django.test import Client

from tests.world import MONDAY, Company


class Api:
    """Requests as JSON, at a time that stands still. Every answer is checked for its form."""

    def __init__(self, company: Company, name: str) -> None:
        self.client = Client()
        self.client.force_login(company.people[name])
        self.base = f"/api/v1/{company.organization.slug}/"
        self.now: datetime = MONDAY

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        with time_machine.travel(self.now, tick=False):
            return self._checked(self.client.get(self.base + path, query), status)

    def post(self, path: str, status: int = 200, **body: Any) -> Any:
        return self.send(path, body, status)

    def send(self, path: str, body: Any, status: int = 200, content_type: str = "application/json") -> Any:
        with time_machine.travel(self.now, tick=False):
            response = self.client.post(self.base + path, body, content_type=content_type)
        return self._checked(response, status)

    def _checked(self, response: Any, status: int) -> Any:
        assert response.status_code == status, (response.status_code, response.content.decode())
        if not response.content:
            return None
        kind = "application/json" if status < 400 else "application/problem+json"
        assert response.headers["Content-Type"] == kind
        document = response.json()
        if status >= 400:
            assert (document["status"], bool(document["title"])) == (status, True)
            assert document["type"].startswith("urn:huiyin:problem:")
        return document


CALL = {
    "channel": "phone",
    "subject": "3号楼电梯频繁停运",
    "content": "本周电梯已停运三次",
    "complainant_phone": "138 0013 8000",
    "category": "lift",
    "tier": "minor",
    "tier_criterion": "slight_inconvenience",
}
