"""manage.py monthly_report ORG YYYY-MM [--pdf FILE] [--json FILE]"""

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django_scopes import scope

from config import clock
from organizations.errors import Refused
from organizations.management.finding import organization_named
from organizations.models import Organization
from reporting.document import render_pdf
from reporting.periods import month_period, parse_month
from reporting.selectors import read_pdf, stored_report
from reporting.statistics import month_figures


class Command(BaseCommand):
    help = (
        "The figures of a month as JSON, or its document as PDF: of the stored report, if there is one, "
        "else computed now. Stores nothing."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("organization", help="slug of the organization")
        parser.add_argument("month", help="YYYY-MM, in the organization's zone")
        parser.add_argument("--pdf", type=Path, metavar="FILE", help="write the document here")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = organization_named(options["organization"])
        try:
            month = parse_month(options["month"])
        except ValueError as error:
            raise CommandError(_("“%(month)s” is not a month: YYYY-MM.") % options) from error
        try:
            with scope(organization=organization):
                self._write(organization, month, options["pdf"], options["json"])
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error

    def _write(
        self, organization: Organization, month: date, pdf_path: Path | None, json_path: Path | None
    ) -> None:
        report = stored_report(organization, month)
        figures = report.figures if report else self._compute(organization, month)
        if pdf_path:
            pdf = read_pdf(report) if report else render_pdf(figures, produced_at=clock.now())
            pdf_path.write_bytes(pdf)
        text = json.dumps(figures, ensure_ascii=False, indent=2)
        if json_path:
            json_path.write_text(text + "\n", encoding="utf-8")
        if not (pdf_path or json_path):
            self.stdout.write(text)

    def _compute(self, organization: Organization, month: date) -> dict[str, Any]:
        period = month_period(month, organization.zone)
        if not period.has_ended(clock.now()):
            raise Refused(_("The month %(month)s has not ended yet.") % {"month": period.label})
        return month_figures(organization, month)
