"""Everything the product says is in one language: no Chinese in English, no English in Chinese, but for what
people have written themselves. `make test` looks at one page of each kind; CI looks at all there are."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from operator import attrgetter

import pytest
import time_machine
from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client

from escalation.sweep import sweep
from notifications.models import Notification
from organizations.models import User
from reporting.document import render_html
from reporting.statistics import month_figures
from tests.marked import CHINESE, mark_all, marked
from tests.pages import pages
from tests.public.steps import TOLD, brought_to_told, form, hand_in, visitor
from tests.rows import undone
from tests.sights import EYES, LEADING_ON, once, sights
from tests.walls.routes import PUBLIC, WEB, Body, Route
from tests.walls.stage import MEMBERS, NOW, Stage, Thing, build_stage
from tests.walls.walk import Found, address, found_routes, send
from tests.web.test_errors import PAGES, fails_with
from tests.whole import WHOLE, some

# A word of three letters: not within a number, a code or an address, nor a gap that a script or a text of the
# rules fills.
ENGLISH = re.compile(r"(?<![\w%({@./:-])[A-Za-z][A-Za-z']{2,}(?![\w)}@-]|[./:][\w/])")
# Names that are the same in Chinese, keys of the keyboard, kinds of files.
KNOWN = frozenset({"Alt", "Ctrl", "Enter", "Esc", "Office", "PDF", "YAML"})
READ_OUT = ("title", "aria-label", "placeholder", "alt", "label", "content")
LANGUAGES = {"en": "zh-Hans", "zh-hans": "en"}  # and how text in the other one is marked
VOID = ("br", "img", "input", "link", "meta")

Said = Iterator[tuple[str, str]]  # where, and what


class Reader(HTMLParser):
    """What a page says: its texts, attributes that are read, words for scripts. Code, and what is marked as
    being in another language, is left out."""

    def __init__(self, page: str, other: str) -> None:
        super().__init__()
        self.other = other
        self.skipped: list[str] = []
        self.said: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        skips = tag in ("script", "style", "code", "pre") or dict(attrs).get("lang") == self.other
        if (self.skipped or skips) and tag not in VOID:
            self.skipped.append(tag)
        elif not self.skipped and not skips:
            self.said += [value for name, value in attrs if value and _is_read(tag, name, value)]

    def handle_endtag(self, tag: str) -> None:
        while self.skipped and tag in self.skipped and self.skipped.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self.skipped and data.strip():
            self.said.append(" ".join(data.split()))


def _is_read(tag: str, name: str, value: str) -> bool:
    """Words for scripts are data attributes; those that hold no words hold codes, in small letters."""
    if name.startswith("data-"):
        return bool(CHINESE.search(value)) or (value[0].isupper() and " " in value)
    return name in READ_OUT and (name, tag) != ("content", "meta")


@pytest.fixture
def stage(db, caplog) -> Iterator[Stage]:
    """The stage of the walls and a case that a complainant handed in, with all that was written marked."""
    caplog.set_level("CRITICAL", "django.request")
    with time_machine.travel(NOW, tick=False):
        stage = build_stage()
        number, code = hand_in(stage.home)
        brought_to_told(stage.home, number)
        stage.clients["complainant"] = visitor(stage.home, number, code)
        mark_all()
        yield stage


def test_everything_is_in_one_language(stage, monkeypatch, subtests):
    _check_what_leads_on(stage)
    for language in LANGUAGES:
        User.objects.update(language=language)
        for client in stage.clients.values():
            client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        for says in (_pages, _public_pages, _refusals, _messages, _warnings, _documents):
            with subtests.test(f"{says.__name__} in {language}"):
                assert _foreign(language, says(stage, language)) == {}
        with subtests.test(f"faults in {language}"):
            assert _foreign(language, _faults(stage, language, monkeypatch)) == {}


def _check_what_leads_on(stage: Stage) -> None:
    there = {page.name: page for page in pages(stage)}
    assert LEADING_ON.keys() <= there.keys()
    for name in LEADING_ON:
        client = stage.clients[min(there[name].readers)]
        assert client.get(there[name].path).status_code == 302, f"{name} is a page: out of LEADING_ON with it"


def _foreign(language: str, said: Said) -> dict[str, str]:
    """What is in the other language, with the first place where it was said."""
    found: dict[str, str] = {}
    for where, text in said:
        words = [text] if CHINESE.search(text) else []
        if language != "en":
            words = [word for word in ENGLISH.findall(text) if word not in KNOWN]
        for word in words:
            found.setdefault(word, f"{where}: {text[:120]}")
    return found


def _read(where: str, answer: HttpResponse, language: str) -> Said:
    kind, text = answer.headers["Content-Type"], answer.content.decode()
    parts: Iterable[str] = ()
    if kind.startswith("text/html"):
        parts = [text]
    elif kind == "application/json":
        parts = _values(json.loads(text))
    for part in parts:
        for value in Reader(part, LANGUAGES[language]).said:
            yield where, value
    for message in get_messages(answer.wsgi_request):
        yield f"message after {where}", str(message)


def _values(document: object) -> Iterator[str]:
    """The sentences of a document for a script; codes have no spaces."""
    if isinstance(document, dict):
        document = list(document.values())
    if isinstance(document, list):
        for one in document:
            yield from _values(one)
    elif isinstance(document, str) and (" " in document or CHINESE.search(document)):
        yield document


def _pages(stage: Stage, language: str) -> Said:
    found = sights(stage)
    for sight in found if WHOLE else some(once(found, attrgetter("name")), every=2):
        answer = stage.clients[sight.who].get(marked(sight.path))
        assert answer.status_code == 200, sight
        yield from _read(str(sight), answer, language)
    for path, who in (("nowhere/", "sun"), ("desk/", "sun"), ("inbox/read/", "sun")):
        yield from _read(path, stage.clients[who].get(stage.home.url(path)), language)


def _public_pages(stage: Stage, language: str) -> Said:
    """What a complainant sees who has a number and a code."""
    client, slug = stage.clients["complainant"], stage.home.organization.slug
    answer = client.get(f"/p/{slug}/case/")
    assert answer.status_code == 200
    assert marked(TOLD) in answer.content.decode()
    yield from _read("public-case", answer, language)
    stranger = Client()
    stranger.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    with undone():
        receipt = stranger.post(f"/p/{slug}/new/", marked(form()))
        yield from _read("receipt", receipt, language)


def _refusals(stage: Stage, language: str) -> Said:
    """What forms say to wrong input: every second of their fields stays empty."""
    for found, route, thing, who in some(_forms(stage)):
        names = [name for name in route.body.values if name not in ("revision", "seen")]
        for odd in (0, 1):
            wrong = {name: "?" if place % 2 == odd else "" for place, name in enumerate(names)}
            yield from _posted(stage, found, route, thing, who, wrong, language)


def _messages(stage: Stage, language: str) -> Said:
    """What is said, and what others are told, when a form was right."""
    for found, route, thing, who in some(_forms(stage)):
        given = {
            name: marked(value) if isinstance(value, str) else value
            for name, value in route.body.values.items()
        }
        yield from _posted(stage, found, route, thing, who, given, language)


def _posted(
    stage: Stage, found: Found, route: Route, thing: Thing, who: str, values: dict, language: str
) -> Said:
    sent = replace(route, body=Body(**{**route.body.values, **values}))
    before = Notification._base_manager.count()
    with undone():
        answer = send(stage, sent, thing, "POST", address(stage, found, thing), who)
        assert answer.status_code < 500, found.name
        yield from _read(f"POST {found.name}", answer, language)
        if Notification._base_manager.count() != before:
            yield from _notifications(found.name, before)


def _notifications(where: str, skipped: int) -> Said:
    for row in Notification._base_manager.order_by("pk")[skipped:]:
        yield f"message of {where}", row.title
        yield f"message of {where}", row.body


def _forms(stage: Stage) -> Iterator[tuple[Found, Route, Thing, str]]:
    """Every form with what it is tried on, and somebody who may send it."""
    table = {**WEB, **PUBLIC}
    for found in found_routes():
        route = table.get(found.name)
        if route is not None and route.post is not None and route.form and found.name != "language":
            thing = stage.things[route.needs[0]] if route.needs else Thing({}, MEMBERS)
            may = route.post & (thing.seen_by if route.kind == "member" else route.post)
            eyes = [name for name in ("anonymous", "lin", *EYES) if name in may - route.refused]
            yield found, route, thing, [*eyes, *sorted(may)][0]


def _warnings(stage: Stage, language: str) -> Said:
    """What the sweep writes to people when nobody does anything for a week."""
    before = Notification._base_manager.count()
    with undone():
        sweep(NOW + timedelta(minutes=56))
        sweep(NOW + timedelta(days=7))
        assert Notification._base_manager.count() > before
        yield from _notifications("the sweep", before)


def _documents(stage: Stage, language: str) -> Said:
    """The monthly report. (The printed form of the rules is looked at as a page.)"""
    with stage.home.scope():
        figures = month_figures(stage.home.organization, date(2026, 11, 1))
    page = render_html(marked(figures), produced_at=NOW, language=language)
    for text in Reader(page, LANGUAGES[language]).said:
        yield "monthly report", text


def _faults(stage: Stage, language: str, monkeypatch: pytest.MonkeyPatch) -> Said:
    for error, _status in PAGES:
        with monkeypatch.context() as patch:
            fails_with(patch, type(error)(marked(str(error))))
            answer = stage.clients["lin"].get(stage.home.url("desk/"))
        yield from _read(type(error).__name__, answer, language)
