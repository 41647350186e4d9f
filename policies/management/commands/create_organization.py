"""manage.py create_organization SLUG NAME [--time-zone ZONE] [--pack FILE]

It lies with the policies because an organization without rules cannot register a case.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from config import clock
from organizations.errors import Refused
from organizations.services import create_organization
from policies.engine.errors import PolicyErrors
from policies.services import adopt_policy


class Command(BaseCommand):
    help = "Create an organization with the root of its department tree, and put a policy pack in force."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="its name in addresses: a-z, 0-9 and -")
        parser.add_argument("name")
        parser.add_argument("--time-zone", default="Asia/Shanghai")
        parser.add_argument("--pack", type=Path, help="policy pack to adopt and publish")

    def handle(self, **options: Any) -> None:
        now = clock.now()
        try:
            with transaction.atomic():
                organization = create_organization(
                    slug=options["slug"], name=options["name"], time_zone=options["time_zone"], now=now
                )
                if options["pack"]:
                    with scope(organization=organization):
                        adopt_policy(organization=organization, path=options["pack"], now=now, publish=True)
        except PolicyErrors as faults:
            raise CommandError(str(faults)) from faults
        except (Refused, OSError) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            _("Organization %(slug)s (%(name)s) was created.")
            % {"slug": organization.slug, "name": organization.name}
        )
        if not options["pack"]:
            self.stdout.write(
                _("It has no rules yet: manage.py adopt_policy %(slug)s FILE --publish")
                % {"slug": organization.slug}
            )
