"""The main job as people do it: several browsers side by side, one case from the call to the close-out."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from complaints.models import Complaint, State
from config import clock
from escalation.sweep import sweep
from tests.browser.deeds import PHONE, choose, do, fits
from tests.world import World, sent_case

BASE = "/o/evergreen/"


def log_call(page: Page, world: World, *, subject: str) -> str:
    """Fill in the desk's form and send the case to the works department; returns the case's address."""
    page.goto(f"{BASE}desk/log/")
    page.fill("[name=complainant_phone]", "138 0013 8000")
    page.fill("[name=complainant_name]", "王女士")
    page.fill("[name=place]", "3号楼2单元1501")
    choose(page, "channel", "phone")
    choose(page, "category", "lift")
    page.fill("[name=subject]", subject)
    page.fill("[name=content]", "住户来电:本周电梯已停运三次")
    choose(page, "grading", "minor:slight_inconvenience")
    choose(page, "lead", str(world.property.departments["works"].pk))
    page.locator("button[name=then][value=dispatch]:not([tabindex])").click()
    page.wait_for_url("**/case/**")
    expect(page.locator("h1")).to_have_text(subject)
    return page.url


def state_of(world: World, number: str) -> str:
    with world.property.scope():
        return Complaint.objects.get(number=number).state


def test_one_case_from_the_call_to_the_close_out(sign_in: Callable[..., Page], today_world: World):
    desk, department = sign_in("lin"), sign_in("sun")
    url = log_call(desk, today_world, subject="电梯频繁停运")
    number = url.rstrip("/").rsplit("/", 1)[-1]

    department.goto(f"{BASE}department/")
    expect(department.locator(".ticket-card", has_text="电梯频繁停运")).to_be_visible()
    do(department, "sign")
    assert state_of(today_world, number) == State.IN_HAND
    department.goto(url)
    do(department, "result", result="已更换门机皮带", cause="皮带老化", outcome__is="solved")

    desk.goto(url)
    do(desk, "tell", summary="已告知处理结果", way__is="phone", outcome__is="solved")
    do(desk, "follow-up", reached__is="yes", solved__is="yes", satisfaction__is="satisfied", note="满意")
    do(desk, "close", note="归档")

    assert state_of(today_world, number) == State.CLOSED
    timeline = desk.locator("ul.line").last
    for said in ("已更换门机皮带", "已告知处理结果", "归档", "孙主任"):
        expect(timeline).to_contain_text(said)


def test_what_nobody_signs_for_reaches_the_managers(sign_in: Callable[..., Page], today_world: World):
    desk = sign_in("lin")
    log_call(desk, today_world, subject="电梯无人签收")
    manager = sign_in("qian")
    manager.goto(f"{BASE}manager/")
    expect(manager.locator("main")).not_to_contain_text("电梯无人签收")

    sweep(
        clock.now() + timedelta(minutes=100)
    )  # an hour to sign, and half of it again to climb to the manager

    manager.goto(f"{BASE}inbox/")
    expect(manager.locator("main")).to_contain_text("电梯无人签收")


def test_earlier_cases_appear_while_the_phone_number_is_typed(
    sign_in: Callable[..., Page], today_world: World
):
    desk = sign_in("lin")
    log_call(desk, today_world, subject="电梯频繁停运")

    desk.goto(f"{BASE}desk/log/")
    expect(desk.locator("#earlier")).not_to_contain_text("电梯频繁停运")
    desk.locator("[name=complainant_phone]").press_sequentially("13800138000", delay=20)

    expect(desk.locator("#earlier")).to_contain_text("电梯频繁停运")


def test_a_call_can_be_logged_without_javascript(sign_in: Callable[..., Page], today_world: World):
    desk = sign_in("lin", java_script_enabled=False)
    url = log_call(desk, today_world, subject="没有脚本也能登记")
    assert state_of(today_world, url.rstrip("/").rsplit("/", 1)[-1]) == State.DISPATCHED


def test_what_was_typed_stays_when_the_form_is_refused(sign_in: Callable[..., Page]):
    desk = sign_in("lin")
    desk.goto(f"{BASE}desk/log/")
    desk.fill("[name=content]", "住户来电:本周电梯已停运三次")
    desk.evaluate("document.querySelectorAll('form.call').forEach(form => { form.noValidate = true })")
    desk.locator("button[name=then][value=dispatch]:not([tabindex])").click()

    expect(desk.locator(".field-error").first).to_be_visible()
    expect(desk.locator("[name=content]")).to_have_value("住户来电:本周电梯已停运三次")


LONG = "电梯频繁停运,住户多次来电反映,至今没有人上门查看"
PAGES = {
    "lin": ("desk/", "desk/log/", "cases/", "inbox/"),
    "sun": ("department/", "cases/"),
    "zhou": ("cases/?q=电梯&overdue=on&state=open",),
    "gao": ("manager/", "reports/"),
}


def test_pages_with_long_texts_fit_a_phone(sign_in: Callable[..., Page], today_world: World):
    company = today_world.property
    case, _ticket = sent_case(company, clock.now(), subject=LONG)
    for name, paths in PAGES.items():
        page = sign_in(name, **PHONE)
        for address in (*map(company.url, paths), case.get_absolute_url()):
            page.goto(address)
            fits(page)
