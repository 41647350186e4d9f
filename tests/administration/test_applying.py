"""Other rules and corrected calendars in open cases: what a preview shows is what happens."""

from datetime import UTC, date, datetime, timedelta

import pytest

from complaints.models import CaseEvent, Complaint, Deadline
from complaints.services import tell
from escalation.audit import audit
from escalation.models import Rollout
from escalation.rollouts import carry_on_all
from escalation.services import (
    apply_version,
    carry_on,
    change_day,
    change_hours,
    change_year,
    preview_days,
    preview_version,
)
from escalation.services.rollouts import since_day
from organizations.errors import Forbidden, Refused
from policies.days import own_days
from policies.models import CalendarDay, PolicyVersion, RuleChange
from tests.administration.conftest import solve_within
from tests.world import MONDAY, handled_case, new_case, sent_case
from tickets.services import dispatch

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def limits(case):
    """duty -> (state, due time) as stored."""
    return {row.duty: (row.state, row.due_at) for row in Deadline.objects.filter(complaint=case)}


def look_ahead(company, version, now=MONDAY, after=0):
    return preview_version(organization=company.organization, version=version, now=now, after=after)


def roll_out(company, version, now=MONDAY + HOUR):
    rollout = apply_version(actor=company.actor("admin"), version=version, reason="统一时限", now=now)
    return carry_on(rollout=rollout, now=now)


def test_the_preview_is_what_happens(company, published):
    case, _ticket = sent_case(company)
    version = published(company, solve_within(8))
    with company.scope():
        moves = {(row.number, row.duty): row for row in look_ahead(company, version).moves}
        assert set(moves) == {(case.number, "solve")}
        move = moves[case.number, "solve"]
        assert (move.before, move.after, move.change) == (MONDAY + 24 * HOUR, MONDAY + 8 * HOUR, "moved")
        assert not move.is_over
        before = limits(case)
        assert limits(case) == before, "a preview changes nothing"
        assert Complaint.objects.get(pk=case.pk).policy.number == 1

        rollout = roll_out(company, version)
        assert (rollout.seen, rollout.changed, rollout.moved) == (1, 1, 1)
        assert rollout.finished_at is not None
        assert limits(case) == {**before, "solve": ("open", MONDAY + 8 * HOUR)}
        case.refresh_from_db()
        assert case.policy == version
        event = CaseEvent.objects.get(complaint=case, kind="policy_changed")
        assert event.reason == "统一时限"
        assert event.data["numbers"] == [1, 2]
        assert [one["duty"] for one in event.data["moved"]] == ["solve"]
        assert RuleChange.objects.filter(kind="applied", number=2, by=company.people["admin"]).exists()
        assert list(audit(company.organization)) == []
        assert look_ahead(company, version).moves == []


def test_what_was_kept_stays_kept(company, published):
    """Dispatched after eight of ten minutes: a later limit of five minutes does not make the desk late."""
    case, when = new_case(company), MONDAY + timedelta(minutes=8)
    with company.scope():
        dispatch(actor=company.actor("lin"), complaint=case, lead=company.departments["works"], now=when)
        first = Deadline.objects.get(complaint=case, duty="dispatch")
        assert (first.state, first.is_late) == ("met", False)
    duty = {
        "id": "dispatch",
        "title": "派单",
        "owner": "receptionist",
        "from": ["recorded", "reopened", "returned"],
        "to": "dispatched",
        "limits": [{"value": 5, "unit": "min"}],
    }
    version = published(company, {"duties": [duty]})
    with company.scope():
        assert look_ahead(company, version, MONDAY + HOUR).moves == []
        roll_out(company, version)
        row = Deadline.objects.get(complaint=case, duty="dispatch")
        assert (row.due_at, row.is_late) == (first.due_at, False)
        assert row.basis["version"] == PolicyVersion.objects.get(number=1).pk
        assert list(audit(company.organization)) == []
    later = new_case(company, MONDAY + HOUR)
    with company.scope():
        row = Deadline.objects.get(complaint=later, duty="dispatch")
        assert row.due_at == MONDAY + HOUR + timedelta(minutes=5)


def test_a_limit_that_is_over_at_once_is_announced(company, published):
    case, _ticket = sent_case(company)
    version = published(company, solve_within(2))
    with company.scope():
        (move,) = look_ahead(company, version, MONDAY + 3 * HOUR).moves
        assert move.is_over
        roll_out(company, version, MONDAY + 3 * HOUR)
        row = Deadline.objects.get(complaint=case, duty="solve")
        assert row.next_fire_at is not None
        assert row.next_fire_at <= MONDAY + 3 * HOUR


def test_new_and_dropped_limits(company, published):
    case, _ticket = sent_case(company)
    watch = {
        "id": "first_word",
        "title": "首次联系",
        "owner": "receptionist",
        "from": "recorded",
        "to": "progress_told",
        "limits": [{"value": 4, "unit": "h"}],
    }
    version = published(
        company,
        {
            "duties": {"remove": ["solve"], "items": [watch]},
            "extensions": [],
            "metrics": {"remove": ["solve_on_time"]},
        },
    )
    with company.scope():
        moves = {row.duty: (row.change, row.before, row.after) for row in look_ahead(company, version).moves}
        assert moves["first_word"] == ("new", None, MONDAY + 4 * HOUR)
        assert moves["solve"] == ("gone", MONDAY + 24 * HOUR, None)
        roll_out(company, version)
        found = limits(case)
        assert found["first_word"] == ("open", MONDAY + 4 * HOUR)
        assert found["solve"][0] == "void"
        assert list(audit(company.organization)) == []


def test_a_case_goes_on_under_the_new_rules(company, published):
    case, _ticket = handled_case(company)
    version = published(
        company,
        {
            "duties": [
                {
                    "id": "follow_up",
                    "title": "回访",
                    "owner": "receptionist",
                    "from": "told",
                    "to": "follow_up_done",
                    "limits": [{"value": 3, "unit": "d"}],
                }
            ]
        },
    )
    with company.scope():
        roll_out(company, version)
        case.refresh_from_db()
        tell(actor=company.actor("lin"), complaint=case, summary="已告知", now=MONDAY + 2 * HOUR)
        row = Deadline.objects.get(complaint=case, duty="follow_up")
        assert row.due_at == datetime(2026, 11, 5, 16, tzinfo=UTC)
        assert list(audit(company.organization)) == []


def test_two_changes_of_the_rules(company, published):
    case, _ticket = sent_case(company)
    second = published(company, solve_within(8))
    with company.scope():
        roll_out(company, second)
    third = published(company, solve_within(30), MONDAY + 2 * HOUR)
    with company.scope():
        roll_out(company, third, MONDAY + 3 * HOUR)
        row = Deadline.objects.get(complaint=case, duty="solve")
        assert row.due_at == MONDAY + 30 * HOUR
        assert Deadline.objects.get(complaint=case, duty="dispatch").basis["version"] < second.pk
        assert list(audit(company.organization)) == []


def test_closed_cases_and_those_of_others_are_left_alone(world, company, published):
    theirs, _ticket = sent_case(world.hospital, to="clinic", by="bai")
    mine = new_case(company)
    with company.scope():
        Complaint.objects.filter(pk=mine.pk).update(state="closed")
    version = published(company, solve_within(1))
    with company.scope():
        rollout = roll_out(company, version)
        assert rollout.seen == 0
    with world.hospital.scope():
        assert Complaint.objects.get(pk=theirs.pk).policy.number == 1
        assert not CaseEvent.objects.filter(kind="policy_changed").exists()


def test_only_the_version_in_force_by_an_administrator_with_a_reason(company, published):
    sent_case(company)
    with company.scope():
        first = PolicyVersion.objects.get(number=1)
    version = published(company, solve_within(8))
    with company.scope():
        admin = company.actor("admin")
        with pytest.raises(Refused):
            apply_version(actor=admin, version=first, reason="旧的", now=MONDAY)
        with pytest.raises(Refused) as refusal:
            apply_version(actor=admin, version=version, reason=" ​ ", now=MONDAY)
        assert refusal.value.field == "reason"
        with pytest.raises(Forbidden):
            apply_version(actor=company.actor("gao"), version=version, reason="x", now=MONDAY)
        apply_version(actor=admin, version=version, reason="统一", now=MONDAY)
        with pytest.raises(Refused):
            apply_version(actor=admin, version=version, reason="又一次", now=MONDAY)


def test_a_rollout_is_carried_on_where_it_stopped(company, published):
    cases = [new_case(company) for _number in range(5)]
    version = published(company, solve_within(8))
    with company.scope():
        rollout = apply_version(actor=company.actor("admin"), version=version, reason="统一", now=MONDAY)
        rollout = carry_on(rollout=rollout, now=MONDAY, cases=2)
        assert (rollout.seen, rollout.finished_at) == (2, None)
        assert Complaint.objects.filter(policy=version).count() == 2
    assert carry_on_all(MONDAY + DAY) == 0
    with company.scope():
        assert Complaint.objects.filter(policy=version).count() == len(cases)
        rollout.refresh_from_db()
        assert (rollout.seen, rollout.finished_at) == (5, MONDAY + DAY)
        assert CaseEvent.objects.filter(kind="policy_changed").count() == 5


def test_one_case_that_cannot_be_computed_stops_nobody(company, published, monkeypatch):
    from escalation.services import rollouts

    bad, good = new_case(company), new_case(company)
    version = published(company, solve_within(8))
    planned = rollouts.planned_rows

    def failing(case, *args):
        if case.pk == bad.pk:
            raise ValueError("broken on purpose")
        return planned(case, *args)

    monkeypatch.setattr(rollouts, "planned_rows", failing)
    with company.scope():
        preview = look_ahead(company, version)
        assert preview.failures == [bad.number]
        assert {row.number for row in preview.moves} == {good.number}
        rollout = roll_out(company, version)
        assert [row["number"] for row in rollout.failures] == [bad.number]
        assert Complaint.objects.get(pk=good.pk).policy == version
        assert Complaint.objects.get(pk=bad.pk).policy.number == 1


def test_a_preview_has_pages(company, published, monkeypatch):
    from escalation.services import rollouts

    cases = [new_case(company) for _number in range(5)]
    version = published(company, solve_within(8))
    monkeypatch.setattr(rollouts, "SHOWN", 2)
    with company.scope():
        numbers, after = [], 0
        while after is not None:
            preview = look_ahead(company, version, after=after)
            numbers.append([row.number for row in preview.moves])
            after = preview.next
    assert numbers == [[row.number for row in cases[start : start + 2]] for start in (0, 2, 4)]


# --- the calendar -------------------------------------------------------------------------------------------


def night(day):
    """24:00 of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, 16, tzinfo=UTC)


def test_a_corrected_day_moves_what_its_preview_says(company, published):
    published(company, solve_within(3, "wd"))
    case, _ticket = sent_case(company)
    day, org = date(2026, 11, 4), company.organization
    with company.scope():
        since = since_day(org, day, MONDAY)
        days = own_days(org).with_day(day, False)
        (move,) = preview_days(organization=org, days=days, since=since, now=MONDAY).moves
        assert (move.before, move.after) == (night(date(2026, 11, 5)), night(date(2026, 11, 6)))
        assert limits(case)["solve"][1] == move.before
        rollout = change_day(actor=company.actor("admin"), day=day, is_workday=False, note="停产", now=MONDAY)
        rollout = carry_on(rollout=rollout, now=MONDAY)
        assert rollout.moved == 1
        assert limits(case)["solve"][1] == move.after
        assert CaseEvent.objects.get(complaint=case, kind="noted").data["moved"][0]["duty"] == "solve"
        rollout = change_day(actor=company.actor("admin"), day=day, is_workday=None, now=MONDAY)
        carry_on(rollout=rollout, now=MONDAY)
        assert limits(case)["solve"][1] == move.before
        assert not CalendarDay.objects.exists()
        assert RuleChange.objects.filter(kind="calendar").count() == 2
        assert list(audit(org)) == []


def test_opening_hours_of_one_desk(company, published):
    published(company, solve_within(4, "bh", calendar="desk"))
    case, _ticket = sent_case(company)
    org = company.organization
    with company.scope():
        assert limits(case)["solve"][1] == datetime(2026, 11, 2, 7, 30, tzinfo=UTC)  # 15:30
        admin = company.actor("admin")

        def hours(department, ranges):
            rollout = change_hours(
                actor=admin, calendar="desk", department=department, ranges=ranges, now=MONDAY
            )
            carry_on(rollout=rollout, now=MONDAY)
            return limits(case)["solve"][1]

        assert hours(None, ["00:00-24:00"]) == datetime(2026, 11, 2, 6, tzinfo=UTC)
        assert hours(company.departments["desk"], ["14:00-16:00"]) == datetime(2026, 11, 3, 8, tzinfo=UTC)
        assert hours(company.departments["works"], ["23:00-24:00"]) == datetime(2026, 11, 3, 8, tzinfo=UTC)
        assert hours(company.departments["desk"], []) == datetime(2026, 11, 2, 6, tzinfo=UTC)
        assert list(audit(org)) == []
        for ranges in (
            ["9-10"],
            ["10:00-09:00"],
            ["08:00-12:00", "11:00-13:00"],
            ["08:00-24:00", "09:00-10:00"],
        ):
            with pytest.raises(Refused):
                hours(None, ranges)


def test_opening_hours_of_the_department_that_has_the_ticket(company, published):
    (duty,) = solve_within(4, "bh", calendar="desk")["duties"]
    published(company, {"duties": [duty | {"each": "ticket", "from": "dispatched"}]})
    case, _ticket = sent_case(company)
    with company.scope():
        before = limits(case)["solve"][1]
        rollout = change_hours(
            actor=company.actor("admin"),
            calendar="desk",
            department=company.departments["works"],
            ranges=["14:00-16:00"],
            now=MONDAY,
        )
        carry_on(rollout=rollout, now=MONDAY)
        assert before < limits(case)["solve"][1] == datetime(2026, 11, 3, 8, tzinfo=UTC)
        assert list(audit(company.organization)) == []


def test_a_confirmed_year_is_no_guess_any_more(company, published):
    published(company, solve_within(60, "wd"))
    case, _ticket = sent_case(company)
    with company.scope():
        assert Deadline.objects.get(complaint=case, duty="solve").basis["provisional"] is True
        rollout = change_year(actor=company.actor("admin"), year=2027, confirmed=True, now=MONDAY)
        assert carry_on(rollout=rollout, now=MONDAY).changed == 1
        assert Deadline.objects.get(complaint=case, duty="solve").basis["provisional"] is False
        assert list(audit(company.organization)) == []


def test_only_administrators_change_the_calendar(company):
    with company.scope():
        for name in ("lin", "zhou", "gao", "sun"):
            actor = company.actor(name)
            with pytest.raises(Forbidden):
                change_day(actor=actor, day=date(2026, 11, 4), is_workday=False, now=MONDAY)
            with pytest.raises(Forbidden):
                change_hours(actor=actor, calendar="desk", department=None, ranges=[], now=MONDAY)
            with pytest.raises(Forbidden):
                change_year(actor=actor, year=2027, confirmed=True, now=MONDAY)
        assert not Rollout.objects.exists()
