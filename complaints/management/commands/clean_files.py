"""Delete files of cases that no row points to: left behind by a crash between writing and committing."""

from typing import Any

from django.core.management.base import BaseCommand
from django_scopes import scope

from complaints.files.keeping import remove_orphans
from config.clock import now
from organizations.models import Organization


class Command(BaseCommand):
    help = "Delete files of cases that have no row and are older than a day."

    def handle(self, *args: Any, **options: Any) -> None:
        count, at = 0, now()
        for organization in Organization.objects.order_by("pk"):
            with scope(organization=organization):
                for name in remove_orphans(organization, at):
                    count += 1
                    self.stdout.write(name)
        self.stdout.write(f"{count} deleted")
