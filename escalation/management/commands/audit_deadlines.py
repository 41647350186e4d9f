"""manage.py audit_deadlines [ORG]: are the stored deadlines what the timelines say?"""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_scopes import scope

from escalation.audit import audit
from organizations.management.finding import organization_named
from organizations.models import Organization


class Command(BaseCommand):
    help = "Compute every deadline again from its timeline; print each difference, exit 1 if there is one."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("organization", nargs="?", help="slug of one organization; all, if not given")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["organization"]
        organizations = [organization_named(slug)] if slug else Organization.objects.order_by("pk")
        found = 0
        for organization in organizations:
            with scope(organization=organization):
                for difference in audit(organization):
                    self.stdout.write(f"{organization.slug} {difference}")
                    found += 1
        self.stdout.write(f"{found} differences")
        if found:
            raise CommandError(f"{found} deadlines differ from their timeline.", returncode=1)
