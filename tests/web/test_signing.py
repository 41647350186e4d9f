"""Signing for several tickets at once."""

import pytest
from django.contrib.messages import get_messages

from complaints.models import CaseEvent
from tests.world import MONDAY, Company, World, new_case, sent_case
from tickets.models import Ticket
from tickets.services import assign, dispatch, return_ticket, sign_for


def chosen(*pairs) -> dict[str, list[str]]:
    return {"ticket": [f"{ticket.number}:{case.revision}" for case, ticket in pairs]}


def states(company: Company) -> dict[str, str]:
    with company.scope():
        return dict(Ticket.objects.values_list("number", "state"))


def said(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_each_is_signed_for_and_the_others_are_explained(company, sign_in, clock):
    first, changed, back = (sent_case(company) for _ in range(3))
    other = sent_case(company, to="cleaning")
    with company.scope():
        return_ticket(
            actor=company.actor("he"), ticket=back[1], cause="wrong_place", reason="非本部门", now=MONDAY
        )
    sign_in("lin").post(
        company.url(f"case/{changed[0].number}/correct/"),
        {"revision": changed[0].revision, "field": "place", "value": "6号楼"},
    )
    answer = sign_in("sun").post(company.url("department/sign/"), chosen(first, changed, back, other))
    assert (answer.status_code, answer.url) == (302, company.url("department/"))
    now = states(company)
    assert now[first[1].number] == "signed"
    assert (now[changed[1].number], now[back[1].number], now[other[1].number]) == (
        "dispatched",
        "returned",
        "dispatched",
    )
    texts = said(answer)
    assert len(texts) == 4
    for ticket in (changed[1], back[1], other[1]):
        assert any(ticket.number in text for text in texts)


def test_sending_it_twice_is_sending_it_once(company, sign_in, clock):
    pair = sent_case(company)
    sun = sign_in("sun")
    for _ in range(2):
        answer = sun.post(company.url("department/sign/"), chosen(pair, pair))
        assert len(said(answer)) == 1
        assert pair[1].number not in said(answer)[0]
        sun.get(company.url("department/"))  # shows it
    with company.scope():
        assert CaseEvent.objects.filter(kind="acknowledged").count() == 1
    answer = sign_in("he").post(company.url("department/sign/"), chosen(pair))
    assert "孙主任" in said(answer)[0], "somebody else has it"


@pytest.mark.parametrize("sent", ["", "x", "GD202611-00001", "GD202611-00001:x", "\x00:1", "GD999999-9:1"])
def test_what_no_page_would_send(company, sign_in, clock, sent):
    sent_case(company)
    answer = sign_in("sun").post(company.url("department/sign/"), {"ticket": sent} if sent else {})
    assert answer.status_code == 302
    assert len(said(answer)) == 1
    assert set(states(company).values()) == {"dispatched"}


def test_nobody_signs_for_another_organization(world: World, sign_in, clock):
    theirs = sent_case(world.hospital, to="clinic", by="bai")
    ours = sent_case(world.property)
    sun = sign_in("sun")
    assert theirs[1].number == ours[1].number  # each counts for itself
    sun.post(world.property.url("department/sign/"), chosen(theirs))
    assert set(states(world.hospital).values()) == {"dispatched"}
    assert sun.post(world.hospital.url("department/sign/"), chosen(theirs)).status_code == 404
    assert sign_in("lin").post(world.property.url("department/sign/"), chosen(ours)).status_code == 403


def test_the_inbox_offers_it_for_two_and_puts_one_s_own_first(company, sign_in, clock):
    sun = sign_in("sun")
    urgent = sent_case(company, subject="同事在办的急件", tier="major", tier_criterion="loss_or_injury")
    own = sent_case(company, subject="自己在办的")
    with company.scope():
        sign_for(actor=company.actor("he"), ticket=urgent[1], now=MONDAY)
        sign_for(actor=company.actor("sun"), ticket=own[1], now=MONDAY)
    sent_case(company, subject="待签甲")
    assert "sign-many" not in sun.get(company.url("department/")).content.decode()
    sent_case(company, subject="待签乙")
    text = sun.get(company.url("department/")).content.decode()
    assert text.count('form="sign-many"') == 2
    order = [text.index(title) for title in ("待签甲", "自己在办的", "同事在办的急件")]
    assert order == sorted(order)


def test_lead_and_helper_of_one_case_know_of_each_other(company, sign_in, clock):
    case = new_case(company)
    with company.scope():
        dispatch(
            actor=company.actor("lin"),
            complaint=case,
            lead=company.departments["works"],
            helpers=[company.departments["cleaning"]],
            now=MONDAY,
        )
    for name, other in (("sun", "保洁部"), ("mao", "工程部")):
        page = sign_in(name).get(company.url("department/"))
        (group,) = page.context["groups"]
        ((row, _offers),) = group.cards
        assert [one.department.name for one in row.beside] == [other]


def test_handing_a_ticket_to_the_wrong_person_can_be_taken_back(company, sign_in, clock):
    case, ticket = sent_case(company)
    with company.scope():
        sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
    case.refresh_from_db()
    sun = sign_in("sun")
    url = company.url(f"ticket/{ticket.number}/assign/")
    he, me = company.people["he"], company.people["sun"]
    page = sun.post(url, {"revision": case.revision, "handler": he.pk}, follow=True)
    undo = page.content.decode().split('class="undo"')[1].partition("</form>")[0]
    assert f'name="handler" value="{me.pk}"' in undo
    assert f'name="revision" value="{case.revision + 1}"' in undo
    sun.post(url, {"revision": case.revision + 1, "handler": me.pk})
    ticket.refresh_from_db()
    assert ticket.handler == me
    with company.scope():
        assert CaseEvent.objects.filter(kind="assigned").count() == 2, "both are on record"
        assign(actor=company.actor("sun"), ticket=ticket, handler=he, now=MONDAY)
    stale = sun.post(url, {"revision": case.revision + 2, "handler": me.pk})
    assert stale.status_code == 409


def test_a_draft_thrown_away_comes_back_whole(company, sign_in, clock):
    lin = sign_in("lin")
    key = "7a1de6a4-5a2c-4b6e-9d0f-00000000000a"
    typed = {"content": "厨房漏水", "request": "尽快修", "complainant_phone": "13800138000"}
    lin.post(company.url("desk/draft/"), {"request_key": key, **typed})
    page = lin.post(company.url(f"desk/draft/{key}/discard/"), follow=True)
    text = page.content.decode()
    undo = text.split('class="undo"')[1].partition("</form>")[0]
    assert f'action="{company.url(f"desk/draft/{key}/restore/")}" class="undo"' in text
    assert 'name="request" value="尽快修"' in undo
    answer = lin.post(company.url(f"desk/draft/{key}/restore/"), typed)
    assert answer.url == company.url("desk/log/") + f"?draft={key}"
    form = lin.get(answer.url).content.decode()
    for words in typed.values():
        assert words in form
