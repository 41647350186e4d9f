"""The public page in a real browser: a complaint from handing in to being taken up again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from complaints import services
from complaints.models import Complaint, State
from config import clock
from organizations.services import show_public_page
from tests.browser.deeds import PHONE, fits, photo
from tests.world import World
from tickets.services import dispatch, file_result, sign_for

BASE = "/p/evergreen/"
LONG = "三号楼二单元的电梯这个星期已经停运三次,老人上下楼非常困难,多次打电话反映,至今没有人上门处理。" * 3


@pytest.fixture
def world(today_world: World) -> World:
    show_public_page(today_world.property.organization, details={"complaint_phone": "0755-1234 5678"})
    return today_world


def hand_in(page: Page) -> tuple[str, str]:
    page.goto(BASE)
    fits(page)
    page.click("a.btn-primary")
    page.fill("[name=content]", LONG)
    page.fill("[name=place]", "3号楼2单元")
    page.fill("[name=complainant_phone]", "138 0013 8000")
    page.locator("[name=files]").first.set_input_files(photo())
    fits(page)
    page.click("main form button:not([type=button])")
    expect(page.locator("[data-code]")).to_be_visible()
    fits(page)
    return page.inner_text("[data-number]"), page.inner_text("[data-code]")


def enter(page: Page, number: str, code: str) -> None:
    page.goto(f"{BASE}follow/")
    page.fill("[name=number]", number)
    page.fill("[name=passcode]", code)
    with page.expect_navigation():
        page.click("main form button")


def handle(world: World, number: str) -> None:
    """What the house does, up to telling the result."""
    company, now = world.property, clock.now()
    desk, head = company.actor("lin"), company.actor("sun")
    with company.scope():
        case = Complaint.objects.get(number=number)
        services.accept(actor=desk, complaint=case, now=now)
        (ticket,) = dispatch(actor=desk, complaint=case, lead=company.departments["works"], now=now)
        sign_for(actor=head, ticket=ticket, now=now)
        file_result(actor=head, ticket=ticket, result="内部记录", outcome="solved", now=now)
        services.tell(actor=desk, complaint=case, summary="门机皮带已经更换。", now=now)


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_from_handing_in_to_being_taken_up_again(
    open_browser: Callable[..., Page], world: World, has_script: bool
):
    page = open_browser(**PHONE, java_script_enabled=has_script)
    number, code = hand_in(page) if has_script else hand_in_without_measuring(page)
    enter(page, number, code[:-1])
    expect(page.locator(".alert-danger")).to_be_visible()
    enter(page, number, code)
    expect(page.locator(".photos img")).to_have_count(1)

    page.click("#add summary")
    page.fill("#add [name=text]", "今天早上又停了一次")
    page.click("#add form button:not([type=button])")
    expect(page.locator("main")).to_contain_text("今天早上又停了一次")

    handle(world, number)
    page.reload()
    expect(page.locator(".reply")).to_contain_text("门机皮带已经更换")
    expect(page.locator("body")).not_to_contain_text("内部记录")
    page.click("#answer details:last-of-type summary")
    page.fill("#answer details:last-of-type [name=words]", "仍有异响")
    page.click("#answer .btn-danger")

    expect(page.locator(".steps .step-now")).to_have_count(1)
    expect(page.locator("#answer")).to_have_count(0)
    with world.property.scope():
        case = Complaint.objects.get(number=number)
    assert (case.state, case.round) == (State.ACCEPTED, 2)
    page.goto(f"{BASE}follow/")
    page.goto(f"{BASE}case/")
    with page.expect_navigation():
        page.locator("main > form button").click()
    page.goto(f"{BASE}case/")
    expect(page).to_have_url(re.compile("/follow/$"))


def hand_in_without_measuring(page: Page) -> tuple[str, str]:
    """Without scripts nothing can be measured, either."""
    page.goto(f"{BASE}new/")
    page.fill("[name=content]", LONG)
    page.fill("[name=complainant_phone]", "138 0013 8000")
    page.locator("[name=files]").first.set_input_files(photo((200, 150)))
    page.click("main form button:not([type=button])")
    return page.inner_text("[data-number]"), page.inner_text("[data-code]")


def test_the_pages_fit_a_phone_in_both_languages(open_browser: Callable[..., Page], world: World):
    page = open_browser(**PHONE)
    number, _code = hand_in(page)
    handle(world, number)
    for _language in range(2):
        for path in ("", "new/", "follow/", "case/", "nothing/"):
            page.goto(f"{BASE}{path}")
            fits(page)
        page.goto(BASE)
        with page.expect_navigation():
            page.click("header .language button")


def test_the_poster_is_one_sheet(sign_in: Callable[..., Page], world: World):
    page = sign_in("admin")
    page.goto("/o/evergreen/public/")
    page.locator(".head a.btn-primary").click()
    expect(page.locator(".poster-address")).to_contain_text("/p/evergreen/")
    sheet = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", sheet)) == 1
