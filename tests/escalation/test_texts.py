"""Messages in the words of the rules: of the sweep, of tickets, about more time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints.models import Deadline
from complaints.services import grade
from escalation.services import ask_extension, decide_extension
from escalation.sweep import sweep
from notifications.models import Notification
from tests.overlay import put_in_force
from tests.world import MONDAY, Company, handled_case, new_case, sent_case
from tickets.services import dispatch, file_result, return_ticket, sign_for, withdraw_ticket

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def company(world) -> Company:
    return world.property


def in_force(company: Company, *texts: dict) -> None:
    """The standard pack with these messages in the place of its own."""
    put_in_force(company, roles=[], templates={"remove": ["breach", "ladder"], "items": list(texts)})


def text(occasion: str, words: str, subject: str = "", **more: object) -> dict:
    given = {"id": more.pop("id", occasion), "for": occasion, "text": words, **more}
    return {**given, "subject": subject} if subject else given


def told(company: Company, occasion: str) -> Notification:
    """The one message for an occasion (that several people got)."""
    with company.scope():
        rows = list(Notification.objects.filter(occasion=occasion))
    assert len({(row.title, row.body) for row in rows}) == 1
    return rows[0]


def test_the_standard_pack_words_a_breach_and_an_escalation(company):
    case = new_case(company)
    sweep(MONDAY + 10 * MINUTE)
    breach = told(company, "breached")
    assert breach.title == f"{case.number}“派单”已超时，应于2026-11-02 10:10前完成：{case.subject}"
    assert "客服中心：" in breach.body
    assert "不到1分钟" in breach.body or "less than a minute" in breach.body
    sweep(MONDAY + 15 * MINUTE)
    assert "上报给您" in told(company, "escalated").title


def test_without_a_text_the_words_of_the_product(company):
    in_force(company)
    case = new_case(company)
    sweep(MONDAY + 10 * MINUTE)
    breach = told(company, "breached")
    assert breach.title.startswith(f"{case.number}")
    assert "前完成：" not in breach.title
    assert breach.body.count("\n") >= 3, "one fact a line"


def test_the_text_of_one_limit_goes_before_the_general_one(company):
    in_force(company, text("breach", "任何时限"), text("breach.dispatch", "{desk}没有派单", "派单！{number}"))
    waiting = new_case(company, MONDAY + 50 * MINUTE)
    sent, _ticket = sent_case(company)
    sweep(MONDAY + HOUR)
    with company.scope():
        rows = {row.complaint_id: row for row in Notification.objects.filter(occasion="breached")}
    assert rows[waiting.pk].title == f"派单！{waiting.number}"
    assert rows[waiting.pk].body == "客服中心没有派单"
    assert rows[sent.pk].body == "任何时限"


def test_a_text_without_a_subject_keeps_the_title_of_the_product(company):
    in_force(company, text("breach", "请处理{number}"))
    case = new_case(company)
    sweep(MONDAY + 10 * MINUTE)
    breach = told(company, "breached")
    assert breach.body == f"请处理{case.number}"
    assert case.subject in breach.title


def test_a_text_may_depend_on_the_case_and_then_costs_two_queries_for_all(company):
    in_force(
        company,
        text("breach", "一般"),
        text("breach", "重大，马上处理", id="major", when={"tier": "major"}),
    )
    plain = [new_case(company) for _number in range(3)]
    case = new_case(company)
    with company.scope():
        grade(
            actor=company.actor("lin"), complaint=case, tier="major", criterion="loss_or_injury",
            reason="有人受伤", now=MONDAY,
        )  # fmt: skip
    with CaptureQueriesContext(connection) as asked:
        sweep(MONDAY + 10 * MINUTE)
    with company.scope():
        said = {row.complaint_id: row.body for row in Notification.objects.filter(occasion="breached")}
    assert said == {**{row.pk: "一般" for row in plain}, case.pk: "重大，马上处理"}
    events = [
        row for row in asked if "complaints_caseevent" in row["sql"] and row["sql"].startswith("SELECT")
    ]
    assert len(events) == 1


def test_what_else_the_message_has_to_say_follows_the_text(company):
    in_force(company, text("breach", "超时了"), text("ladder", "上报"))
    case, ticket = sent_case(company)
    with company.scope():
        sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY + MINUTE)
        file_result(
            actor=company.actor("sun"),
            ticket=ticket,
            result="已修复",
            outcome="solved",
            now=MONDAY + 25 * HOUR,
        )
    sweep(MONDAY + 25 * HOUR)
    with company.scope():
        row = Notification.objects.filter(complaint=case, occasion="breached")[0]
    first, done = row.body.splitlines()
    assert first == "超时了"
    assert "2026-11-03 11:00" in done


def test_what_the_complainant_typed_is_not_read_as_a_placeholder(company):
    in_force(company, text("breach", "{subject}", "{subject}"))
    new_case(company, subject="{number}{complainant}{x.__class__} %(number)s")
    sweep(MONDAY + 10 * MINUTE)
    assert told(company, "breached").body == "{number}{complainant}{x.__class__} %(number)s"


def test_a_long_subject_is_cut_to_the_length_of_a_title(company):
    in_force(company, text("breach", "x", "{subject}" * 3))
    new_case(company, subject="长" * 200)
    sweep(MONDAY + 10 * MINUTE)
    assert told(company, "breached").title == "长" * 200


def test_the_other_organization_keeps_its_own_words(world, company):
    in_force(company, text("breach", "长青的话"))
    new_case(world.hospital, by="bai", channel="phone")
    sweep(MONDAY + 10 * MINUTE)
    assert "长青" not in told(world.hospital, "breached").body


# --- tickets and more time ---


def test_messages_of_a_ticket(company):
    in_force(
        company,
        text("dispatched", "{instructions}", "{department}有新工单{ticket}：{tier}"),
        text("returned", "{department}退回{ticket}：{reason}", "退单"),
        text("handled", "{department}：{result}", "办完了{number}"),
    )
    case = new_case(company)
    with company.scope():
        works = company.departments["works"]
        (ticket,) = dispatch(
            actor=company.actor("lin"), complaint=case, lead=works, instructions="今天到场", now=MONDAY
        )
        sent = told(company, "dispatched")
        assert (sent.title, sent.body) == (f"工程部有新工单{ticket.number}：轻微", "今天到场")
        return_ticket(
            actor=company.actor("sun"), ticket=ticket, cause="wrong_place", reason="不在本小区", now=MONDAY
        )
        back = told(company, "returned")
        assert (back.title, back.body) == ("退单", f"工程部退回{ticket.number}：不在本小区")
    case, _ticket = handled_case(company)
    done = told(company, "handled")
    assert (done.title, done.body) == (f"办完了{case.number}", "工程部：已更换门机皮带并试运行")


def test_the_message_about_a_ticket_that_is_called_back(company):
    in_force(company, text("withdrawn", "{department}不用处理了：{reason}", "撤回{ticket}"))
    _case, ticket = sent_case(company)
    with company.scope():
        withdraw_ticket(actor=company.actor("lin"), ticket=ticket, reason="派错了", now=MONDAY)
    gone = told(company, "withdrawn")
    assert (gone.title, gone.body) == (f"撤回{ticket.number}", "工程部不用处理了：派错了")


def test_a_ticket_message_may_depend_on_the_case(company):
    in_force(
        company, text("dispatched", "电梯", when={"category": "lift"}), text("dispatched", "别的", id="b")
    )
    sent_case(company)
    assert told(company, "dispatched").body == "电梯"


def test_messages_about_more_time(company):
    in_force(
        company,
        text("extension_asked", "{reason}", "{department}申请把{duty}延到{due}"),
        text("extended", "同意：{reason}", "延期{duty}"),
        text("extension_refused", "不同意：{reason}", "不延{number}"),
    )
    for approve in (True, False):
        case, ticket = sent_case(company)
        with company.scope():
            sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
            request = ask_extension(
                actor=company.actor("sun"),
                deadline=Deadline.objects.get(complaint=case, duty="solve"),
                wanted_due_at=MONDAY + 40 * HOUR,
                reason="等配件",
                now=MONDAY + HOUR,
            )
            decide_extension(
                actor=company.actor("qian"),
                request=request,
                approve=approve,
                reason="看过了",
                now=MONDAY + HOUR,
            )
    asked = told(company, "extension_asked")
    assert (asked.title, asked.body) == ("工程部申请把处理完毕延到2026-11-04 02:00", "等配件")
    assert told(company, "extended").body == "同意：看过了"
    assert told(company, "extension_refused").title == f"不延{case.number}"
