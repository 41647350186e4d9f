"""The figures of a month arranged for paper. Everything here is a choice of rows and a width of a bar."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.services.replying import Satisfaction
from reporting.periods import parse_month

TOP = 5  # rows of a chart on the front page: it is one page whatever the rules and the month
FRONT_ROWS = 4  # rows of a table there
LONGEST_SUBJECT = 36
SHORT = 14  # a table of at most so many rows is not divided between two pages
Figures = dict[str, Any]


def arranged(figures: Figures, produced_at: datetime) -> dict[str, Any]:
    """The context of the template, in the active language."""
    zone = ZoneInfo(figures["organization"]["time_zone"])
    breakdowns = _breakdowns(figures["by"])
    return {
        "figures": figures,
        "month": parse_month(figures["period"]["month"]),
        "month_before": parse_month(figures["period"]["before"]),
        "start": datetime.fromisoformat(figures["period"]["start"]).replace(tzinfo=None),
        "end": datetime.fromisoformat(figures["period"]["end"]).replace(tzinfo=None),
        "produced_at": produced_at.astimezone(zone).replace(tzinfo=None),
        "tiles": _tiles(figures),
        "equation": _equation(figures["flow"]),
        "duty_bars": [_duty_bar(row) for row in figures["duties"] if row["whole"]][:TOP],
        "category_bars": _bars(figures["by"]["category_top"]),
        "overview": _overview(figures),
        "breakdowns": breakdowns,
        "front_tables": _front_tables(breakdowns),
        "times": _times(figures["times"]),
        "reasons": _reasons(figures["reasons"]),
        "satisfaction": _satisfaction(figures["follow_up"]),
        "open_cases": _open_cases(figures["open_cases"]),
        "page_words": _page_words(),
        "signatures": [_("Prepared by"), _("Checked by"), _("Approved by"), _("Date")],
    }


def _page_words() -> list[str]:
    """What stands before, between and after the two numbers at the foot of a page."""
    return re.split(r"\{pages?\}", _("Page {page} of {pages}").replace('"', ""))


def _tiles(figures: Figures) -> list[Figures]:
    counts, on_time = figures["counts"], figures["on_time"]["must"]
    satisfied = figures["follow_up"]["satisfied_rate"]
    return [
        {"title": _("Received"), "count": counts["received"]},
        {"title": _("Handled"), "count": counts["handled"]},
        {"title": _("Closed out"), "count": counts["closed"]},
        {"title": _("Open at month end"), "count": counts["open"]},
        {"title": _("Overdue at month end"), "count": counts["overdue"]},
        {"title": _("Limits kept"), "rate": on_time},
        {"title": _("Limits broken"), "count": figures["firings"]["breaches"]},
        {"title": _("Satisfied"), "rate": satisfied},
    ]


def _equation(flow: Figures) -> list[tuple[str, str, int]]:
    """(sign, words, number): the reader can check the count of open cases with a pencil."""
    return [
        ("", _("Open before"), flow["open_before"]),
        ("+", _("Received"), flow["received"]),
        ("+", _("Taken up again"), flow["reopened_after_end"]),
        ("−", _("Ended"), flow["ended"]),
        ("=", _("Open at month end"), flow["open"]),
    ]


def _duty_bar(row: Figures) -> Figures:
    """Widths in per cent of the whole bar; they show, the numbers beside them tell."""
    parts = {name: 100 * row[name] / row["whole"] for name in ("in_time", "late", "missed")}
    return {**row, "widths": [(name, f"{width:.3f}") for name, width in parts.items() if width]}


def _bars(rows: list[Figures]) -> list[Figures]:
    shown = sorted(rows, key=lambda row: -row["received"])[:TOP]
    longest = max((row["received"] for row in shown), default=0)
    return [
        {**row, "width": f"{100 * row['received'] / longest:.3f}"}
        for row in shown
        if longest and row["received"]
    ]


def _overview(figures: Figures) -> list[Figures]:
    counts, firings, extensions = figures["counts"], figures["firings"], figures["extensions"]
    rows = [
        (_("Received"), counts["received"]),
        (_("Accepted"), counts["accepted"]),
        (_("Settled by an explanation"), counts["explained"]),
        (_("Rejected"), counts["rejected"]),
        (_("Tickets dispatched"), counts["dispatched"]),
        (_("Tickets signed for"), counts["signed"]),
        (_("Tickets returned"), counts["returned"]),
        (_("Handled"), counts["handled"]),
        (_("Result told"), counts["told"]),
        (_("Follow-ups done"), counts["follow_ups"]),
        (_("Closed out"), counts["closed"]),
        (_("Taken up again"), counts["reopened"]),
        (_("Open at month end"), counts["open"]),
        (_("Overdue at month end"), counts["overdue"]),
        (_("Warnings"), firings["warnings"]),
        (_("Limits broken"), firings["breaches"]),
        (_("Escalations"), firings["escalations"]),
        (_("Extensions approved"), extensions["approved"]),
    ]
    if counts["overdue_should"]["value"] or counts["overdue_should"]["before"]:
        rows.insert(14, (_("Overdue, only by a limit that should be kept"), counts["overdue_should"]))
    return [{"title": title, **row} for title, row in rows]


def _breakdowns(tables: Figures) -> list[Figures]:
    unknown = _("not stated")
    sections = [
        ("tier", _("By tier"), _("Tier"), unknown),
        ("category_top", _("By category"), _("Category"), unknown),
        ("category", _("By category in full"), _("Category"), unknown),
        ("department", _("By leading department"), _("Leading department"), _("not dispatched")),
        ("channel", _("By channel"), _("Channel"), unknown),
    ]
    return [
        {
            "id": name,
            "title": title,
            "heading": heading,
            "rows": [{**row, "title": row["title"] or nothing} for row in tables[name]],
            "total": _total(tables[name]),
            "is_short": len(tables[name]) <= SHORT,
        }
        for name, title, heading, nothing in sections
    ]


def _front_tables(breakdowns: list[Figures]) -> list[Figures]:
    shown = [table for table in breakdowns if table["id"] in ("tier", "department") and table["rows"]]
    return [{**table, "rows": table["rows"][:FRONT_ROWS]} for table in shown]


def _total(rows: Iterable[Figures]) -> dict[str, int]:
    rows = list(rows)
    names = ("received", "handled", "closed", "open", "overdue")
    total = {name: sum(row[name] for row in rows) for name in names}
    before = sum(row["received_change"]["before"] for row in rows)
    return {**total, "before": before, "difference": total["received"] - before}


def _times(times: Figures) -> list[Figures]:
    titles = {
        "dispatch": _("Registration → dispatch"),
        "sign": _("Dispatch → signed for"),
        "handle": _("First contact → handled"),
        "tell": _("First contact → result told"),
        "close": _("First contact → closed out"),
    }
    return [{"title": titles[name], **times[name]} for name in titles]


def _reasons(reasons: Figures) -> list[Figures]:
    titles = {
        "rejected": _("Why cases were rejected"),
        "explained": _("Settled by an explanation"),
        "returned": _("Why tickets were returned"),
    }
    return [{"title": titles[kind], "rows": reasons[kind]} for kind in titles if reasons[kind]]


def _satisfaction(follow_up: Figures) -> list[Figures]:
    titles = {**{value: str(label) for value, label in Satisfaction.choices}, "": _("not stated")}
    return [{**row, "title": titles[row["id"]]} for row in follow_up["satisfaction"]]


def shortened(subject: str) -> str:
    """The subject, cut to what two lines of the list hold."""
    return subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 1]}…"


def _open_cases(cases: Figures) -> Figures:
    left = cases["total"] - cases["listed"]
    more = ngettext(
        "%(count)d more open case is not listed.", "%(count)d more open cases are not listed.", left
    ) % {"count": left}
    rows = [
        {
            **row,
            "subject": shortened(row["subject"]),
            "received": datetime.fromisoformat(row["received"]).replace(tzinfo=None),
        }
        for row in cases["rows"]
    ]
    return {**cases, "rows": rows, "more": more if left else ""}
