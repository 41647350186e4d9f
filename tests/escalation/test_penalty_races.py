"""Two people decide on the same penalty at the same moment."""

from collections.abc import Callable

from django.db import IntegrityError

from complaints.models import CaseEvent, Complaint
from complaints.services import note
from escalation.models import PenaltyDecision
from escalation.services import decide_penalty
from organizations.errors import Refused
from organizations.models import Role
from organizations.services import grant_role
from tests.overlay import put_in_force
from tests.tickets.race import collide, on_postgresql, without_the_lock
from tests.world import MONDAY, Company, World, handled_case

pytestmark = on_postgresql


def proposed(world: World) -> Complaint:
    """A penalty that either of two managers may decide on."""
    company = world.property
    penalty = {
        "id": "late",
        "when": {"upheld": True},
        "subjects": [{"who": "responsible", "points": 5}],
        "decided_by": "dept_manager",
    }
    put_in_force(company, roles=[], penalties=[penalty])
    case, _ticket = handled_case(company)
    with company.scope():
        works = company.departments["works"]
        grant_role(user=company.people["he"], department=works, role=Role.DEPT_MANAGER, now=MONDAY)
        desk = company.actor("lin")
        return note(actor=desk, complaint=case, event="noted", facts={"upheld": True}, now=MONDAY)


def _decides(company: Company, case: Complaint, by: str, accepted: bool) -> Callable[[], PenaltyDecision]:
    def work() -> PenaltyDecision:
        with company.scope():
            return decide_penalty(
                actor=company.actor(by),
                complaint=case,
                penalty="late",
                accepted=accepted,
                reason="理由",
                now=MONDAY,
            )

    return work


def test_two_deciders_at_once(live_world: World, monkeypatch):
    company, case = live_world.property, proposed(live_world)
    first, second = collide(
        monkeypatch, _decides(company, case, "qian", True), _decides(company, case, "he", False)
    )
    assert isinstance(first, PenaltyDecision)
    assert isinstance(second, Refused)
    assert "钱经理" in str(second)
    assert PenaltyDecision._base_manager.get().accepted
    assert CaseEvent._base_manager.filter(complaint=case, kind="penalty").count() == 1


def test_without_the_lock_only_the_database_would_be_left(live_world: World, monkeypatch):
    """Negative control: the test above can fail; then the unique key still keeps the second out."""
    company, case = live_world.property, proposed(live_world)
    without_the_lock(monkeypatch)
    first, second = collide(
        monkeypatch, _decides(company, case, "qian", True), _decides(company, case, "he", False)
    )
    assert isinstance(first, PenaltyDecision)
    assert isinstance(second, IntegrityError)
