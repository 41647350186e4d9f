"""manage.py check_policy FILE: every fault of a pack at once."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from policies.engine.errors import PolicyErrors
from policies.engine.filling import open_values
from policies.engine.loading import load_policy


class Command(BaseCommand):
    help = (
        "Check a policy pack. Prints every fault with its place (exit code 1 if there is one), then what"
        " the pack leaves to the organization."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            policy = load_policy(options["file"], packs_dir=Path(settings.BASE_DIR) / "packs")
        except PolicyErrors as errors:
            self.stderr.write(str(errors))
            raise SystemExit(1) from None
        for warning in policy.warnings:
            self.stdout.write(f"warning: {warning}")
        for value in open_values(policy.document):
            self.stdout.write(f"to be filled in: {value.path}")
        self.stdout.write(
            f"{policy.id} v{policy.version} {policy.title}: {len(policy.duties)} duties,"
            f" {len(policy.gates)} gates, {len(policy.triggers)} triggers; no faults"
        )
