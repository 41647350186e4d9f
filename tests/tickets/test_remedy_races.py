"""Two people approve and refuse the same remedy at the same moment."""

from collections.abc import Callable
from decimal import Decimal

from complaints.models import CaseEvent, Complaint
from organizations.errors import Refused
from organizations.models import Role
from organizations.services import grant_role
from tests.overlay import put_in_force
from tests.tickets.race import collide, on_postgresql, without_the_lock
from tests.world import MONDAY, Company, World, sent_case
from tickets.models import Remedy
from tickets.services import decide_remedy, propose_remedy

pytestmark = on_postgresql


def waiting(world: World) -> tuple[Complaint, Remedy]:
    """A refund that either of two managers may decide on."""
    company = world.property
    grant = {"right": "remedy", "role": "dept_head", "max_yuan": 200, "over": "dept_manager"}
    put_in_force(company, roles=[], grants=[grant])
    case, _ticket = sent_case(company)
    with company.scope():
        works = company.departments["works"]
        grant_role(user=company.people["he"], department=works, role=Role.DEPT_MANAGER, now=MONDAY)
        sun = company.actor("sun")
        return case, propose_remedy(actor=sun, complaint=case, kind="refund", yuan=Decimal(300), now=MONDAY)


def _decides(company: Company, remedy: Remedy, by: str, approve: bool) -> Callable[[], Remedy]:
    def work() -> Remedy:
        with company.scope():
            actor = company.actor(by)
            return decide_remedy(actor=actor, remedy=remedy, approve=approve, reason="理由", now=MONDAY)

    return work


def _steps(case: Complaint) -> list[str]:
    rows = CaseEvent._base_manager.filter(complaint=case, data__has_key="remedy").order_by("pk")
    return [row.data["step"] for row in rows]


def test_two_approvers_at_once(live_world: World, monkeypatch):
    case, remedy = waiting(live_world)
    company = live_world.property
    first, second = collide(
        monkeypatch, _decides(company, remedy, "qian", True), _decides(company, remedy, "he", False)
    )
    assert isinstance(first, Remedy)
    assert isinstance(second, Refused)
    assert Remedy._base_manager.get().decided_by == company.people["qian"]
    assert _steps(case) == ["proposed", "approved"]


def test_without_the_lock_both_would_have_decided(live_world: World, monkeypatch):
    """Negative control: the test above can fail."""
    case, remedy = waiting(live_world)
    company = live_world.property
    without_the_lock(monkeypatch)
    collide(monkeypatch, _decides(company, remedy, "qian", True), _decides(company, remedy, "he", False))
    assert _steps(case) == ["proposed", "approved", "refused"]
