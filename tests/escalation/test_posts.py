"""A pack's own roles on the ladder and as deciders: their place says who that is."""

from datetime import timedelta

import pytest

from complaints.models import Deadline
from escalation.models import ExtensionRequest
from escalation.selectors import access_extension, extensions_to_decide
from escalation.services import ask_extension, decide_extension
from escalation.sweep import sweep
from notifications.models import Notification
from organizations.errors import Forbidden, NotVisible
from policies.services import place_role, remove_role
from tests.overlay import put_in_force
from tests.world import MONDAY, new_case, sent_case
from tickets.access import access_case
from tickets.services import sign_for

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
GROUP = {"id": "upgrade_group", "title": "升级投诉组"}
AFFAIRS = {"id": "medical_affairs", "title": "医务处", "acts_as": "dept_manager"}


def dispatch_duty(**values) -> dict:
    return {
        "id": "dispatch",
        "title": "派单",
        "owner": "receptionist",
        "from": ["recorded", "reopened", "returned"],
        "to": "dispatched",
        "limits": [{"value": 10, "unit": "min"}],
        "on_warn": [{"notify": "owner"}],
        "on_breach": [{"notify": "owner"}],
        "ladder": [],
        **values,
    }


@pytest.fixture
def company(world):
    with world.property.scope():
        yield world.property


@pytest.fixture
def calls_in(company):
    """Rules by which a case that is not dispatched in time goes to the upgrade group."""
    duty = dispatch_duty(on_breach=[{"notify": "upgrade_group"}])
    put_in_force(company, roles=[GROUP, AFFAIRS], duties=[duty])


def place(company, role, code):
    place_role(actor=company.actor("admin"), role=role, department=company.departments[code], now=MONDAY)


def told(occasion: str) -> list[str]:
    return sorted(Notification.objects.filter(occasion=occasion).values_list("user__username", flat=True))


def test_a_role_without_a_place_that_nobody_holds_goes_up(company, calls_in):
    new_case(company)
    sweep(MONDAY + 10 * MINUTE)
    assert told("breached") == ["gao", "lin"]  # lin, who owns it, of the warning


def test_a_placed_role_reaches_its_department(company, calls_in):
    place(company, "upgrade_group", "cleaning")
    new_case(company)
    sweep(MONDAY + 9 * MINUTE)
    sweep(MONDAY + 10 * MINUTE)
    assert (told("warned"), told("breached")) == (["lin"], ["mao"])


def test_who_was_called_in_finds_the_case(company, calls_in, world):
    place(company, "upgrade_group", "cleaning")
    case, other = new_case(company), new_case(company, MONDAY + HOUR)
    sweep(MONDAY + 10 * MINUTE)
    assert access_case(company.actor("mao"), case.number) == case
    for name, row in (("mao", other), ("sun", case), ("he", case)):
        with pytest.raises(NotVisible):
            access_case(company.actor(name), row.number)
    remove_role(actor=company.actor("admin"), role="upgrade_group", now=MONDAY)
    with pytest.raises(NotVisible):
        access_case(company.actor("mao"), case.number)


def test_a_placed_role_owns_its_limit(company):
    put_in_force(company, roles=[GROUP], duties=[dispatch_duty(owner="upgrade_group")])
    place(company, "upgrade_group", "works")
    new_case(company)
    sweep(MONDAY + 9 * MINUTE)
    assert told("warned") == ["sun"]


def test_a_ticket_s_limit_is_its_department_s_whatever_the_place(company):
    """dept_head is cleaning by the rules, and the ticket lies with works."""
    place(company, "dept_head", "cleaning")
    sent_case(company)
    sweep(MONDAY + 54 * MINUTE)  # receipt, for each ticket
    assert told("warned") == ["sun"]


def test_a_limit_of_the_case_is_the_role_s_and_whoever_has_it_in_hand(company):
    place(company, "dept_head", "cleaning")
    _case, ticket = sent_case(company)
    sign_for(actor=company.actor("he"), ticket=ticket, now=MONDAY + MINUTE)
    sweep(MONDAY + 22 * HOUR)  # solve
    assert told("warned") == ["he", "mao"]


def test_the_desk_s_own_place_keeps_the_case_with_whoever_recorded_it(company):
    place(company, "receptionist", "desk")
    new_case(company, by="zhou")
    sweep(MONDAY + 9 * MINUTE)
    assert told("warned") == ["zhou"]


def test_who_is_complained_about_is_passed_over_on_the_ladder(company):
    ladder = [{"after": {"value": 5, "unit": "min"}, "do": [{"notify": "dept_manager"}]}]
    put_in_force(
        company,
        roles=[],
        duties=[dispatch_duty(owner="dept_manager", to="handled", ladder=ladder)],
        facts=[{"id": "direct_interest", "type": "text", "title": "有直接利害关系的人"}],
        routes={
            "recusal": {"not_handler_when": ["respondent", "direct_interest"], "next": "general_manager"}
        },
    )
    sent_case(company)
    sweep(MONDAY + 15 * MINUTE)
    assert told("escalated") == ["qian"]
    sent_case(company, MONDAY + HOUR, facts={"direct_interest": "钱经理"})
    sweep(MONDAY + HOUR + 10 * MINUTE)
    assert "qian" in told("breached"), "the owner of a limit is told all the same"
    sweep(MONDAY + HOUR + 15 * MINUTE)
    assert told("escalated") == ["gao", "qian"]


def test_a_general_manager_it_is_about_is_passed_over_too(company):
    duty = dispatch_duty(on_breach=[{"notify": "upgrade_group"}])  # nobody: goes up
    put_in_force(
        company,
        roles=[GROUP],
        duties=[duty],
        facts=[{"id": "direct_interest", "type": "text", "title": "有直接利害关系的人"}],
        routes={"recusal": {"not_handler_when": "direct_interest", "next": "general_manager"}},
    )
    new_case(company, facts={"direct_interest": "高总"})
    sweep(MONDAY + 9 * MINUTE)
    sweep(MONDAY + 10 * MINUTE)
    assert told("breached") == ["admin"]


# --- more time ----------------------------------------------------------------------------------------------


@pytest.fixture
def decided_by_affairs(company):
    rule = {"duty": "solve", "approver": "medical_affairs", "before_due": True, "notify": ["upgrade_group"]}
    put_in_force(company, roles=[GROUP, AFFAIRS], extensions=[rule])


def ask(company) -> ExtensionRequest:
    case, ticket = sent_case(company)
    sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
    return ask_extension(
        actor=company.actor("sun"),
        deadline=Deadline.objects.get(complaint=case, duty="solve"),
        wanted_due_at=MONDAY + 40 * HOUR,
        reason="等配件",
        now=MONDAY + HOUR,
    )


def decide(company, request, by):
    return decide_extension(
        actor=company.actor(by), request=request, approve=True, reason="同意", now=MONDAY + 2 * HOUR
    )


def test_without_a_place_the_manager_of_the_department_decides(company, decided_by_affairs):
    request = ask(company)
    assert told("extension_asked") == ["qian"]
    assert extensions_to_decide(company.actor("qian")) == [request]


def test_with_a_place_its_department_decides(company, decided_by_affairs):
    place(company, "medical_affairs", "cleaning")
    place(company, "upgrade_group", "lifts")
    request = ask(company)
    assert told("extension_asked") == ["mao"]
    assert (request.department.code, request.approver_department.code) == ("works", "cleaning")
    assert extensions_to_decide(company.actor("mao")) == [request]
    assert extensions_to_decide(company.actor("qian")) == []
    assert access_extension(company.actor("mao"), request.pk) == request
    for stranger in ("qian", "sun", "he"):
        with pytest.raises(Forbidden):
            decide(company, request, stranger)
    assert decide(company, request, "mao").state == "approved"
    assert told("extended") == ["sun"]  # the asker, and the head above the department that is the group


def test_whoever_asks_does_not_decide_for_the_post(company, decided_by_affairs):
    place(company, "medical_affairs", "works")
    request = ask(company)
    assert told("extension_asked") == ["qian"]
    place(company, "medical_affairs", "cleaning")
    assert decide(company, request, "qian").state == "approved", "a request keeps its decider"
