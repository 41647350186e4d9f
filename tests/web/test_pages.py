"""Each page: who may open it, what it shows, and how lists are filtered and paged."""

import re
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from complaints.models import Complaint
from notifications.models import Notification
from reporting.models import MonthlyReport
from tests.overlay import put_in_force
from tests.world import MONDAY, handled_case, intake, new_case, sent_case
from tickets.services import sign_for

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    "name,page",
    [
        ("lin", "desk"),
        ("zhou", "desk"),
        ("he", "department"),
        ("sun", "department"),
        ("qian", "manager"),
        ("gao", "manager"),
        ("admin", "rules"),
    ],
)
def test_the_day_begins_where_the_role_works(company, sign_in, name, page):
    client = sign_in(name)
    assert client.get("/").url == company.url("")
    assert client.get(company.url("")).url == company.url(f"{page}/")
    assert client.get(company.url(f"{page}/")).status_code == 200


@pytest.mark.parametrize(
    "path,allowed",
    [
        ("desk/", "lin zhou"),
        ("desk/log/", "lin zhou"),
        ("desk/lookup/", "lin zhou"),
        ("department/", "he sun qian mao gao"),
        ("manager/", "zhou sun qian mao gao"),
        ("reports/", "zhou gao"),
        ("cases/", "lin zhou he sun qian mao gao admin"),
        ("inbox/", "lin zhou he sun qian mao gao admin"),
    ],
)
def test_pages_by_role(company, sign_in, path, allowed):
    for name in company.people:
        answer = sign_in(name).get(company.url(path))
        assert answer.status_code == (200 if name in allowed.split() else 403), name
        if answer.status_code == 403:
            assert company.url("") in answer.content.decode()


def test_the_navigation_leads_only_to_pages_that_open(company, sign_in):
    for name in company.people:
        client = sign_in(name)
        page = client.get(company.url("inbox/"))
        for url in {item["url"] for item in page.context["navigation"]}:
            assert client.get(url).status_code == 200, f"{name} {url}"


def test_signing_in_and_out(company, db):
    client = Client()
    assert client.get(company.url("desk/")).url == f"/login/?next={company.url('desk/')}"
    assert client.get("/login/").status_code == 200
    wrong = client.post("/login/", {"username": "lin", "password": "no"})
    assert wrong.status_code == 422
    assert 'value="lin"' in wrong.content.decode()
    right = client.post(
        "/login/", {"username": "lin", "password": "correct-horse-7", "next": company.url("desk/")}
    )
    assert right.url == company.url("desk/")
    assert client.post("/login/", {"username": "a\x00", "password": "x" * 5000}).status_code in (302, 422)
    assert client.post("/logout/").url == "/login/"
    assert client.get(company.url("desk/")).status_code == 302


def test_a_person_without_an_organization(world, sign_in):
    page = sign_in("nobody").get("/")
    assert page.status_code == 200
    assert "/o/" not in page.content.decode()
    assert sign_in("left").get(world.property.url("desk/")).status_code == 404


def test_the_language_is_kept(company, sign_in):
    client = sign_in("lin")
    assert 'lang="zh-Hans"' in client.get(company.url("desk/")).content.decode()
    answer = client.post("/language/", {"language": "en", "next": company.url("desk/")})
    assert answer.url == company.url("desk/")
    page = client.get(company.url("desk/")).content.decode()
    assert 'lang="en"' in page
    assert "Log a call" in page
    assert client.post("/language/", {"language": "en", "next": "https://evil.example/"}).url == "/"
    assert client.get("/language/").status_code == 405


def test_a_form_without_its_token_is_refused_with_a_way_back(company, sign_in):
    client = sign_in("lin", enforce_csrf_checks=True)
    page = client.post(company.url("desk/log/"), {})
    assert page.status_code == 403
    assert company.url("") in page.content.decode()


def test_the_fault_page_needs_nothing(company, sign_in, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("broken on purpose")

    client = sign_in("lin", raise_request_exception=False)
    monkeypatch.setattr("web.queue.desk_tasks", broken)
    page = client.get(company.url("desk/"))
    assert page.status_code == 500
    assert 'href="/"' in page.content.decode()
    assert "broken on purpose" not in page.content.decode()


# --- the desk's queue -------------------------------------------------------------------------------------


def test_the_queue_of_the_desk_by_time_left(company, sign_in, clock):
    handled, _ticket = handled_case(company, MONDAY - timedelta(minutes=30), subject="待答复")
    fresh = new_case(company, MONDAY - timedelta(minutes=3), subject="刚登记")
    sent_case(company, MONDAY - timedelta(minutes=20), subject="未签收")
    late = new_case(company, MONDAY - timedelta(minutes=15), subject="派单超时")
    page = sign_in("lin").get(company.url("desk/"))
    tasks = page.context["tasks"]
    assert [(task.case.subject, task.kind) for task in tasks] == [
        ("派单超时", "dispatch"),
        ("刚登记", "dispatch"),
        ("未签收", "unsigned"),
        ("待答复", "tell"),
    ]
    assert [task.countdown.tone for task in tasks] == ["overdue", "ok", "ok", "ok"]
    only = sign_in("lin").get(company.url("desk/?task=tell")).context["tasks"]
    assert [task.case for task in only] == [handled]
    clock.shift(timedelta(minutes=6, seconds=30))
    tasks = sign_in("lin").get(company.url("desk/")).context["tasks"]
    assert {task.case.pk: task.countdown.tone for task in tasks}[fresh.pk] == "warn"
    assert tasks[0].case == late


def test_a_case_that_waits_for_its_close_out_is_in_the_queue(company, sign_in):
    from complaints.services import follow_up, tell

    case, _ticket = handled_case(company)
    with company.scope():
        lin = company.actor("lin")
        tell(actor=lin, complaint=case, summary="已告知", now=MONDAY)
        follow_up(actor=lin, complaint=case, reached=True, solved=True, satisfaction="satisfied", now=MONDAY)
    tasks = sign_in("lin").get(company.url("desk/")).context["tasks"]
    assert [(task.case, task.kind) for task in tasks] == [(case, "close")]


def test_a_returned_case_is_marked(company, sign_in):
    from tickets.services import return_ticket

    case, ticket = sent_case(company)
    with company.scope():
        return_ticket(
            actor=company.actor("sun"), ticket=ticket, cause="wrong_place", reason="不在本部门", now=MONDAY
        )
    tasks = sign_in("lin").get(company.url("desk/")).context["tasks"]
    assert [(task.case, task.kind) for task in tasks] == [(case, "returned")]


def test_earlier_cases_of_the_number_or_the_place(company, sign_in):
    first = new_case(company, MONDAY - timedelta(days=2), subject="第一次来电")
    new_case(
        company, MONDAY - timedelta(days=1), subject="别人", complainant_phone="13900000000", place="9号楼"
    )
    client = sign_in("lin")
    url = company.url("desk/lookup/")
    by_phone = client.get(url, {"complainant_phone": "１３８ 0013-8000"})
    assert [row.case for row in by_phone.context["earlier"]] == [first]
    assert first.number in by_phone.content.decode()
    assert "<html" not in by_phone.content.decode()
    assert [row.case for row in client.get(url, {"place": "3号楼2"}).context["earlier"]] == [first]
    assert client.get(url, {"complainant_phone": "138"}).context["earlier"] == []
    # Without scripts a button does the same and keeps what was typed.
    page = client.post(
        company.url("desk/log/"), {"then": "lookup", "complainant_phone": "13800138000", "content": "正在说"}
    )
    assert page.status_code == 200
    assert "第一次来电" in page.content.decode()
    assert "正在说" in page.content.decode()
    with company.scope():
        assert Complaint.objects.count() == 2


# --- the list of cases ------------------------------------------------------------------------------------


def found(client, company, **filters) -> list[str]:
    return [row.case.subject for row in client.get(company.url("cases/"), filters).context["page"].rows]


def test_filters_of_the_list(company, sign_in, clock):
    new_case(company, MONDAY - timedelta(minutes=30), subject="电梯困人", complainant_phone="13511112222")
    sent_case(
        company,
        MONDAY - timedelta(hours=30),
        subject="保洁不到位",
        to="cleaning",
        category="cleaning",
        tier="important",
        tier_criterion="fault",
        complainant_name="李先生",
    )
    handled_case(company, MONDAY - timedelta(minutes=5), subject="漏水", category="leakage")
    lin = sign_in("lin")
    assert found(lin, company) == ["漏水", "电梯困人", "保洁不到位"]
    assert found(lin, company, state="accepted") == ["电梯困人"]
    assert found(lin, company, state="open") == ["漏水", "电梯困人", "保洁不到位"]
    assert found(lin, company, state="paused") == []
    assert found(lin, company, tier="important") == ["保洁不到位"]
    assert found(lin, company, category="repair") == ["漏水", "电梯困人"]  # a branch of the tree
    assert found(lin, company, category="leakage") == ["漏水"]
    assert found(lin, company, department=company.departments["works"].pk) == ["漏水"]
    assert found(lin, company, overdue="on") == ["电梯困人", "保洁不到位"]
    assert found(lin, company, q="困人") == ["电梯困人"]
    assert found(lin, company, q="135 1111") == ["电梯困人"]
    assert found(lin, company, q="李先") == ["保洁不到位"]
    assert found(lin, company, q="ts2026") == ["漏水", "电梯困人", "保洁不到位"]
    assert found(lin, company, q="100%") == []
    assert found(lin, company, tier="nonsense", department="9" * 40) == ["漏水", "电梯困人", "保洁不到位"]


def test_a_list_shows_only_what_exists_for_the_reader(company, sign_in):
    sent_case(company, subject="工程部的")
    sent_case(company, subject="保洁部的", to="cleaning")
    assert found(sign_in("sun"), company) == ["工程部的"]
    assert found(sign_in("admin"), company) == []
    assert sorted(found(sign_in("gao"), company)) == ["保洁部的", "工程部的"]


def test_paging_shows_every_case_once_in_both_directions(company, sign_in):
    with company.scope():
        case = new_case(company)
        rows = []
        for number in range(130):  # many at the same second: the key has to tell them apart
            at = MONDAY - timedelta(seconds=number // 40)
            values = {
                field.attname: getattr(case, field.attname)
                for field in Complaint._meta.concrete_fields
                if field.name not in ("id", "number", "received_at", "request_key")
            }
            rows.append(Complaint(**values, number=f"TS202610-{number:05d}", received_at=at))
        Complaint.objects.bulk_create(rows)
    client = sign_in("lin")
    pages, query = [], "tier=minor"
    while query:
        page = client.get(f"{company.url('cases/')}?{query}").context["page"]
        pages.append([row.case.number for row in page.rows])
        last, query = query, page.older
    numbers = [number for page in pages for number in page]
    assert [len(page) for page in pages] == [50, 50, 31]
    assert len(set(numbers)) == 131
    assert "tier=minor" in last
    back = [pages[-1]]
    query = client.get(f"{company.url('cases/')}?{last}").context["page"].newer
    while query:
        page = client.get(f"{company.url('cases/')}?{query}").context["page"]
        back.insert(0, [row.case.number for row in page.rows])
        query = page.newer
    assert back == pages


# --- the case, the department, the manager ----------------------------------------------------------------


def test_the_case_shows_only_actions_that_are_open(company, sign_in, clock):
    case, ticket = sent_case(company)

    def verbs(name):
        page = sign_in(name).get(company.url(f"case/{case.number}/"))
        return set(re.findall(r'data-verb="([a-z-]+)"', page.content.decode())) - {"attach"}

    assert verbs("lin") == {"dispatch", "grade", "note", "transfer", "merge", "withdraw"}
    assert verbs("zhou") == verbs("lin") | {"pause", "order"}
    assert verbs("sun") == {"note", "sign", "extension", "return"}
    assert verbs("gao") == {"grade", "note", "order"}
    with company.scope():
        sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
    assert verbs("sun") == {"note", "result", "work", "assign", "extension", "return"}
    assert verbs("he") == {"note", "result", "work", "extension", "return"}
    clock.shift(timedelta(days=2))
    assert verbs("he") == {"note", "result", "work", "return"}, "more time is asked for before the limit"
    assert sign_in("mao").get(company.url(f"case/{case.number}/")).status_code == 404


def test_why_a_limit_is_due_when_it_is(company, sign_in, clock):
    case, _ticket = sent_case(company)
    sheet = sign_in("lin").get(company.url(f"case/{case.number}/")).context["sheet"]
    solve = next(row for row in sheet.running if row.title == "处理完毕")
    assert solve.due == "2026-11-03 10:00"
    assert "24" in solve.basis[0]
    assert "2026-11-02 10:00" in solve.basis[0]
    assert "T1-10" in solve.basis[-1]
    assert solve.people == "孙主任"


def test_the_inbox_of_a_department_by_time_left(company, sign_in, clock):
    _case, old = sent_case(company, MONDAY - timedelta(hours=3), subject="先到")
    sent_case(company, MONDAY - timedelta(minutes=10), subject="后到")
    sent_case(company, MONDAY, to="cleaning", subject="别的部门")
    with company.scope():
        sign_for(actor=company.actor("he"), ticket=old, now=MONDAY)

    def shown(name: str, query: str = "") -> list[list[str]]:
        groups = sign_in(name).get(company.url("department/" + query)).context["groups"]
        return [[row.case.subject for row, _offers in group.cards] for group in groups]

    assert shown("sun") == [["后到"], ["先到"]]
    assert shown("he", "?mine=1") == [["先到"]]


def test_the_manager_sees_what_is_near_and_past_by_the_clock(company, sign_in, clock):
    case, _ticket = sent_case(company, MONDAY - timedelta(minutes=55))
    sent_case(company, MONDAY - timedelta(hours=2), to="cleaning", subject="保洁")

    def watched(name: str) -> list[tuple[Complaint, str, str]]:
        groups = sign_in(name).get(company.url("manager/")).context["watching"].groups
        return [(row.case, row.people, row.countdown.tone) for group in groups for row in group.rows]

    assert watched("qian") == [(case, "孙主任", "warn")]
    clock.shift(timedelta(minutes=5))
    assert watched("qian") == [(case, "孙主任", "overdue")]
    assert len(watched("gao")) == 2


def test_consents_wait_for_the_general_manager_only(company, sign_in):
    """With what there is to consent to, and given in place."""
    case, ticket = handled_case(company, tier="major", tier_criterion="group_or_media")
    handled_case(company)
    gao = sign_in("gao")
    page = gao.get(company.url("manager/"))
    assert [row.case for row in page.context["consents"]] == [case]
    for known in (case.request, ticket.result):
        assert known in page.content.decode()
    assert sign_in("zhou").get(company.url("manager/")).context["consents"] == []
    form = page.context["consents"][0].offer.form
    data = {name: form[name].value() for name in ("role", "revision", "back", "once")}
    assert gao.post(company.url(f"case/{case.number}/consent/"), data).url == company.url("manager/")
    assert gao.get(company.url("manager/")).context["consents"] == []


def test_cases_of_other_rules_do_not_stand_before_those_that_need_a_consent(company, sign_in, monkeypatch):
    """They are looked at first, for they are older, and want none by their own rules."""
    monkeypatch.setattr("web.actions.IN_PLACE", 1)
    handled_case(company)
    extra = [{"when": {"tier": "minor"}, "needs": [{"consent": "general_manager"}]}]
    put_in_force(company, roles=[], gates={"close": {"who": ["receptionist"], "extra": extra}})
    case, _ticket = handled_case(company, MONDAY + timedelta(minutes=1))
    page = sign_in("gao").get(company.url("manager/"))
    assert [row.case for row in page.context["consents"]] == [case]


# --- messages and reports ---------------------------------------------------------------------------------


def test_messages_are_read_one_by_one_or_all(company, sign_in):
    case, _ticket = sent_case(company)
    sent_case(company)
    sun = sign_in("sun")
    page = sun.get(company.url("inbox/"))
    assert page.context["unread"].badge == "2"
    with company.scope():
        mine = list(Notification.objects.filter(user=company.people["sun"]).order_by("pk"))
    answer = sun.post(company.url(f"inbox/{mine[0].pk}/"))
    assert answer.url == case.get_absolute_url()
    assert sun.get(company.url("inbox/")).context["unread"].badge == "1"
    assert len(sun.get(company.url("inbox/?unread=1")).context["page"].rows) == 1
    assert ">1<" in sun.get(company.url("inbox/badge/")).content.decode()
    assert sign_in("lin").post(company.url(f"inbox/{mine[1].pk}/")).status_code == 404
    assert sun.post(company.url("inbox/read/")).url == company.url("inbox/")
    assert sun.get(company.url("inbox/")).context["unread"].badge == ""


def test_a_message_never_leads_outside(company, sign_in):
    with company.scope():
        row = Notification.objects.create(
            organization=company.organization,
            user=company.people["sun"],
            key="x",
            occasion="x",
            title="x",
            url="https://evil.example/",
            created_at=MONDAY,
        )
    assert sign_in("sun").post(company.url(f"inbox/{row.pk}/")).url == company.url("inbox/")


def test_reports_are_handed_out_through_the_door(world, company, sign_in):
    pdf = b"%PDF-1.7 test"
    with company.scope():
        row = MonthlyReport(
            organization=company.organization,
            month=date(2026, 10, 1),
            figures={},
            checksum=sha256(pdf).hexdigest(),
            produced_at=MONDAY,
        )
        row.pdf.save("2026-10.pdf", ContentFile(pdf), save=False)
        row.save()
    gao = sign_in("gao")
    assert "2026-10" in gao.get(company.url("reports/")).content.decode()
    answer = gao.get(company.url("reports/2026-10.pdf"))
    assert answer.content == pdf
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    saved = gao.get(company.url("reports/2026-10.pdf?save"))
    assert saved.headers["Content-Disposition"] == 'attachment; filename="evergreen-2026-10.pdf"'
    assert sign_in("lin").get(company.url("reports/2026-10.pdf")).status_code == 403
    assert sign_in("fang").get(world.hospital.url("reports/2026-10.pdf")).status_code == 404
    Path(row.pdf.path).unlink()
    assert gao.get(company.url("reports/2026-10.pdf")).status_code == 422


# --- what every page has to keep to -----------------------------------------------------------------------


def test_templates_hold_no_inline_script_or_style():
    for path in (ROOT / "templates").rglob("*.html"):
        if "reporting" in path.parts:  # the PDF is made by a printer, not shown by a browser
            continue
        text = path.read_text()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), path


def test_pages_carry_the_policy_of_the_browser(company, sign_in):
    page = sign_in("lin").get(company.url("desk/"))
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_stopped_sweep_is_said_on_every_page(company, sign_in, clock):
    from escalation.models import Heartbeat

    lin = sign_in("lin")
    Heartbeat.objects.update_or_create(job="sweep", defaults={"beat_at": MONDAY - timedelta(seconds=299)})
    assert not lin.get(company.url("desk/")).context["sweep"].is_stale
    Heartbeat.objects.update(beat_at=MONDAY - timedelta(seconds=301))
    page = lin.get(company.url("desk/"))
    assert page.context["sweep"].is_stale
    assert "alert-flush" in page.content.decode()


def test_several_organizations_can_be_switched(world, sign_in):
    from organizations.models import Role
    from organizations.services import grant_role

    lin = world.property.people["lin"]
    with world.hospital.scope():
        grant_role(
            user=lin, department=world.hospital.departments["desk"], role=Role.RECEPTIONIST, now=MONDAY
        )
    client = sign_in("lin")
    chooser = client.get("/").content.decode()
    assert "长青物业" in chooser
    assert "仁和医院" in chooser
    page = client.get(world.property.url("desk/")).content.decode()
    assert f'href="{world.hospital.url("")}"' in page


def test_intake_has_a_place_on_the_form():
    """Every field of Intake can be typed, but the desk (the person's own), and the pack's facts and forms."""
    from dataclasses import fields

    from web.forms.intake import CallForm

    typed = {*CallForm.base_fields, "tier", "tier_criterion"}  # one choice for both: grading
    assert {row.name for row in fields(intake())} - typed == {"desk", "facts", "forms"}
