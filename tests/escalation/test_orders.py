"""A supervision order of a person: who issues it to whom, who is told, what is answered, one reminder."""

from datetime import timedelta

import pytest
from django.db import connection
from django_scopes import scopes_disabled

from complaints import services
from complaints.models import Complaint, Task
from escalation import reminding
from escalation.audit import audit
from escalation.effects import waiting
from escalation.orders import ANSWERED, OPEN, OVERDUE, PEOPLE, RULES, narrowed, orders
from escalation.reminding import remind_orders
from escalation.selectors import tasks_to_settle
from escalation.services import issue_order
from escalation.sweep import sweep
from notifications.models import Notification
from organizations.errors import Forbidden, Refused, Stale
from organizations.models import Membership, Role
from organizations.services import grant_role
from tests.complaints.case_in import last_event
from tests.overlay import put_in_force
from tests.rows import snapshot
from tests.walls.ruled import order_on
from tests.world import MONDAY, Company, World, sent_case
from tickets.services import dispatch

HOUR = timedelta(hours=1)
DUE = MONDAY + 4 * HOUR


@pytest.fixture
def company(world: World) -> Company:
    return world.property


def issue(company: Company, case: Complaint, by: str = "gao", to: str = "works", **more) -> Task:
    given = {"text": "说明未修复的原因", "due_at": DUE, "now": MONDAY, **more}
    with company.scope():
        return issue_order(
            actor=company.actor(by), complaint=case, department=company.departments[to], **given
        )


def told(company: Company, occasion: str) -> set[str]:
    with company.scope():
        rows = Notification.objects.filter(occasion=occasion)
        return set(rows.values_list("user__username", flat=True))


def test_an_order_is_numbered_told_and_answered(company):
    case, _ticket = sent_case(company)
    task = issue(company, case)
    event = last_event(case)
    assert (task.number, task.kind, task.roles) == ("DB202611-00001", Task.Kind.ORDER, ["dept_head"])
    assert (event.kind, event.role, event.reason) == ("order_issued", "general_manager", "说明未修复的原因")
    assert event.department == company.departments["works"]
    assert event.data["number"] == task.number
    assert told(company, "order_issued") == {"sun"}
    with company.scope():
        message = Notification.objects.get(occasion="order_issued")
        assert task.number in message.title
        assert "2026-11-02 14:00" in message.body
        assert [row.pk for row in tasks_to_settle(company.actor("sun"))] == [task.pk]
        assert tasks_to_settle(company.actor("gao")) == []
        sun = company.actor("sun")
        services.settle_task(actor=sun, task=task, answer="等配件,周三到货", now=MONDAY + HOUR)
        answer = Notification.objects.get(occasion="order_answered")
        assert (answer.user.username, answer.body) == ("gao", "等配件,周三到货")
        assert list(audit(company.organization)) == []
    assert issue(company, case).number == "DB202611-00002"


def test_whoever_answers_their_own_order_is_not_told_of_it(company):
    case, _ticket = sent_case(company)
    task = issue(company, case)
    with company.scope():
        services.settle_task(actor=company.actor("gao"), task=task, answer="已电话说明", now=MONDAY)
    assert told(company, "order_answered") == set()


@pytest.mark.parametrize(
    "by,allowed",
    [
        ("gao", "lifts works cleaning desk"),
        ("zhou", "lifts works cleaning desk"),
        ("qian", "lifts works"),
        *((name, "") for name in ("lin", "sun", "he", "mao", "admin")),
    ],
)
def test_who_may_order_whom(company, by, allowed):
    case, _ticket = sent_case(company, to="lifts")
    with company.scope():
        desk, helpers = company.actor("lin"), [company.departments["cleaning"]]
        dispatch(actor=desk, complaint=case, lead=company.departments["lifts"], helpers=helpers, now=MONDAY)
    for to in ("lifts", "works", "cleaning", "desk"):
        before = snapshot()
        if to in allowed.split():
            assert issue(company, case, by, to).issued_by == company.people[by]
        else:
            with pytest.raises(Forbidden):
                issue(company, case, by, to)
            assert snapshot() == before


@pytest.mark.parametrize(
    "given,field",
    [
        ({"text": " \u200b "}, "text"),
        ({"text": "长" * 1001}, "text"),
        ({"due_at": MONDAY}, "due_at"),
        ({"to": "cleaning"}, "department"),  # has no part in the case
    ],
)
def test_what_is_refused(company, given, field):
    case, _ticket = sent_case(company)
    before = snapshot()
    with pytest.raises(Refused) as refused:
        issue(company, case, **given)
    assert refused.value.field == field
    assert snapshot() == before


def test_an_ended_case_and_an_old_page_are_refused(company):
    case, _ticket = sent_case(company)
    with pytest.raises(Stale):
        issue(company, case, revision=case.revision - 1)
    Complaint._base_manager.filter(pk=case.pk).update(state="closed")
    with pytest.raises(Refused):
        issue(company, case)
    assert not Task._base_manager.exists()


def test_somebody_has_to_be_there_to_answer(company):
    case, _ticket = sent_case(company, to="cleaning")
    with company.scope():
        Membership.objects.filter(user=company.people["mao"]).update(is_active=False)
    with pytest.raises(Refused):
        issue(company, case, "gao", "cleaning")
    assert issue(company, case, "zhou", "cleaning").roles == ["general_manager"]
    assert told(company, "order_issued") == {"gao"}


def test_whom_the_rules_keep_out_is_not_asked(company):
    person = [{"id": "direct_interest", "type": "text", "title": "有直接利害关系的人"}]
    recusal = {"not_handler_when": "direct_interest", "next": "general_manager"}
    put_in_force(company, roles=[], facts=person, routes={"recusal": recusal})
    case, _ticket = sent_case(company, facts={"direct_interest": "孙主任"})
    assert issue(company, case).roles == ["dept_manager"]
    assert told(company, "order_issued") == {"qian"}


# --- the time has passed ------------------------------------------------------------------------------------


def test_people_are_reminded_once_when_the_time_has_passed(world):
    ours, theirs = world.property, world.hospital
    case, _ticket = sent_case(ours)
    task, timeless = issue(ours, case), issue(ours, case, due_at=None)
    other, _ticket = sent_case(theirs, to="clinic", by="bai")
    issue(theirs, other, "fang", "clinic")
    moment = timedelta(microseconds=1)
    sweep(DUE - moment)
    assert told(ours, "order_overdue") == set()
    assert not task.is_overdue(DUE - moment)
    assert task.is_overdue(DUE)
    sweep(DUE)
    assert told(ours, "order_overdue") == {"sun", "gao"}
    assert told(theirs, "order_overdue") == {"tang", "fang"}
    with scopes_disabled():
        count = Notification.objects.filter(occasion="order_overdue").count()
        assert Task.objects.get(pk=task.pk).reminded_at == DUE
        assert Task.objects.get(pk=timeless.pk).reminded_at is None
    assert not waiting(DUE + HOUR).unanswered
    sweep(DUE + HOUR)
    with scopes_disabled():
        assert Notification.objects.filter(occasion="order_overdue").count() == count == 4


def test_an_answered_order_reminds_nobody(company):
    case, _ticket = sent_case(company)
    task = issue(company, case)
    assert waiting(DUE).unanswered
    with company.scope():
        services.settle_task(actor=company.actor("sun"), task=task, answer="已修复", now=MONDAY)
    assert not waiting(DUE).unanswered
    assert remind_orders(DUE) == 0


def test_one_that_raises_silences_no_other(world, monkeypatch):
    case, _ticket = sent_case(world.property)
    bad, good = issue(world.property, case), issue(world.property, case)
    whole = reminding.people_to_answer

    def people(directory, posts, task):
        if task.pk == bad.pk:
            raise ValueError("broken")
        return whole(directory, posts, task)

    monkeypatch.setattr(reminding, "people_to_answer", people)
    assert remind_orders(DUE) == 2
    with scopes_disabled():
        assert Task.objects.filter(reminded_at=DUE).get() == good


def test_what_is_due_is_found_by_the_partial_index(world):
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with scopes_disabled():
        rows = Task.objects.filter(state=Task.State.OPEN, due_at__lte=DUE, reminded_at=None)
        plan = rows.order_by("due_at", "pk").explain()
    assert connection.vendor == "postgresql" or "order_to_remind" in plan


# --- the list -----------------------------------------------------------------------------------------------


def test_the_list_and_its_filters(world):
    company = world.property
    case, _ticket = sent_case(company)
    person, rule = issue(company, case), order_on(company, case)
    desk = issue(company, case, to="desk", due_at=None)
    other, _ticket = sent_case(world.hospital, to="clinic", by="bai")
    issue(world.hospital, other, "fang", "clinic")
    with company.scope():
        services.settle_task(actor=company.actor("zhou"), task=desk, answer="已回复", now=MONDAY)

        def found(by: str, **given) -> set[Task]:
            return set(narrowed(orders(company.actor(by)), now=given.pop("now", MONDAY), **given))

        assert found("gao") == {person, rule, desk}
        assert found("sun") == found("qian") == {person, rule}
        assert found("mao") == set()
        assert found("gao", state=OPEN) == {person, rule}
        assert found("gao", state=OVERDUE) == set()
        assert found("gao", state=OVERDUE, now=DUE) == {person}
        assert found("gao", state=ANSWERED) == {desk}
        assert found("gao", source=PEOPLE) == {person, desk}
        assert found("gao", source=RULES) == {rule}
        assert found("gao", departments=[company.departments["desk"].pk]) == {desk}


def test_who_issued_an_order_sees_it_as_long_as_the_case(company):
    """A manager who has moved elsewhere looks into no case by way of an old order."""
    case, _ticket = sent_case(company, to="cleaning")
    with company.scope():
        cleaning, works = company.departments["cleaning"], company.departments["works"]
        grant_role(user=company.people["qian"], department=cleaning, role=Role.DEPT_MANAGER, now=MONDAY)
    task = issue(company, case, "qian", "cleaning")
    with company.scope():
        assert list(orders(company.actor("qian"))) == [task]
        Membership.objects.filter(user=company.people["qian"]).exclude(department=works).update(
            is_active=False
        )
        assert list(orders(company.actor("qian"))) == []
