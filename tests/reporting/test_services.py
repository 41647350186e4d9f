"""Producing, keeping and reading the monthly reports."""

import hashlib
import json
import logging
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django_scopes import scopes_disabled

from escalation.sweep import sweep
from organizations.errors import Forbidden, NotVisible, Refused
from organizations.models import Organization
from organizations.services import grant_role
from reporting import services
from reporting.models import MonthlyReport
from reporting.selectors import access_report, may_read_reports, months_due, read_pdf, reports_for
from reporting.services import produce_due_reports, produce_month
from reporting.statistics import month_figures
from reporting.tasks import produce_due_reports_task
from tests.world import MONDAY, handled_case, new_case

NOVEMBER = date(2026, 11, 1)
DECEMBER_1 = datetime(2026, 11, 30, 16, 10, tzinfo=UTC)  # 00:10 on 1 December in Shanghai


@pytest.fixture
def quick(monkeypatch):
    """Documents in no time, where it is not the document that is tested."""
    monkeypatch.setattr(services, "render_pdf", lambda figures, **_: f"%PDF {figures['period']}".encode())


def files() -> list[str]:
    folders = default_storage.listdir("reports")[0] if default_storage.exists("reports") else []
    return sorted(name for folder in folders for name in default_storage.listdir(f"reports/{folder}")[1])


def produce(company, now: datetime = DECEMBER_1, month: date = NOVEMBER) -> MonthlyReport:
    with company.scope():
        return produce_month(organization=company.organization, month=month, now=now)


def test_figures_and_document_are_kept_together(world):
    company = world.property
    handled_case(company)
    report = produce(company)
    with company.scope():
        report = MonthlyReport.objects.get(pk=report.pk)
        assert report.figures == month_figures(company.organization, NOVEMBER)
        pdf = read_pdf(report)
    assert report.month == NOVEMBER
    assert report.produced_at == DECEMBER_1
    assert pdf.startswith(b"%PDF-1.")
    assert report.checksum == hashlib.sha256(pdf).hexdigest()


def test_producing_twice_gives_the_stored_report(world, quick):
    company = world.property
    first = produce(company)
    handled_case(company)  # written into a month that has been reported
    second = produce(company, DECEMBER_1 + timedelta(days=5), date(2026, 11, 17))
    assert second.pk == first.pk
    assert second.figures["counts"]["received"]["value"] == 0
    assert len(files()) == 1


def test_a_month_that_has_not_ended_is_refused(world, quick):
    with pytest.raises(Refused):
        produce(world.property, datetime(2026, 11, 30, 15, 59, tzinfo=UTC))
    assert files() == []


def test_two_producers_at_the_same_time_end_with_one_report(world, monkeypatch):
    company = world.property
    seen: list[MonthlyReport] = []

    def slow(figures, **_) -> bytes:
        if not seen:  # while this one draws, another worker does all of it
            seen.append(None)
            seen[0] = produce(company)
            return b"%PDF the slower"
        return b"%PDF the quicker"

    monkeypatch.setattr(services, "render_pdf", slow)
    report = produce(company)
    assert report.pk == seen[0].pk
    with company.scope():
        assert MonthlyReport.objects.count() == 1
        assert read_pdf(report) == b"%PDF the quicker"
    assert len(files()) == 1, "the file of the slower one is gone"


def test_no_row_without_its_file(world, quick, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr(default_storage, "save", full)
    with pytest.raises(OSError):
        produce(world.property)
    with world.property.scope():
        assert not MonthlyReport.objects.exists()


def test_no_file_without_its_row(world, quick, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("the database is away")

    monkeypatch.setattr(MonthlyReport, "save", broken)
    with pytest.raises(RuntimeError):
        produce(world.property)
    assert files() == []


def test_a_file_that_was_changed_or_lost_is_not_handed_out(world, quick):
    report = produce(world.property)
    path = default_storage.path(report.pdf.name)
    with open(path, "ab") as file:
        file.write(b" and a little more")
    with pytest.raises(Refused):
        read_pdf(report)
    default_storage.delete(report.pdf.name)
    with pytest.raises(Refused):
        read_pdf(report)


def test_what_was_missed_in_three_months_is_due_and_made_once(world, quick):
    company = world.property
    new_case(company, datetime(2026, 8, 31, 17, tzinfo=UTC))  # 1 September in Shanghai
    sweep(DECEMBER_1)
    months = [date(2026, 11, 1), date(2026, 10, 1), date(2026, 9, 1)]
    with company.scope():
        assert months_due(company.organization, DECEMBER_1) == months
    with world.hospital.scope():
        assert months_due(world.hospital.organization, DECEMBER_1) == []
    assert produce_due_reports(DECEMBER_1) == 3
    assert produce_due_reports(DECEMBER_1) == 0
    with company.scope():
        assert list(reports_for(company.actor("gao")).values_list("month", flat=True)) == months
        assert months_due(company.organization, DECEMBER_1) == []
        assert months_due(company.organization, DECEMBER_1 + timedelta(days=31)) == [date(2026, 12, 1)]


def test_a_month_waits_for_the_sweep(world, quick):
    company = world.property
    new_case(company, MONDAY)
    with company.scope():
        assert months_due(company.organization, DECEMBER_1) == [], "breaches of November are undecided"
    sweep(DECEMBER_1)
    with company.scope():
        assert months_due(company.organization, DECEMBER_1) == [NOVEMBER]
        report = produce_month(organization=company.organization, month=NOVEMBER, now=DECEMBER_1)
    assert report.figures["firings"]["breaches"]["value"] > 0


def test_one_failure_stops_neither_the_others_nor_what_follows(world, monkeypatch, caplog):
    for company, by in ((world.property, "lin"), (world.hospital, "bai")):
        new_case(company, datetime(2026, 10, 5, tzinfo=UTC), by=by)
    sweep(DECEMBER_1)

    def render(figures, **_) -> bytes:
        if figures["organization"]["slug"] == "evergreen" and figures["period"]["month"] == "2026-11":
            raise RuntimeError("a figure nobody expected")
        return b"%PDF"

    monkeypatch.setattr(services, "render_pdf", render)
    with caplog.at_level(logging.ERROR):
        assert produce_due_reports(DECEMBER_1) == 3
    assert "2026-11 of evergreen" in caplog.text
    with scopes_disabled():
        made = {(row.organization.slug, f"{row.month:%Y-%m}") for row in MonthlyReport.objects.all()}
    assert made == {("evergreen", "2026-10"), ("mercy", "2026-10"), ("mercy", "2026-11")}


def test_organizations_take_turns(world, monkeypatch):
    for company, by in ((world.property, "lin"), (world.hospital, "bai")):
        new_case(company, datetime(2026, 9, 5, tzinfo=UTC), by=by)
    sweep(DECEMBER_1)
    made: list[str] = []
    monkeypatch.setattr(
        services, "_produce", lambda row, month, now: made.append(f"{row.slug} {month:%m}") or 1
    )
    produce_due_reports(DECEMBER_1)
    assert made == [f"{slug} {month}" for month in ("11", "10", "09") for slug in ("evergreen", "mercy")]


def test_an_organization_that_is_closed_gets_no_more_reports(world, quick):
    new_case(world.property, MONDAY)
    sweep(DECEMBER_1)
    Organization.objects.filter(pk=world.property.organization.pk).update(is_active=False)
    assert produce_due_reports(DECEMBER_1) == 0


def test_the_task_reads_the_clock_and_opens_the_scopes_itself(world, quick, monkeypatch):
    new_case(world.property, MONDAY)
    sweep(DECEMBER_1)
    monkeypatch.setattr("config.clock.now", lambda: DECEMBER_1)
    produce_due_reports_task()
    with world.property.scope():
        assert MonthlyReport.objects.get().produced_at == DECEMBER_1


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("gao", True),
        ("zhou", True),
        ("lin", False),
        ("he", False),
        ("sun", False),
        ("qian", False),
        ("admin", False),
    ],
)
def test_who_may_read(world, quick, name, may):
    company = world.property
    report = produce(company)
    actor = company.actor(name)
    with company.scope():
        assert may_read_reports(actor) is may
        if may:
            assert access_report(actor, date(2026, 11, 30)) == report
            assert list(reports_for(actor)) == [report]
        else:
            with pytest.raises(Forbidden):
                access_report(actor, NOVEMBER)
            with pytest.raises(Forbidden):
                access_report(actor, date(2026, 10, 1))  # nor whether there is one
            with pytest.raises(Forbidden):
                reports_for(actor)


def test_a_manager_of_everything_may_read_and_one_of_a_part_may_not(world, quick):
    company = world.property
    produce(company)
    with company.scope():
        assert not may_read_reports(company.actor("qian"))
        grant_role(
            user=company.people["qian"],
            department=company.departments["root"],
            role="dept_manager",
            now=MONDAY,
        )
        assert access_report(company.actor("qian"), NOVEMBER).month == NOVEMBER


def test_there_is_no_report_of_another_organization(world, quick):
    produce(world.property)
    fang = world.hospital.actor("fang")
    with world.hospital.scope():
        with pytest.raises(NotVisible):
            access_report(fang, NOVEMBER)
        assert list(reports_for(fang)) == []


def test_the_command_prints_what_is_stored_or_computes_it(world, quick, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("config.clock.now", lambda: DECEMBER_1)
    company = world.property
    handled_case(company)
    call_command("monthly_report", "evergreen", "2026-11")
    printed = json.loads(capsys.readouterr().out)
    with company.scope():
        assert printed == month_figures(company.organization, NOVEMBER)
        assert not MonthlyReport.objects.exists(), "the command stores nothing"
    report = produce(company)
    handled_case(company, MONDAY + timedelta(days=1))
    paths = {name: tmp_path / name for name in ("out.json", "out.pdf")}
    call_command(
        "monthly_report", "evergreen", "2026-11", json=paths["out.json"], pdf=paths["out.pdf"], verbosity=0
    )
    assert json.loads(paths["out.json"].read_text()) == report.figures
    assert paths["out.pdf"].read_bytes() == read_pdf(report)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("nobody", "2026-11"),
        ("evergreen", "2026-13"),
        ("evergreen", "november"),
        ("evergreen", "2026-12"),
        ("evergreen", "2026-11", "--pdf", "/nowhere/at/all.pdf"),
    ],
)
def test_the_command_says_what_is_wrong(world, quick, monkeypatch, arguments):
    monkeypatch.setattr("config.clock.now", lambda: DECEMBER_1)
    produce(world.property)
    with pytest.raises(CommandError):
        call_command("monthly_report", *arguments)
