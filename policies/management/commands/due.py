"""manage.py due: the due time of one limit, or of a whole file of reference results."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand, CommandError, CommandParser

from policies.engine.calendars import Calendar
from policies.engine.errors import PolicyErrors
from policies.engine.scenarios import DEFAULT_ZONE
from policies.engine.vectors import due_of
from policies.engine.vocabulary import UNITS


class Command(BaseCommand):
    help = "Compute a due time, or check a file of reference results (exit code 1 if one differs)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--vectors", type=Path, help="JSON: [{id, start, value, unit, calendar, due, ...}]"
        )
        parser.add_argument("--start", help="local time, for example 2026-02-13T09:00")
        parser.add_argument("--value", type=float)
        parser.add_argument("--unit", choices=UNITS)
        parser.add_argument("--day", type=int, help="day of the month, for unit at")
        parser.add_argument("--warn-at", type=float, help="print the warning time: this share of the limit")
        parser.add_argument("--hours", help="opening hours, for example 08:30-12:00,13:30-17:30")
        parser.add_argument("--earlier-of", help="a time; the earlier of both counts")
        parser.add_argument(
            "--roll-forward", action="store_true", help="a rest day moves to the next working day"
        )
        parser.add_argument("--first-day", choices=("excluded", "included"))
        parser.add_argument("--ends", choices=("midnight", "business_close"))
        parser.add_argument("--zone", default=DEFAULT_ZONE)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            calendar = Calendar(ZoneInfo(options["zone"]))
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise CommandError(f"unknown zone {options['zone']!r}") from error
        if options["vectors"]:
            self._check(options["vectors"], calendar)
        elif options["start"] and options["unit"]:
            self.stdout.write(_computed(_vector(options), calendar))
        else:
            raise CommandError("give --vectors FILE, or --start and --unit")

    def _check(self, path: Path, calendar: Calendar) -> None:
        try:
            vectors = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{path.name}: {error}") from error
        if not isinstance(vectors, list) or not all(isinstance(row, dict) for row in vectors):
            raise CommandError(f"{path.name}: expected a list of maps")
        wrong = 0
        for vector in vectors:
            try:
                found = due_of(vector, calendar)
            except (PolicyErrors, ValueError, KeyError, TypeError) as error:
                found = f"error: {error}"
            if found != vector.get("due"):
                wrong += 1
                self.stdout.write(f"{vector.get('id')}: {found}, expected {vector.get('due')}")
        self.stdout.write(f"{len(vectors) - wrong} of {len(vectors)} as expected")
        if wrong:
            raise SystemExit(1)


def _computed(vector: dict[str, Any], calendar: Calendar) -> str:
    try:
        return due_of(vector, calendar) or "no due time"
    except (PolicyErrors, ValueError) as error:
        raise CommandError(str(error)) from error


def _vector(options: dict[str, Any]) -> dict[str, Any]:
    value = options["value"]
    calendar = {
        "hours": options["hours"].split(",") if options["hours"] else None,
        "roll_forward": options["roll_forward"] or None,
        "first_day": options["first_day"],
        "ends": options["ends"],
    }
    given = {key: setting for key, setting in calendar.items() if setting is not None}
    return {
        "start": options["start"],
        "value": int(value) if value is not None and value == int(value) else value,
        "unit": options["unit"],
        "day": options["day"],
        "warn_at": options["warn_at"],
        "earlier_of": options["earlier_of"],
        "calendar": given or None,
    }
