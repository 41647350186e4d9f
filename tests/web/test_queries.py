"""No page's number of queries grows with the number of rows, and none is above thirty."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints.models import Complaint
from tests.copies import Move, copy_case
from tests.pages import Page, pages
from tests.walls.stage import MEMBERS, NOW, Stage, build_stage
from tests.world import MONDAY, Company, sent_case
from tickets.services import record_work, sign_for

MOST = 30
LATER = NOW + timedelta(days=2)  # limits have passed
# Who sees most of the whole organization, and of a department.
READERS = (("gao", "zhou", "lin", "admin", "anonymous"), ("sun", "qian", "mao"))


@pytest.fixture
def stage(db) -> Iterator[Stage]:
    """The stage of the walls' walk: a case in every state, with what belongs to it."""
    with time_machine.travel(NOW, tick=False):
        stage = build_stage()
    with time_machine.travel(LATER, tick=False):
        for name in MEMBERS:
            stage.clients[name].force_login(stage.home.people[name])  # what they had has run out
        yield stage


def visits(stage: Stage) -> list[tuple[Page, str]]:
    """The pages, and who asks for each: one of each kind of readers."""
    return [
        (page, reader)
        for page in pages(stage)
        for kind in READERS
        if (reader := next((name for name in kind if name in page.readers), ""))
    ]


def queries(stage: Stage, page: Page, reader: str) -> int | None:
    """None for an address that leads elsewhere."""
    with CaptureQueriesContext(connection) as captured:
        status = stage.clients[reader].get(page.path).status_code
    assert status in (200, 302), (page.path, reader, status)
    return len(captured) if status == 200 else None


def multiply(company: Company, times: int) -> None:
    """Every case again, so many times, with its tickets, limits, tasks, messages and whatever it has."""
    with company.scope():
        for case in Complaint.objects.order_by("pk"):
            copy_case(case, [Move(timedelta(minutes=-place - 1)) for place in range(times)])


def test_queries_do_not_grow_with_rows(stage: Stage):
    asked = visits(stage)
    for page, reader in asked:
        if page.name in ("case", "case-paper", "manager"):
            queries(stage, page, reader)  # rules are compiled once for each process
    few = {visit: queries(stage, *visit) for visit in asked}
    multiply(stage.home, 3)
    many = {visit: queries(stage, *visit) for visit in asked if few[visit] is not None}
    grown = {
        f"{page.path} as {reader}": (few[page, reader], count)
        for (page, reader), count in many.items()
        if count is not None and (count > few[page, reader] or count > MOST)
    }
    assert grown == {}
    assert {page.name for page, _reader in many} > {"desk", "cases", "case", "manager", "dashboard", "inbox"}


def test_queries_of_a_case_do_not_grow_with_its_events(company, sign_in, clock):
    case, ticket = sent_case(company)
    sun = sign_in("sun")
    url = company.url(f"case/{case.number}/")

    def work(count: int) -> None:
        with company.scope():
            for number in range(count):
                record_work(actor=company.actor("sun"), ticket=ticket, note=f"第{number}次", now=MONDAY)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert sun.get(url).status_code == 200
        return len(captured)

    with company.scope():
        sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
    work(2)
    count()
    few = count()
    work(15)
    assert count() == few
    assert few <= MOST
