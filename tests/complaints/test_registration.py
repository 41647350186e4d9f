"""Writing a complaint down: its number, its text, and that a repeated form is one case."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django_scopes import scopes_disabled

from complaints.models import CaseEvent, Complaint, NumberSequence
from complaints.services import register
from organizations.errors import Refused
from organizations.models import Organization
from tests.rows import snapshot, undone
from tests.world import MONDAY, Company, World, intake, new_case
from tickets.services import log_call

KEY = UUID("0e4ba3ff-7c6c-4a0c-9d2f-000000000001")


def _register(company: Company, now: datetime = MONDAY, by: str = "lin", **changes: object) -> Complaint:
    with company.scope():
        return register(actor=company.actor(by), intake=intake(**changes), now=now)


def test_numbers_count_per_organization_and_local_month(world: World):
    assert [_register(world.property).number for _ in range(3)] == [f"TS202611-0000{i}" for i in (1, 2, 3)]
    hospital = {"category": "treatment"}
    assert _register(world.hospital, by="bai", **hospital).number == "TS202611-00001"
    december = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)  # the first minute of December in Shanghai
    assert _register(world.property, december - timedelta(seconds=1)).number == "TS202611-00004"
    assert _register(world.property, december).number == "TS202612-00001"


def test_a_rolled_back_registration_leaves_no_gap(world: World):
    _register(world.property)
    with undone():
        assert _register(world.property).number == "TS202611-00002"
    assert _register(world.property).number == "TS202611-00002"
    for _ in range(2):
        with pytest.raises(Refused):
            _register(world.property, category="nonsense")
    assert _register(world.property).number == "TS202611-00003"
    with scopes_disabled():
        assert NumberSequence.objects.get(series="TS202611").last == 3


def test_text_is_stored_normalised(world: World):
    case = _register(
        world.property,
        subject="\u200b３号楼ＡＢ\u202e电梯",
        content="第一行\r\n第二行\x00\u2028",
        complainant_phone="＋86 138－0013－8000",
        external_number=" X１ ",
    )
    assert case.subject == "3号楼AB电梯"
    assert case.content.startswith("第一行\n第二行")
    assert "\x00" not in case.content
    assert (case.complainant_phone, case.external_number) == ("13800138000", "X1")


def test_the_same_request_key_gives_one_case(world: World):
    first = _register(world.property, request_key=KEY)
    before = snapshot()
    again = _register(world.property, MONDAY + timedelta(minutes=1), request_key=KEY, subject="别的")
    assert (again.pk, again.subject) == (first.pk, first.subject)
    assert snapshot() == before
    # Another organization's form may have the same key: it is that organization's own case.
    other = _register(world.hospital, by="bai", request_key=KEY, category="treatment")
    assert other.organization == world.hospital.organization


def test_logging_a_call_twice_dispatches_once(world: World):
    company = world.property

    def log() -> Complaint:
        with company.scope():
            return log_call(
                actor=company.actor("lin"),
                intake=intake(request_key=KEY),
                lead=company.departments["works"],
                now=MONDAY,
            )

    case = log()
    before = snapshot()
    assert log().pk == case.pk
    assert snapshot() == before
    assert case.state == "dispatched"


def test_a_call_that_cannot_be_dispatched_is_not_registered(world: World):
    company = world.property
    before = snapshot()
    with company.scope(), pytest.raises(Refused):
        log_call(
            actor=company.actor("lin"),
            intake=intake(),
            lead=company.departments["works"],
            helpers=[company.departments["works"]],
            now=MONDAY,
        )
    assert snapshot() == before


def test_an_external_number_is_taken_once(world: World):
    case = _register(world.property, external_number="X1")
    with pytest.raises(Refused) as refused:
        _register(world.property, external_number="Ｘ１")
    assert refused.value.field == "external_number"
    assert case.number in str(refused.value)
    assert _register(world.hospital, by="bai", external_number="X1", category="treatment").pk


def test_the_first_contact_is_never_in_the_future(world: World):
    early, late = MONDAY - timedelta(hours=2), MONDAY + timedelta(hours=2)
    assert _register(world.property, received_at=early).received_at == early
    assert _register(world.property, received_at=late).received_at == MONDAY


@pytest.mark.parametrize(
    "facts",
    [
        {"told": True},
        {"handled": True},
        {"consent.general_manager": True},
        {"tier": "minor"},
        {"loss_amount": "x"},
    ],
)
def test_only_facts_that_the_pack_asks_for_are_taken(world: World, facts: dict[str, object]):
    """A fact that the rules compute would open a gate if the caller could set it."""
    before = snapshot()
    with pytest.raises(Refused) as refused:
        _register(world.property, facts=facts)
    assert refused.value.field == "facts"
    assert snapshot() == before


def test_facts_of_the_pack_reach_the_planner(world: World):
    case = _register(world.property, facts={"loss_amount": 1200, "mass_affected": True})
    event = CaseEvent._base_manager.get(complaint=case)
    assert event.data["facts"]["loss_amount"] == 1200
    assert event.data["facts"]["tier"] == "minor"
    assert case.facts == {"loss_amount": 1200, "mass_affected": True}


def test_an_organization_without_rules_registers_nothing(world: World):
    from organizations.models import Department, Role
    from organizations.services import create_organization, grant_role

    empty = Company(create_organization(slug="empty", name="空", now=MONDAY))
    with empty.scope():
        root = Department.objects.get()
        empty.people["lin"] = world.property.people["lin"]
        grant_role(user=empty.people["lin"], department=root, role=Role.RECEPTIONIST, now=MONDAY)
    with pytest.raises(Refused):
        _register(empty)
    assert Organization.objects.get(slug="empty") == empty.organization


# --- the record ---------------------------------------------------------------------------------------------


def test_an_event_is_written_once(world: World):
    case = new_case(world.property)
    with world.property.scope():
        event = CaseEvent.objects.filter(complaint=case).first()
        event.reason = "anders"
        for attempt in (event.save, lambda: event.save(update_fields=["reason"]), event.delete):
            with pytest.raises(TypeError):
                attempt()
        event.refresh_from_db()
    assert event.reason != "anders"


def test_the_timeline_never_runs_backwards(world: World):
    """Who got the lock second also comes second, whatever its clock says."""
    from complaints.services import accept

    case = _register(world.property, MONDAY)
    with world.property.scope():
        accept(actor=world.property.actor("lin"), complaint=case, now=MONDAY - timedelta(minutes=1))
        events = list(CaseEvent.objects.filter(complaint=case).order_by("pk"))
    assert [row.at for row in events] == [MONDAY, MONDAY]
    assert events[1].recorded_at == MONDAY - timedelta(minutes=1)
