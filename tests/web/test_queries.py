"""The number of queries of a page does not grow with the number of rows."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from complaints.models import Complaint, Task
from escalation.services import ask_extension, issue_order
from tests.world import MONDAY, Company, handled_case, new_case, sent_case
from tickets.models import Ticket
from tickets.services import sign_for

MOST = 30


def fill(company: Company, count: int) -> None:
    """Cases in several states, with messages, requests for more time, overdue and near limits."""
    for number in range(count):
        at = MONDAY - timedelta(hours=number + 1)
        new_case(company, at, subject=f"待派单{number}")
        _case, ticket = sent_case(
            company, at, subject=f"已派单{number}", to="works" if number % 2 else "lifts"
        )
        handled_case(company, at, tier="major", tier_criterion="loss_or_injury")
        task_on(ticket, "order", ["owner"])
        task_on(ticket, "open_task", ["receptionist", "general_manager"])
        with company.scope():
            sun = company.actor("sun")
            if ticket.department_id == company.departments["works"].pk:
                sign_for(actor=sun, ticket=ticket, now=at)
                solve = ticket.complaint.deadlines.get(duty="solve")
                later = solve.due_at + timedelta(hours=4)
                ask_extension(actor=sun, deadline=solve, wanted_due_at=later, reason="等配件", now=at)
                order(company, ticket.complaint, at)


def task_on(ticket: Ticket, kind: str, roles: list[str]) -> None:
    """A task of the rules that waits for these roles."""
    with scope(organization=ticket.organization):
        Task.objects.create(
            organization=ticket.organization,
            complaint=ticket.complaint,
            key=f"{kind}-{ticket.pk}",
            kind=kind,
            number=f"DB-{ticket.pk}" if kind == "order" else "",
            source="solve",
            action={kind: "须答复"},
            roles=roles,
            department=ticket.department,
            made_at=ticket.dispatched_at,
        )


def order(company: Company, case: Complaint, at: datetime) -> None:
    works = company.departments["works"]
    issue_order(actor=company.actor("gao"), complaint=case, text="说明原因", department=works, now=at)


@pytest.mark.parametrize(
    "name,path",
    [
        ("lin", "desk/"),
        ("lin", "desk/log/?complainant_phone=13800138000"),
        ("lin", "desk/lookup/?complainant_phone=13800138000"),
        ("lin", "desk/propose/?complainant_phone=13800138000&subject=电梯"),
        ("lin", "cases/"),
        ("sun", "cases/?overdue=on&q=派单&sort=due&open_task=on"),
        ("zhou", "cases/?q=TS202611-00001&sort=tier&mine=on"),
        ("zhou", "search/?q=派单"),
        ("sun", "department/"),
        ("gao", "department/"),
        ("qian", "manager/"),
        ("gao", "manager/"),
        ("sun", "inbox/"),
        ("gao", "reports/"),
        ("gao", "dashboard/"),
        ("zhou", "dashboard/"),
        ("gao", "cases/?figure=broken.2026-11.@handled&by=tier.minor"),
        ("gao", "manager/?show=passed"),
        ("gao", "orders/"),
        ("qian", "orders/"),
    ],
)
def test_queries_do_not_grow_with_rows(company, sign_in, clock, name, path):
    client = sign_in(name)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(company.url(path)).status_code == 200
        return len(captured)

    fill(company, 2)
    queries()  # the rules are compiled once for each process
    few = queries()
    fill(company, 5)
    assert queries() == few
    assert few <= MOST


def test_queries_of_a_case_do_not_grow_with_its_events(company, sign_in, clock):
    case, ticket = sent_case(company)
    sun = sign_in("sun")
    url = company.url(f"case/{case.number}/")

    def work(count: int) -> None:
        from tickets.services import record_work

        with company.scope():
            for number in range(count):
                record_work(actor=company.actor("sun"), ticket=ticket, note=f"第{number}次", now=MONDAY)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert sun.get(url).status_code == 200
        return len(captured)

    with company.scope():
        sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
    work(2)
    queries()
    few = queries()
    work(15)
    assert queries() == few
    assert few <= MOST
