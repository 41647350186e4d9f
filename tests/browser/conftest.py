"""Real browsers: the system's Chromium, driven by Playwright, against pytest-django's live server.

Every page is watched while a test uses it: a script error, something the content security policy refuses, an
answer of 500 or a request to anywhere else fails the test. What tests do to a page waits for its scripts: see
patience.py.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import connections
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from config import clock
from organizations.models import User
from tests.browser import patience
from tests.world import World, build_world

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
    # There is no other host. (Intercepting requests would do the same, and switch off the browser's cache.)
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
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
        with pytest.MonkeyPatch.context() as patch:
            patience.teach(patch)
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
        context.on("request", self.read_request)
        context.on("console", self.read_console)
        context.on("weberror", lambda error: self.problems.append(f"script error: {error.error}"))
        context.on("response", self.read_response)

    def read_request(self, request: Request) -> None:
        if urlsplit(request.url).netloc not in (self.host, ""):  # blob: and data: have no host
            self.problems.append(f"request to {request.url}")

    def read_console(self, message: ConsoleMessage) -> None:
        # A refused form is a 4xx page, which Chromium reports as an error, too.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.problems.append(f"console: {message.text}")

    def read_response(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} {response.url}")


@pytest.fixture
def server(live_server) -> Iterator[LiveServer]:
    """Ends with the last request it was asked: none may write into the database of the next test."""
    running, changed = set(), threading.Condition()

    def begin(**_event: object) -> None:
        with changed:
            running.add(threading.get_ident())

    def end(**_event: object) -> None:
        with changed:
            running.discard(threading.get_ident())
            changed.notify_all()

    request_started.connect(begin)
    request_finished.connect(end)
    yield live_server
    with changed:
        is_idle = changed.wait_for(lambda: not running, timeout=10)
    request_started.disconnect(begin)
    request_finished.disconnect(end)
    assert is_idle, "the server is still busy"


@pytest.fixture
def open_browser(chromium: Browser, server) -> Iterator[Callable[..., Page]]:
    """open_browser() is the page of a new, empty browser; keywords go to Playwright's new_context."""
    watch = Watch(urlsplit(server.url).netloc)
    contexts: list[BrowserContext] = []

    def open_browser(**options: object) -> Page:
        given = {
            "locale": "zh-CN",
            "timezone_id": "Asia/Shanghai",
            "viewport": {"width": 1280, "height": 800},
        }
        context = chromium.new_context(base_url=server.url, **{**given, **options})
        context.set_default_timeout(15_000)
        contexts.append(context)
        watch.over(context)
        return context.new_page()

    yield open_browser
    for context in contexts:
        context.close()
    assert watch.problems == []


@pytest.fixture
def enter(open_browser, server) -> Callable[..., Page]:
    """enter("lin") is a browser of its own in which that person is signed in; it shows nothing yet.

    The session is made here: the login page would be the slowest part of most tests. Some go through it.
    """

    def enter(name: str, **options: object) -> Page:
        client = Client()
        client.force_login(User.objects.get(username=name))
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page = open_browser(**options)
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server.url}])
        return page

    return enter


@pytest.fixture
def sign_in(today_world, enter) -> Callable[..., Page]:
    """The same for people of the test world."""
    return enter
