"""The rules' forms on pages: asked for where something is open, shown with what was written, printed."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints.models import CaseEvent, Complaint, State
from complaints.services import accept, register
from policies.services import adopt_policy
from tests.web.conftest import reload
from tests.world import MONDAY, PACKS, Company, intake
from tickets.models import Ticket
from tickets.services import dispatch, sign_for

TIER = {"tier": "minor", "tier_criterion": "limited_facility"}
CALL = {
    "request_key": "6f1c2a52-0a7e-4b3d-9d3e-1f2a3b4c5d6f",
    "then": "dispatch",
    "channel": "phone",
    "subject": "电梯停运",
    "content": "停运",
    "grading": "minor:limited_facility",
}
HOSTILE = "<script>alert(1)</script><img src=file:///etc/passwd>"


def adopt(company: Company, pack: str = "property.yaml") -> None:
    with company.scope():
        adopt_policy(organization=company.organization, path=PACKS / pack, now=MONDAY, publish=True)


def recorded(company: Company, **changes: object) -> Complaint:
    with company.scope():
        case = register(actor=company.actor("lin"), intake=intake(**{**TIER, **changes}), now=MONDAY)
    return reload(company, case)


def in_hand(company: Company, **changes: object) -> tuple[Complaint, Ticket]:
    case = recorded(company, **changes)
    with company.scope():
        desk = company.actor("lin")
        accept(actor=desk, complaint=case, now=MONDAY)
        (ticket,) = dispatch(actor=desk, complaint=case, lead=company.departments["works"], now=MONDAY)
        sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
    return reload(company, case), ticket


def verb(page: str, name: str) -> str:
    """The form of one verb on a page."""
    form = page[page.index(f'data-verb="{name}"') :]
    return form[: form.index("</form>")]


def test_only_what_is_open_is_asked_for(company, sign_in):
    adopt(company)
    lin = sign_in("lin")
    known, nameless = recorded(company), recorded(company, complainant_name="", complainant_phone="")
    form = verb(lin.get(company.url(f"case/{known.number}/")).content.decode(), "accept")
    assert "form.case_record_open" not in form
    assert "投诉记录表" not in form
    form = verb(lin.get(company.url(f"case/{nameless.number}/")).content.decode(), "accept")
    assert "投诉记录表(立项)" in form
    assert "P2-10" in form
    assert set(re.findall(r'name="(form[^"]+)"', form)) == {
        "form.case_record_open.3",
        "form.case_record_open.5",
    }


def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(company, sign_in):
    adopt(company)
    lin, case = sign_in("lin"), recorded(company, complainant_phone="", complainant_name="")
    url = company.url(f"case/{case.number}/accept/")
    data = {"revision": case.revision, "reason": "on_site_work", "form.case_record_open.3": HOSTILE}
    page = lin.post(url, data)
    text = page.content.decode()
    assert page.status_code == 422
    assert 'id="accept-form.case_record_open.5_error"' in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text
    assert reload(company, case).state == State.RECORDED
    long = lin.post(url, {**data, "form.case_record_open.5": "1" * 300})
    assert long.status_code == 422
    assert lin.post(url, {**data, "form.case_record_open.5": "13800138000"}).status_code == 302
    text = lin.get(company.url(f"case/{case.number}/")).content.decode()
    entry = text[text.index('class="filed"') :]
    assert "13800138000" in entry
    assert "&lt;script&gt;alert(1)" in entry
    assert "<script>alert(1)" not in text


def test_the_signature_of_somebody_else_is_a_box(company, sign_in):
    adopt(company)
    case, ticket = in_hand(company, facts={"work_kind": "repair"})
    sun = sign_in("sun")
    for page in (f"case/{case.number}/", "department/"):
        form = verb(sun.get(company.url(page)).content.decode(), "result")
        assert 'name="form.service_slip.sign.complainant"' in form
        assert "form.handling_part" not in form, "the head signs by filing the result"
    url, data = (
        company.url(f"ticket/{ticket.number}/result/"),
        {"revision": case.revision, "result": "已修复"},
    )
    refused = sun.post(url, data)
    assert refused.status_code == 422
    assert "已修复" in refused.content.decode()
    assert sun.post(url, {**data, "form.service_slip.sign.complainant": "on"}).status_code == 302
    with company.scope():
        event = CaseEvent.objects.get(kind="handled")
    assert event.data["forms"]["service_slip"]["signed"] == ["complainant"]


def test_the_verb_s_own_text_goes_into_the_form(company, sign_in):
    """The close-out form wants the result: the note has to be there, and begins with what was filed."""
    adopt(company)
    case, ticket = in_hand(
        company, facts={"facts_verified": True, "work_kind": "non_repair", "notice_received": True}
    )
    lin, sun = sign_in("lin"), sign_in("sun")
    sun.post(
        company.url(f"ticket/{ticket.number}/result/"),
        {"revision": case.revision, "result": "换了皮带", "outcome": "solved"},
    )
    for name, said in (
        ("tell", {"summary": "已告知", "way": "phone", "outcome": "solved"}),
        ("follow-up", {"reached": "yes", "solved": "yes", "satisfaction": "satisfied"}),
    ):
        data = {"revision": reload(company, case).revision, **said}
        assert lin.post(company.url(f"case/{case.number}/{name}/"), data).status_code == 302
    form = verb(lin.get(company.url(f"case/{case.number}/")).content.decode(), "close")
    assert re.search(r"<textarea name=\"note\"[^>]*required[^>]*>\s*换了皮带", form)
    url, data = company.url(f"case/{case.number}/close/"), {"revision": reload(company, case).revision}
    assert lin.post(url, data).status_code == 422
    assert lin.post(url, {**data, "note": "客户确认"}).status_code == 302
    assert reload(company, case).state == State.CLOSED


def test_whoever_is_not_reached_fills_in_nothing(company, sign_in):
    """The feedback slip of this dealer wants the customer's opinion, once there is a customer to have one."""
    adopt(company, "liquor.yaml")
    case, ticket = in_hand(company, tier="", tier_criterion="", category="", nature="")
    lin, sun = sign_in("lin"), sign_in("sun")
    done = {"revision": case.revision, "result": "已换货", "outcome": "solved"}
    sun.post(company.url(f"ticket/{ticket.number}/result/"), done)
    told = {
        "revision": reload(company, case).revision,
        "summary": "已告知",
        "way": "phone",
        "outcome": "solved",
    }
    lin.post(company.url(f"case/{case.number}/tell/"), told)
    url = company.url(f"case/{case.number}/follow-up/")
    data = {"revision": reload(company, case).revision, "reached": "no"}
    assert lin.post(url, data).status_code == 302
    reached = {
        "revision": reload(company, case).revision,
        "reached": "yes",
        "solved": "yes",
        "satisfaction": "satisfied",
    }
    refused = lin.post(url, reached)
    assert refused.status_code == 422
    assert 'id="follow-up-note_error"' in refused.content.decode()
    assert lin.post(url, {**reached, "note": "满意"}).status_code == 302


def test_a_call_asks_for_what_accepting_it_needs(company, sign_in):
    adopt(company, "hospital_office.yaml")
    lin = sign_in("lin")
    verified = "form.complaint_register.4"
    page = lin.get(company.url("desk/log/")).content.decode()
    assert set(re.findall(r'name="(form[^"]+)"', page)) == {verified}
    call = {
        **CALL,
        "grading": "minor:slight_inconvenience",
        "lead": company.departments["works"].pk,
        "complainant_name": "王女士",
        "complainant_phone": "13800138000",
    }
    refused = lin.post(company.url("desk/log/"), call)
    assert refused.status_code == 422
    assert f'id="id_{verified}_error"' in refused.content.decode()
    nameless = lin.post(company.url("desk/log/"), {**call, verified: "属实", "complainant_name": ""})
    text = nameless.content.decode()
    assert 'id="id_complainant_name_error"' in text
    assert re.search(r'<textarea name="form.complaint_register.4"[^>]*>\s*属实', text)
    looked_up = lin.post(company.url("desk/log/"), {**call, verified: "属实", "then": "lookup"})
    assert "属实" in looked_up.content.decode()
    assert lin.post(company.url("desk/log/"), {**call, verified: "属实"}).status_code == 302
    with company.scope():
        event = CaseEvent.objects.get(kind="accepted")
    assert event.data["forms"]["complaint_register"]["values"] == {"核实情况": "属实"}


def test_a_fact_that_a_form_wants_is_asked_for_once(company, sign_in):
    adopt(company, "telecom.yaml")
    zhou = sign_in("zhou")
    call = {
        **CALL,
        "channel": "letter",
        "grading": "general:in_channel",
        "lead": company.departments["works"].pk,
        "complainant_name": "王女士",
        "request": "退费",
        "fact_phone_number": "18600000000",
        "fact_business": "fixed",
        "fact_promised_due": "2026-11-04T18:00",
    }
    assert "form.work_order" not in zhou.get(company.url("desk/log/")).content.decode()
    refused = zhou.post(company.url("desk/log/"), call)
    assert refused.status_code == 422
    assert 'id="id_fact_problem_error"' in refused.content.decode()
    assert zhou.post(company.url("desk/log/"), {**call, "fact_problem": "fee_dispute"}).status_code == 302
    case = Complaint._base_manager.get()
    sheet = zhou.get(company.url(f"case/{case.number}/forms/work_order/")).content.decode()
    assert all(word in sheet for word in ("固网业务", "资费争议", "18600000000", "2026-11-04 18:00"))


def test_only_registering_needs_no_form(company, sign_in):
    adopt(company)
    call = {**CALL, "then": "register", "form.opinion_form.3": "保安队长"}
    assert sign_in("lin").post(company.url("desk/log/"), call).status_code == 302
    with company.scope():
        event = CaseEvent.objects.get(kind="recorded")
    assert event.data["forms"]["opinion_form"]["values"] == {"respondent": "保安队长"}


# --- printing -----------------------------------------------------------------------------------------------


def test_a_sheet_has_everything_that_is_known_and_lines_for_the_rest(company, sign_in):
    adopt(company)
    case, ticket = in_hand(company, content=HOSTILE, facts={"work_kind": "non_repair"})
    sun = sign_in("sun")
    url = company.url(f"case/{case.number}/forms/handling_part/")
    text = sun.get(url).content.decode()
    assert re.search("<h1>客户投诉意见表</h1>.*<h2>处理过程</h2>", text, re.DOTALL), (
        "both parts are one sheet"
    )
    assert all(word in text for word in ("王女士", "13800138000", "3号楼2单元1501", case.number, "长青物业"))
    assert "&lt;script&gt;" in text
    assert "<script>alert" not in text
    assert text.count('class="sheet-open"') == 3  # when, who is complained about, what was done
    done = {"revision": case.revision, "result": "已更换门机皮带"}
    sun.post(company.url(f"ticket/{ticket.number}/result/"), done)
    text = sun.get(url).content.decode()
    assert "已更换门机皮带" in text
    assert re.search(r"sheet-signed\">孙主任<", text)
    assert url in sun.get(company.url(f"case/{case.number}/")).content.decode()
    assert (
        "<h1>投诉处置记录表</h1>"
        in sun.get(url.replace("handling_part", "returned_register")).content.decode()
    )


def test_a_sheet_as_pdf_reads_nothing_of_this_machine(company, sign_in):
    adopt(company)
    case = recorded(company, content=HOSTILE)
    answer = sign_in("lin").get(company.url(f"case/{case.number}/forms/opinion_form/?pdf"))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert answer["Cache-Control"] == "private, no-store"


def test_a_sheet_of_others_or_of_no_form_is_not_there(world, company, sign_in):
    adopt(company)
    adopt(world.hospital)
    case = recorded(company)
    here = f"case/{case.number}/forms/opinion_form/"
    assert sign_in("lin").get(company.url(here)).status_code == 200
    assert sign_in("mao").get(company.url(here)).status_code == 404
    assert sign_in("bai").get(company.url(here)).status_code == 404
    assert sign_in("bai", world.hospital).get(world.hospital.url(here)).status_code == 404
    for name in ("nonsense", "opinion_form%00", "a%2Fb", "表" * 101):
        assert sign_in("lin").get(company.url(f"case/{case.number}/forms/{name}/")).status_code == 404


def test_rules_without_forms_show_none(company, sign_in):
    case = recorded(company, tier_criterion="slight_inconvenience")
    text = sign_in("lin").get(company.url(f"case/{case.number}/")).content.decode()
    assert 'id="papers"' not in text
    assert 'class="paper"' not in text


@pytest.mark.parametrize("path", ["department/"])
def test_queries_for_forms_do_not_grow_with_rows(company, sign_in, path):
    adopt(company)
    sun = sign_in("sun")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert sun.get(company.url(path)).status_code == 200
        return len(captured)

    in_hand(company)
    queries()
    few = queries()
    for _number in range(3):
        in_hand(company)
    assert queries() == few
