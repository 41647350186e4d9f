"""What every page does by itself: news without loading, countdowns that turn, and two people on one case."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from config import clock
from notifications.services import Message, tell
from tests.browser.deeds import PHONE, do
from tests.world import World, new_case, sent_case

BASE = "/o/evergreen/"
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def write(world: World, title: str, to: str = "sun") -> None:
    company = world.property
    with company.scope():
        message = Message(
            user=company.people[to], key=title, occasion="dispatched", title=title, url=f"{BASE}department/"
        )
        tell(company.organization, [message], now=clock.now())


@pytest.fixture
def asked() -> list[str]:
    return []


def watch(page: Page, asked: list[str]) -> None:
    page.on("request", lambda request: "/inbox/badge/" in request.url and asked.append(request.url))


def test_a_new_message_shows_itself_and_is_read_by_opening(
    sign_in: Callable[..., Page], today_world: World, asked: list[str]
):
    page = sign_in("sun")
    watch(page, asked)
    page.clock.install()
    page.goto(f"{BASE}inbox/")
    expect(page.locator("#unread-side .badge")).to_have_count(0)
    write(today_world, "新工单<b>一</b>")
    page.clock.fast_forward(30_000)
    expect(page.locator("#toasts")).to_contain_text("新工单<b>一</b>")
    expect(page.locator("#unread-side .badge")).to_contain_text("1")
    expect(page.locator("#inbox")).to_contain_text("新工单<b>一</b>")
    assert len(asked) == 1
    page.locator("#toasts .note-open").click()
    page.wait_for_url("**/department/")
    expect(page.locator("#unread-side .badge")).to_have_count(0)


def test_a_toast_goes_by_itself_and_can_be_closed(sign_in: Callable[..., Page], today_world: World):
    page = sign_in("sun")
    page.clock.install()
    page.goto(f"{BASE}department/")
    write(today_world, "甲")
    page.clock.fast_forward(30_000)
    expect(page.locator("#toasts .toast-card")).to_be_visible()
    page.clock.fast_forward(15_000)
    expect(page.locator("#toasts .toast-card")).to_have_count(0)
    write(today_world, "乙")
    page.clock.fast_forward(30_000)
    page.locator("#toasts [data-close]").click()
    expect(page.locator("#toasts .toast-card")).to_have_count(0)


def test_a_page_nobody_looks_at_asks_nothing(
    sign_in: Callable[..., Page], today_world: World, asked: list[str]
):
    page = sign_in("sun")
    watch(page, asked)
    page.clock.install()
    page.goto(f"{BASE}department/")
    page.evaluate(HIDE, True)
    page.clock.fast_forward(3_600_000)
    assert asked == []
    write(today_world, "新工单")
    page.evaluate(HIDE, False)
    expect(page.locator("#toasts")).to_contain_text("新工单")
    assert len(asked) == 1


def test_it_asks_less_often_when_nothing_happens(
    sign_in: Callable[..., Page], today_world: World, asked: list[str]
):
    page = sign_in("sun")
    watch(page, asked)
    page.clock.install()
    page.goto(f"{BASE}department/")
    # Counted after the page has heard the answer, and has set its clock for the next time.
    page.evaluate(
        "document.body.addEventListener('htmx:afterRequest', () => (window.heard = (window.heard || 0) + 1))"
    )
    for number in range(1, 13):
        page.clock.fast_forward(330_000)
        page.wait_for_function("number => window.heard === number", arg=number)
    assert len(asked) == 12, "at most every five minutes, for ever"
    page.clock.fast_forward(200_000)
    page.wait_for_timeout(200)
    assert len(asked) == 12


def test_countdowns_turn_at_their_moments_without_loading(sign_in: Callable[..., Page], today_world: World):
    new_case(today_world.property, clock.now())  # ten minutes to dispatch it
    page = sign_in("lin", reduced_motion="reduce")
    page.clock.install()
    page.goto(f"{BASE}desk/")
    count = page.locator(".queue .clock").first
    warn, due = (int(count.get_attribute(name)) / 1000 for name in ("data-warn", "data-due"))
    assert due - warn == 60
    # A page counts on from the server's clock, and is late by the seconds it took to come.
    for moment, turned in ((warn - 1, "ok"), (warn + 30, "warn"), (due + 30, "overdue")):
        page.clock.pause_at(moment)
        expect(count).to_have_class(f"clock clock-{turned}")
        said = page.locator("#clocks-said")
        expect(said).to_contain_text("" if turned == "ok" else "3号楼电梯频繁停运")


def test_the_second_of_two_sees_both_versions_and_loses_nothing(
    sign_in: Callable[..., Page], today_world: World
):
    case = new_case(today_world.property, clock.now(), tier="major", tier_criterion="loss_or_injury")
    url = case.get_absolute_url()
    first, second = sign_in("zhou"), sign_in("lin")
    for page in (first, second):
        page.goto(url)
    do(first, "pause", cause__is="parts", reason="等厂家发货")
    form = second.locator("form[data-verb=grade]").first
    second.locator("details:has(form[data-verb=grade]) > summary").first.click()
    form.locator("[name=grading][value='important:fault']").check()
    form.locator("[name=reason]").fill("经核实确有过失")
    with second.expect_navigation():
        form.locator("button:not([type=button])").click()
    changed = second.locator(".changed")
    expect(changed).to_contain_text("等厂家发货")
    expect(changed).to_contain_text("周主管")
    again = second.locator("form[data-verb=grade]").first
    expect(again.locator("[name=reason]")).to_have_value("经核实确有过失")
    with second.expect_navigation():
        again.locator("button:not([type=button])").click()
    expect(second.locator("main .alert-danger")).to_have_count(0)
    case.refresh_from_db()
    assert case.tier == "important"


def test_several_tickets_are_signed_for_with_a_thumb(sign_in: Callable[..., Page], today_world: World):
    for number in range(3):
        sent_case(today_world.property, clock.now(), subject=f"第{number}件")
    page = sign_in("sun", **PHONE)
    page.goto(f"{BASE}department/")
    send = page.locator("#sign-many button:not([type])")
    expect(send).to_be_disabled()
    page.locator("[data-pick-all]").tap()
    expect(send).to_contain_text("3")
    for target in (send, page.locator(".pick").first):
        assert target.bounding_box()["height"] >= 44
    with page.expect_navigation():
        send.tap()
    expect(page.locator("main .alert-success")).to_contain_text("3")
    expect(page.locator("#sign-many")).to_have_count(0)
