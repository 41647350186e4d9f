"""The whole way of a case through the pages, as the three users walk it."""

import re
from datetime import timedelta

from complaints.models import CaseEvent, Complaint, State
from tests.web.conftest import reload
from tests.world import MONDAY, World, sent_case
from tickets.models import Ticket

CALL = {
    "complainant_phone": "138 0013 8000",
    "complainant_name": "王女士",
    "place": "3号楼2单元1501",
    "channel": "phone",
    "subject": "电梯频繁停运",
    "content": "住户来电:本周电梯已停运三次",
    "category": "lift",
    "grading": "major:loss_or_injury",
    "then": "dispatch",
}


def hidden(page, name: str = "revision") -> str:
    """The value of a hidden input on a page."""
    return re.search(rf'name="{name}" value="([^"]+)"', page.content.decode())[1]


def step(client, url: str, data: dict | None = None, page_url: str | None = None):
    """Read the revision from a page, post a form, expect the redirect and the page behind it."""
    if page_url:
        data = {**(data or {}), "revision": hidden(client.get(page_url))}
    answer = client.post(url, data or {})
    assert answer.status_code == 302, answer.content.decode()
    after = client.get(answer.url)
    assert after.status_code == 200
    return after


def test_a_major_case_from_the_call_to_the_close_out(world: World, sign_in, clock):
    company = world.property
    lin, sun = sign_in("lin"), sign_in("sun")

    form = lin.get(company.url("desk/log/"))
    lead = company.departments["works"].pk
    step(lin, company.url("desk/log/"), {**CALL, "request_key": hidden(form, "request_key"), "lead": lead})
    with company.scope():
        case, ticket = Complaint.objects.get(), Ticket.objects.get()
    assert (case.state, case.complainant_phone, case.tier) == (State.DISPATCHED, "13800138000", "major")
    case_url = company.url(f"case/{case.number}/")
    ticket_url = company.url(f"ticket/{ticket.number}/")

    clock.shift(timedelta(minutes=5))
    inbox = sun.get(company.url("department/"))
    assert ticket.number in inbox.content.decode()
    back = {"back": "department"}
    after = step(sun, f"{ticket_url}sign/", back, company.url("department/"))
    assert after.request["PATH_INFO"] == company.url("department/")

    clock.shift(timedelta(hours=1))
    step(sun, f"{ticket_url}work/", {"note": "已联系维保单位"}, case_url)
    done = {"result": "已更换门机皮带", "cause": "皮带老化", "outcome": "solved"}
    step(sun, f"{ticket_url}result/", done, case_url)
    assert "电梯频繁停运" in lin.get(company.url("desk/")).content.decode()

    step(lin, f"{case_url}tell/", {"summary": "已告知", "way": "phone", "outcome": "solved"}, case_url)
    clock.shift(timedelta(days=2))
    lin, gao = sign_in("lin"), sign_in("gao")  # a session lasts a working day
    done = {"reached": "yes", "solved": "yes", "satisfaction": "satisfied", "note": "满意"}
    step(lin, f"{case_url}follow-up/", done, case_url)

    # A major case needs the general manager's consent before it can be closed out.
    refused = lin.post(f"{case_url}close/", {"revision": hidden(lin.get(case_url)), "note": "归档"})
    assert refused.status_code == 422
    assert "归档" in refused.content.decode()
    assert case.subject in gao.get(company.url("manager/")).content.decode()
    step(gao, f"{case_url}consent/", {"role": "general_manager", "note": "同意"}, case_url)
    page = step(lin, f"{case_url}close/", {"note": "归档"}, case_url)

    case = reload(company, case)
    assert case.state == State.CLOSED
    assert case.closed_at == MONDAY + timedelta(days=2, hours=1, minutes=5)
    with company.scope():
        events = CaseEvent.objects.filter(complaint=case).order_by("at", "pk")
        kinds = list(events.values_list("kind", flat=True))
    assert kinds == [
        "recorded",
        "accepted",
        "dispatched",
        "acknowledged",
        "worked",
        "handled",
        "told",
        "follow_up_done",
        "consented",
        "closed",
    ]
    timeline = page.content.decode()
    for said in ("已联系维保单位", "皮带老化", "已告知", "高总", "孙主任", "归档"):
        assert said in timeline


def test_a_return_a_second_round_and_more_time(world: World, sign_in, clock):
    company = world.property
    lin, sun, qian = sign_in("lin"), sign_in("sun"), sign_in("qian")
    form = lin.get(company.url("desk/log/"))
    data = {**CALL, "grading": "minor:slight_inconvenience", "lead": company.departments["works"].pk}
    step(lin, company.url("desk/log/"), {**data, "request_key": hidden(form, "request_key")})
    with company.scope():
        case, ticket = Complaint.objects.get(), Ticket.objects.get()
    case_url = company.url(f"case/{case.number}/")

    back = {"cause": "missing_facts", "reason": "请补充楼层"}
    step(sun, company.url(f"ticket/{ticket.number}/return/"), back, case_url)
    desk = lin.get(company.url("desk/?task=returned")).content.decode()
    assert case.number in desk
    again = {"lead": company.departments["works"].pk, "instructions": "15层"}
    step(lin, f"{case_url}dispatch/", again, case_url)
    with company.scope():
        ticket = Ticket.objects.get(state=Ticket.State.DISPATCHED)
    step(sun, company.url(f"ticket/{ticket.number}/sign/"), {}, case_url)

    with company.scope():
        solve = case.deadlines.get(duty="solve")
    later = {"deadline": solve.pk, "wanted_due_at": "2026-11-04T10:00", "reason": "等待配件"}
    step(sun, company.url(f"ticket/{ticket.number}/extension/"), later, case_url)
    with company.scope():
        asked = case.extensions.get()
    page = qian.get(company.url("manager/"))
    assert "等待配件" in page.content.decode()
    decision = {"revision": hidden(page), "back": "manager", "approve": "yes", "reason": ""}
    answer = qian.post(company.url(f"extension/{asked.pk}/decide/"), decision)
    assert (answer.status_code, answer.url) == (302, company.url("manager/"))
    solve.refresh_from_db()
    assert solve.due_at == MONDAY + timedelta(hours=48)

    step(
        sun,
        company.url(f"ticket/{ticket.number}/result/"),
        {"result": "已修复", "outcome": "solved"},
        case_url,
    )
    step(lin, f"{case_url}tell/", {"summary": "已告知", "way": "phone", "outcome": "solved"}, case_url)
    said = {"reached": "yes", "solved": "no", "satisfaction": "unsatisfied", "note": "又停了"}
    step(lin, f"{case_url}follow-up/", said, case_url)
    step(lin, f"{case_url}reopen/", {"reason": "客户反映又停运"}, case_url)
    case = reload(company, case)
    assert (case.state, case.round) == (State.ACCEPTED, 2)


def test_the_same_form_sent_twice_makes_one_case(world: World, sign_in, clock):
    company, lin = world.property, sign_in("lin")
    form = lin.get(company.url("desk/log/"))
    for then, extra in (
        ("register", {}),
        ("explain", {"explain_reason": "explained_ok", "explain_note": "已解释"}),
    ):
        key = hidden(lin.get(company.url("desk/log/")), "request_key")
        data = {**CALL, **extra, "then": then, "request_key": key}
        first = lin.post(company.url("desk/log/"), data)
        second = lin.post(company.url("desk/log/"), data)
        assert (first.status_code, first.url) == (second.status_code, second.url) == (302, first.url)
    with company.scope():
        assert Complaint.objects.count() == 2
        assert set(Complaint.objects.values_list("state", flat=True)) == {"recorded", "explained"}
    assert form.status_code == 200


def test_registered_only_then_accepted_paused_corrected_and_graded(world: World, sign_in, clock):
    company, lin = world.property, sign_in("lin")
    key = hidden(lin.get(company.url("desk/log/")), "request_key")
    lin.post(company.url("desk/log/"), {**CALL, "then": "register", "request_key": key})
    with company.scope():
        case = Complaint.objects.get()
    case_url = company.url(f"case/{case.number}/")
    step(lin, f"{case_url}accept/", {"reason": "emergency"}, case_url)
    step(sign_in("zhou"), f"{case_url}pause/", {"cause": "parts", "reason": "等配件"}, case_url)
    assert reload(company, case).paused_at is not None
    step(lin, f"{case_url}resume/", {}, case_url)
    step(lin, f"{case_url}grade/", {"grading": "important:fault", "reason": "复核"}, case_url)
    form = lin.get(f"{case_url}?correct=place")
    assert 'name="value" value="3号楼2单元1501"' in form.content.decode()
    page = step(lin, f"{case_url}correct/", {"field": "place", "value": "5号楼", "reason": "听错"}, case_url)
    case = reload(company, case)
    assert (case.tier, case.place, case.paused_at) == ("important", "5号楼", None)
    text = page.content.decode()
    assert "<del>3号楼2单元1501</del>" in text
    assert "<ins>5号楼</ins>" in text


def test_a_helping_department_is_added_and_does_its_part(world: World, sign_in, clock):
    company, lin = world.property, sign_in("lin")
    case, _lead = sent_case(company)
    case_url = company.url(f"case/{case.number}/")
    more = {"lead": company.departments["works"].pk, "helpers": [company.departments["cleaning"].pk]}
    step(lin, f"{case_url}dispatch/", {**more, "instructions": "清理积水"}, case_url)
    with company.scope():
        ticket = Ticket.objects.get(part=Ticket.Part.HELPER)
    mao, url = sign_in("mao"), company.url(f"ticket/{ticket.number}/")
    assert "清理积水" in mao.get(company.url("department/")).content.decode()
    step(mao, f"{url}sign/", {}, case_url)
    page = mao.get(case_url).content.decode()
    assert 'name="outcome"' not in page, "the outcome is the leading department's to propose"
    step(mao, f"{url}result/", {"result": "积水已清理"}, case_url)
    ticket.refresh_from_db()
    assert (ticket.state, reload(company, case).state) == (Ticket.State.DONE, State.DISPATCHED)
