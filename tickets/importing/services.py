"""Loading a file of complaints as history: checked whole, then written in bulk."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.models import Complaint
from organizations.directory import Directory
from organizations.errors import Refused
from organizations.models import Department, Organization
from policies.readable.words import listed
from policies.selectors import compiled, current_version
from tickets.importing.mapping import Mapping
from tickets.importing.reading import read_rows
from tickets.importing.rows import Entry, Fault, RowReader
from tickets.importing.writing import Writer

# Rows in one bulk statement, and with `partial` in one transaction. Memory follows this, not the file.
CHUNK = 500


@dataclass(slots=True)
class ImportReport:
    """What became of the rows of a file: each is imported, there already, or refused."""

    rows: int = 0
    imported: int = 0
    already: int = 0
    refused: int = 0


def import_complaints(
    *,
    organization: Organization,
    path: Path,
    mapping: Mapping,
    now: datetime,
    on_fault: Callable[[Fault], None],
    dry_run: bool = False,
    partial: bool = False,
) -> ImportReport:
    """Load a file. Needs the organization's scope to be open.

    The whole file is checked first, without any lock; `on_fault` gets each fault as it is found. Then, if no
    row was refused, everything is written in one transaction. With `partial` the good rows are written in
    any case, in a transaction for every 500, so that others can work meanwhile. With `dry_run` nothing is
    written and `imported` counts what would have been. Rows whose external number is known are left alone.
    Raises Refused for a file or a mapping that cannot be used at all.
    """
    version = current_version(organization)
    directory = Directory(organization)
    desk = _desk(directory, mapping.desk)
    reader = RowReader(
        mapping, policy=compiled(version), directory=directory, zone=organization.zone, now=now
    )
    checked = _Pass(organization, path, reader)
    for _entries in checked.chunks(on_fault):
        pass
    if dry_run or (checked.report.refused and not partial):
        if not dry_run:
            checked.report.imported = 0
        return checked.report
    writer = Writer(organization, version=version, desk=desk, now=now)
    written = _Pass(organization, path, reader)
    with nullcontext() if partial else transaction.atomic():
        for entries in written.chunks():
            writer.write(entries)
    return written.report


class _Pass:
    """One reading of the file, in chunks of new entries; `report` is complete after the last."""

    def __init__(self, organization: Organization, path: Path, reader: RowReader) -> None:
        self.organization, self.path, self.reader = organization, path, reader
        self.report = ImportReport()
        self.seen: dict[str, int] = {}  # external number: row

    def chunks(self, on_fault: Callable[[Fault], None] = lambda fault: None) -> Iterator[list[Entry]]:
        entries = self.entries(on_fault)
        while chunk := list(islice(entries, CHUNK)):
            new = self.unknown(chunk)
            self.report.already += len(chunk) - len(new)
            self.report.imported += len(new)
            yield new

    def entries(self, on_fault: Callable[[Fault], None]) -> Iterator[Entry]:
        mapping = self.reader.mapping
        for row in read_rows(self.path, mapping.layout, mapping.columns):
            self.report.rows += 1
            result = self.once(self.reader.read(row))
            if isinstance(result, Entry):
                yield result
                continue
            self.report.refused += 1
            for fault in result:
                on_fault(fault)

    def once(self, result: Entry | list[Fault]) -> Entry | list[Fault]:
        """The entry, unless its external number stands in an earlier row of the file too."""
        if not isinstance(result, Entry):
            return result
        number = result.columns["external_number"]
        first = self.seen.setdefault(number, result.row)
        if first == result.row:
            return result
        column = listed(self.reader.mapping.fields["external_number"].columns)
        return [Fault(result.row, column, number, _("Row %(row)d has the same number.") % {"row": first})]

    def unknown(self, chunk: list[Entry]) -> list[Entry]:
        """Those of the entries that have not been imported before. One query."""
        numbers = [entry.columns["external_number"] for entry in chunk]
        known = set(
            Complaint.objects.filter(organization=self.organization, external_number__in=numbers).values_list(
                "external_number", flat=True
            )
        )
        return [entry for entry in chunk if entry.columns["external_number"] not in known]


def _desk(directory: Directory, code: str) -> Department:
    """The desk that owns the cases: the one the mapping names, else the first one."""
    departments = directory.departments.values()
    if code:
        desk = next((row for row in departments if row.code == code), None)
        if desk is None:
            raise Refused(_("There is no department with the code %(code)s.") % {"code": code}, field="desk")
        return desk
    return next((row for row in departments if row.is_desk), directory.departments[directory.root_id])
