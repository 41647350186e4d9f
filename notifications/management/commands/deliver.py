"""manage.py deliver [--now ISO]: send what waits in the outbox, by hand."""

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from config import clock
from notifications.outbox import deliver


class Command(BaseCommand):
    help = "Send every message that waits in the outbox."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--now", type=clock.moment, help="the time to send for (ISO; default zone Asia/Shanghai)"
        )
        parser.add_argument("--limit", type=int, default=500, help="how many at most")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(settings.LANGUAGE_CODE):
            result = deliver(options["now"] or clock.now(), limit=options["limit"])
        self.stdout.write(f"{result.sent} sent, {result.failed} to be tried again, {result.dead} given up")
