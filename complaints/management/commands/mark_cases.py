"""Mark all cases for the search again: after rows were copied into PostgreSQL from elsewhere."""

from typing import Any

from django.core.management.base import BaseCommand
from django_scopes import scope

from complaints.models import Complaint
from complaints.models.listing import SearchEntry
from organizations.models import Organization

BATCH = 500


class Command(BaseCommand):
    help = "Write the marks by which PostgreSQL finds cases. SQLite needs none."

    def handle(self, *args: Any, **options: Any) -> None:
        for organization in Organization.objects.order_by("pk"):
            with scope(organization=organization):
                cases = Complaint.objects.filter(organization=organization).order_by("pk")
                last = 0
                while rows := list(cases.filter(pk__gt=last)[:BATCH]):
                    SearchEntry.keep(rows)
                    last = rows[-1].pk
            self.stdout.write(organization.slug)
