"""On the page of a case: why a limit is due when it is."""

from datetime import date, timedelta

from django.utils import translation

from complaints.models import Deadline
from complaints.services import pause, resume
from escalation.services import apply_version, ask_extension, carry_on, decide_extension
from tests.administration.conftest import solve_within
from tests.world import MONDAY, new_case, sent_case
from tickets.access import access_case
from web.because import because
from web.casefile import CaseFile

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def why(company, case, duty, now=MONDAY):
    with company.scope(), translation.override("en"):
        actor = company.actor("lin")
        row = Deadline.objects.get(complaint=case, duty=duty)
        return because(CaseFile(access_case(actor, case.number), actor, now), row)


def test_the_rule_the_row_and_the_start(company):
    case, _ticket = sent_case(company)
    found = why(company, case, "solve")
    assert found.rule.startswith("处理完毕: from “Registered” or “Taken up again” to “Result filed”")
    assert found.sources == [("T1-10", "客户投诉处理规范(投诉/升级投诉/申诉)")]
    assert found.steps == [
        "Began with “Registered” at 2026-11-02 10:00.",
        "The first row that holds counts: tier is 轻微: 24 hours (must, source T1-10).",
        "So it is due by 2026-11-03 10:00.",
    ]
    assert found.days is None


def test_working_days_one_by_one(company, published):
    published(company, solve_within(5, "wd"))
    case, _ticket = sent_case(company)
    counted = [(day.day.isoformat(), day.number, day.why) for day in why(company, case, "solve").days.first]
    assert counted == [
        ("2026-11-02", 0, "the day it began is not counted"),
        ("2026-11-03", 1, ""),
        ("2026-11-04", 2, ""),
        ("2026-11-05", 3, ""),
        ("2026-11-06", 4, ""),
        ("2026-11-07", 0, "weekend"),
        ("2026-11-08", 0, "weekend"),
        ("2026-11-09", 5, ""),
    ]


def test_at_most_forty_days_are_shown(company, published):
    published(company, solve_within(100, "d"))
    case, _ticket = sent_case(company)
    days = why(company, case, "solve").days
    assert (len(days.first), len(days.last), days.left_out) == (20, 20, 61)
    assert (days.last[-1].day, days.last[-1].number) == (date(2027, 2, 10), 100)


def test_opening_hours_are_named(company, published):
    published(company, solve_within(10, "bh", calendar="desk"))
    case, _ticket = sent_case(company)
    days = why(company, case, "solve").days.first
    assert [(day.day.day, day.number, day.why) for day in days] == [
        (2, 1, "08:30-12:00, 13:30-17:30"),
        (3, 2, "08:30-12:00, 13:30-17:30"),
    ]


def test_a_guess_is_called_one(company, published):
    published(company, solve_within(60, "wd"))
    case, _ticket = sent_case(company)
    steps = why(company, case, "solve").steps
    assert "Provisional: the official calendar of that year is not known yet." in steps


def test_pauses_and_extensions(company):
    case, _ticket = sent_case(company)
    with company.scope():
        zhou, qian = company.actor("zhou"), company.actor("qian")
        pause(actor=zhou, complaint=case, cause="parts", reason="等配件", now=MONDAY + HOUR)
        case.refresh_from_db()
    assert "The clock has been stopped since 2026-11-02 11:00." in why(company, case, "solve").steps
    with company.scope():
        resume(actor=zhou, complaint=case, now=MONDAY + 3 * HOUR)
        row = Deadline.objects.get(complaint=case, duty="solve")
        asked = ask_extension(
            actor=company.actor("sun"),
            deadline=row,
            wanted_due_at=MONDAY + 2 * DAY,
            reason="等配件",
            now=MONDAY + 4 * HOUR,
        )
        decide_extension(actor=qian, request=asked, approve=True, now=MONDAY + 5 * HOUR)
    assert why(company, case, "solve").steps[2:] == [
        "The clock was stopped from 2026-11-02 11:00 to 2026-11-02 13:00.",
        "At 2026-11-02 15:00 more time was granted, until 2026-11-04 10:00.",
        "At first it was due by 2026-11-03 10:00.",
        "So it is due by 2026-11-04 10:00.",
    ]


def test_what_was_done_under_earlier_rules_says_so(company, published):
    case, _ticket = sent_case(company)
    version = published(company, solve_within(8))
    with company.scope():
        rollout = apply_version(actor=company.actor("admin"), version=version, reason="统一", now=MONDAY)
        carry_on(rollout=rollout, now=MONDAY)
    assert any("通用投诉处理制度" in step for step in why(company, case, "dispatch").steps)
    assert "8 hours" in why(company, case, "solve").rule
    assert not any("earlier rules" in step for step in why(company, case, "solve").steps)


def test_it_stands_on_the_page(company, sign_in):
    case = new_case(company)
    shown = sign_in("lin").get(company.url(f"case/{case.number}/")).content.decode()
    assert "派单：自“已登记”" in shown
    assert "因此截止于2026-11-02 10:10" in shown
    assert "P1-21" in shown
