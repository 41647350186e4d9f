"""One row of a file, read by a mapping: an entry ready to be written, or what is wrong with it."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import values
from complaints.models import Complaint
from complaints.services.replying import Satisfaction
from organizations.directory import Directory
from organizations.errors import Refused
from organizations.models import Department
from organizations.text import comparable, normalise
from policies.engine.schema import Policy
from policies.readable.words import listed
from policies.selectors import options
from tickets.importing.mapping import REQUIRED_FIELDS, Source
from tickets.importing.mapping import Mapping as ImportMapping
from tickets.importing.reading import Row, as_text

EARLIEST_YEAR = 1970
_SHOWN = 40  # characters of a refused value in the report

# The times of a case in the order in which they have to come, and what a sentence calls them.
TIMES: dict[str, str | Promise] = {
    "received": gettext_lazy("the first contact"),
    "recorded": gettext_lazy("the registration"),
    "accepted": gettext_lazy("the acceptance"),
    "dispatched": gettext_lazy("the dispatch"),
    "signed": gettext_lazy("the receipt"),
    "replied": gettext_lazy("the reply"),
    "told": gettext_lazy("telling the result"),
    "followed_up": gettext_lazy("the follow-up"),
    "closed": gettext_lazy("the close-out"),
}
AFTER_REPLY = ("told", "followed_up", "closed")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row was refused: its number in the file, the column, the value (shortened) and a sentence."""

    row: int
    column: str
    value: str
    sentence: str

    def __str__(self) -> str:
        place = _("row %(row)d") % {"row": self.row}
        if self.column:
            place = f"{place}, {self.column}"
        if self.value:
            place = f"{place} “{self.value}”"
        return f"{place}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row that can be written. `columns` are those of the case, `times` its moments that are known, UTC."""

    row: int
    columns: Mapping[str, Any]
    times: Mapping[str, datetime]
    reply: str = ""
    department: Department | None = None
    satisfaction: str = ""


class _Wrong(Exception):
    """A value that will not do; the sentence is for the report."""


class RowReader:
    """Reads rows by one mapping under one policy. `now` bounds the times: nothing has happened after it."""

    def __init__(
        self, mapping: ImportMapping, *, policy: Policy, directory: Directory, zone: ZoneInfo, now: datetime
    ) -> None:
        self.mapping, self.policy, self.directory, self.now = mapping, policy, directory, now
        self.zone = mapping.zone or zone
        self._titles: dict[str, dict[str, str]] = {}

    def read(self, row: Row) -> Entry | list[Fault]:
        """The entry of a row, or everything that is wrong with it."""
        if row.fault:
            return [Fault(row.number, "", "", row.fault)]
        return _RowReading(self, row).result()

    @cached_property
    def departments(self) -> dict[str, Department | None]:
        """By code, name and path in the tree; None where a name is not unique."""
        found: dict[str, Department | None] = {}
        for pk, department in self.directory.departments.items():
            for name in {department.name, self.directory.path(pk)}:
                found[name] = None if name in found else department
        return found | {row.code: row for row in self.directory.departments.values()}

    def id_of(self, field: str, text: str) -> str:
        """The id of a list entry that is given by its title (the last part is enough if it is unique)."""
        if field not in self._titles:
            entries = options(self.policy, values.LISTED[field])
            short = Counter(title.rpartition(" / ")[2] for _key, title in entries)
            titles = {title: key for key, title in entries}
            titles |= {last: key for key, title in entries if short[last := title.rpartition(" / ")[2]] == 1}
            self._titles[field] = titles | {key: key for key, _title in entries}
        return self._titles[field].get(text, text)


class _RowReading:
    """The reading of one row: collects its faults, so that all of them are reported at once."""

    def __init__(self, reader: RowReader, row: Row) -> None:
        self.reader, self.row, self.mapping = reader, row, reader.mapping
        self.faults: list[Fault] = []

    def result(self) -> Entry | list[Fault]:
        columns = {name: self.field(name, source) for name, source in self.mapping.fields.items()}
        satisfaction = columns.pop("satisfaction", "") or ""
        self.criterion(columns)
        history = self.mapping.history
        reply = self.text(history["reply"]) if "reply" in history else ""
        department = self.history_value("department", self.department)
        times = self.times(bool(reply), department is not None)
        if satisfaction and "followed_up" not in times:
            self.fault("satisfaction", _("There is a satisfaction, but no time of the follow-up."))
        if self.faults:
            return self.faults
        if not reply:
            columns |= {name: "" for name in ("outcome", "liability") if name in columns}
        return Entry(
            row=self.row.number,
            columns=columns,
            times=times,
            reply=reply,
            department=department,
            satisfaction=satisfaction,
        )

    # --- values of the case ---

    def field(self, name: str, source: Source) -> Any:
        try:
            if name == "occurred_at":
                return self.moment(source)
            if name == "respondent":
                return self.department(source)
            return self.value(name, source)
        except (_Wrong, Refused) as wrong:
            self.fault(name, str(wrong))
            return None

    def value(self, name: str, source: Source) -> str:
        text = self.text(source)
        if not text and name in REQUIRED_FIELDS:
            raise _Wrong(_("This is needed."))
        if name == "satisfaction":
            if text and text not in Satisfaction.values:
                known = ", ".join(Satisfaction.values)
                raise _Wrong(_("This has to be one of: %(known)s.") % {"known": known})
            return text
        if name in values.LISTED:
            text = self.reader.id_of(name, text)
        if name == "external_number" and source.digest:
            text = hashlib.sha256(text.encode()).hexdigest()[:32]
        limit = getattr(Complaint._meta.get_field(name), "max_length", None)
        if source.truncate and limit and len(text) > limit:
            text = text[: limit - 3] + "..."  # NFKC would turn … into three characters
        return values.clean_value(self.reader.policy, name, text)

    def criterion(self, columns: dict[str, Any]) -> None:
        if not columns.get("tier_criterion"):
            return
        try:
            values.clean_case(
                self.reader.policy, {name: columns.get(name) or "" for name in ("tier", "tier_criterion")}
            )
        except Refused as refused:
            self.fault("tier_criterion", str(refused))

    def text(self, source: Source) -> str:
        if source.fixed is not None:
            return source.fixed
        parts = [normalise(as_text(self.row.cells[column])) for column in source.columns]
        text = source.join.join(part for part in parts if part)
        if source.values and comparable(text) in source.values:
            return source.values[comparable(text)]
        return source.otherwise if source.otherwise is not None else text

    def department(self, source: Source) -> Department | None:
        text = self.text(source)
        if not text:
            return None
        department = self.reader.departments.get(text)
        if department is None:
            raise _Wrong(_("There is no such department, or more than one of this name."))
        return department

    # --- times ---

    def times(self, replied: bool, dispatched: bool) -> dict[str, datetime]:
        """The moments that are known, filled up where one follows from the others, and checked for order."""
        times = {
            name: moment for name in TIMES if (moment := self.history_value(name, self.moment)) is not None
        }
        if "received" not in times:
            if not self.at_fault("received"):
                self.fault("received", _("This is needed."))
            return times
        self.check_reply(times, replied)
        self.check_order(times)
        return self.filled_up(times, replied, dispatched)

    def check_reply(self, times: dict[str, datetime], replied: bool) -> None:
        if replied and "replied" not in times and not self.at_fault("replied"):
            self.fault("replied", _("There is a reply, but no time for it."))
        if not replied:
            for name in ("replied", *AFTER_REPLY):
                if name in times:
                    self.fault(name, _("There is a time, but no reply."))

    def check_order(self, times: dict[str, datetime]) -> None:
        earlier = "received"
        for name in TIMES:
            if name not in times:
                continue
            if times[name] > self.reader.now:
                self.fault(name, _("This is in the future."))
            elif times[name] < times[earlier]:
                self.fault(
                    name,
                    _("The time of %(what)s is before that of %(other)s (%(time)s).")
                    % {"what": TIMES[name], "other": TIMES[earlier], "time": self.shown(times[earlier])},
                )
            else:
                earlier = name

    def filled_up(self, times: dict[str, datetime], replied: bool, dispatched: bool) -> dict[str, datetime]:
        times.setdefault("recorded", times["received"])
        times.setdefault("accepted", times["recorded"])
        if dispatched:
            times.setdefault("dispatched", times["accepted"])
        else:
            times.pop("dispatched", None)
            times.pop("signed", None)
        if replied and "replied" in times and self.mapping.ends != "handled":
            times.setdefault("told", times["replied"])
            if self.mapping.ends == "closed":
                times.setdefault("closed", max(times[name] for name in times))
        return times

    def moment(self, source: Source) -> datetime | None:
        cell = self.row.cells[source.columns[0]] if len(source.columns) == 1 else None
        if isinstance(cell, datetime):
            return self.aware(cell)
        if isinstance(cell, date):
            return self.aware(datetime(cell.year, cell.month, cell.day))  # noqa: DTZ001 (zone follows)
        text = self.text(source)
        if not text:
            return None
        for layout in source.formats:
            try:
                return self.aware(datetime.strptime(text, layout))  # noqa: DTZ007 (zone follows)
            except ValueError:
                continue
        raise _Wrong(_("This is not a time in a form that the mapping names."))

    def aware(self, moment: datetime) -> datetime:
        if moment.year < EARLIEST_YEAR:
            raise _Wrong(_("This year cannot be right."))
        return moment.replace(tzinfo=moment.tzinfo or self.reader.zone).astimezone(UTC)

    def shown(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.reader.zone):%Y-%m-%d %H:%M}"

    # --- the report ---

    def history_value(self, name: str, read: Callable[[Source], Any]) -> Any:
        source = self.mapping.history.get(name)
        if source is None:
            return None
        try:
            return read(source)
        except _Wrong as wrong:
            self.fault(name, str(wrong))
            return None

    def title(self, name: str) -> str:
        source = self.source(name)
        return listed(source.columns) if source and source.columns else name

    def source(self, name: str) -> Source | None:
        return self.mapping.fields.get(name) or self.mapping.history.get(name)

    def at_fault(self, name: str) -> bool:
        return any(fault.column == self.title(name) for fault in self.faults)

    def fault(self, name: str, sentence: str) -> None:
        source = self.source(name)
        cells = [as_text(self.row.cells[column]) for column in source.columns] if source else []
        self.faults.append(Fault(self.row.number, self.title(name), shorten(" ".join(cells)), sentence))


def shorten(text: str) -> str:
    """The beginning of a value on one line."""
    line = " ".join(normalise(text).split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
