"""A case played step by step under a pack of one's choice."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from complaints import services
from complaints.forms import HandedIn
from complaints.models import Complaint
from organizations.errors import Refused
from policies.engine.frozen import EMPTY
from policies.services import adopt_policy
from tests.complaints.case_in import deadline
from tests.rows import snapshot
from tests.world import MONDAY, PACKS, Company, intake
from tickets.models import Ticket
from tickets.services import dispatch, sign_for


class Play:
    """A case of the property company under a pack; each step comes a minute after the one before."""

    def __init__(self, company: Company, pack: str | Path, **values: Any) -> None:
        self.company, self.now = company, MONDAY
        with company.scope():
            adopt_policy(organization=company.organization, path=PACKS / pack, now=MONDAY, publish=True)
            self.case = services.register(actor=company.actor("lin"), intake=intake(**values), now=self.now)

    def __call__(self, verb: Any, by: str = "lin", **given: Any) -> Any:
        self.now += timedelta(minutes=1)
        about = {} if {"ticket", "deadline"} & given.keys() else {"complaint": self.case}
        with self.company.scope():
            result = verb(actor=self.company.actor(by), now=self.now, **about, **given)
            self.case.refresh_from_db()
        return result

    def note(self, event: str, by: str = "lin", **given: Any) -> Complaint:
        return self(services.note, by, event=event, **given)

    def send(self, by: str = "lin", forms: HandedIn = EMPTY) -> Ticket:
        self(services.accept, by, forms=forms)
        (ticket,) = self(dispatch, "zhou", lead=self.company.departments["works"])
        self(sign_for, "sun", ticket=ticket)
        return ticket

    def refused(self, verb: Any, by: str = "lin", **given: Any) -> Refused:
        before = snapshot()
        with pytest.raises(Refused) as refused:
            self(verb, by, **given)
        assert snapshot() == before
        return refused.value

    def state_of(self, duty: str) -> str:
        return deadline(self.case, duty).state
