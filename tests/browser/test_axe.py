"""What axe-core finds wrong with a page, and pages wider than their window: nothing, on any page.

The clock of the server stands at the stage's; the browser's own does not matter here.
"""

from collections.abc import Callable, Iterator
from operator import attrgetter

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from playwright.sync_api import Page

from scripts.assets import TEST_VENDOR
from tests.public.steps import brought_to_told, hand_in, visitor
from tests.sights import PARTS, Sight, once, sights
from tests.walls.stage import NOW, Stage, build_stage

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What it found, a line for each place, without the middle of long elements.
RUN = """options => axe.run(document, {...options, resultTypes: ["violations"]}).then(found =>
  found.violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id}: ${node.html.slice(0, 200)} (${node.failureSummary.replace(/\\s+/g, " ").slice(0, 200)})`
  )))"""
UNFOLD = "document.querySelectorAll('main details').forEach(one => { one.open = true; })"
SEND = "button => { button.form.noValidate = true; button.click(); }"
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
DESK = {"width": 1440, "height": 900}
ZOOMED = {"width": 720, "height": 450}  # the same screen at 200 %
PHONE = {"width": 390, "height": 844}

# Forms that are sent as they are or with nothing in them: (who, where, the button).
SENT_EMPTY = (
    ("anonymous", "/login/", "main form:not(.language) button"),
    ("lin", "/password/", "main form:not(.language) button"),
    ("lin", "/o/evergreen/desk/log/", "[data-main]"),
    ("lin", "/o/evergreen/case/{recorded}/", "form[data-verb=reject] > button"),
    ("zhou", "/o/evergreen/case/{sent}/", "form[data-verb=pause] > button"),
    ("sun", "/o/evergreen/case/{signed}/", "form[data-verb=result] > button"),
    ("sun", "/o/evergreen/case/{granted}/", "form[data-verb=remedy] > button"),
    ("lin", "/o/evergreen/case/{told}/", "form[data-verb=follow-up] > button"),
    ("admin", "/o/evergreen/rules/new/", "form:has([name=text]) button"),
    ("admin", "/o/evergreen/calendar/", "main form button"),
    ("anonymous", "/p/evergreen/new/", "main form button:not([type=button])"),
    ("anonymous", "/p/evergreen/follow/", "main form button"),
)
ERROR_PAGES = (("sun", "nowhere/"), ("sun", "desk/"), ("sun", "inbox/read/"))  # 404, 403, 405


class Auditor:
    """A browser that goes from page to page as whoever it is told to be, and writes down what is wrong."""

    def __init__(self, stage: Stage, page: Page, host: str, language: str) -> None:
        self.stage, self.page, self.host, self.language = stage, page, host, language
        # The colours are the same in both languages, and half of what an audit costs.
        self.options = {"runOnly": TAGS, "rules": {"color-contrast": {"enabled": language != "en"}}}
        self.found: list[str] = []
        page.context.add_init_script(path=TEST_VENDOR / "axe.min.js")

    def visit(self, who: str, path: str) -> None:
        cookies = {name: row.value for name, row in self.stage.clients[who].cookies.items()}
        cookies[settings.LANGUAGE_COOKIE_NAME] = self.language
        self.page.context.clear_cookies()
        self.page.context.add_cookies(
            [{"name": name, "value": value, "url": self.host} for name, value in cookies.items()]
        )
        self.page.goto(path)
        self.page.evaluate(UNFOLD)

    def audit(self, where: str) -> None:
        self.found += [f"{where}: {row}" for row in self.page.evaluate(RUN, self.options)]

    def measure(self, where: str, size: dict[str, int]) -> None:
        self.page.set_viewport_size(size)
        if self.page.evaluate(TOO_WIDE):
            self.found.append(f"{where}: wider than {size['width']} px")

    def sums_up(self, *others: "Auditor") -> None:
        found = [row for one in (self, *others) for row in one.found]
        assert not found, "\n".join(found)


@pytest.fixture
def stage(transactional_db) -> Iterator[Stage]:
    """The stage of the walls, and a case that a complainant handed in and was told of."""
    with time_machine.travel(NOW, tick=True):
        with transaction.atomic():
            stage = build_stage()
            number, code = hand_in(stage.home)
            brought_to_told(stage.home, number)
        stage.clients["complainant"] = visitor(stage.home, number, code)
        yield stage


@pytest.fixture
def auditor(stage, open_browser, live_server) -> Callable[..., Auditor]:
    def auditor(language: str, size: dict[str, int]) -> Auditor:
        page = open_browser(viewport=size, reduced_motion="reduce")
        return Auditor(stage, page, live_server.url, language)

    return auditor


def test_axe_finds_nothing(stage, auditor):
    """Everything in Chinese on a desk's screen, a page of each kind on a phone and in English too."""
    whole = [sight for sight in sights(stage) if sight.name not in PARTS]
    whole.append(Sight("public-case", "/p/evergreen/case/", "complainant"))
    each = once(whole, attrgetter("name"))
    chinese = auditor("zh-hans", DESK)
    for sight in once(whole, lambda sight: sight.path.partition("?")[0]):
        chinese.visit(sight.who, sight.path)
        chinese.audit(sight.path)
        chinese.measure(sight.path, ZOOMED)
        chinese.measure(sight.path, PHONE)
        if sight in each:
            chinese.audit(f"on a phone {sight.path}")
        chinese.page.set_viewport_size(DESK)
    english = auditor("en", DESK)
    for sight in each:
        english.visit(sight.who, sight.path)
        english.audit(f"English {sight.path}")
        english.measure(f"English {sight.path}", PHONE)
        english.page.set_viewport_size(DESK)
    chinese.sums_up(english)


def test_axe_finds_nothing_where_something_was_wrong(stage, auditor):
    """Forms that were refused, pages that say why there is none, and the help of the keyboard."""
    browser = auditor("zh-hans", DESK)
    numbers = {
        name.removeprefix("case:"): thing.values["number"]
        for name, thing in stage.things.items()
        if name.startswith("case:")
    }
    for who, where, button in SENT_EMPTY:
        path = where.format(**numbers)
        browser.visit(who, path)
        with browser.page.expect_navigation():
            browser.page.locator(button).first.evaluate(SEND)
        assert browser.page.locator("[aria-invalid], .alert-danger").count(), path
        browser.audit(f"refused {path}")
        browser.measure(f"refused {path}", PHONE)
        browser.page.set_viewport_size(DESK)
    for who, path in ERROR_PAGES:
        browser.visit(who, stage.home.url(path))
        browser.audit(path)
    browser.visit("lin", stage.home.url("desk/"))
    browser.page.locator("h1").click()
    browser.page.keyboard.press("?")
    browser.page.wait_for_selector("#keys[open]")
    browser.audit("keyboard help")
    browser.sums_up()
