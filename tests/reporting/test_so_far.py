"""The month so far against the slow oracle, for the whole organization and for parts of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints.models import Complaint, Deadline
from organizations.errors import Forbidden
from organizations.models import Role
from organizations.services import grant_role
from reporting.models import MonthlyReport
from reporting.selectors import part_of
from reporting.statistics.behind import Figure, Value, in_figure, in_row
from reporting.statistics.part import WHOLE, Part
from reporting.statistics.so_far import month_so_far
from reporting.statistics.titles import Titles
from tests.reporting import oracle
from tests.reporting.history import PROPERTY, adopt_overlay, play
from tests.reporting.test_statistics import DIMENSION, decided
from tests.world import MONDAY, Company, handled_case, new_case, sent_case
from tickets.services import file_result, sign_for

START = datetime(2026, 10, 12, tzinfo=UTC)
MIDDLE = datetime(2026, 11, 17, 3, 21, 7, tzinfo=UTC)
END = datetime(2026, 11, 30, 15, tzinfo=UTC)  # 23:00 on the 30th in Shanghai


def part(company: Company, *codes: str) -> Part:
    places = frozenset(company.departments[code].pk for code in codes)
    return Part(((places, places),))


def check(company: Company, now: datetime, chosen: Part, *codes: str) -> None:
    """Every number of the month so far equals the oracle's."""
    places = {company.departments[code].pk for code in codes}

    def among(case) -> bool:
        return not codes or case.desk_id in places or case.lead_department_id in places

    local = now.astimezone(company.organization.zone)
    with company.scope():
        figures = month_so_far(company.organization, now, chosen)
        book = oracle.counted(company.organization, local.year, local.month, until=now, among=among)
    for name, found in figures["counts"].items():
        if name in ("received", "open", "overdue"):
            assert found["cases"] == book.counts[name], name
        else:
            assert found["cases"] == len(book.cases[name]), name
            assert found["times"] == book.counts[name], name
    check_limits(figures, book)
    for section, name in DIMENSION.items():
        check_rows({row["id"]: row for row in figures["by"][section]}, book.by[name])
    check_departments(figures["departments"], book)


def check_limits(figures, book) -> None:
    duties = {row["duty"]: row for row in figures["duties"]}
    assert set(duties) == {
        duty
        for duty, force, standing in book.duties
        if force == "must" and standing in ("in_time", "late", "missed")
    }
    for duty, row in duties.items():
        limits = {name: book.duties[duty, "must", name] for name in ("in_time", "late", "missed")}
        assert {name: row[name] for name in limits} == limits, duty
        assert row["cases"] == {name: len(book.cases[duty, name]) for name in limits}, duty
        assert row["value"] == oracle.percent(limits["in_time"], sum(limits.values()))


def check_rows(rows, wanted) -> None:
    counted = ("received", "open", "overdue")
    assert {value for value, counts in wanted.items() if any(counts[name] for name in counted)} <= set(rows)
    for value, row in rows.items():
        assert {name: row[name] for name in counted} == {name: wanted[value][name] for name in counted}, value
        assert row["closed"] == wanted[value]["closed_cases"]
        assert row["on_time"]["value"] == oracle.percent(wanted[value]["in_time"], decided(wanted[value]))


def check_departments(rows, book) -> None:
    assert {row["id"] for row in rows} == {lead for lead, times in book.handled.items() if times}
    for row in rows:
        times = oracle.spread(book.handled[row["id"]])
        assert {name: row[name] for name in ("median", "p90", "longest")} == {
            name: times[name] for name in ("median", "p90", "longest")
        }
    assert [row["median"] for row in rows] == sorted((row["median"] for row in rows), reverse=True)


def test_the_figures_equal_the_oracle_and_the_cases_behind_them_are_as_many(world, tmp_path):
    company = world.property
    adopt_overlay(company, tmp_path, MONDAY + timedelta(hours=1))
    seen = []

    def look(now: datetime) -> None:
        check(company, now, WHOLE)
        check(company, now, part(company, "works", "lifts"), "works", "lifts")
        check(company, now, part(company, "desk"), "desk")
        with company.scope():
            seen.append(compare(company, part(company, "works", "lifts", "desk"), now))

    stops = [(moment, lambda moment=moment: look(moment)) for moment in (MIDDLE, END)]
    play(company, PROPERTY, seed=7, cases=18, start=START, end=END, stops=stops)
    assert len(seen) == 2
    assert all(seen[1][name]["cases"] for name in ("received", "told", "closed", "open", "overdue"))


def compare(company: Company, chosen: Part, now: datetime) -> dict:
    """The list behind each number is as long as the number; returns the counts."""
    figures, titles = month_so_far(company.organization, now, chosen), Titles(company.organization, now)

    def behind(figure: Figure, row: Value | None = None) -> int:
        condition = in_figure(Figure.read(figure.token), now, company.organization.zone, titles)
        cases = chosen.of(Complaint.objects.filter(condition))
        return cases.filter(in_row(Value.read(row.token), titles)).count() if row else cases.count()

    month = date(2026, 11, 1)
    for name, counted in figures["counts"].items():
        wanted = Figure(name, None if name in ("open", "overdue") else month)
        assert behind(wanted) == counted["cases"], name
    for row in figures["duties"]:
        for name, number in row["cases"].items():
            assert behind(Figure(name, month, row["duty"])) == number, (name, row["duty"])
    for section, name in {**DIMENSION, "category_top": "category_top"}.items():
        for row in figures["by"][section]:
            value = Value(name, "" if row["id"] is None else str(row["id"]))
            for figure in (
                Figure("received", month),
                Figure("closed", month),
                Figure("open"),
                Figure("overdue"),
            ):
                assert behind(figure, value) == row[figure.name], (value, figure)
    for row in figures["months"]:
        for name in ("received", "closed"):
            assert behind(Figure.read(f"{name}.{row['month']}")) == row[name], row["month"]
    for row in figures["departments"]:
        value = Value("lead", "" if row["id"] is None else str(row["id"]))
        assert behind(Figure("handled", month), value) == row["cases"]
    return figures["counts"]


def test_what_happens_at_this_very_moment_has_happened_and_what_is_due_has_passed(world):
    company = world.property
    _case, ticket = sent_case(company, MONDAY)
    with company.scope():
        due = Deadline.objects.get(duty="receipt").due_at
        figures = month_so_far(company.organization, due - timedelta(microseconds=2))
        assert figures["counts"]["overdue"]["cases"] == 0
        figures = month_so_far(company.organization, due)
        assert figures["counts"]["overdue"]["cases"] == 1
        assert [row["missed"] for row in figures["duties"] if row["duty"] == "receipt"] == [1]
        sign_for(actor=company.actor("sun"), ticket=ticket, now=due)
        file_result(actor=company.actor("sun"), ticket=ticket, result="已修", outcome="solved", now=due)
        assert month_so_far(company.organization, due)["counts"]["handled"]["cases"] == 1


def test_thirteen_months_and_the_rates_of_the_stored_reports(world):
    company = world.property
    for month in (1, 2, 11):
        new_case(company, datetime(2026, month, 10, tzinfo=UTC))
    with company.scope():
        organization = company.organization
        new_case(company, datetime(2025, 10, 31, 15, 59, tzinfo=UTC))  # of October, in Shanghai
        new_case(company, datetime(2025, 10, 31, 16, tzinfo=UTC))
        MonthlyReport.objects.create(
            organization=organization,
            month=date(2026, 2, 1),
            figures={"on_time": {"must": {"value": 12.5}}},
            pdf="none.pdf",
            checksum="",
            produced_at=MONDAY,
        )
        now = datetime(2026, 11, 20, tzinfo=UTC)
        months = {row["month"]: row for row in month_so_far(organization, now)["months"]}
        of_desk = month_so_far(organization, now, part(company, "desk"))["months"]
    assert list(months) == ["2025-11", "2025-12", *(f"2026-{month:02}" for month in range(1, 12))]
    assert [name for name, row in months.items() if row["received"]] == [
        "2025-11",
        "2026-01",
        "2026-02",
        "2026-11",
    ]
    assert {name: row["on_time"] for name, row in months.items() if row["on_time"]} == {"2026-02": 12.5}
    assert [row["received"] for row in of_desk] == [row["received"] for row in months.values()]
    assert not any(row["on_time"] for row in of_desk), "a report is of the whole organization"


def test_whose_part_it_is(world):
    company = world.property
    desk = company.departments["desk"].pk
    with company.scope():
        grant_role(
            user=company.people["sun"],
            department=company.departments["root"],
            role=Role.DEPT_MANAGER,
            now=MONDAY,
        )
        assert part_of(company.actor("gao")) == WHOLE
        assert part_of(company.actor("zhou")) == Part(((frozenset({desk}), frozenset()),))
        assert part_of(company.actor("sun")) == WHOLE, "the desk lies below the root, too"
        for name in ("lin", "qian", "mao", "admin"):
            with pytest.raises(Forbidden):
                part_of(company.actor(name))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "closed",
        "closed.now",
        "open.2026-11",
        "late.2026-11",
        "open.now.solve",
        "nothing.2026-11",
        "closed.2026-13",
    ],
)
def test_what_is_no_figure_is_refused(token):
    with pytest.raises(ValueError):
        Figure.read(token)


def test_a_fixed_number_of_queries(world):
    company = world.property

    def queries() -> int:
        with company.scope(), CaptureQueriesContext(connection) as captured:
            month_so_far(company.organization, MONDAY + timedelta(days=3))
        return len(captured)

    handled_case(company)
    queries()
    few = queries()
    for _ in range(3):
        handled_case(company)
    assert queries() == few <= 15  # two of them for PostgreSQL
