"""Real browsers: the system's Chromium, driven by Playwright, against pytest-django's live server.

Every page is watched while a test uses it: a script error, something the content security policy refuses, an
answer of 500 or a request to anywhere else fails the test.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.db import connections
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    Route,
    sync_playwright,
)

from config import clock
from tests.world import PASSWORD, World, build_world

# Playwright's loop runs in the tests' thread, and Django would take that for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without these it asks outside hosts for updates and lists at every start.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.fail(
            "No Chromium here: apt-get install chromium, or CHROMIUM=/path/to/chrome make browser-test"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory) -> None:
    """SQLite in a file: in memory the server's threads share one connection, and lock each other's tables."""
    connection = connections["default"]
    if connection.vendor == "sqlite":
        name = str(tmp_path_factory.mktemp("database") / "browser.sqlite3")
        connection.settings_dict["TEST"]["NAME"] = name


@pytest.fixture
def today_world(transactional_db) -> World:
    """The test world, made now: the browser and the live server cannot stand still in time."""
    return build_world(clock.now())


class Watch:
    """What went wrong on the pages of one test."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.problems: list[str] = []

    def over(self, context: BrowserContext) -> None:
        context.route("**/*", self.stay_here)
        context.on("console", self.read_console)
        context.on("weberror", lambda error: self.problems.append(f"script error: {error.error}"))
        context.on("response", self.read_response)

    def stay_here(self, route: Route) -> None:
        if urlsplit(route.request.url).netloc == self.host:
            route.continue_()
        else:
            self.problems.append(f"request to {route.request.url}")
            route.abort()

    def read_console(self, message: ConsoleMessage) -> None:
        # A refused form is a 4xx page, which Chromium reports as an error, too.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.problems.append(f"console: {message.text}")

    def read_response(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} {response.url}")


@pytest.fixture
def open_browser(chromium: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """open_browser() is the page of a new, empty browser; keywords go to Playwright's new_context."""
    watch = Watch(urlsplit(live_server.url).netloc)
    contexts: list[BrowserContext] = []

    def open_browser(**options: object) -> Page:
        given = {
            "locale": "zh-CN",
            "timezone_id": "Asia/Shanghai",
            "viewport": {"width": 1280, "height": 800},
        }
        context = chromium.new_context(base_url=live_server.url, **{**given, **options})
        context.set_default_timeout(15_000)
        contexts.append(context)
        watch.over(context)
        return context.new_page()

    yield open_browser
    for context in contexts:
        context.close()
    assert watch.problems == []


@pytest.fixture
def sign_in(open_browser, today_world) -> Callable[..., Page]:
    """sign_in("lin") is a browser of its own in which that person has signed in through the login page."""

    def sign_in(name: str, **options: object) -> Page:
        page = open_browser(**options)
        page.goto("/login/")
        page.fill("[name=username]", name)
        page.fill("[name=password]", PASSWORD)
        page.click("form:has([name=password]) button:not([type=button])")
        assert "/o/evergreen/" in page.url, page.inner_text("body")
        return page

    return sign_in
