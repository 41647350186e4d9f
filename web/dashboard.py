"""The month so far: every number leads to the list of the cases behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from organizations.models import Department
from reporting.periods import parse_month
from reporting.selectors import part_of
from reporting.statistics.behind import CATEGORY_TOP, HANDLING, Figure, Value
from reporting.statistics.so_far import month_so_far
from web.answers import page
from web.behind import figure_names
from web.forms.dashboard import PartForm
from web.request import Request

TILES = ("received", "accepted", "explained", "rejected", "handled", "told", "closed", "reopened")
NOW = ("open", "overdue")
SLOWEST = 10
LONGEST_TABLE = 15  # rows; the rest are folded away
Figures = dict[str, Any]


@dataclass(frozen=True)
class Number:
    """A number of cases and the list of them."""

    value: int
    url: str


@dataclass(frozen=True)
class Rate:
    """Per cent in words, what it leads to, and how long a bar of it is ("": no bar)."""

    words: str
    url: str = ""
    kept: str = ""


@dataclass(frozen=True)
class Tile:
    title: str
    number: Number
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """A line of a table: what it is about, its numbers, and a rate or other words."""

    title: str
    numbers: list[Number]
    rate: Rate | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """`headings` are those of the numbers."""

    name: str
    title: str
    heading: str
    rows: list[Row]
    more: list[Row]


@dataclass(eq=False)
class Links:
    """Addresses of lists of cases, of the chosen part of the organization, and of reports."""

    slug: str
    part: Department | None

    def to(self, figure: Figure, row: Value | None = None) -> str:
        given = {"figure": figure.token}
        if row is not None:
            given["by"] = row.token
        if self.part is not None:
            given["part"] = str(self.part.pk)
        return f"{self.cases}?{urlencode(given)}"

    @cached_property
    def cases(self) -> str:
        return reverse("cases", args=[self.slug])

    def report(self, month: date) -> str:
        return reverse("report", args=[self.slug, month])


@page("GET")
def dashboard(request: Request) -> HttpResponse:
    """The figures of the reader's part of the organization, or of one department in it (`?part=`)."""
    actor = request.actor
    part = part_of(actor)
    form = PartForm(request.GET, actor=actor, part=part, auto_id="of-%s")
    chosen = form.department
    if chosen is not None:
        part = part.below(actor.directory.subtree([chosen.pk]))
    figures = month_so_far(actor.organization, request.now, part, actor.directory)
    context = {"form": form, "chosen": chosen, **arranged(figures, Links(actor.organization.slug, chosen))}
    return render(request, "web/dashboard.html", context)


def arranged(figures: Figures, links: Links) -> dict[str, Any]:
    """The figures as the page shows them."""
    month = parse_month(figures["month"])
    return {
        "month": month,
        "tiles": list(_tiles(figures["counts"], month, links)),
        "limits": [_limit(row, month, links) for row in figures["duties"]],
        "tables": [_table(*section, figures["by"], month, links) for section in _sections()],
        "slowest": [_slow(row, month, links) for row in figures["departments"][:SLOWEST]],
        "months": [_month(row, links) for row in figures["months"]],
        "has_rates": any(row["on_time"] is not None for row in figures["months"]),
    }


def _tiles(counts: Figures, month: date, links: Links) -> Iterator[Tile]:
    titles = figure_names()
    for name in TILES:
        counted = counts[name]
        number = Number(counted["cases"], links.to(Figure(name, month)))
        times = ngettext("%(count)d time", "%(count)d times", counted["times"]) % {"count": counted["times"]}
        yield Tile(titles[name], number, times if counted["times"] != counted["cases"] else "")
    for name in NOW:
        number = Number(counts[name]["cases"], links.to(Figure(name)))
        yield Tile(titles[name], number, tone="bad" if name == "overdue" and number.value else "")


def percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f} %"


def _rate(row: Figures, url: str) -> Rate:
    """A rate that leads to the cases that spoil it; there are none behind the rate of nothing."""
    if row["value"] is None:
        return Rate(percent(None))
    return Rate(percent(row["value"]), url, f"{row['value']:.2f}")


def _limit(row: Figures, month: date, links: Links) -> Row:
    numbers = [
        Number(row["cases"][name], links.to(Figure(name, month, row["duty"])))
        for name in ("in_time", "late", "missed")
    ]
    return Row(row["title"], numbers, _rate(row, links.to(Figure("broken", month, row["duty"]))))


def _sections() -> list[tuple[str, str, str, str]]:
    """(breakdown, name of its rows in addresses, title, heading)"""
    return [
        ("tier", "tier", _("By tier"), _("Tier")),
        ("category_top", CATEGORY_TOP, _("By category"), _("Category")),
        ("department", "lead", _("By leading department"), _("Leading department")),
        ("channel", "channel", _("By channel"), _("Channel")),
    ]


def _table(
    section: str, name: str, title: str, heading: str, tables: Figures, month: date, links: Links
) -> Table:
    nothing = _("not dispatched") if name == "lead" else _("not stated")
    rows = [_row(row, name, nothing, month, links) for row in tables[section]]
    return Table(section, title, heading, rows[:LONGEST_TABLE], rows[LONGEST_TABLE:])


def _row(row: Figures, name: str, nothing: str, month: date, links: Links) -> Row:
    value = Value(name, "" if row["id"] is None else str(row["id"]))
    figures = (Figure("received", month), Figure("closed", month), Figure("open"), Figure("overdue"))
    numbers = [Number(row[figure.name], links.to(figure, value)) for figure in figures]
    broken = links.to(Figure("broken", month, HANDLING), value)
    return Row(row["title"] or nothing, numbers, _rate(row["on_time"], broken))


def _slow(row: Figures, month: date, links: Links) -> Row:
    value = Value("lead", "" if row["id"] is None else str(row["id"]))
    number = Number(row["cases"], links.to(Figure("handled", month), value))
    times = tuple(f"{row[name]:.2f}" for name in ("median", "p90", "longest"))
    return Row(row["title"] or _("not dispatched"), [number], words=times)


def _month(row: Figures, links: Links) -> Row:
    month = parse_month(row["month"])
    numbers = [Number(row[name], links.to(Figure(name, month))) for name in ("received", "closed")]
    report = links.report(month) if row["on_time"] is not None else ""
    return Row(row["month"], numbers, Rate(percent(row["on_time"]), report))
