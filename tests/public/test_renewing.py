"""The desk gives out a code: for one that was lost, or for a case that was telephoned in; who may do it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from complaints.models import CaseEvent, PublicAccess
from organizations.services import show_public_page
from tests.api.person import Api
from tests.public.steps import address, case_of, enter, hand_in, page, receipt, visitor
from tests.world import Company, new_case, sent_case

CHECK = "回拨登记电话核实"


def signed_in(company: Company, name: str) -> Client:
    client = Client()
    client.force_login(company.people[name])
    return client


def form(**changes):
    return {"revision": "1", "check": CHECK, "request_key": str(uuid4()), **changes}


def give(company, number: str, by: str = "lin", client: Client | None = None, **changes):
    desk = client or signed_in(company, by)
    return desk.post(f"/o/{company.organization.slug}/case/{number}/code/", form(**changes))


def given(company, number: str) -> list[CaseEvent]:
    with company.scope():
        return list(CaseEvent.objects.filter(complaint__number=number, kind="code_given"))


def test_a_lost_code_is_replaced(company):
    """The old one opens nothing any more, not even where it was open; the new one is on no page again."""
    number, old = hand_in(company)
    open_before = visitor(company, number, old)
    answer = give(company, number)
    assert answer["Cache-Control"] == "private, no-store"
    shown_number, new = receipt(answer)
    assert (shown_number, new == old) == (number, False)
    assert re.search(r'<svg class="qr".*</svg>', answer.content.decode(), re.DOTALL)
    assert open_before.get(address(company, "case/")).status_code == 302
    assert enter(Client(), company, number, old).status_code == 422
    assert "三号楼电梯停运" in page(visitor(company, number, new), company)
    (event,) = given(company, number)
    assert (event.actor, event.role, event.reason) == (company.people["lin"], "receptionist", CHECK)
    assert new not in str(event.data)
    timeline = signed_in(company, "lin").get(case_of(company, number).get_absolute_url()).content.decode()
    assert CHECK in timeline
    assert new not in timeline


def test_a_case_of_the_telephone_gets_its_first_code(company):
    case = new_case(company)
    number, code = receipt(give(company, case.number))
    assert number == case.number
    shown = page(visitor(company, number, code), company)
    assert case.subject in shown
    assert CHECK not in shown


def test_sent_twice_is_given_once(company, clock):
    """A second tap is answered with the same code; a form whose code was replaced brings it back no more."""
    number, _old = hand_in(company)
    key = str(uuid4())
    first = receipt(give(company, number, request_key=key))
    assert receipt(give(company, number, request_key=key)) == first
    assert len(given(company, number)) == 1
    clock.shift(timedelta(minutes=61))
    assert give(company, number, request_key=key).status_code == 422, "shown for an hour, not for ever"
    second = receipt(give(company, number))
    assert second != first
    clock.shift(timedelta(minutes=1))
    assert give(company, number, request_key=key).status_code == 422
    assert enter(Client(), company, *first).status_code == 422
    assert enter(Client(), company, *second).status_code == 302


def test_one_form_gives_each_case_a_code_of_its_own(company):
    one, other, key = new_case(company).number, new_case(company).number, str(uuid4())
    assert (
        receipt(give(company, one, request_key=key))[1] != receipt(give(company, other, request_key=key))[1]
    )


@pytest.mark.parametrize("check", ["", " ", "x" * 201])
def test_without_making_sure_nothing_changes(company, check):
    number, old = hand_in(company)
    answer = give(company, number, check=check)
    assert answer.status_code == 422
    assert "code-check_error" in answer.content.decode()
    assert give(company, number, request_key="x").status_code == 422
    assert given(company, number) == []
    assert enter(Client(), company, number, old).status_code == 302


def test_the_desk_alone_may(world, company):
    case, _ticket = sent_case(company)
    for name, status in (("sun", 403), ("qian", 403), ("he", 403), ("zhou", 200)):
        assert give(company, case.number, by=name).status_code == status, name
    assert give(company, case.number, client=signed_in(world.hospital, "bai")).status_code == 404
    with company.scope():
        assert PublicAccess.objects.count() == 1


def test_without_a_public_page_there_is_nothing_to_give(company):
    case = new_case(company)
    show_public_page(company.organization, is_on=False)
    desk = signed_in(company, "lin")
    assert "/code/" not in desk.get(case.get_absolute_url()).content.decode()
    assert give(company, case.number, client=desk).status_code == 422
    assert given(company, case.number) == []


def test_the_same_by_the_api(company):
    number, old = hand_in(company)
    desk, path = Api(company, "lin"), f"complaints/{number}/code/"
    answer = desk.post(path, check=CHECK, request_key=str(uuid4()))
    assert enter(Client(), company, number, old).status_code == 422
    assert enter(Client(), company, answer["number"], answer["code"]).status_code == 302
    desk.post(path, 400, check=" ", request_key=str(uuid4()))
