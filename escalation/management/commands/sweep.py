"""manage.py sweep [--now ISO]: decide every deadline that is due, by hand."""

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from config import clock
from escalation.sweep import sweep


class Command(BaseCommand):
    help = "Decide every warning, breach and escalation whose time has come."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--now", type=clock.moment, help="the time to sweep for (ISO; without a zone: Asia/Shanghai)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = options["now"] or clock.now()
        with translation.override(settings.LANGUAGE_CODE):
            result = sweep(now, is_beat=options["now"] is None)
        self.stdout.write(
            f"{now.isoformat()}: {result.decided} deadlines decided, "
            f"{result.fired} rungs recorded, {result.told} messages, {result.failed} failed"
        )
