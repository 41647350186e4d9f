"""Whole journeys beyond the main job: on a phone, over a second round, past a session that has ended."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from complaints.models import Attachment, CaseEvent, Complaint, Deadline, State
from config import clock
from tests.browser.deeds import (
    PHONE,
    SEND_TWICE,
    do,
    expect_accepted,
    fill_in,
    fits,
    open_form,
    photo,
    send_button,
)
from tests.world import PASSWORD, Company, World, handled_case, sent_case
from tickets.services import sign_for


@pytest.fixture
def company(today_world: World) -> Company:
    return today_world.property


def kinds(company: Company, case: Complaint) -> list[str]:
    with company.scope():
        return list(CaseEvent.objects.filter(complaint=case).order_by("pk").values_list("kind", flat=True))


def test_on_site_with_a_phone(sign_in: Callable[..., Page], company: Company):
    """Signed for, worked on with a photo, more time asked for and granted, and the result."""
    case, ticket = sent_case(company, clock.now())
    page = sign_in("he", **PHONE)
    page.goto(company.url("department/"))
    fits(page)
    card = page.locator(f"#ticket-{ticket.number}")
    with page.expect_navigation():
        send_button(card.locator("form[data-verb=sign]")).tap()
    expect(page.locator("main .alert-success")).to_be_visible()
    card.locator("h3 a").tap()
    page.wait_for_url(f"**{case.get_absolute_url()}")

    form = open_form(page, "work")
    fill_in(form, note="到场检查,皮带断裂")
    form.locator("input[capture]").set_input_files(photo())
    expect(form.locator(".files-chosen li")).to_have_count(1)
    fits(page)
    with page.expect_navigation():
        send_button(form).evaluate(SEND_TWICE)
    expect_accepted(page)
    expect(page.locator(".files > li")).to_have_count(1)
    with company.scope():
        limit = Deadline.objects.get(complaint=case, duty="solve")
        assert Attachment.objects.get(complaint=case).event.kind == "worked"
    assert kinds(company, case).count("worked") == 1

    wanted = (limit.due_at + timedelta(days=1)).replace(second=0, microsecond=0)
    typed = f"{wanted.astimezone(company.organization.zone):%Y-%m-%dT%H:%M}"
    do(page, "extension", wanted_due_at=typed, reason="皮带需厂家发货")
    assert decided_by_the_manager(sign_in("qian"), company, case) == wanted

    page.reload()
    expect(page.locator("main")).to_contain_text("同意延期")
    fits(page)
    do(page, "result", result="已更换门机皮带并试运行", cause="皮带老化", outcome__is="solved")
    case.refresh_from_db()
    assert case.state == State.HANDLED


def decided_by_the_manager(manager: Page, company: Company, case: Complaint):
    """Granted where the request is shown, with what it is about beside it; the time the limit has then."""
    manager.goto(company.url("manager/"))
    asked = manager.locator("article[id^=extension-]")
    for fact in (case.subject, case.number, "皮带需厂家发货", "何师傅"):
        expect(asked).to_contain_text(fact)
    asked.locator("[name=reason]").fill("同意延期")
    with manager.expect_navigation():
        asked.locator("button[value=yes]").click()
    expect(manager).to_have_url(company.url("manager/"))
    expect_accepted(manager)
    expect(manager.locator("article[id^=extension-]")).to_have_count(0)
    with company.scope():
        return Deadline.objects.get(complaint=case, duty="solve").due_at


def test_not_satisfied_a_second_round_and_then_closed(sign_in: Callable[..., Page], company: Company):
    case, _ticket = handled_case(company, clock.now())
    url, works = case.get_absolute_url(), str(company.departments["works"].pk)
    desk, department = sign_in("lin"), sign_in("sun")
    desk.goto(url)
    do(desk, "tell", summary="门机皮带已经更换", way__is="phone", outcome__is="solved")
    no = {"reached__is": "yes", "solved__is": "no", "satisfaction__is": "unsatisfied", "note": "又停了一次"}
    do(desk, "follow-up", **no)
    expect(desk.locator("form[data-verb=close]")).to_be_hidden()
    expect(desk.locator("form[data-verb=reopen]")).to_be_visible()  # that is what comes next
    do(desk, "reopen", reason="电梯又停了一次")
    case.refresh_from_db()
    assert (case.state, case.round) == (State.ACCEPTED, 2)

    do(desk, "dispatch", lead__is=works, instructions="请查明再次停梯的原因")
    department.goto(company.url("department/"))
    expect(department.locator(".ticket-card")).to_contain_text("请查明再次停梯的原因")
    do(department, "sign")
    department.goto(url)
    do(department, "result", result="更换控制板", cause="控制板老化", outcome__is="solved")
    desk.goto(url)
    do(desk, "tell", summary="控制板已经更换", way__is="phone", outcome__is="solved")
    do(desk, "follow-up", reached__is="yes", solved__is="yes", satisfaction__is="satisfied", note="满意")
    do(desk, "close", note="归档")

    case.refresh_from_db()
    assert (case.state, case.round) == (State.CLOSED, 2)
    history = desk.locator("ul.line").last
    for said in ("门机皮带已经更换", "又停了一次", "控制板已经更换", "归档"):
        expect(history).to_contain_text(said)


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_a_session_that_ends_in_the_middle_of_a_result(
    sign_in: Callable[..., Page], company: Company, has_script: bool
):
    """What was typed is kept through the login page, past a wrong password, and sent once more."""
    case, ticket = sent_case(company, clock.now())
    with company.scope():
        sign_for(actor=company.actor("sun"), ticket=ticket, now=clock.now())
    page = sign_in("sun", **PHONE, java_script_enabled=has_script)
    page.goto(case.get_absolute_url())
    form = open_form(page, "result")
    fill_in(form, result="更换<b>门机</b>皮带\n试运行正常", cause="皮带老化", outcome__is="solved")
    Session.objects.all().delete()
    for password in (None, "wrong", PASSWORD):
        if password:
            page.fill("[name=username]", "sun")
            page.fill("[name=password]", password)
        with page.expect_navigation():
            (send_button(page.locator("main form")) if password else send_button(form)).click()
        case.refresh_from_db()
        assert case.state == State.IN_HAND
    with page.expect_navigation():
        send_button(page.locator("main form")).click()
    expect(page).to_have_url(case.get_absolute_url())
    expect_accepted(page)
    ticket.refresh_from_db()
    assert (ticket.result, ticket.cause) == ("更换<b>门机</b>皮带\n试运行正常", "皮带老化")
