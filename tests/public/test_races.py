"""A form sent by two taps, and a hundred guesses at once. SQLite has one writer, so PostgreSQL only."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

from complaints.models import CaseEvent, Complaint, PublicTry
from complaints.services import Intake, throttling
from complaints.services.public import Receipt, answer_result, register_public
from complaints.services.throttling import Limit, TooMany, spend
from tests.public.steps import brought_to_told
from tests.tickets.race import in_thread, on_postgresql
from tests.world import MONDAY, World

pytestmark = on_postgresql
LIMIT = Limit("race", 3, timedelta(minutes=15))
AT_ONCE = 12


def _at_once(world: World, work: Any) -> list[Any]:
    start = threading.Barrier(AT_ONCE)

    def one(place: int) -> Any:
        with world.property.scope():
            start.wait(20)
            return work(place)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda place: in_thread(lambda: one(place))(), range(AT_ONCE)))


def _spend_at_once(world: World) -> int:
    organization = world.property.organization
    found = _at_once(world, lambda place: spend(organization, LIMIT, "x", MONDAY))
    assert {type(one) for one in found} <= {type(None), TooMany}
    return found.count(None)


def test_of_many_guesses_only_as_many_as_may_be_get_through(live_world: World):
    assert _spend_at_once(live_world) == LIMIT.most
    assert PublicTry._base_manager.get().count == LIMIT.most


def test_counted_by_looking_first_more_would(live_world: World, monkeypatch):
    """Negative control."""
    all_have_looked = threading.Barrier(AT_ONCE)

    def look_then_count(organization, limit, what, now):
        rows = throttling._rows(organization, limit, what)
        row = rows.first()
        all_have_looked.wait(20)
        rows.update(count=(row.count if row else 0) + 1)
        return True

    monkeypatch.setattr(throttling, "_count", look_then_count)
    assert _spend_at_once(live_world) == AT_ONCE


def _form(**changes: Any) -> Intake:
    given = {"channel": "", "subject": "停运", "content": "停运", "complainant_phone": "13800138000"}
    return Intake(**{**given, "request_key": UUID(int=5), **changes})


def test_a_form_sent_many_times_at_once_is_one_case(live_world: World):
    organization = live_world.property.organization

    def send(place: int) -> Receipt:
        return register_public(organization=organization, intake=_form(), now=MONDAY)

    receipts = _at_once(live_world, send)
    assert len({(one.case.number, one.passcode) for one in receipts}) == 1
    assert Complaint._base_manager.count() == 1


def test_an_answer_sent_many_times_at_once_is_one_round(live_world: World):
    company = live_world.property
    with company.scope():
        receipt = register_public(organization=company.organization, intake=_form(), now=MONDAY)
    brought_to_told(company, receipt.case.number)

    def reject(place: int) -> Complaint:
        return answer_result(
            complaint=receipt.case, is_solved=False, words="仍停运", request_key=UUID(int=6), now=MONDAY
        )

    assert {type(one) for one in _at_once(live_world, reject)} == {Complaint}
    kinds = list(CaseEvent._base_manager.filter(role="complainant").values_list("kind", flat=True))
    assert kinds == ["recorded", "follow_up_done", "reopened"]
