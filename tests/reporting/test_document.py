"""The PDF: every number of the figures is on it, nothing else gets into it."""

import re
import shutil
import subprocess
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.utils import translation

from reporting.document import render_html, render_pdf
from reporting.document.layout import arranged
from reporting.statistics import month_figures
from tests.reporting.history import PROPERTY, play
from tests.world import MONDAY, new_case

NOVEMBER = date(2026, 11, 1)
PRODUCED = datetime(2026, 12, 1, 1, tzinfo=UTC)
FONTS = Path(__file__).resolve().parents[2] / "static" / "vendor" / "fonts"

needs_poppler = pytest.mark.skipif(
    not shutil.which("pdftotext"), reason="pdftotext (poppler) is not installed"
)


def text_of(pdf: bytes, tmp_path: Path, *options: str) -> str:
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["pdftotext", *options, path, "-"], capture_output=True, check=True)
    return done.stdout.decode()


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f} %"


def signed(value: float | None, form: str = "d", unit: str = "") -> str:
    if value is None:
        return "—"
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{abs(value):{form}}{unit}"


@needs_poppler
def test_every_number_of_the_tables_is_in_the_document(world, tmp_path):
    company = world.property
    play(company, PROPERTY, seed=11, cases=14, start=MONDAY, end=datetime(2026, 11, 28, tzinfo=UTC))
    with company.scope():
        figures = month_figures(company.organization, NOVEMBER)
    page = squeezed(text_of(render_pdf(figures, produced_at=PRODUCED), tmp_path, "-layout"))
    with translation.override("zh-hans"):
        rows = arranged(figures, PRODUCED)
    for row in rows["overview"]:
        changes = f"{signed(row['difference'])} {signed(row['percent'], '.2f', ' %')}"
        assert f"{row['title']} {row['value']} {row['before']} {changes}" in page, row["title"]
    for row in figures["duties"]:
        numbers = [row[name] for name in ("whole", "in_time", "late", "missed", "paused")]
        counts = " ".join(str(number) for number in numbers)
        assert f"{counts} {percent(row['value'])} {percent(row['before'])}" in page, row["title"]
    for table in rows["breakdowns"]:
        for row in table["rows"]:
            line = f"{row['received']} {percent(row['share'])} {row['received_change']['before']}"
            line += f" {signed(row['received_change']['difference'])}"
            line += "".join(f" {row[name]}" for name in ("handled", "closed", "open", "overdue"))
            line += f" {row['on_time']['part']}/{row['on_time']['whole']} {percent(row['on_time']['value'])}"
            assert line in page, row["title"]
    for name in ("dispatch", "sign", "handle", "tell", "close"):
        times = figures["times"][name]
        parts = [times[part] for part in ("median", "p90", "mean", "longest")]
        assert f"{times['count']} " + " ".join(f"{part:.2f}" for part in parts) in page, name
    for row in figures["open_cases"]["rows"]:
        assert row["number"] in page


@needs_poppler
def test_the_document_of_an_empty_month(world, tmp_path):
    company = world.hospital
    with company.scope():
        figures = month_figures(company.organization, NOVEMBER)
    page = text_of(render_pdf(figures, produced_at=PRODUCED), tmp_path, "-layout")
    assert company.organization.name in page
    assert "None" not in page.replace("None this month", "")
    assert "—" in page
    pages = page.count("\f")
    footers = re.findall(r"(\d+)\D{1,8}(\d+)\D{0,3}\s*\f", page)
    assert [(int(number), int(whole)) for number, whole in footers] == [
        (n, pages) for n in range(1, pages + 1)
    ]


@needs_poppler
@pytest.mark.skipif(not (FONTS / "NotoSansSC-Regular.ttf").exists(), reason="the fonts have not been fetched")
def test_the_fonts_are_embedded_as_subsets(world, tmp_path):
    with world.hospital.scope():
        figures = month_figures(world.hospital.organization, NOVEMBER)
    path = tmp_path / "fonts.pdf"
    path.write_bytes(render_pdf(figures, produced_at=PRODUCED))
    listed = subprocess.run(
        ["pdffonts", path], capture_output=True, check=True, text=True
    ).stdout.splitlines()
    assert len(listed) > 3
    for line in listed[2:]:
        embedded, subset = line.split()[-5:-3]
        assert (embedded, subset) == ("yes", "yes"), line
    assert path.stat().st_size < 400_000


def test_a_subject_is_text_and_nothing_else(world):
    company = world.property
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("the secret")
        file.flush()
        hostile = (
            f'<img src="file://{file.name}"><link rel=attachment href="file://{file.name}"><script>x</script>'
        )
        new_case(company, MONDAY, subject=hostile)
        with company.scope():
            figures = month_figures(company.organization, NOVEMBER)
        html = render_html(figures, produced_at=PRODUCED)
        assert b"the secret" not in render_pdf(figures, produced_at=PRODUCED)
    assert "<script>x" not in html
    assert "&lt;img src=" in html


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1:9/x.png", "data:text/css,*{}"])
def test_nothing_but_the_fonts_can_be_fetched(url):
    from weasyprint.urls import FatalURLFetchingError

    from reporting.document.rendering import _fetcher

    with pytest.raises(FatalURLFetchingError):
        _fetcher().fetch(url)


def test_the_list_of_open_cases_says_in_words_that_it_is_cut(world, monkeypatch):
    from reporting.statistics import measuring, presenting

    company = world.property
    for _ in range(4):
        new_case(company, MONDAY)
    for module in (measuring, presenting):
        monkeypatch.setattr(module, "LIST_CAP", 3)
    with company.scope():
        figures = month_figures(company.organization, NOVEMBER)
    assert [figures["open_cases"][name] for name in ("total", "cap", "listed")] == [4, 3, 3]
    assert "1 more open case is not listed." in render_html(figures, produced_at=PRODUCED, language="en")


def test_the_front_page_proves_the_open_cases(world):
    company = world.property
    new_case(company, MONDAY)
    with company.scope():
        figures = month_figures(company.organization, NOVEMBER)
    with translation.override("en"):
        terms = arranged(figures, PRODUCED)["equation"]
    total = sum(-number if sign == "−" else number for sign, _words, number in terms if sign != "=")
    assert total == terms[-1][2] == 1
