"""Where the rules send a case: by the places of roles, by earlier cases, or nowhere."""

from datetime import timedelta

import pytest

from complaints.facts import facts_of
from complaints.models import Complaint
from notifications.models import Notification
from organizations.directory import Directory
from organizations.models import Department
from policies.selectors import posts_of
from policies.services import place_role
from tests.overlay import put_in_force
from tests.world import MONDAY, new_case, sent_case
from tickets.proposing import EARLIER, Proposal, case_owner, propose
from tickets.services import dispatch, return_ticket

HOUR = timedelta(hours=1)
GROUP = {"id": "upgrade_group", "title": "升级投诉组"}
ROOM = {"id": "duty_room", "title": "总值班室", "acts_as": "desk_supervisor"}
CITY = {"id": "city", "title": "市分公司"}


@pytest.fixture
def company(world):
    with world.property.scope():
        yield world.property


def rules(company, *assign: dict, **routes) -> None:
    put_in_force(company, roles=[GROUP, ROOM, CITY], routes={"assign": list(assign), **routes})


def place(company, role, code):
    place_role(actor=company.actor("admin"), role=role, department=company.departments[code], now=MONDAY)


def proposed(company, case) -> Proposal:
    found = propose(case, directory=Directory(company.organization), now=MONDAY + HOUR)
    assert found is not None
    return found


def codes(found: Proposal) -> tuple[str, list[str]]:
    return found.lead.code if found.lead else "", [row.code for row in found.helpers]


def led(company, code: str, count: int = 1, **changes) -> None:
    for _number in range(count):
        sent_case(company, to=code, **changes)


# --- roles with a place -------------------------------------------------------------------------------------


def test_a_placed_role_is_its_department(company):
    rules(company, {"to": "upgrade_group", "with": "city", "helped_by": ["upgrade_group", "handler"]})
    place(company, "upgrade_group", "cleaning")
    place(company, "city", "lifts")
    led(company, "works")
    found = proposed(company, new_case(company))
    assert codes(found) == ("cleaning", ["lifts", "works"])  # handler: by the earlier case
    assert "升级投诉组" in found.reasons[0], "the rule comes first"
    assert any("保洁部" in reason for reason in found.reasons)


def test_the_first_row_that_holds_says_where(company):
    rules(
        company,
        {"when": {"tier": "major"}, "to": "upgrade_group"},
        {"when": {"count": {"of": "cases", "same": ["customer"], "gte": 2}}, "to": "city"},
        {"to": "dept_head"},
    )
    place(company, "upgrade_group", "cleaning")
    place(company, "city", "lifts")
    led(company, "works", complainant_phone="13800000001")
    other = {"complainant_phone": "13800000002"}
    assert codes(proposed(company, new_case(company, **other)))[0] == "works"
    assert codes(proposed(company, new_case(company, **other)))[0] == "lifts", "the second of this caller"
    major = {**other, "tier": "major", "tier_criterion": "loss_or_injury"}
    assert codes(proposed(company, new_case(company, **major)))[0] == "cleaning"


def test_a_role_that_is_nowhere_is_left_to_a_person(company):
    rules(company, {"to": "upgrade_group"})
    led(company, "works")
    found = proposed(company, new_case(company))
    assert codes(found) == ("", [])
    assert any("升级投诉组" in reason for reason in found.reasons[1:])


def test_who_takes_part_leads_where_the_leader_has_no_department(company):
    rules(company, {"to": "general_manager", "with": ["dept_head"]})
    led(company, "works")
    assert codes(proposed(company, new_case(company))) == ("works", [])


def test_rules_without_routes_propose_nothing(company):
    rules(company)
    assert propose(new_case(company), directory=Directory(company.organization), now=MONDAY) is None


# --- roles without a place ----------------------------------------------------------------------------------


def test_the_department_that_led_most_of_the_category(company):
    led(company, "works", 2, category="lift")
    led(company, "cleaning", 1, category="lift")
    led(company, "cleaning", 2, category="smell")
    case = new_case(company, category="lift")
    found = proposed(company, case)
    assert codes(found) == ("works", []), "the desk's supervisor helps without a ticket"
    assert any("工程部" in reason and "2" in reason and "3" in reason for reason in found.reasons)
    assert codes(proposed(company, new_case(company, category="smell"))) == ("cleaning", [])


def test_of_equals_the_latest(company):
    led(company, "works")
    sent_case(company, MONDAY + HOUR, to="cleaning")
    assert codes(proposed(company, new_case(company)))[0] == "cleaning"


def test_only_the_last_cases_have_a_say(company):
    case, _ticket = sent_case(company, to="cleaning")
    rows = [Complaint.objects.get(pk=case.pk) for _number in range(EARLIER)]
    for number, row in enumerate(rows):
        row.pk, row.number = None, f"OLD-{number}"
        row.lead_department = company.departments["works"]
        row.received_at = MONDAY - HOUR
    Complaint.objects.bulk_create(rows)
    found = proposed(company, new_case(company))
    assert codes(found)[0] == "works"
    assert any(str(EARLIER - 1) in reason for reason in found.reasons), "one of them is cleaning's"


def test_without_earlier_cases_the_department_complained_about(company):
    rules(company, {"to": "dept_head"}, recusal={"not_handler_when": "complainant", "next": "dept_head"})
    respondent = company.departments["works"]
    assert codes(proposed(company, new_case(company, respondent=respondent)))[0] == "works"
    assert codes(proposed(company, new_case(company)))[0] == ""


def test_the_department_complained_about_is_kept_out(company):
    """The standard rules: it does not handle the case, whatever it led before."""
    led(company, "works", 3)
    led(company, "cleaning")
    found = proposed(company, new_case(company, respondent=company.departments["works"]))
    assert codes(found) == ("", []), "the next best is no stand-in"
    assert any("工程部" in reason for reason in found.reasons)
    assert codes(proposed(company, new_case(company)))[0] == "works"


def test_a_placed_role_that_is_complained_about_is_kept_out(company):
    rules(company, {"to": "upgrade_group"})
    place(company, "upgrade_group", "cleaning")
    found = proposed(company, new_case(company, respondent=company.departments["cleaning"]))
    assert codes(found) == ("", [])


def test_who_returned_the_case_is_not_asked_again(company):
    led(company, "works", 2)
    led(company, "cleaning")
    case, ticket = sent_case(company)
    return_ticket(
        actor=company.actor("sun"), ticket=ticket, cause="not_our_duty", reason="非本部门", now=MONDAY
    )
    case.refresh_from_db()
    assert codes(proposed(company, case))[0] == "cleaning"


def test_a_department_without_people_is_not_proposed(company):
    rules(company, {"to": "upgrade_group"})
    place(company, "upgrade_group", "desk")  # has nobody who works on tickets, and nobody above
    found = proposed(company, new_case(company))
    assert codes(found) == ("", [])
    assert any("客服中心" in reason for reason in found.reasons)


def test_a_closed_department_is_not_proposed(company):
    led(company, "works", 2)
    led(company, "cleaning")
    Department.objects.filter(code="works").update(is_active=False)
    assert codes(proposed(company, new_case(company)))[0] == "cleaning"


def test_other_organizations_have_no_say(company, world):
    with world.hospital.scope():
        sent_case(world.hospital, to="clinic", by="bai")
    assert codes(proposed(company, new_case(company))) == ("", [])


def test_what_it_costs(company, django_assert_num_queries):
    led(company, "works", 3)
    case = new_case(company)
    directory = Directory(company.organization)
    assert len(directory.departments) < len(directory.people)  # loaded
    with django_assert_num_queries(4):
        propose(case, directory=directory, now=MONDAY)


# --- who is told, who owns ----------------------------------------------------------------------------------


def test_who_is_to_know_is_told_at_the_dispatch(company):
    rules(company, {"to": "dept_head", "also_notify": ["general_manager", "upgrade_group"]})
    place(company, "upgrade_group", "cleaning")
    led(company, "works")
    Notification.objects.filter(occasion="sent").delete()
    case = new_case(company)
    assert [user.username for user in proposed(company, case).also_notify] == ["gao", "mao"]
    actor, works = company.actor("lin"), company.departments["works"]
    dispatch(actor=actor, complaint=case, lead=works, now=MONDAY)
    dispatch(actor=actor, complaint=case, lead=works, helpers=[company.departments["lifts"]], now=MONDAY)
    told = Notification.objects.filter(occasion="sent").order_by("user__username")
    assert [row.user.username for row in told] == ["gao", "mao"], "once, and not again for a helper"


def test_who_owns_the_case(company):
    owners = [
        {"when": {"tier": "major"}, "to": "upgrade_group"},
        {"when": {"mass_affected": True}, "to": "city", "of": "place"},
        {"to": "desk_supervisor"},
    ]
    rules(company, {"to": "dept_head"}, case_owner=owners)
    place(company, "upgrade_group", "cleaning")
    directory, posts = Directory(company.organization), posts_of(company.organization)
    case = new_case(company)

    def owner(**facts):
        found = case_owner(case, {**facts_of(case), **facts}, directory=directory, posts=posts)
        return found.title, found.of, [user.username for user in found.people]

    assert owner() == ("客服主管", "", ["zhou"])
    assert owner(tier="major") == ("升级投诉组", "", ["mao"])
    assert owner(mass_affected=True, place="南区") == ("市分公司", "南区", [])
