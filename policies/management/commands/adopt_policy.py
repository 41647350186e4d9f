"""manage.py adopt_policy ORG FILE [--publish]"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django_scopes import scope

from config import clock
from organizations.management.finding import organization_named
from policies.engine.errors import PolicyErrors
from policies.models import PolicyVersion
from policies.services import adopt_policy


class Command(BaseCommand):
    help = "Check a policy pack, print every fault, keep it as the organization's next version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organization", help="slug of the organization")
        parser.add_argument("file", type=Path)
        parser.add_argument("--publish", action="store_true", help="in force from now on")

    def handle(self, **options: Any) -> None:
        organization = organization_named(options["organization"])
        try:
            with scope(organization=organization):
                version = adopt_policy(
                    organization=organization,
                    path=options["file"],
                    now=clock.now(),
                    publish=options["publish"],
                )
        except PolicyErrors as faults:
            for fault in faults.errors:
                self.stderr.write(str(fault))
            raise CommandError(
                _("The pack cannot be used: %(count)d faults.") % {"count": len(faults.errors)}
            ) from faults
        except OSError as error:
            raise CommandError(str(error)) from error
        in_force = version.state == PolicyVersion.State.PUBLISHED
        sentence = _("%(version)s is in force.") if in_force else _("%(version)s was kept as a draft.")
        self.stdout.write(sentence % {"version": version})
