"""An administrator puts the telecom pack in force for a new organization, and a case follows its limits."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from playwright.sync_api import Page, expect

from complaints.models import Complaint, Deadline
from config import clock
from organizations.models import Department, Role
from organizations.services import add_department, create_organization, create_user, grant_role
from tests.browser.deeds import do
from tests.world import PASSWORD, Company

BASE = "/o/xintong/"


@pytest.fixture
def xintong(transactional_db) -> Company:
    """A new organization with people and departments, and no rules at all."""
    now = clock.now()
    company = Company(create_organization(slug="xintong", name="信通电信", now=now))
    with company.scope():
        root = Department.objects.get(parent=None)
        company.departments["root"] = root
        for code, name in (("desk", "客户服务中心"), ("works", "网络维护部"), ("upgrade", "升级处理组")):
            company.departments[code] = add_department(
                organization=company.organization, name=name, code=code, parent=root, is_desk=code == "desk"
            )
        for name, shown, code, role in (
            ("admin", "管理员", "root", Role.ADMINISTRATOR),
            ("lin", "林话务", "desk", Role.RECEPTIONIST),
            ("zhou", "周主任", "desk", Role.DESK_SUPERVISOR),
            ("sun", "孙主任", "works", Role.DEPT_HEAD),
        ):
            user = create_user(login=name, name=shown, password=PASSWORD)
            grant_role(user=user, department=company.departments[code], role=role, now=now)
    return company


def test_the_telecom_pack_for_a_new_organization(enter: Callable[[str], Page], xintong: Company):
    """Adopted, filled in and published; a case follows 1 h, 4 h, 48 h, 2 h and 7 days with 90 % warnings."""
    page = enter("admin")
    page.goto(f"{BASE}rules/new/")
    page.check("input[name=pack][value='cn.telecom.operator']")
    page.click("form:has([name=pack]) button")
    page.wait_for_url("**/rules/1/")
    page.goto(f"{BASE}rules/1/edit/open/0/")
    fill_in(page)
    page.goto(f"{BASE}rules/posts/")
    expect(page.locator("main")).to_contain_text("升级投诉组")
    page.goto(f"{BASE}rules/1/publish/")
    page.click("form:has([name=seen]) button")
    page.wait_for_url(f"**{BASE}rules/")
    desk = enter("lin")
    desk.goto(f"{BASE}desk/log/")
    desk.fill("[name=complainant_phone]", "13800138000")
    desk.fill("[name=complainant_name]", "王先生")
    desk.fill("[name=subject]", "夜间无法上网")
    desk.fill("[name=content]", "用户反映每晚八点后手机无法上网")
    desk.fill("[name=request]", "尽快修复")
    desk.select_option("[name=fact_business]", "gsm")
    desk.select_option("[name=fact_problem]", "net_quality")
    desk.fill("[name=fact_phone_number]", "13800138000")
    promised = (clock.now() + timedelta(hours=20)).astimezone(xintong.organization.zone)
    desk.fill("[name=fact_promised_due]", f"{promised:%Y-%m-%dT%H:%M}")
    desk.check("[name=grading][value^='provincial:']")
    # By these rules the centre sends the work out, not the counter.
    expect(desk.locator("main")).to_contain_text("省级投诉处理中心")
    expect(desk.locator("[name=lead], button[value=dispatch]")).to_have_count(0)
    desk.keyboard.press("Control+Enter")
    desk.wait_for_url("**/case/**")
    begun = limits(xintong)
    assert 19 < begun.pop("keep_promise")[0] < 20
    assert begun == {
        "fill_order": (1, 0.9),
        "outside_promise": (48, 43.2),
        "review_dispatch": (4, 3.6),
    }
    centre = enter("zhou")
    centre.goto(desk.url)
    do(centre, "dispatch", lead__is=str(xintong.departments["works"].pk))
    works = enter("sun")
    works.goto(desk.url)
    do(works, "sign")
    do(works, "result", result="更换基站射频模块", outcome__is="solved")
    assert limits(xintong)["reply"] == (2, 1.8)
    centre.goto(desk.url)
    expect(centre.locator("main")).to_contain_text("回复客户")
    why = centre.locator("details:has(summary:text-is('依据'))").first
    why.locator("summary").click()
    expect(why).to_contain_text("T1-")
    with xintong.scope():
        follow_up = Deadline.objects.get(duty="follow_up")
    zone = xintong.organization.zone
    first, last = (at.astimezone(zone) for at in (follow_up.started_at, follow_up.due_at))
    assert last.time() == time(0)
    assert last.date() == first.date() + timedelta(days=8)  # 24:00 of the seventh day


def limits(company: Company) -> dict[str, tuple[float, float]]:
    """The length of each limit of the one case and its warning, in hours."""
    with company.scope():
        rows = Deadline.objects.filter(complaint=Complaint.objects.get(), due_at__isnull=False)
        return {
            row.duty: tuple((at - row.started_at).total_seconds() / 3600 for at in (row.due_at, row.warn_at))
            for row in rows
        }


def fill_in(page: Page) -> None:
    """What the pack leaves open: its suggestions where it has some, and everything stated confirmed."""
    for card in page.locator("main form .card").all():
        fields = card.locator("input[type=number], input[type=text]").all()
        if not any(field.input_value() for field in fields):
            for number, field in enumerate(fields):
                field.fill(str(16 + 8 * number))
    for field in page.locator("main form input[type=checkbox]").all():
        if "forever" not in field.get_attribute("name"):
            field.check()
    page.locator("main form:has([name=seen]) button:not([type=button])").first.click()
    page.wait_for_url("**/rules/1/#open")
