"""Supervision orders on the pages: issued on the case, listed, answered, overdue by the clock."""

from datetime import timedelta

import pytest

from complaints.models import Task
from escalation.services import issue_order
from tests.api.person import Api
from tests.walls.ruled import order_on
from tests.web.conftest import reload
from tests.world import MONDAY, Company, sent_case


@pytest.fixture
def issued(company: Company, clock) -> Task:
    case, _ticket = sent_case(company)
    with company.scope():
        return issue_order(
            actor=company.actor("gao"),
            complaint=case,
            text="说明未修复的原因",
            department=company.departments["works"],
            due_at=MONDAY + timedelta(hours=4),
            now=MONDAY,
        )


def test_it_is_issued_on_the_page_of_the_case(company, sign_in, clock):
    case, _ticket = sent_case(company)
    client, works = sign_in("qian"), company.departments["works"]
    page = client.get(company.url(f"case/{case.number}/?do=order")).content.decode()
    assert f'<option value="{works.pk}" selected>' in page
    assert "保洁部</option>" not in page, "has no part in the case"
    given = {"revision": case.revision, "department": works.pk, "text": "说明原因"}
    url = company.url(f"case/{case.number}/order/")
    refused = client.post(url, {**given, "due_at": "2026-11-02T09:59"})
    assert refused.status_code == 422
    assert "说明原因" in refused.content.decode(), "nothing typed is lost"
    response = client.post(url, {**given, "due_at": "2026-11-02T14:00"}, follow=True)
    text = response.content.decode()
    assert "DB202611-00001" in text
    assert "钱经理" in text
    assert reload(company, case).revision == case.revision + 1


def test_who_may_not_is_not_offered_it(company, sign_in, clock):
    case, _ticket = sent_case(company)
    url = company.url(f"case/{case.number}/")
    for name, offered in (("qian", True), ("sun", False), ("lin", False)):
        assert (f"{url}order/" in sign_in(name).get(url).content.decode()) == offered, name


def test_the_list_says_who_has_to_answer_until_when_and_what_was_answered(company, sign_in, clock, issued):
    rule = order_on(company, issued.complaint)
    client = sign_in("gao")
    page = client.get(company.url("orders/"))
    assert [row.task for row in page.context["page"].rows] == [rule, issued]
    text = page.content.decode()
    assert f'/case/{issued.complaint.number}/#task-{issued.pk}"' in text
    assert "clock-overdue" not in text
    clock.shift(timedelta(hours=4))
    assert "clock-overdue" in client.get(company.url("orders/")).content.decode(), "no sweep has run"
    overdue = client.get(company.url("orders/?state=overdue")).context["page"].rows
    assert [row.task for row in overdue] == [issued]
    sign_in("sun").post(
        company.url(f"task/{issued.pk}/settle/"),
        {
            "revision": reload(company, issued.complaint).revision,
            "accepted": "yes",
            "answer": "等配件,周三到货",
        },
    )
    text = client.get(company.url("orders/?state=answered&source=people")).content.decode()
    assert "等配件,周三到货" in text
    assert "clock-overdue" not in text
    assert client.get(company.url("orders/?state=x&department=x")).status_code == 200


def test_the_same_by_the_api(company, clock, world):
    case, _ticket = sent_case(company)
    manager, head = Api(company, "qian"), Api(company, "sun")
    path = f"complaints/{case.number}/orders/"
    made = manager.post(path, 201, department="works", text="说明原因", due_at="2026-11-02T14:00")
    assert (made["kind"], made["number"], made["rule"]) == ("order", "DB202611-00001", "")
    assert (made["issued_by"]["name"], made["due_at"]) == ("钱经理", "2026-11-02T14:00:00+08:00")
    assert (made["overdue"], made["state"], made["title"]) == (False, "open", "说明原因")
    head.post(path, 403, department="works", text="说明原因")
    manager.post(path, 403, department="desk", text="说明原因")
    manager.post(path, 400, department="clinic", text="说明原因")
    head.now += timedelta(hours=4)
    (row,) = head.get("orders/", state="overdue", source="people", department="works")["results"]
    assert (row["id"], row["overdue"]) == (made["id"], True)
    assert head.post(f"tasks/{made['id']}/settle/", answer="等配件")["answer"] == "等配件"
    assert head.get("orders/", state="open")["results"] == []
    assert Api(world.hospital, "fang").get("orders/")["results"] == []
    Api(company, "lin").get("orders/", 403)
