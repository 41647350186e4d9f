"""G1-16, G1-17: the complainant is told after the end of the case where the rules still wait for it."""

from datetime import timedelta

import pytest

from complaints import services
from complaints.models import Deadline, State
from escalation.audit import audit
from organizations.errors import Refused
from tests.complaints.case_in import case_in, deadline
from tests.overlay import put_in_force
from tests.rows import snapshot
from tests.world import MONDAY, Company, World

DAY = timedelta(days=1)
FEEDBACK = {
    "id": "feedback",
    "title": "答复并征求意见",
    "owner": "receptionist",
    "from": ["closed", "explained", "rejected"],
    "to": "told",
    "limits": [{"value": 3, "unit": "wd", "calendar": "working"}],
}


def tell(company: Company, case, **more):
    with company.scope():
        given = {"summary": "已书面答复", "now": MONDAY + DAY, **more}
        return services.tell(actor=company.actor("lin"), complaint=case, **given)


@pytest.mark.parametrize("state", [State.CLOSED, State.EXPLAINED, State.REJECTED])
def test_telling_meets_the_limit_and_changes_nothing_else(world: World, state: str):
    company = world.property
    calendars = {"working": {"kind": "workday"}}
    put_in_force(company, roles=[], calendars=calendars, duties=[FEEDBACK])
    case = case_in(company, state)
    assert deadline(case, "feedback").state == Deadline.State.OPEN
    outcome, closed_at = case.outcome, case.closed_at
    case = tell(company, case)
    row = deadline(case, "feedback")
    assert (row.state, row.met_at) == (Deadline.State.MET, MONDAY + DAY)
    assert (case.state, case.outcome, case.closed_at) == (state, outcome, closed_at)
    with company.scope():
        assert list(audit(company.organization)) == []
    before = snapshot()
    with pytest.raises(Refused):  # nothing waits for it any more
        tell(company, case)
    assert snapshot() == before


def test_what_has_been_decided_stays(world: World):
    company = world.property
    put_in_force(company, roles=[], calendars={"working": {"kind": "workday"}}, duties=[FEEDBACK])
    case = case_in(company, State.CLOSED)
    with pytest.raises(Refused) as refused:
        tell(company, case, outcome="explained")
    assert refused.value.field == "outcome"
    assert tell(company, case, outcome=case.outcome).state == State.CLOSED


def test_without_such_a_limit_it_has_no_place(world: World):
    case = case_in(world.property, State.CLOSED)
    with pytest.raises(Refused):
        tell(world.property, case)
