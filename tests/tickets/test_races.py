"""Two people sign, somebody signs while another returns, thirty calls at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

from django.db import IntegrityError

from complaints import numbers
from complaints.models import CaseEvent, Complaint, NumberSequence
from complaints.services import pause, register
from complaints.services.sending import SentBefore, carry_out_once
from organizations.errors import Refused, Stale
from tests.tickets.race import collide, in_thread, on_postgresql, without_the_lock
from tests.world import MONDAY, World, intake, sent_case
from tickets import services
from tickets.models import Ticket

pytestmark = on_postgresql


def _signs(world: World, ticket: Ticket, by: str, **more: object) -> Callable[[], Ticket]:
    def work() -> Ticket:
        with world.property.scope():
            actor = world.property.actor(by)
            return services.sign_for(actor=actor, ticket=ticket, now=MONDAY, **more)

    return work


def _returns(world: World, ticket: Ticket, by: str) -> Callable[[], Ticket]:
    def work() -> Ticket:
        with world.property.scope():
            return services.return_ticket(
                actor=world.property.actor(by),
                ticket=ticket,
                cause="not_our_duty",
                reason="非本部门",
                now=MONDAY,
            )

    return work


def _kinds(case: Complaint) -> list[str]:
    rows = CaseEvent._base_manager.filter(complaint=case).order_by("pk")
    return list(rows.values_list("kind", flat=True))[3:]  # after recorded, accepted, dispatched


def test_two_people_sign_the_same_ticket(live_world: World, monkeypatch):
    case, ticket = sent_case(live_world.property)
    first, second = collide(monkeypatch, _signs(live_world, ticket, "sun"), _signs(live_world, ticket, "he"))
    assert isinstance(first, Ticket)
    assert isinstance(second, Refused)
    assert "孙主任" in str(second)
    ticket = Ticket._base_manager.get(pk=ticket.pk)
    assert ticket.signed_by == live_world.property.people["sun"]
    assert _kinds(case) == ["acknowledged"]


def test_without_the_lock_both_would_have_signed(live_world: World, monkeypatch):
    """Negative control: the test above can fail."""
    case, ticket = sent_case(live_world.property)
    without_the_lock(monkeypatch)
    collide(monkeypatch, _signs(live_world, ticket, "sun"), _signs(live_world, ticket, "he"))
    assert _kinds(case) == ["acknowledged", "acknowledged"]


def test_one_form_twice_at_the_same_moment(live_world: World, monkeypatch):
    """The second finds nothing of the first and waits for it, then does not run at all."""
    company = live_world.property
    case, ticket = sent_case(company)
    key, signs = uuid4(), _signs(live_world, ticket, "sun")

    def work() -> Ticket:
        with company.scope():
            actor = company.actor("sun")
            return carry_out_once(actor=actor, complaint=case, key=key, verb=signs, now=MONDAY)

    first, second = collide(monkeypatch, work, work)
    assert isinstance(first, Ticket)
    assert isinstance(second, SentBefore)
    assert _kinds(case) == ["acknowledged"]


def test_signed_while_another_returns_it(live_world: World, monkeypatch):
    case, ticket = sent_case(live_world.property)
    first, second = collide(
        monkeypatch, _signs(live_world, ticket, "he"), _returns(live_world, ticket, "sun")
    )
    assert isinstance(first, Ticket)
    assert isinstance(second, Ticket), "the head may send back what a handler has just signed for"
    assert _kinds(case) == ["acknowledged", "returned"]
    assert Ticket._base_manager.get(pk=ticket.pk).state == Ticket.State.RETURNED
    assert Complaint._base_manager.get(pk=case.pk).state == "accepted"


def test_returned_while_another_signs_it(live_world: World, monkeypatch):
    case, ticket = sent_case(live_world.property)
    first, second = collide(
        monkeypatch, _returns(live_world, ticket, "sun"), _signs(live_world, ticket, "he")
    )
    assert isinstance(first, Ticket)
    assert isinstance(second, Refused)
    assert _kinds(case) == ["returned"]
    assert Ticket._base_manager.get(pk=ticket.pk).signed_by is None


def test_the_second_of_two_forms_is_stale(live_world: World, monkeypatch):
    case, ticket = sent_case(live_world.property)

    def pauses() -> Complaint:
        with live_world.property.scope():
            return pause(
                actor=live_world.property.actor("zhou"),
                complaint=case,
                cause="parts",
                reason="等配件",
                now=MONDAY,
                revision=case.revision,
            )

    first, second = collide(monkeypatch, _signs(live_world, ticket, "sun", revision=case.revision), pauses)
    assert isinstance(first, Ticket)
    assert isinstance(second, Stale)
    assert _kinds(case) == ["acknowledged"]


# --- numbers ------------------------------------------------------------------------------------------------

MANY = 30


def _register_many(world: World, count: int, **changes: object) -> list[Complaint | Exception]:
    start = threading.Barrier(count)

    def work() -> Complaint:
        with world.property.scope():
            actor = world.property.actor("lin")
            start.wait(20)
            return register(actor=actor, intake=intake(**changes), now=MONDAY)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: in_thread(work)(), range(count)))


def test_thirty_registrations_at_once_get_thirty_numbers(live_world: World):
    cases = _register_many(live_world, MANY)
    assert [case for case in cases if isinstance(case, Exception)] == []
    assert sorted(case.number for case in cases) == [f"TS202611-{i:05d}" for i in range(1, MANY + 1)]


def test_with_numbers_read_and_then_written_some_would_fail(live_world: World, monkeypatch):
    """Negative control: reading the last number and adding one gives the same number twice."""
    both_have_read = threading.Barrier(2)

    def read_then_write(organization, series: str, count: int) -> int:
        row, _made = NumberSequence.objects.get_or_create(organization=organization, series=series)
        both_have_read.wait(20)
        NumberSequence.objects.filter(pk=row.pk).update(last=row.last + count)
        return row.last + count

    register_one = _register_many(live_world, 1)
    assert isinstance(register_one[0], Complaint)
    monkeypatch.setattr(numbers, "_raise", read_then_write)
    outcomes = _register_many(live_world, 2)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Complaint", "IntegrityError"]
    assert any(isinstance(outcome, IntegrityError) for outcome in outcomes)


def test_the_same_form_sent_by_ten_hands_is_one_case(live_world: World):
    key = UUID("0e4ba3ff-7c6c-4a0c-9d2f-000000000001")
    cases = _register_many(live_world, 10, request_key=key)
    assert [case for case in cases if isinstance(case, Exception)] == []
    assert {case.number for case in cases} == {"TS202611-00001"}
    assert Complaint._base_manager.count() == 1
    assert NumberSequence._base_manager.get(organization=live_world.property.organization).last == 1
