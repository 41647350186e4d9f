"""month_figures against the slow oracle, for histories played through the real verbs."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes.exceptions import ScopeError

from complaints.models import Deadline
from complaints.services import close, follow_up, grade, pause, reopen, resume, tell
from reporting.statistics import month_figures
from tests.reporting import oracle
from tests.reporting.history import HOSPITAL, PROPERTY, adopt_overlay, play
from tests.whole import WHOLE, some
from tests.world import MONDAY, handled_case, new_case, sent_case
from tickets.services import dispatch, file_result, return_ticket, sign_for

OCTOBER_20 = datetime(2026, 10, 20, tzinfo=UTC)
DECEMBER_5 = datetime(2026, 12, 5, tzinfo=UTC)
NOVEMBER, NOVEMBER_ENDS = date(2026, 11, 1), datetime(2026, 11, 30, 16, tzinfo=UTC)
DIMENSION = {"tier": "tier", "category": "category", "channel": "channel", "department": "lead"}
STANDINGS = ("in_time", "late", "missed", "paused")


def check(organization, month: date) -> None:
    """Every number of the figures equals the oracle's."""
    figures = month_figures(organization, month)
    now = oracle.counted(organization, month.year, month.month)
    earlier = (month.year - 1, 12) if month.month == 1 else (month.year, month.month - 1)
    before = oracle.counted(organization, *earlier)
    check_counts(figures, now, before)
    check_breakdowns(figures, now, before)
    check_limits(figures, now, before)
    check_times(figures, now, before)
    check_follow_up(figures, now, before)
    check_list(figures, now)


def changed(value: int, before: int) -> dict:
    percent = oracle.percent(value - before, before) if before else None
    return {"value": value, "before": before, "difference": value - before, "percent": percent}


def rated(part: int, whole: int, part_before: int, whole_before: int) -> dict:
    value, before = oracle.percent(part, whole), oracle.percent(part_before, whole_before)
    points = None if value is None or before is None else round(value - before, 2)
    return {"part": part, "whole": whole, "value": value, "before": before, "points": points}


def check_counts(figures, now, before) -> None:
    for name, found in figures["counts"].items():
        assert found == changed(now.counts[name], before.counts[name]), name
    flow = figures["flow"]
    assert flow["open_before"] == before.counts["open"]
    came, went = flow["received"] + flow["reopened_after_end"], flow["ended"]
    assert flow["open_before"] + came - went == flow["open"] == now.counts["open"]
    assert {row["round"]: row["closed"] for row in figures["rounds"]} == dict(now.rounds)
    for kind, rows in figures["reasons"].items():
        assert {row["id"]: row["count"] for row in rows} == dict(now.reasons[kind])
        whole = sum(now.reasons[kind].values())
        assert all(row["share"] == oracle.percent(row["count"], whole) for row in rows)


def check_breakdowns(figures, now, before) -> None:
    for section, name in DIMENSION.items():
        rows = {row["id"]: row for row in figures["by"][section]}
        wanted = {value: counts for value, counts in now.by[name].items() if counts.total()}
        assert set(wanted) <= set(rows), section
        for value, row in rows.items():
            counts, old = now.by[name][value], before.by[name][value]
            for figure in ("received", "handled", "closed", "open", "overdue", "overdue_should"):
                assert row[figure] == counts[figure], (section, value, figure)
            assert row["share"] == oracle.percent(counts["received"], now.counts["received"])
            assert row["received_change"] == changed(counts["received"], old["received"])
            assert row["on_time"] == rated(
                counts["in_time"], decided(counts), old["in_time"], decided(old)
            ), (section, value)
    tops = {row["id"]: row for row in figures["by"]["category_top"]}
    assert sum(row["received"] for row in tops.values()) == now.counts["received"]
    repair = sum(now.by["category"][name]["open"] for name in ("lift", "water_power", "leakage"))
    assert tops.get("repair", {"open": 0})["open"] == repair


def decided(counts) -> int:
    return counts["in_time"] + counts["late"] + counts["missed"]


def check_limits(figures, now, before) -> None:
    rows = {(row["duty"], row["force"]): row for row in figures["duties"]}
    assert set(rows) == {key[:2] for book in (now, before) for key in book.duties}
    for (duty, force), row in rows.items():
        standings = {standing: now.duties[duty, force, standing] for standing in STANDINGS}
        old = {standing: before.duties[duty, force, standing] for standing in STANDINGS}
        assert {standing: row[standing] for standing in STANDINGS} == standings, (duty, force)
        wanted = rated(standings["in_time"], decided(standings), old["in_time"], decided(old))
        assert {name: row[name] for name in wanted} == wanted
    for force in ("must", "should"):
        counted = {
            s: sum(n for (_, f, t), n in now.duties.items() if (f, t) == (force, s)) for s in STANDINGS
        }
        assert figures["on_time"][force]["part"] == counted["in_time"]
        assert figures["on_time"][force]["whole"] == decided(counted)
    for name, kind in {"warnings": "warn", "breaches": "breach", "escalations": "ladder"}.items():
        number = sum(n for (_, k, _), n in now.firings.items() if k == kind)
        old = sum(n for (_, k, _), n in before.firings.items() if k == kind)
        assert figures["firings"][name] == changed(number, old), name
    steps = {row["step"]: row["count"] for row in figures["firings"]["by_step"]}
    for step, number in steps.items():
        assert number == sum(
            n for (_, k, rung), n in now.firings.items() if (k, rung) == ("ladder", step + 1)
        )
    for state in ("asked", "approved", "refused"):
        assert figures["extensions"][state] == changed(now.extensions[state], before.extensions[state])


def check_times(figures, now, before) -> None:
    assert set(figures["times"]) == {"dispatch", "sign", "handle", "tell", "close"}
    for name, found in figures["times"].items():
        assert found == {**oracle.spread(now.times[name]), "before": oracle.spread(before.times[name])}, name


def check_follow_up(figures, now, before) -> None:
    found = figures["follow_up"]
    due = {standing: now.duties["follow_up", "must", standing] for standing in STANDINGS}
    assert {standing: found["due"][standing] for standing in STANDINGS} == due
    assert found["done"]["value"] == sum(now.satisfied.values()) == now.counts["follow_ups"]
    assert {row["id"]: row["count"] for row in found["satisfaction"]} == {
        name: now.satisfied[name] for name in ("satisfied", "fair", "unsatisfied")
    }
    happy, sad = now.satisfied["satisfied"] + now.satisfied["fair"], now.satisfied["unsatisfied"]
    assert found["satisfied_rate"]["value"] == oracle.percent(happy, happy + sad)
    assert found["solved_rate"]["part"] == now.solved[True]
    assert found["solved_rate"]["whole"] == sum(now.solved.values())


def check_list(figures, now) -> None:
    found = figures["open_cases"]
    ordered = sorted(now.listed, key=lambda row: (row[0][0], row[1].received_at, row[1].pk))
    assert [row["number"] for row in found["rows"]] == [case.number for _, case in ordered][: found["cap"]]
    assert found["total"] == now.counts["open"]
    assert found["overdue"] == now.counts["overdue"]


@pytest.mark.parametrize("seed", some([1, 2]))
def test_the_figures_equal_the_oracle_and_do_not_change_with_time(world, tmp_path, seed):
    first: list[dict] = []
    company = world.property
    adopt_overlay(company, tmp_path, MONDAY + timedelta(hours=1))

    def at_the_end() -> None:
        with company.scope():
            check(company.organization, NOVEMBER)
            first.append(month_figures(company.organization, NOVEMBER))

    stops = [(NOVEMBER_ENDS, at_the_end)]
    cases = 36 if WHOLE else 16
    play(company, PROPERTY, seed=seed, cases=cases, start=OCTOBER_20, end=DECEMBER_5, stops=stops)
    with company.scope():
        for month in (date(2026, 10, 1), date(2026, 12, 1), date(2027, 1, 1)):
            check(company.organization, month)
        later = month_figures(company.organization, NOVEMBER)
    assert later == first[0]


def test_an_empty_month_has_every_figure_and_no_rate(world):
    company = world.hospital
    with company.scope():
        figures = month_figures(company.organization, NOVEMBER)
        check(company.organization, NOVEMBER)
    assert all(row["value"] == 0 and row["percent"] is None for row in figures["counts"].values())
    assert figures["on_time"]["must"]["value"] is None
    assert figures["follow_up"]["satisfied_rate"]["value"] is None
    assert figures["times"]["close"]["median"] is None
    assert figures["open_cases"]["rows"] == []
    assert json.loads(json.dumps(figures)) == figures


def test_two_organizations_never_mix(world, tmp_path):
    play(world.property, PROPERTY, seed=3, cases=8, start=MONDAY, end=MONDAY + timedelta(days=10))
    play(world.hospital, HOSPITAL, seed=4, cases=5, start=MONDAY, end=MONDAY + timedelta(days=10))
    received = {}
    for company in (world.property, world.hospital):
        with company.scope():
            check(company.organization, NOVEMBER)
            figures = month_figures(company.organization, NOVEMBER)
        received[company.organization.slug] = figures["counts"]["received"]["value"]
        assert figures["organization"]["name"] == company.organization.name
        own = {row.pk for row in company.departments.values()} | {None}
        assert {row["id"] for row in figures["by"]["department"]} <= own
    assert received == {"evergreen": 8, "mercy": 5}


def test_the_first_half_hour_of_a_month_is_of_that_month(world):
    company = world.property
    last = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)  # 23:59:59 on 30 November in Shanghai
    first = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)  # 00:30 on 1 December
    new_case(company, last, channel="visit")
    new_case(company, first, channel="wechat")
    with company.scope():
        november = month_figures(company.organization, NOVEMBER)
        december = month_figures(company.organization, date(2026, 12, 1))
    assert [row["id"] for row in november["by"]["channel"]] == ["visit"]
    assert november["counts"]["received"]["value"] == december["counts"]["received"]["value"] == 1
    assert december["counts"]["received"]["before"] == 1
    assert december["period"]["start"] == "2026-12-01T00:00:00+08:00"


def test_a_limit_that_ends_at_midnight_belongs_to_the_month_it_ends(world):
    """Told on 23 November: the follow-up's 7 days end with 24:00 of the 30th."""
    company = world.property
    told_at = datetime(2026, 11, 23, 6, tzinfo=UTC)
    case, _ticket = handled_case(company, told_at - timedelta(minutes=30))
    with company.scope():
        tell(actor=company.actor("lin"), complaint=case, summary="已答复", outcome="solved", now=told_at)
        assert Deadline.objects.get(duty="follow_up").due_at == NOVEMBER_ENDS
        november = month_figures(company.organization, NOVEMBER)
        december = month_figures(company.organization, date(2026, 12, 1))
    assert november["follow_up"]["due"]["missed"] == 1
    assert november["counts"]["overdue"]["value"] == 1
    assert december["follow_up"]["due"]["whole"] == 0


@pytest.fixture
def late_november(world):
    """A ticket that is in hand at the end of November, its 24 hours over since the 30th, 21:00."""
    sent = datetime(2026, 11, 29, 13, tzinfo=UTC)
    case, ticket = sent_case(world.property, sent)
    with world.property.scope():
        sign_for(actor=world.property.actor("sun"), ticket=ticket, now=sent + timedelta(minutes=5))
    return world.property, case, ticket


def solve_row(company) -> dict:
    with company.scope():
        check(company.organization, NOVEMBER)
        figures = month_figures(company.organization, NOVEMBER)
    return next(row for row in figures["duties"] if row["duty"] == "solve")


def test_a_tier_changed_afterwards_does_not_change_the_month(late_november):
    company, case, _ticket = late_november
    before = solve_row(company)
    with company.scope():
        grade(
            actor=company.actor("lin"),
            complaint=case,
            tier="major",
            criterion="loss_or_injury",
            reason="查明有人受伤",
            now=NOVEMBER_ENDS + timedelta(hours=1),
        )
        stored = Deadline.objects.get(duty="solve")
        assert stored.due_at > NOVEMBER_ENDS, "the stored deadline has moved out of the month"
    assert solve_row(company) == before
    assert (before["missed"], before["whole"]) == (1, 1)
    with company.scope():
        tiers = month_figures(company.organization, NOVEMBER)["by"]["tier"]
    assert {row["id"]: row["open"] for row in tiers} == {"major": 0, "important": 0, "minor": 1}


def test_a_breach_stays_a_breach_when_the_ticket_goes_back_later(world):
    company = world.property
    sent = datetime(2026, 11, 30, 12, tzinfo=UTC)
    _case, ticket = sent_case(company, sent)  # to be signed for by 21:00 of the 30th
    with company.scope():
        before = month_figures(company.organization, NOVEMBER)
        return_ticket(
            actor=company.actor("sun"),
            ticket=ticket,
            cause="not_our_duty",
            reason="不归我们管",
            now=NOVEMBER_ENDS + timedelta(hours=2),
        )
        assert Deadline.objects.get(duty="receipt").state == Deadline.State.VOID
        check(company.organization, NOVEMBER)
        after = month_figures(company.organization, NOVEMBER)
    assert after == before
    receipt = next(row for row in after["duties"] if row["duty"] == "receipt")
    assert (receipt["missed"], receipt["whole"]) == (1, 1)


def test_a_limit_no_longer_needed_before_it_was_due_is_not_counted(world):
    company = world.property
    sent = datetime(2026, 11, 20, 2, tzinfo=UTC)
    _case, ticket = sent_case(company, sent)
    with company.scope():
        return_ticket(
            actor=company.actor("sun"),
            ticket=ticket,
            cause="not_our_duty",
            reason="不归我们管",
            now=sent + timedelta(minutes=20),
        )
        check(company.organization, NOVEMBER)
        figures = month_figures(company.organization, NOVEMBER)
    assert "receipt" not in {row["duty"] for row in figures["duties"] if row["whole"]}


def test_a_stopped_clock_is_not_decided_and_a_breach_before_it_is(late_november):
    company, case, _ticket = late_november
    early, _second = sent_case(company, datetime(2026, 11, 30, 10, tzinfo=UTC))
    stopped = datetime(2026, 11, 30, 14, tzinfo=UTC)  # after the first was due, before the second is
    with company.scope():
        for row in (case, early):
            pause(actor=company.actor("zhou"), complaint=row, cause="parts", reason="等配件", now=stopped)
    december = date(2026, 12, 1)
    before = solve_row(company)
    assert (before["missed"], before["paused"]) == (1, 0), "the second falls due only in December"
    with company.scope():
        check(company.organization, december)
        figures = month_figures(company.organization, december)
        assert next(row for row in figures["duties"] if row["duty"] == "solve")["paused"] == 1
        resume(actor=company.actor("lin"), complaint=early, now=NOVEMBER_ENDS + timedelta(days=40))
        check(company.organization, december)
        assert month_figures(company.organization, december) == figures
    assert solve_row(company) == before


def test_a_case_with_a_higher_number_of_rounds_counts_each_close_out(world):
    company = world.property
    lin, at = company.actor("lin"), MONDAY
    case, _ticket = handled_case(company, at)
    with company.scope():
        for _ in range(2):
            tell(actor=lin, complaint=case, summary="已答复", outcome="solved", now=at)
            follow_up(actor=lin, complaint=case, reached=True, solved=True, satisfaction="fair", now=at)
            close(actor=lin, complaint=case, now=at)
            if case.round == 1:
                reopen(actor=lin, complaint=case, reason="又坏了", now=at)
                ticket = dispatch(actor=lin, complaint=case, lead=company.departments["works"], now=at)[0]
                sign_for(actor=company.actor("sun"), ticket=ticket, now=at)
                file_result(
                    actor=company.actor("sun"), ticket=ticket, result="已修", outcome="solved", now=at
                )
            case.refresh_from_db()
            at += timedelta(days=1)
        check(company.organization, NOVEMBER)
        figures = month_figures(company.organization, NOVEMBER)
    assert figures["counts"]["closed"]["value"] == 2
    assert figures["rounds"] == [{"round": 1, "closed": 1}, {"round": 2, "closed": 1}]
    assert figures["flow"] == {
        "open_before": 0,
        "received": 1,
        "reopened_after_end": 1,
        "ended": 2,
        "open": 0,
    }


def test_what_is_written_down_late_counts_in_its_own_month(world):
    company = world.property
    received = datetime(2026, 11, 30, 15, tzinfo=UTC)
    new_case(company, NOVEMBER_ENDS + timedelta(hours=3), received_at=received, category="cleaning")
    with company.scope():
        check(company.organization, NOVEMBER)
        figures = month_figures(company.organization, NOVEMBER)
    assert figures["counts"]["received"]["value"] == figures["counts"]["open"]["value"] == 1
    assert figures["counts"]["accepted"]["value"] == 0
    assert figures["by"]["category"][0]["title"] == "环境卫生 / 保洁不到位"


def test_a_case_written_down_late_and_changed_since_is_still_listed(world):
    company = world.property
    received = datetime(2026, 11, 30, 15, tzinfo=UTC)
    late = NOVEMBER_ENDS + timedelta(hours=3)
    case, _ticket = sent_case(company, late, received_at=received)
    with company.scope():
        grade(
            actor=company.actor("lin"),
            complaint=case,
            tier="important",
            criterion="fault",
            reason="查明有过失",
            now=late + timedelta(hours=1),
        )
        assert Deadline.objects.get(duty="solve").revision > 0
        check(company.organization, NOVEMBER)
        figures = month_figures(company.organization, NOVEMBER)
    assert [row["number"] for row in figures["open_cases"]["rows"]] == [case.number]
    assert {row["id"]: row["open"] for row in figures["by"]["tier"]}["minor"] == 1


def test_subjects_in_the_list_name_nobody(world):
    company = world.property
    new_case(company, MONDAY, subject="王女士 13800138000 反映3号楼1501漏水")
    with company.scope():
        rows = month_figures(company.organization, NOVEMBER)["open_cases"]["rows"]
    assert rows[0]["subject"] == "王** 138**** 反映3号楼1501漏水"


def test_the_number_of_queries_does_not_grow_with_the_cases(world, tmp_path):
    company = world.property

    def queries() -> int:
        with company.scope(), CaptureQueriesContext(connection) as captured:
            month_figures(company.organization, NOVEMBER)
        return len(captured)

    new_case(company, MONDAY)
    queries()  # fills the caches of rules
    few = queries()
    play(company, PROPERTY, seed=5, cases=15, start=MONDAY, end=DECEMBER_5)
    # In either month one more where there are cases to be planned again.
    assert few <= queries() <= few + 2 <= 45


def test_figures_need_an_open_scope(world):
    with pytest.raises(ScopeError):
        month_figures(world.property.organization, NOVEMBER)
