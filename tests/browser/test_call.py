"""The front desk's screen in a real browser: the keyboard is enough, and nothing that was typed is lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import BrowserContext, Page, expect

from complaints.models import CaseEvent, Complaint, Draft, State
from config import clock
from tests.browser.deeds import SEND_TWICE
from tests.world import PASSWORD, World, sent_case

LOG = "/o/evergreen/desk/log/"
CONTENT = "住户来电:今天又停了两次,老人下不了楼"

# Which fields a person has touched: focus alone does not count, changing something does.
TOUCHED = """
window.touched = new Set();
document.addEventListener("input", (event) => window.touched.add(event.target.name), true);
"""
# Until the page is loaded again. (A request that fails for good would be counted as a fault of the page.)
NO_CONNECTION = "() => { window.fetch = () => Promise.reject(new TypeError('no connection')); }"


@pytest.fixture
def lifts(today_world: World) -> World:
    """A company whose lifts have been complained about before, by somebody else."""
    for days in (3, 2, 1):
        sent_case(
            today_world.property,
            clock.now() - timedelta(days=days),
            to="lifts",
            complainant_phone=f"1390000000{days}",
            complainant_name="赵先生",
            place=f"{days}号楼1单元101",
        )
    return today_world


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.name")


def type_in(page: Page, text: str) -> None:
    page.keyboard.type(text)


def count(world: World) -> int:
    with world.property.scope():
        return Complaint.objects.count()


def test_a_call_is_logged_and_dispatched_by_the_keyboard_alone(sign_in: Callable[..., Page], lifts: World):
    page = sign_in("lin")
    page.add_init_script(TOUCHED)
    page.goto(LOG)
    assert focused(page) == "complainant_phone"
    for name, text in (
        ("complainant_phone", "13800138000"),
        ("complainant_name", "王女士"),
        ("place", "3号楼2单元1501"),
        ("subject", "3号楼电梯频繁停运"),
    ):
        assert focused(page) == name
        type_in(page, text)
        page.keyboard.press("Enter")
    assert focused(page) == "content"
    type_in(page, CONTENT)
    page.keyboard.press("Enter")  # a new line here, and nothing else
    type_in(page, "请尽快")
    expect(page.locator("[name=lead]")).to_have_value(str(lifts.property.departments["lifts"].pk))
    expect(page.locator("[name=category]")).to_have_value("lift")
    expect(page.locator("[name=grading]:checked")).to_have_value("minor:slight_inconvenience")
    expect(page.locator(".field:has([name=category]) .form-hint")).to_contain_text("电梯")

    touched = page.evaluate("[...window.touched]")
    assert len(touched) <= 12, touched
    assert len(touched) == 5, "all the rest was proposed, and confirmed by sending it"
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/case/**")
    with lifts.property.scope():
        case = Complaint.objects.latest("pk")
        assert not Draft.objects.exists()
    assert (case.state, case.complainant_phone, case.category) == (State.DISPATCHED, "13800138000", "lift")
    assert case.content == f"{CONTENT}\n请尽快"
    assert case.lead_department_id == lifts.property.departments["lifts"].pk
    assert page.evaluate("localStorage.length") == 0


def test_the_keyboard_reaches_and_changes_everything(sign_in: Callable[..., Page], lifts: World):
    """What is proposed is changed by hand and stays so; Alt opens what is folded."""
    page = sign_in("lin")
    page.goto(LOG)
    page.keyboard.press("Alt+m")
    assert focused(page) == "request"
    type_in(page, "请说明原因")
    page.locator("[name=subject]").focus()
    type_in(page, "3号楼电梯停运")
    page.keyboard.press("Tab")
    type_in(page, CONTENT)
    page.keyboard.press("Tab")
    assert focused(page) == "category"
    expect(page.locator("[name=category]")).to_have_value("lift")
    page.keyboard.press("Home")  # the first entry: none
    page.keyboard.press("ArrowDown")
    mine = page.locator("[name=category]").input_value()
    assert mine not in ("", "lift")
    page.locator("[name=grading]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert focused(page) == "lead"
    graded = page.locator("[name=grading]:checked").input_value()
    page.locator("[name=subject]").focus()
    page.keyboard.press("End")
    with page.expect_response("**/desk/propose/**"):
        type_in(page, ",电梯")
    expect(page.locator("[name=category]")).to_have_value(mine)
    expect(page.locator("[name=grading]:checked")).to_have_value(graded)
    page.keyboard.press("Alt+x")
    with page.expect_navigation():
        page.keyboard.press("Enter")  # the first of what else can be done: only register
    with lifts.property.scope():
        case = Complaint.objects.latest("pk")
    assert (case.state, case.category, case.request) == (State.RECORDED, mine, "请说明原因")


def test_one_key_adds_the_call_to_the_open_case(sign_in: Callable[..., Page], today_world: World):
    case, _ticket = sent_case(today_world.property, clock.now() - timedelta(hours=2))
    page = sign_in("lin")
    page.goto(LOG)
    type_in(page, "13800138000")
    expect(page.locator("#earlier")).to_contain_text(case.number)
    page.locator("[name=content]").focus()
    type_in(page, CONTENT)
    with page.expect_navigation():
        page.keyboard.press("Alt+1")
    assert page.url.endswith(f"/case/{case.number}/")
    expect(page.locator("ul.line").last).to_contain_text(CONTENT)
    with today_world.property.scope():
        assert CaseEvent.objects.filter(complaint=case, kind="contacted_again").count() == 1
        assert (count(today_world), Draft.objects.count()) == (1, 0)


def test_an_answer_that_is_overtaken_is_called_off(sign_in: Callable[..., Page], today_world: World):
    """It must not replace that of what has been typed since."""
    sent_case(today_world.property, clock.now(), subject="旧号码的")
    page = sign_in("lin")
    page.context.route("**/desk/lookup/?complainant_phone=1380&**", lambda route: None)  # never answered
    page.goto(LOG)
    with page.expect_request("**/desk/lookup/**"):
        type_in(page, "1380")
    with page.expect_event("requestfailed", lambda request: "phone=1380&" in request.url):
        type_in(page, "9999999")
    expect(page.locator("#earlier p")).to_be_visible()  # there is none
    expect(page.locator("#earlier")).not_to_contain_text("旧号码的")


def test_a_closed_tab_loses_nothing(sign_in: Callable[..., Page], today_world: World):
    page = sign_in("lin")
    context: BrowserContext = page.context
    page.goto(LOG)
    type_in(page, "13800138000")
    page.locator("[name=content]").focus()
    type_in(page, CONTENT)
    page.close(run_before_unload=True)  # at once: before any pause after which it would have been kept

    page = context.new_page()
    offered = page.locator(".drafts li", has_text=CONTENT)  # a slow typist's beginning may be there before
    for _ in range(50):  # what a closing tab sends is answered to nobody, so nobody can wait for it
        page.goto(LOG)
        if offered.count():
            break
    expect(offered).to_have_count(1)
    expect(page.locator("[name=content]")).to_have_value("")
    offered.locator("a").click()
    expect(page.locator("[name=content]")).to_have_value(CONTENT)
    expect(page.locator("[name=complainant_phone]")).to_have_value("13800138000")
    page.goto(LOG)
    page.locator(".drafts li button").click()
    expect(page.locator(".drafts")).to_have_count(0)


def test_a_session_that_has_ended_loses_nothing(sign_in: Callable[..., Page], today_world: World):
    page = sign_in("lin")
    page.goto(LOG)
    page.fill("[name=subject]", "电梯停运")
    page.fill("[name=content]", CONTENT)
    expect(page.locator(".draft-state")).to_contain_text("草稿")
    Session.objects.all().delete()
    page.fill("[name=place]", "3号楼2单元1501")
    expect(page.locator(".draft-state")).to_contain_text("登录")
    page.keyboard.press("Alt+x")
    page.locator("button[value=register]").click()
    page.wait_for_url("**/login/**")

    page.fill("[name=username]", "lin")
    page.fill("[name=password]", PASSWORD)
    page.click("form:has([name=password]) button:not([type=button])")
    expect(page.locator("main")).to_contain_text("林接待")
    assert count(today_world) == 0, "nobody else than who typed it sends it"
    page.locator("main a").click()  # back without sending it: to the form, with the draft
    page.wait_for_url("**/desk/log/?draft=*")
    for name, value in (("subject", "电梯停运"), ("content", CONTENT), ("place", "3号楼2单元1501")):
        expect(page.locator(f"[name={name}]")).to_have_value(value)
    assert count(today_world) == 0
    assert page.evaluate("localStorage.length") == 0, "the server has it now"


def test_no_connection_loses_nothing_and_leaves_nothing(sign_in: Callable[..., Page], today_world: World):
    page = sign_in("lin")
    page.goto(LOG)
    page.evaluate(NO_CONNECTION)
    page.fill("[name=content]", CONTENT)
    expect(page.locator(".draft-state")).to_contain_text("暂存在本机")
    kept = page.evaluate("Object.entries(localStorage)")
    assert [name.rsplit(".", 1)[0] for name, _value in kept] == [_prefix(today_world)]
    assert CONTENT in kept[0][1]
    page.reload()  # the connection is back
    expect(page.locator(".drafts li")).to_contain_text(CONTENT)
    assert page.evaluate("localStorage.length") == 0

    page.evaluate(NO_CONNECTION)
    page.fill("[name=content]", "另一个电话")
    expect(page.locator(".draft-state")).to_contain_text("暂存在本机")
    page.locator("form[action='/logout/'] button").first.click()
    page.wait_for_url("**/login/")
    assert page.evaluate("localStorage.length") == 0, "the next person at this computer finds nothing"


def _prefix(world: World) -> str:
    return f"huiyin.draft.{world.property.organization.pk}.{world.property.people['lin'].pk}"


def test_a_double_tap_makes_one_case(sign_in: Callable[..., Page], lifts: World):
    page = sign_in("lin")
    page.goto(LOG)
    page.fill("[name=subject]", "电梯停运")
    page.fill("[name=content]", CONTENT)
    expect(page.locator("[name=lead]")).not_to_have_value("")
    before = count(lifts)
    page.locator("form.call button[value=dispatch]:not([tabindex])").evaluate(SEND_TWICE)
    page.wait_for_url("**/case/**")
    assert count(lifts) == before + 1


def test_the_cursor_goes_to_what_is_wrong(sign_in: Callable[..., Page], today_world: World):
    page = sign_in("lin")
    page.goto(LOG)
    page.fill("[name=subject]", "照明")
    page.fill("[name=content]", CONTENT)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".field-error").first).to_be_visible()
    expect(page.locator("[name=grading]").first).to_be_focused()  # and no department: the tier comes first
    expect(page.locator("[name=content]")).to_have_value(CONTENT)
    assert count(today_world) == 0
    page.keyboard.press("Alt+x")  # and the keys of the page work as before
    expect(page.locator("button[value=register]")).to_be_visible()
