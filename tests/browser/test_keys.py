"""The search box, the keyboard and its help, in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from config import clock
from tests.world import World, new_case

BASE = "/o/evergreen/"


@pytest.fixture
def lin(sign_in: Callable[..., Page], today_world: World) -> Page:
    for number in range(3):
        new_case(today_world.property, clock.now(), subject=f"渗水{number}", content="卫生间滴水")
    return sign_in("lin")


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")


def test_slash_searches_from_anywhere_and_enter_leads_to_the_list(lin: Page):
    lin.goto(f"{BASE}inbox/")
    lin.keyboard.press("/")
    assert focused(lin) == "finder"
    expect(lin.locator("#finder")).to_have_value("")
    lin.keyboard.type("滴水")
    expect(lin.locator("#finder-hits a[data-step]")).to_have_count(3)
    expect(lin.locator("#finder-status")).to_contain_text("3")
    lin.keyboard.press("ArrowDown")
    lin.keyboard.press("ArrowDown")
    assert "渗水1" in focused(lin)
    lin.keyboard.press("ArrowUp")
    lin.keyboard.press("ArrowUp")
    assert focused(lin) == "finder"
    lin.keyboard.press("Enter")
    lin.wait_for_url(re.compile(r"/cases/\?q="))
    expect(lin.locator("tbody tr")).to_have_count(3)
    expect(lin.locator("tbody mark").first).to_have_text("滴水")


def test_a_hit_is_opened_by_mouse_and_by_key_and_escape_closes(lin: Page):
    lin.goto(f"{BASE}inbox/")
    for way in ("click", "Enter"):
        lin.locator("#finder").press_sequentially("渗水2")
        hit = lin.locator("#finder-hits a[data-step]")
        expect(hit).to_have_count(1)
        if way == "click":
            hit.click()
        else:
            lin.keyboard.press("ArrowDown")
            lin.keyboard.press("Enter")
        lin.wait_for_url("**/case/**")
        expect(lin.locator("h1")).to_have_text("渗水2")
    lin.locator("#finder").press_sequentially("渗水")
    expect(lin.locator("#finder-hits a[data-step]")).to_have_count(3)
    lin.keyboard.press("Escape")
    expect(lin.locator("#finder-hits a")).to_have_count(0)
    assert focused(lin) == "finder"


def test_keys_do_not_disturb_typing(lin: Page):
    lin.goto(f"{BASE}desk/log/")
    for name in ("complainant_name", "content"):
        lin.focus(f"[name={name}]")
        lin.keyboard.type("a/b?jk")
        expect(lin.locator(f"[name={name}]")).to_have_value("a/b?jk")
    expect(lin.locator("dialog[open]")).to_have_count(0)


def test_the_help_lists_the_keys_of_the_page_and_keeps_the_focus(lin: Page):
    lin.goto(f"{BASE}cases/")
    lin.keyboard.press("?")
    help_ = lin.locator("dialog#keys")
    expect(help_).to_be_visible()
    for said in ("搜索全部案件", "下一行"):
        expect(help_).to_contain_text(said)
    for _tab in range(8):
        lin.keyboard.press("Tab")
        inside = "!document.activeElement || document.activeElement === document.body || "
        assert lin.evaluate(f"{inside} document.getElementById('keys').contains(document.activeElement)")
    lin.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    lin.goto(f"{BASE}inbox/")
    lin.locator("[data-opens=keys]").click()
    expect(help_.get_by_text("下一行")).to_be_hidden()  # there are no rows here
    lin.keyboard.press("Escape")


def test_rows_are_walked_and_opened(lin: Page):
    lin.goto(f"{BASE}cases/")
    numbers = lin.locator("tbody [data-step]").all_inner_texts()
    for key, wanted in (("j", 0), ("j", 1), ("j", 2), ("j", 2), ("k", 1)):
        lin.keyboard.press(key)
        assert focused(lin) == numbers[wanted]
    lin.keyboard.press("Enter")
    lin.wait_for_url(f"**/case/{numbers[1]}/")


def test_single_keys_can_be_switched_off(lin: Page):
    lin.goto(f"{BASE}cases/")
    lin.keyboard.press("?")
    lin.check("[data-keys-off]")
    lin.keyboard.press("Escape")
    lin.goto(f"{BASE}cases/")
    lin.keyboard.press("/")
    assert focused(lin) != "finder"
    lin.locator("[data-opens=keys]").click()
    expect(lin.locator("[data-keys-off]")).to_be_checked()


def test_without_scripts_the_box_leads_to_the_list(sign_in: Callable[..., Page], today_world: World):
    new_case(today_world.property, clock.now(), subject="渗水")
    page = sign_in("lin", java_script_enabled=False)
    page.goto(f"{BASE}inbox/")
    expect(page.locator("[data-opens=keys]")).to_be_hidden()
    page.fill("#finder", "渗水")
    page.press("#finder", "Enter")
    page.wait_for_url(re.compile(r"/cases/\?q="))
    expect(page.locator("tbody tr")).to_have_count(1)
