"""manage.py import_complaints ORG FILE --mapping FILE [--dry-run] [--partial]"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django_scopes import scope

from config import clock
from organizations.errors import Refused
from organizations.management.finding import organization_named
from tickets.importing.mapping import load_mapping
from tickets.importing.rows import Fault
from tickets.importing.services import ImportReport, import_complaints


class Command(BaseCommand):
    help = "Load complaints from a CSV or XLSX file as history, in their true times (docs/import.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organization", help="slug of the organization")
        parser.add_argument("file", type=Path, help="CSV (UTF-8 or GB18030) or XLSX")
        parser.add_argument("--mapping", type=Path, required=True, help="YAML: which column feeds which")
        parser.add_argument("--dry-run", action="store_true", help="only check the file, write nothing")
        parser.add_argument("--partial", action="store_true", help="import the good rows in any case")

    def handle(self, **options: Any) -> None:
        organization = organization_named(options["organization"])
        try:
            with scope(organization=organization):
                report = import_complaints(
                    organization=organization,
                    path=options["file"],
                    mapping=load_mapping(options["mapping"]),
                    now=clock.now(),
                    on_fault=self.show,
                    dry_run=options["dry_run"],
                    partial=options["partial"],
                )
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(summary(report, dry_run=options["dry_run"]))
        if report.refused and not options["partial"]:
            raise CommandError(_("Rows were refused: nothing was imported."))

    def show(self, fault: Fault) -> None:
        self.stdout.write(str(fault))


def summary(report: ImportReport, *, dry_run: bool) -> str:
    """One line with the four counts."""
    sentence = (
        _("%(rows)d rows: %(imported)d would be imported, %(already)d already imported, %(refused)d refused.")
        if dry_run
        else _("%(rows)d rows: %(imported)d imported, %(already)d already imported, %(refused)d refused.")
    )
    return sentence % {
        "rows": report.rows,
        "imported": report.imported,
        "already": report.already,
        "refused": report.refused,
    }
