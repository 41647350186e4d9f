"""People at their screens: browsers of their own, and what hands do in them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from scripts import ROOT
from scripts.tour import TourError
from scripts.tour.camera import Camera
from scripts.tour.house import House

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 1.5,
    "is_mobile": True,
    "has_touch": True,
}
CODES = {"zh": "zh-hans", "en": "en"}  # as the pages call the languages
# The same letters on every machine: the font that set-up fetches for the reports.
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{folder}</dir></fontconfig>
"""


# To just below the bars of a phone; what is near the top of the page is shown with the top.
_SCROLL = """element => {
    const top = element.getBoundingClientRect().top + scrollY - 140;
    scrollTo(0, top < 200 ? 0 : top);
    element.scrollIntoView({block: "nearest"});
}"""


@contextmanager
def chromium(work: Path) -> Iterator[Browser]:
    """The system's browser. TourError if there is none."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise TourError("No Chromium here: apt-get install chromium, or CHROMIUM=/path/to/chrome make tour")
    fonts = work / "fonts.conf"
    fonts.write_text(_FONTS.format(folder=ROOT / "static" / "vendor" / "fonts"), encoding="utf-8")
    environment: dict[str, Any] = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, env=environment)
        yield browser
        browser.close()


@dataclass
class Person:
    """Somebody with a browser of their own."""

    page: Page
    camera: Camera
    problems: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """To an address of the organization's pages."""
        self.page.goto(f"/o/demo/{path}", wait_until="load")

    def shoot(self, name: str, at: Locator | None = None) -> None:
        """A picture of the screen: of the top of the page, or with `at` below the bars."""
        if at is None:
            self.page.evaluate("scrollTo(0, 0)")
        else:
            at.evaluate(_SCROLL)
        self.camera.take(self.page, name)

    def open(self, verb: str, within: Locator | None = None) -> Locator:
        """The form of an action, unfolded."""
        form = (within or self.page).locator(f"form[data-verb={verb}]").first
        if not form.is_visible():
            self.page.locator(f"details:has(form[data-verb={verb}]) > summary").last.click()
        return form

    def send(self, form: Locator) -> None:
        """Press a form's button. TourError if the page refuses it."""
        with self.page.expect_navigation():
            form.locator("button:not([type=button])").first.click()
        self.check()

    def check(self) -> None:
        if self.problems:
            raise TourError("\n".join(self.problems))
        refused = self.page.locator("main .field-error, main .alert-danger")
        if refused.count():
            raise TourError(f"{self.page.url} refused: {refused.first.inner_text()}")

    def choose(self, name: str, value: str) -> None:
        """A value of a list or of radio buttons, by the arrow keys."""
        inputs = self.page.locator(f"[name={name}]")
        inputs.first.focus()
        if inputs.first.get_attribute("type") == "radio":
            self.page.keyboard.press("Space")
        else:
            self.page.keyboard.press("Home")
        chosen = self.page.locator(f"select[name={name}], input[name={name}]:checked")
        for _step in range(200):
            if chosen.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise TourError(f"There is no {value} in {name}.")


def arrive(browser: Browser, house: House, language: str, screen: dict[str, Any], camera: Camera) -> Person:
    """Somebody in front of an empty browser that speaks the language."""
    context = browser.new_context(
        base_url=house.address,
        locale="zh-CN" if language == "zh" else "en-GB",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        **screen,
    )
    context.set_default_timeout(30_000)
    person = Person(context.new_page(), camera)
    _watch(context, person.problems)
    return person


def speak(page: Page, language: str) -> None:
    """Choose the language with the button of the page, unless it speaks it already."""
    button = page.locator(f".language button[value='{CODES[language]}']").first
    if button.count():
        with page.expect_navigation():
            button.click()


def sign_in(person: Person, house: House, language: str, login: str) -> Person:
    page = person.page
    page.goto("/login/")
    speak(page, language)
    page.fill("[name=username]", login)
    page.fill("[name=password]", house.password)
    with page.expect_navigation():
        page.click("form:has([name=password]) button:not([type=button])")
    if "/o/demo/" not in page.url:
        raise TourError(f"{login} could not sign in.")
    return person


def _watch(context: BrowserContext, problems: list[str]) -> None:
    context.on("weberror", lambda error: problems.append(f"script error: {error.error}"))
    context.on(
        "response",
        lambda response: (
            problems.append(f"{response.status} {response.url}") if response.status >= 500 else None
        ),
    )
