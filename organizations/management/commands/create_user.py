"""manage.py create_user LOGIN --name NAME --org SLUG --department CODE --role ROLE [--password-stdin]"""

import sys
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from config import clock
from organizations.errors import Refused
from organizations.management.finding import organization_named
from organizations.models import Department, Role, User
from organizations.services import create_user, grant_role


class Command(BaseCommand):
    help = "Create a person who signs in, with a role in a department; a login that exists gets the role too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login")
        parser.add_argument("--name", default="", help="as shown on the pages; needed for a new login")
        parser.add_argument("--email", default="", help="where messages are sent; none without it")
        parser.add_argument("--org", required=True, help="slug of the organization")
        parser.add_argument("--department", default="root", help="code of the department (root: all of it)")
        parser.add_argument("--role", required=True, help=", ".join(Role.values))
        parser.add_argument("--password-stdin", action="store_true", help="the password is on standard input")

    def handle(self, **options: Any) -> None:
        organization = organization_named(options["org"])
        user = User.objects.filter(username=options["login"]).first()
        password = "" if user else self.password(options["password_stdin"])
        try:
            with transaction.atomic(), scope(organization=organization):
                department = Department.objects.filter(code=options["department"]).first()
                if department is None:
                    raise Refused(
                        _("There is no department with the code %(code)s.") % {"code": options["department"]}
                    )
                user = user or create_user(
                    login=options["login"],
                    name=options["name"],
                    email=options["email"],
                    password=password,
                )
                grant_role(user=user, department=department, role=options["role"], now=clock.now())
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            _("%(login)s is %(role)s in %(department)s.")
            % {
                "login": user.username,
                "role": Role(options["role"]).label,
                "department": department.name,
            }
        )

    def password(self, from_stdin: bool) -> str:
        if from_stdin:
            return sys.stdin.readline().rstrip("\r\n")
        if not sys.stdin.isatty():
            raise CommandError(_("Give the password on standard input with --password-stdin."))
        password = getpass(_("Password: "))
        if getpass(_("Again: ")) != password:
            raise CommandError(_("The two passwords are not the same."))
        return password
