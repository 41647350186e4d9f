"""What the sweep decides on real cases: which rungs, when, and who is told."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from complaints.models import CaseEvent, Complaint, Deadline
from complaints.services import follow_up, grade, pause, resume, tell
from escalation.audit import audit
from escalation.models import Firing
from escalation.sweep import sweep
from notifications.models import Delivery, Notification
from organizations.errors import Refused
from organizations.models import Membership, Role
from organizations.services import grant_role
from tests.whole import some
from tests.world import MONDAY, Company, handled_case, new_case, sent_case
from tickets.services import dispatch, file_result, return_ticket, sign_for

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def fired(company: Company) -> list[tuple]:
    with company.scope():
        return list(Firing.objects.order_by("due_at", "rung").values_list("duty", "rung", "due_at"))


def told(company: Company, occasion: str) -> list[str]:
    with company.scope():
        rows = Notification.objects.filter(occasion=occasion)
        return sorted(rows.values_list("user__username", flat=True))


def test_each_rung_fires_at_its_time_and_only_once(world):
    new_case(world.property)
    for minute in (8, 9, 9, 10, 11, 15, 20, 21, 30):
        sweep(MONDAY + minute * MINUTE)
    times = [MONDAY + minutes * MINUTE for minutes in (9, 10, 15, 20)]
    assert fired(world.property) == [("dispatch", rung, at) for rung, at in enumerate(times)]
    assert told(world.property, "warned") == ["lin"]
    assert told(world.property, "breached") == ["lin", "zhou"]
    # The desk has no department manager, so that rung goes to the next one's people: to the general manager.
    assert told(world.property, "escalated") == ["gao", "gao"]


def test_firing_event_and_message_say_the_same(world):
    case = new_case(world.property)
    sweep(MONDAY + 12 * MINUTE)
    with world.property.scope():
        breach = Firing.objects.get(rung=1)
        event = CaseEvent.objects.get(kind="breached")
        people = [world.property.people[name].pk for name in ("lin", "zhou")]
        assert (breach.due_at, breach.decided_at) == (MONDAY + 10 * MINUTE, MONDAY + 12 * MINUTE)
        assert breach.told == people
        assert (event.at, event.recorded_at) == (breach.due_at, breach.decided_at)
        assert (event.actor, event.role, event.reason) == (None, "", "")
        assert event.data == {
            "duty": "dispatch",
            "rung": 1,
            "deadline": breach.deadline_id,
            "revision": 0,
            "to": ["林接待", "周主管"],
        }
        case.refresh_from_db()
        assert case.last_event_at == MONDAY + 10 * MINUTE
        message = Notification.objects.get(user=world.property.people["zhou"])
        assert message.key == f"deadline:{breach.deadline_id}:r0:1"
        for word in (case.number, case.subject, "派单", "2026-11-02 10:10"):
            assert word in message.title
        assert message.url == case.get_absolute_url()
        assert Delivery.objects.filter(notification=message, state="waiting").count() == 1


def test_a_message_names_no_complainant(world):
    new_case(world.property)
    sweep(MONDAY + 30 * MINUTE)
    with world.property.scope():
        for message in Notification.objects.all():
            for secret in ("王女士", "13800138000", "1501"):
                assert secret not in message.title + message.body


def test_after_an_outage_one_message_for_the_highest_rung(world):
    case = new_case(world.property)
    result = sweep(MONDAY + 3 * HOUR)
    assert [rung for _duty, rung, _at in fired(world.property)] == [0, 1, 2, 3]
    with world.property.scope():
        *below, highest = Firing.objects.order_by("rung").values_list("told", flat=True)
        assert below == [[], [], []]
        assert len(highest) == 3
        assert Firing.objects.get(rung=0).decided_at == MONDAY + 3 * HOUR
        told = Notification.objects.filter(complaint=case).order_by("user__username")
        assert [row.user.username for row in told] == ["gao", "lin", "zhou"]
        assert len({row.title for row in told}) == 1
        kinds = CaseEvent.objects.filter(complaint=case).order_by("at").values_list("kind", flat=True)
        assert list(kinds) == ["recorded", "accepted", "warned", "breached", "escalated", "escalated"]
    assert (result.fired, result.told) == (4, 3)


def test_two_late_departments_are_both_told_and_their_common_chief_once(world):
    company = world.property
    case = new_case(company)
    with company.scope():
        lead, helper = company.departments["works"], company.departments["cleaning"]
        dispatch(actor=company.actor("lin"), complaint=case, lead=lead, helpers=[helper], now=MONDAY)
    sweep(MONDAY + 54 * MINUTE)
    assert told(company, "warned") == ["mao", "sun"]
    sweep(MONDAY + HOUR)
    assert told(company, "breached") == ["mao", "sun", "zhou"]


def test_whoever_signed_is_told_besides_the_head(world):
    company = world.property
    _case, ticket = sent_case(company)
    with company.scope():
        sign_for(actor=company.actor("he"), ticket=ticket, now=MONDAY + MINUTE)
    sweep(MONDAY + 22 * HOUR)
    assert told(company, "warned") == ["he", "sun"]


def test_whoever_has_left_is_not_told(world):
    company = world.property
    _case, ticket = sent_case(company)
    with company.scope():
        sign_for(actor=company.actor("he"), ticket=ticket, now=MONDAY + MINUTE)
        Membership.objects.filter(user=company.people["he"]).update(is_active=False)
    sweep(MONDAY + 22 * HOUR)
    assert told(company, "warned") == ["sun"]


def test_a_role_nobody_holds_goes_up_and_never_nowhere(world):
    company = world.hospital  # has no desk supervisor and no department manager
    new_case(company, by="bai", channel="phone")
    sweep(MONDAY + 10 * MINUTE)
    assert told(company, "breached") == ["bai", "fang"]
    sweep(MONDAY + 15 * MINUTE)
    assert told(company, "escalated") == ["fang"]


def test_without_any_manager_the_administrator_is_told(world):
    company = world.property
    with company.scope():
        Membership.objects.exclude(role__in=[Role.RECEPTIONIST, Role.ADMINISTRATOR]).update(is_active=False)
    new_case(company)
    sweep(MONDAY + 10 * MINUTE)
    sweep(MONDAY + 15 * MINUTE)
    assert told(company, "escalated") == ["admin"]


def test_one_person_in_two_roles_is_told_once(world):
    company = world.property
    with company.scope():
        grant_role(
            user=company.people["lin"], department=company.departments["desk"], role=Role.DESK_SUPERVISOR,
            now=MONDAY,
        )  # fmt: skip
        Membership.objects.filter(user=company.people["zhou"]).update(is_active=False)
    new_case(company)
    sweep(MONDAY + 10 * MINUTE)
    assert told(company, "breached") == ["lin"]


def test_what_was_done_in_time_fires_nothing(world):
    company = world.property
    sent_case(company)
    assert sweep(MONDAY + 40 * MINUTE).fired == 0


def test_what_is_done_at_the_very_end_of_the_limit_is_late(world):
    """A due time is an exclusive end, whoever looks at it and however late the sweep is."""
    company = world.property
    case = new_case(company)
    with company.scope():
        lead = company.departments["works"]
        dispatch(actor=company.actor("lin"), complaint=case, lead=lead, now=MONDAY + 10 * MINUTE)
        row = Deadline.objects.get(duty="dispatch")
        assert row.state == "met"
        assert row.is_late
    sweep(MONDAY + 40 * MINUTE)
    assert [rung for duty, rung, _at in fired(company) if duty == "dispatch"] == [0, 1]


def test_a_warning_that_is_overtaken_is_recorded_and_bothers_nobody(world):
    company = world.property
    case = new_case(company)
    with company.scope():
        at = MONDAY + timedelta(minutes=9, seconds=30)
        dispatch(actor=company.actor("lin"), complaint=case, lead=company.departments["works"], now=at)
    sweep(MONDAY + 20 * MINUTE)
    assert [rung for _duty, rung, _at in fired(company)] == [0]
    assert told(company, "warned") == []


def test_imported_history_stays_quiet(world):
    company = world.property
    new_case(company)
    with company.scope():
        Complaint.objects.update(quiet_until=MONDAY + 12 * MINUTE)
    sweep(MONDAY + HOUR)
    assert [rung for _duty, rung, _at in fired(company)] == [2, 3]


def test_whoever_gets_the_lock_second_is_second_on_the_timeline(world):
    """A signature whose clock was read before the breach, but that came after it, is late."""
    company = world.property
    _case, ticket = sent_case(company)
    due = MONDAY + HOUR
    sweep(due)
    with company.scope():
        sign_for(actor=company.actor("sun"), ticket=ticket, now=due - timedelta(seconds=1))
        row = Deadline.objects.get(duty="receipt")
        assert row.met_at == due
        assert row.is_late
        assert list(audit(company.organization)) == []
    before = len(fired(company))
    sweep(due + DAY)
    assert [row for row in fired(company)[before:] if row[0] == "receipt"] == []


def test_a_signature_before_the_breach_wins(world):
    company = world.property
    _case, ticket = sent_case(company)
    due = MONDAY + HOUR
    with company.scope():
        sign_for(actor=company.actor("sun"), ticket=ticket, now=due - timedelta(seconds=1))
    sweep(due)
    with company.scope():
        assert not Deadline.objects.get(duty="receipt").is_late
        assert not Firing.objects.filter(duty="receipt", kind="breach").exists()


# --- how often the sweep runs makes no difference -----------------------------------------------------------


def play(company: Company, seed: int) -> Iterable[datetime]:
    """A case's life by the verbs themselves at random times; yields each time before something happens."""
    dice = random.Random(seed)
    at = MONDAY
    yield at
    case = new_case(company, at, tier=dice.choice(["minor", "important"]), tier_criterion="")
    lin, sun, zhou = (company.actor(name) for name in ("lin", "sun", "zhou"))
    tickets = []

    def send():
        tickets.append(dispatch(actor=lin, complaint=case, lead=company.departments["works"], now=at)[0])

    moves = {
        "send": send,
        "sign": lambda: sign_for(actor=sun, ticket=tickets[-1], now=at),
        "return": lambda: return_ticket(
            actor=sun, ticket=tickets[-1], cause="not_our_duty", reason="不归我们管", now=at
        ),
        "grade": lambda: grade(
            actor=zhou, complaint=case, tier=dice.choice(["minor", "important", "major"]), criterion="",
            reason="核实后改定", now=at,
        ),
        "pause": lambda: pause(actor=zhou, complaint=case, cause="parts", reason="等配件", now=at),
        "resume": lambda: resume(actor=zhou, complaint=case, now=at),
        "result": lambda: file_result(
            actor=sun, ticket=tickets[-1], result="已修好", outcome="solved", now=at
        ),
        "tell": lambda: tell(actor=lin, complaint=case, summary="已告知", now=at),
    }  # fmt: skip
    story = ["send", "sign", "return", "send", "grade", "pause", "resume", "sign", "grade", "result", "tell"]
    for name in story:
        at += dice.choice(
            [MINUTE, 9 * MINUTE, 10 * MINUTE, 13 * MINUTE, 40 * MINUTE, HOUR, 7 * HOUR, 25 * HOUR]
        )
        yield at
        case = Complaint.objects.get(pk=case.pk)
        try:
            moves[name]()
        except (Refused, IndexError):
            pass  # the dice asked for something that is not possible now; the same in every run
    yield at + 12 * DAY


def decided(company: Company, seed: int, step: timedelta | None) -> set[tuple]:
    """What is decided in the end when the sweep runs every `step`, or only once after everything."""
    with transaction.atomic():
        swept = MONDAY
        with company.scope():
            for at in play(company, seed):
                while step is not None and swept + step <= at:
                    swept += step
                    sweep(swept)
                until = at
            sweep(until)
            found = {
                (
                    row.duty,
                    row.ticket_ref != 0,
                    row.round,
                    row.occurrence,
                    firing.revision,
                    firing.rung,
                    firing.due_at,
                )
                for firing in Firing.objects.select_related("deadline")
                for row in [firing.deadline]
            }
            events = {
                (event.kind, event.at, event.data["duty"], event.data["rung"], event.data["revision"])
                for event in CaseEvent.objects.filter(kind__in=["warned", "breached", "escalated"])
            }
            assert len(events) == len(found)
            assert list(audit(company.organization)) == []
            assert not Deadline.objects.filter(next_fire_at__lte=until).exists()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("seed", some(range(4), every=2))
def test_how_often_the_sweep_runs_makes_no_difference(world, seed):
    once = decided(world.property, seed, None)
    assert len(once) > 3, "this life is too quiet to show anything"
    assert decided(world.property, seed, 13 * MINUTE) == once
    assert decided(world.property, seed, 11 * HOUR) == once


def test_a_limit_that_moves_keeps_what_the_old_one_owed(world):
    """Regraded after the first limit's warning had come, before any sweep: the warning is still decided."""
    company = world.property
    case, ticket = sent_case(company)
    with company.scope():
        sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
        case.refresh_from_db()
        grade(
            actor=company.actor("zhou"), complaint=case, tier="important", criterion="fault", reason="核实",
            now=MONDAY + 22 * HOUR,
        )  # fmt: skip
        row = Deadline.objects.get(duty="solve")
        assert (row.revision, row.next_rung) == (1, 0)
        assert [(debt["revision"], debt["rung"]) for debt in row.owed] == [(0, 0)]
        assert row.next_fire_at == MONDAY + timedelta(hours=21.6)
    sweep(MONDAY + 23 * HOUR)
    with company.scope():
        firing = Firing.objects.get(duty="solve")
        assert (firing.revision, firing.rung, firing.due_at) == (0, 0, MONDAY + timedelta(hours=21.6))
        assert firing.told == []  # nobody needs to hear of a limit that is no longer
        row.refresh_from_db()
        assert row.owed == []
        assert row.next_fire_at == MONDAY + timedelta(hours=43.2)


def test_the_whole_way_without_delay_fires_nothing(world):
    company = world.property
    case, _ticket = handled_case(company)
    with company.scope():
        tell(actor=company.actor("lin"), complaint=case, summary="已告知", now=MONDAY + HOUR)
        case.refresh_from_db()
        follow_up(
            actor=company.actor("zhou"), complaint=case, reached=True, solved=True, satisfaction="satisfied",
            now=MONDAY + DAY,
        )  # fmt: skip
    assert sweep(datetime(2027, 1, 1, tzinfo=UTC)).fired == 0
