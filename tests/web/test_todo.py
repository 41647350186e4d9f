"""What the rules ask of people stands on the case and on the pages of those it waits for."""

import re
from datetime import timedelta
from typing import Any

import pytest

from complaints import services
from complaints.models import CaseEvent, Complaint, State, Task
from tests.complaints.case_in import last_event
from tests.overlay import put_in_force
from tests.web.conftest import reload
from tests.world import MONDAY, Company, handled_case, intake, new_case, sent_case

FACTS = [
    {"id": "risky", "type": "bool", "title": "有升级倾向"},
    {"id": "checked", "type": "bool", "title": "现场已核实"},
    {"id": "court", "type": "bool", "title": "法院已受理"},
]
ACTIONS = {
    "order": [{"order": "两小时内约见"}],
    "visit": [{"open_task": "上门走访"}],
    "hint": [{"suggest": {"tier": "major"}}, {"require": {"fact": "checked", "before": "closed"}}],
}
TRIGGERS = [
    {
        "id": name,
        "title": f"规则{name}",
        "event": "noted",
        "when": {"risky": True},
        "once": True,
        "do": actions,
    }
    for name, actions in ACTIONS.items()
]
STOPS = [
    {"id": "court", "title": "法院受理", "when": {"court": True}, "effect": "pause_or_end",
     "decider": "desk_supervisor"},
]  # fmt: skip


@pytest.fixture
def ruled(company: Company, clock: Any) -> Company:
    put_in_force(company, roles=[], facts=FACTS, triggers=TRIGGERS, clock_stops=STOPS)
    return company


def noted(company: Company, **facts: Any) -> tuple[Complaint, dict[str, Task]]:
    case, _ticket = sent_case(company)
    with company.scope():
        lin = company.actor("lin")
        case = services.note(actor=lin, complaint=case, event="noted", facts=facts, now=MONDAY)
        return case, {row.source: row for row in Task.objects.filter(complaint=case)}


def box(client: Any, company: Company, case: Complaint) -> str:
    page = client.get(company.url(f"case/{case.number}/")).content.decode()
    start = page.find('id="todo"')
    return page[start : page.index("</section>", start)] if start > 0 else ""


def test_the_box_shows_what_the_rules_want(ruled, sign_in):
    case, tasks = noted(ruled, risky=True)
    shown = box(sign_in("sun"), ruled, case)
    assert "两小时内约见" in shown
    assert tasks["order"].number in shown
    assert "孙主任" in shown
    assert "规则order" in shown
    assert shown.count('data-verb="settle"') == 1  # the visit is the desk's
    assert "现场已核实" in shown
    assert "重大" in shown
    assert "?do=grade" not in shown
    assert 'href="?do=grade#next"' in box(sign_in("lin"), ruled, case)
    plain, _ticket = sent_case(ruled)
    assert box(sign_in("sun"), ruled, plain) == ""


def test_an_order_is_answered_in_place(ruled, sign_in):
    case, tasks = noted(ruled, risky=True)
    sun, url = sign_in("sun"), ruled.url(f"task/{tasks['order'].pk}/settle/")
    sent = {"revision": case.revision, "accepted": "yes", "answer": " "}
    refused = sun.post(url, sent)
    assert refused.status_code == 422
    assert f'id="task-{tasks["order"].pk}"' in refused.content.decode()
    stale = sun.post(url, {**sent, "answer": "已约见业主", "revision": 0})
    assert stale.status_code == 409
    assert "已约见业主" in stale.content.decode()
    done = sun.post(url, {**sent, "answer": "已约见业主"})
    assert (done.status_code, done.url) == (302, ruled.url(f"case/{case.number}/"))
    page = sun.get(done.url).content.decode()
    assert "已约见业主" in page
    assert 'data-verb="settle"' not in page
    again = sun.post(url, {**sent, "answer": "再写一次", "revision": reload(ruled, case).revision})
    assert again.status_code == 422
    assert "再写一次" in again.content.decode(), "what was typed is still there"


def test_a_stop_is_agreed_to_or_declined(ruled, sign_in):
    case, tasks = noted(ruled, court=True)
    zhou, url = sign_in("zhou"), ruled.url(f"task/{tasks['clock_stop.court'].pk}/settle/")
    sent = {"revision": case.revision, "accepted": "no", "answer": ""}
    assert "todo-lines" not in box(zhou, ruled, case), "it has only been proposed"
    assert zhou.post(url, sent).status_code == 422
    assert zhou.post(url, {**sent, "accepted": "yes"}).status_code == 422  # which of the two
    assert zhou.post(url, {**sent, "accepted": "yes", "choice": "nonsense"}).status_code == 422
    assert zhou.post(url, {**sent, "accepted": "yes", "choice": "end"}).status_code == 302
    assert reload(ruled, case).state == State.CLOSED
    page = zhou.get(ruled.url(f"case/{case.number}/")).content.decode()
    assert "法院受理" in page


@pytest.mark.parametrize(
    "path,name,waits",
    [
        ("desk/", "lin", "visit"),
        ("department/", "he", "order"),
        ("department/", "mao", ""),
        ("manager/", "sun", "order"),
        ("manager/", "qian", "order"),
    ],
)
def test_it_waits_on_the_pages_of_those_it_is_for(ruled, sign_in, path, name, waits):
    case, tasks = noted(ruled, risky=True)
    page = sign_in(name).get(ruled.url(path)).content.decode()
    found = {source for source, row in tasks.items() if f"{case.number}/#task-{row.pk}" in page}
    assert found == ({waits} if waits else set())


def test_what_waits_is_decided_where_it_is_listed(ruled, sign_in):
    """Orders, tasks, and the tiers that rules suggest: with a form on the page, which leads back to it."""
    case, tasks = noted(ruled, risky=True)
    url = ruled.url("manager/")
    sun, zhou = sign_in("sun"), sign_in("zhou")
    (row,) = [row for row in sun.get(url).context["waiting"] if row.task == tasks["order"]]
    given = {name: row.form[name].value() for name in ("revision", "back", "once")}
    done = sun.post(row.url, {**given, "accepted": "yes", "answer": "已约见业主"})
    assert (done.status_code, done.url) == (302, url)
    assert sun.get(url).context["waiting"] == []

    assert sun.get(url).context["regrades"] == [], "the desk's to decide"
    page = zhou.get(url)
    (regrade,) = page.context["regrades"]
    assert (regrade.case, regrade.rule) == (case, "规则hint")
    assert case.content in page.content.decode()
    form = regrade.offer.form
    given = {name: form[name].value() for name in ("revision", "back", "once", "grading")}
    assert given["grading"].startswith("major:")
    assert zhou.post(regrade.offer.url, {**given, "reason": "有升级倾向"}).url == url
    assert reload(ruled, case).tier == "major"
    assert zhou.get(url).context["regrades"] == []


def test_a_suggested_tier_is_settled_by_choosing_another_one(ruled, sign_in, clock):
    case, _tasks = noted(ruled, risky=True)
    zhou, url = sign_in("zhou"), ruled.url("manager/")
    assert len(zhou.get(url).context["regrades"]) == 1
    clock.shift(timedelta(minutes=1))
    grade = {"revision": case.revision, "grading": "important:fault", "reason": "不至于重大"}
    assert zhou.post(ruled.url(f"case/{case.number}/grade/"), grade).status_code == 302
    assert zhou.get(url).context["regrades"] == []


def test_the_general_manager_sees_orders_without_an_answer(ruled, sign_in, world):
    _case, tasks = noted(ruled, risky=True)
    page = sign_in("gao").get(ruled.url("manager/")).content.decode()
    assert re.search(r'id="orders".*' + tasks["order"].number, page, re.DOTALL)
    assert "上门走访" not in page  # the desk's
    other = sign_in("fang", world.hospital).get(world.hospital.url("manager/")).content.decode()
    assert tasks["order"].number not in other


# --- the other verbs ----------------------------------------------------------------------------------------


def test_a_merge_offers_the_caller_s_other_cases(company, sign_in):
    case, other = new_case(company), new_case(company, subject="电梯又停了")
    lin, url = sign_in("lin"), company.url(f"case/{case.number}/")
    page = lin.get(url).content.decode()
    assert f"{other.number} 电梯又停了" in page
    sent = {"revision": case.revision, "into": "TS209912-00001", "reason": "同一台电梯"}
    refused = lin.post(f"{url}merge/", sent)
    assert refused.status_code == 422
    assert "同一台电梯" in refused.content.decode()
    assert lin.post(f"{url}merge/", {**sent, "into": other.number}).status_code == 302
    page = lin.get(url).content.decode()
    assert other.number in page
    assert case.number in lin.get(company.url(f"case/{other.number}/")).content.decode()


def test_a_ticket_is_called_back_from_the_case(company, sign_in):
    case, ticket = sent_case(company)
    lin = sign_in("lin")
    sent = {"revision": case.revision, "reason": "派错部门"}
    assert lin.post(company.url(f"ticket/{ticket.number}/withdraw/"), sent).status_code == 302
    page = lin.get(company.url(f"case/{case.number}/")).content.decode()
    assert 'data-verb="dispatch"' in page
    assert 'data-verb="withdraw"' not in page
    assert ticket.number not in sign_in("sun").get(company.url("department/")).content.decode()


def test_a_case_is_passed_on(company, sign_in):
    case, _ticket = handled_case(company)
    lin = sign_in("lin")
    sent = {"revision": case.revision, "to": "dept_manager", "reason": "须由经理答复"}
    assert lin.post(company.url(f"case/{case.number}/transfer/"), sent).status_code == 302
    event = last_event(case)
    assert (event.kind, event.data["to"]) == ("transferred", "dept_manager")
    page = lin.get(company.url(f"case/{case.number}/")).content.decode()
    assert "部门经理" in page
    with company.scope():
        told = list(
            case.notifications.filter(occasion="transferred").values_list("user__username", flat=True)
        )
    assert told == ["qian"]


def test_telling_after_the_end_is_offered_where_it_is_awaited(company, sign_in, clock):
    feedback = {
        "id": "feedback", "title": "书面答复", "owner": "receptionist", "from": "explained", "to": "told",
        "limits": [{"value": 3, "unit": "d"}],
    }  # fmt: skip
    put_in_force(company, roles=[], duties=[feedback])
    with company.scope():
        lin = company.actor("lin")
        case = services.register(actor=lin, intake=intake(), now=MONDAY)
        services.explain_only(actor=lin, complaint=case, reason="explained_ok", note="已解释", now=MONDAY)
    clock.shift(timedelta(minutes=1))
    client, url = sign_in("lin"), company.url(f"case/{case.number}/")
    page = client.get(url).content.decode()
    assert 'data-verb="tell"' in page
    assert 'name="outcome"' not in page[page.index('data-verb="tell"') :].split("</form>")[0]
    sent = {"revision": reload(company, case).revision, "summary": "已寄出书面答复", "way": "phone"}
    assert client.post(f"{url}tell/", sent).status_code == 302
    assert reload(company, case).state == State.EXPLAINED
    assert 'data-verb="tell"' not in client.get(url).content.decode()
    with company.scope():
        assert CaseEvent.objects.filter(complaint=case, kind="told").count() == 1
