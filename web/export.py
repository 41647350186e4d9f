"""The list of cases as a file: the same cases in the same order, all pages."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django_scopes import scope

from complaints.models import Complaint, State
from complaints.rights import RIGHTS
from organizations.actors import Actor
from organizations.errors import Forbidden, Refused
from tickets.access import visible_cases
from web.answers import page
from web.caselist import CaseList
from web.lists import CaseRow, case_rows
from web.request import Request
from web.spreadsheet import CONTENT_TYPE, Cell, xlsx

MOST_ROWS = 50_000
CHUNK = 500
# A spreadsheet takes what begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def may_export(actor: Actor) -> bool:
    """A file with names and phone numbers leaves the house: for those who lead a desk or a department."""
    return actor.has(*RIGHTS["export"])


@page("GET")
def export(request: Request, kind: str) -> HttpResponseBase:
    """The cases that the list with the same parameters shows, as CSV or XLSX."""
    if not may_export(request.actor):
        raise Forbidden(_("Your roles do not allow this."))
    ids = CaseList(request.actor, request.now, request.GET).ids(MOST_ROWS + 1)
    if len(ids) > MOST_ROWS:
        words = {"most": MOST_ROWS}
        raise Refused(_("More than %(most)d cases are too many for one file. Narrow the list first.") % words)
    rows = _Rows(request.actor, request.now, ids)
    moment = request.now.astimezone(request.organization.zone)
    name = f"{request.organization.slug}-{moment:%Y%m%d-%H%M}.{kind}"
    write, content_type = KINDS[kind]
    answer = StreamingHttpResponse(write(rows), content_type=content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


class _Rows:
    """The lines of the file, chunk by chunk. A response is written after its view has returned, when there is
    neither the organization's scope nor the language any more: each chunk opens its own."""

    def __init__(self, actor: Actor, now: datetime, ids: list[int]) -> None:
        self.actor, self.now, self.ids = actor, now, ids
        self.language = translation.get_language() or "zh-hans"
        self.states = {state: str(title) for state, title in State.choices}

    def __iter__(self) -> Iterator[list[list[Cell]]]:
        with translation.override(self.language):
            head: list[list[Cell]] = [[str(title) for title in headings()]]
        yield head
        for start in range(0, len(self.ids), CHUNK):
            with scope(organization=self.actor.organization), translation.override(self.language):
                lines = self._lines(self.ids[start : start + CHUNK])
            yield lines

    def _lines(self, ids: list[int]) -> list[list[Cell]]:
        cases = visible_cases(self.actor).in_bulk(ids)
        rows = case_rows((cases[pk] for pk in ids if pk in cases), self.now)
        return [[_safe(value) for value in self._line(row)] for row in rows]

    def _line(self, row: CaseRow) -> list[Any]:
        case, due = row.case, row.countdown
        return [
            case.number,
            case.external_number,
            self._moment(case.received_at),
            self._moment(case.recorded_at),
            self._title(row, "channels", case.channel),
            case.complainant_name,
            case.complainant_phone,
            self._title(row, "complainant_types", case.complainant_type),
            case.place,
            case.subject,
            case.content,
            case.request,
            row.category,
            self._title(row, "natures", case.nature),
            row.tier,
            self.states[case.state],
            self._department(case.desk_id),
            self._department(case.lead_department_id),
            row.duty,
            self._moment(due.due_at) if due else None,
            _("yes") if due and due.tone == "overdue" else _("no"),
            self._moment(case.closed_at),
            self._title(row, "outcomes", case.outcome),
            self._title(row, "liabilities", case.liability),
            case.round,
        ]

    def _moment(self, at: datetime | None) -> datetime | None:
        """The organization's time, as a spreadsheet wants it: without a zone."""
        return at.astimezone(self.actor.organization.zone).replace(tzinfo=None, microsecond=0) if at else None

    def _department(self, pk: int | None) -> str:
        departments = self.actor.directory.departments
        return departments[pk].name if pk in departments else ""

    @staticmethod
    def _title(row: CaseRow, name: str, item: str) -> str:
        return row.policy.title_of(name, item) if item else ""


def headings() -> list[str]:
    """What stands above the columns."""
    names = "number external_number received_at recorded_at channel complainant_name complainant_phone"
    names += " complainant_type place subject content request"
    own = [str(Complaint._meta.get_field(name).verbose_name) for name in names.split()]
    later = [_("category"), _("nature"), _("tier"), _("state"), _("desk"), _("leading department")]
    later += [
        _("next limit"),
        _("due"),
        _("overdue"),
        _("closed at"),
        _("outcome"),
        _("liability"),
        _("round"),
    ]
    return [*own, *later]


def _safe(value: Any) -> Cell:
    """A value that no spreadsheet runs."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _csv(rows: _Rows) -> Iterator[str]:
    yield "\ufeff"  # without it Excel reads UTF-8 as something else
    for lines in rows:
        buffer = io.StringIO()
        csv.writer(buffer).writerows([[_written(value) for value in line] for line in lines])
        yield buffer.getvalue()


def _written(value: Cell) -> Cell:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value


def _xlsx(rows: _Rows) -> Iterator[bytes]:
    return xlsx(_("Cases"), rows)


# How each kind of file is written, and what the browser is told that it is.
KINDS: dict[str, tuple[Callable[[_Rows], Iterator[Any]], str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "xlsx": (_xlsx, CONTENT_TYPE),
}
