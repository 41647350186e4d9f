"""manage.py load_demo [--password PASSWORD]"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from config import clock
from organizations.errors import Refused
from reporting.demo.services import (
    demonstration_there,
    load_demonstration,
    report_past_months,
    write_logins,
)

LOGINS = "demo-logins.txt"


class Command(BaseCommand):
    help = "Load the demonstration organization (slug demo) with three months of cases; safe to repeat."
    requires_system_checks: list[str] = []  # they take longer than finding out that all is there already

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--password", default="", help="for all its logins; made up if not given")

    def handle(self, **options: Any) -> None:
        path = settings.DATA_DIR / LOGINS
        try:
            if demonstration_there():
                self.stdout.write(_("The demonstration organization is there already."))
            else:
                self.load(path, options["password"])
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        if path.exists():
            self.stdout.write(path.read_text(encoding="utf-8").rstrip())
        else:
            self.stdout.write(
                _("Its passwords are not written down here; manage.py changepassword desk sets a new one.")
            )

    def load(self, path: Path, password: str) -> None:
        self.stdout.write(_("Loading the demonstration organization (less than a minute) ..."))
        self.stdout.flush()
        now = clock.now()
        write_logins(path, load_demonstration(now=now, password=password))
        report_past_months(now)
