"""What each verb does to the deadlines of a case. Times are the organization's (Asia/Shanghai = UTC + 8)."""

from datetime import UTC, datetime, timedelta

import pytest

from complaints import services
from complaints.models import Deadline, State
from organizations.errors import Refused
from tests.complaints.case_in import case_in, deadline, last_event, ticket_of, times
from tests.world import MONDAY, World, handled_case, intake, new_case, sent_case
from tickets.services import assign, dispatch, file_result, record_work, return_ticket, sign_for

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_registration_starts_the_dispatch_limit_and_that_of_the_tier(world: World):
    with world.property.scope():
        case = services.register(actor=world.property.actor("lin"), intake=intake(), now=MONDAY)
    assert times(deadline(case, "dispatch")) == ("open", MONDAY + 10 * MINUTE, None)
    assert times(deadline(case, "solve")) == ("open", MONDAY + DAY, None)
    assert deadline(case, "dispatch").warn_at == MONDAY + 9 * MINUTE
    assert deadline(case, "solve").warn_at == MONDAY + 0.9 * DAY
    assert Deadline._base_manager.filter(complaint=case).count() == 2


@pytest.mark.parametrize(
    "tier, criterion, hours",
    [("minor", "slight_inconvenience", 24), ("important", "fault", 48), ("major", "loss_or_injury", 72)],
)
def test_the_limit_follows_from_the_tier(world: World, tier: str, criterion: str, hours: int):
    case = new_case(world.property, tier=tier, tier_criterion=criterion)
    assert deadline(case, "solve").due_at == MONDAY + hours * HOUR


@pytest.mark.parametrize("offset, late", [(-timedelta(microseconds=1), False), (timedelta(0), True)])
def test_a_due_time_is_an_exclusive_end(world: World, offset: timedelta, late: bool):
    case, at = new_case(world.property), MONDAY + 10 * MINUTE + offset
    with world.property.scope():
        works = world.property.departments["works"]
        dispatch(actor=world.property.actor("lin"), complaint=case, lead=works, now=at)
    assert times(deadline(case, "dispatch")) == ("met", MONDAY + 10 * MINUTE, at)
    assert deadline(case, "dispatch").is_late is late


def test_dispatch_starts_a_receipt_limit_for_each_department(world: World):
    case, at = new_case(world.property), MONDAY + 4 * MINUTE
    company = world.property
    with company.scope():
        lead, helper = dispatch(
            actor=company.actor("lin"),
            complaint=case,
            lead=company.departments["works"],
            helpers=[company.departments["cleaning"]],
            now=at,
        )
        case.refresh_from_db()
        assert (case.state, case.lead_department_id) == (State.DISPATCHED, lead.department_id)
        receipts = {row.ticket_ref: row for row in Deadline.objects.filter(complaint=case, duty="receipt")}
        assert {key: row.due_at for key, row in receipts.items()} == {
            lead.pk: at + HOUR,
            helper.pk: at + HOUR,
        }
        assert {row.department_id for row in receipts.values()} == {lead.department_id, helper.department_id}
        sign_for(actor=company.actor("mao"), ticket=helper, now=at + MINUTE)
        case.refresh_from_db()
        assert case.state == State.DISPATCHED, "a helper's signature is not the lead's"
        sign_for(actor=company.actor("sun"), ticket=lead, now=at + 2 * MINUTE)
        case.refresh_from_db()
        assert case.state == State.IN_HAND
        receipts = {
            row.ticket_ref: row.met_at for row in Deadline.objects.filter(complaint=case, duty="receipt")
        }
        assert receipts == {helper.pk: at + MINUTE, lead.pk: at + 2 * MINUTE}


def test_a_returned_lead_starts_the_dispatch_limit_again(world: World):
    case, ticket = sent_case(world.property)
    at = MONDAY + 30 * MINUTE
    with world.property.scope():
        return_ticket(
            actor=world.property.actor("sun"), ticket=ticket, cause="not_our_duty", reason="属保洁", now=at
        )
        case.refresh_from_db()
    assert (case.state, case.lead_department_id) == (State.ACCEPTED, None)
    assert times(deadline(case, "dispatch", occurrence=1))[0] == "met"
    again = deadline(case, "dispatch", occurrence=2)
    assert times(again) == ("open", at + 10 * MINUTE, None)
    assert deadline(case, "receipt").state == "void"
    assert deadline(case, "solve").due_at == MONDAY + DAY, "the complainant waits from the first moment"
    company = world.property
    with company.scope():
        cleaning = company.departments["cleaning"]
        dispatch(actor=company.actor("lin"), complaint=case, lead=cleaning, now=at + MINUTE)
    assert times(deadline(case, "dispatch", occurrence=2)) == ("met", at + 10 * MINUTE, at + MINUTE)


def test_a_returned_helper_leaves_the_case_where_it_is(world: World):
    case, _ticket = sent_case(world.property)
    company = world.property
    with company.scope():
        (helper,) = dispatch(
            actor=company.actor("lin"),
            complaint=case,
            lead=company.departments["works"],
            helpers=[company.departments["cleaning"]],
            now=MONDAY,
        )
        return_ticket(actor=company.actor("mao"), ticket=helper, cause="duplicate", reason="重复", now=MONDAY)
        case.refresh_from_db()
    assert (case.state, case.lead_department_id) == (State.DISPATCHED, company.departments["works"].pk)
    assert last_event(case).kind == "helper_returned"
    assert deadline(case, "dispatch").state == "met"


def test_the_result_starts_the_answer_and_the_answer_the_follow_up(world: World):
    case, _ticket = handled_case(world.property)
    assert times(deadline(case, "solve")) == ("met", MONDAY + DAY, MONDAY)
    assert times(deadline(case, "tell")) == ("open", MONDAY + 2 * HOUR, None)
    told = MONDAY + HOUR
    desk = world.property.actor("lin")
    with world.property.scope():
        case = services.tell(actor=desk, complaint=case, summary="已修复", now=told)
    assert times(deadline(case, "tell")) == ("met", MONDAY + 2 * HOUR, told)
    # Seven natural days, the first not counted, to the end of the last: 9 November 24:00 in Shanghai.
    assert deadline(case, "follow_up").due_at == datetime(2026, 11, 9, 16, 0, tzinfo=UTC)
    with world.property.scope():
        case = services.follow_up(
            actor=desk, complaint=case, reached=True, solved=True, satisfaction="fair", now=told + DAY
        )
    assert times(deadline(case, "follow_up"))[0] == "met"
    assert (case.state, case.satisfaction) == (State.FOLLOWED_UP, "fair")
    assert last_event(case).data["facts"] == {"satisfaction": "fair", "solved": True, "satisfied": True}


def test_a_pause_moves_what_may_be_paused_by_exactly_its_length(world: World):
    case = new_case(world.property)
    desk = world.property.actor("zhou")
    with world.property.scope():
        case = services.pause(actor=desk, complaint=case, cause="parts", reason="等配件", now=MONDAY + HOUR)
        assert deadline(case, "solve").state == "paused"
        assert case.paused_at == MONDAY + HOUR
        assert times(deadline(case, "dispatch"))[:2] == ("open", MONDAY + 10 * MINUTE), "not pausable"
        case = services.resume(actor=desk, complaint=case, now=MONDAY + 4 * HOUR)
    assert case.paused_at is None
    assert times(deadline(case, "solve"))[:2] == ("open", MONDAY + DAY + 3 * HOUR)
    assert deadline(case, "solve").first_due_at == MONDAY + DAY
    with world.property.scope(), pytest.raises(Refused):
        services.resume(actor=desk, complaint=case, now=MONDAY + 5 * HOUR)


def test_a_new_tier_chooses_the_limit_anew_from_the_registration(world: World):
    case = new_case(world.property)
    before = deadline(case, "solve")
    with world.property.scope():
        services.grade(
            actor=world.property.actor("zhou"),
            complaint=case,
            tier="major",
            criterion="loss_or_injury",
            reason="有人受伤",
            now=MONDAY + HOUR,
        )
    after = deadline(case, "solve")
    assert (after.pk, after.due_at) == (before.pk, MONDAY + 72 * HOUR)
    assert after.revision == before.revision + 1
    event = last_event(case)
    assert event.data["changes"] == {
        "tier": ["minor", "major"],
        "tier_criterion": ["slight_inconvenience", "loss_or_injury"],
    }
    assert event.reason == "有人受伤"


def test_the_first_grade_needs_no_reason_and_starts_the_limit(world: World):
    case = new_case(world.property, tier="", tier_criterion="")
    assert deadline(case, "solve").due_at is None
    with world.property.scope():
        services.grade(actor=world.property.actor("lin"), complaint=case, tier="minor", now=MONDAY + HOUR)
    assert last_event(case).kind == "graded"
    assert times(deadline(case, "solve"))[:2] == ("open", MONDAY + DAY)


def test_reopening_starts_the_next_round(world: World):
    case = case_in(world.property, State.CLOSED)
    at = MONDAY + 3 * DAY
    with world.property.scope():
        case = services.reopen(actor=world.property.actor("lin"), complaint=case, reason="仍有异响", now=at)
    assert (case.state, case.round, case.closed_at) == (State.ACCEPTED, 2, None)
    assert (case.outcome, case.satisfaction, case.received_at) == ("", "", MONDAY)
    assert times(deadline(case, "dispatch", round=2)) == ("open", at + 10 * MINUTE, None)
    assert times(deadline(case, "solve", round=2)) == ("open", at + DAY, None)
    assert {row.state for row in Deadline._base_manager.filter(complaint=case, round=1)} == {"met"}
    company = world.property
    with company.scope():
        (ticket,) = dispatch(
            actor=company.actor("lin"), complaint=case, lead=company.departments["works"], now=at
        )
        sign_for(actor=company.actor("sun"), ticket=ticket, now=at)
        file_result(actor=company.actor("sun"), ticket=ticket, result="已重修", outcome="solved", now=at)
        case.refresh_from_db()
    assert (ticket.round, case.state) == (2, State.HANDLED)
    assert deadline(case, "solve", round=2).state == "met"


def test_a_pause_does_not_outlive_its_round(world: World):
    case = case_in(world.property, State.TOLD)
    desk = world.property.actor("zhou")
    with world.property.scope():
        services.pause(actor=desk, complaint=case, cause="parts", reason="等配件", now=MONDAY + HOUR)
        case = services.reopen(actor=desk, complaint=case, reason="未解决", now=MONDAY + DAY)
    assert case.paused_at is None
    assert times(deadline(case, "dispatch", round=2))[:2] == ("open", MONDAY + DAY + 10 * MINUTE)
    assert times(deadline(case, "solve", round=2))[:2] == ("open", MONDAY + 2 * DAY)


def test_closing_leaves_nothing_running(world: World):
    case = case_in(world.property, State.CLOSED)
    rows = Deadline._base_manager.filter(complaint=case)
    assert not rows.filter(state__in=["open", "paused"]).exists()
    assert not rows.exclude(next_fire_at=None).exists()
    assert case.closed_at == MONDAY


@pytest.mark.parametrize("state", [State.EXPLAINED, State.REJECTED])
def test_a_case_that_is_not_opened_has_no_limits(world: World, state: str):
    case = case_in(world.property, state)
    assert case.closed_at == MONDAY
    assert not Deadline._base_manager.filter(complaint=case, state__in=["open", "paused"]).exists()


def test_handing_a_ticket_on_and_working_on_it_moves_no_deadline(world: World):
    case = case_in(world.property, State.IN_HAND)
    company, ticket = world.property, ticket_of(case)
    before = list(Deadline._base_manager.filter(complaint=case).order_by("pk").values())
    with company.scope():
        assign(actor=company.actor("sun"), ticket=ticket, handler=company.people["he"], now=MONDAY + HOUR)
        record_work(actor=company.actor("he"), ticket=ticket, note="到场检查", now=MONDAY + HOUR)
        ticket.refresh_from_db()
    assert ticket.handler == company.people["he"]
    assert list(Deadline._base_manager.filter(complaint=case).order_by("pk").values()) == before
