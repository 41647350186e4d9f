"""Loading the demonstration organization, once."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django_scopes import scope

from complaints.models import Complaint, NumberSequence
from notifications.models import Notification
from organizations.errors import Refused
from organizations.models import Organization, User
from reporting.demo.company import PEOPLE, SLUG, Company, found_organization, furnish
from reporting.demo.play import Stage
from reporting.demo.present import present
from reporting.demo.scenery import Scenery
from reporting.demo.stories import past
from reporting.selectors import months_due

SEED = 20261101
CASES = 240
MONTHS = 3
# By this an organization is known to be the demonstration: only load_demo writes such a series.
MARK = "demonstration"
_READ_AFTER, _UNREAD_DAYS = timedelta(minutes=50), timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Login:
    """A line of the list of logins."""

    login: str
    role: str
    password: str

    def __str__(self) -> str:
        return f"{self.login}  {self.role}  {self.password}"


def demonstration_there() -> bool:
    """Whether the demonstration has been loaded. Refused if its slug belongs to something else."""
    organization = Organization.objects.filter(slug=SLUG).first()
    if organization is None:
        return False
    with scope(organization=organization):
        if NumberSequence.objects.filter(series=MARK).exists():
            return True
    raise Refused(
        _("There is an organization “%(slug)s” that is not the demonstration; it was left alone.")
        % {"slug": SLUG}
    )


def load_demonstration(*, now: datetime, password: str = "", cases: int = CASES) -> list[Login]:
    """Found the company and play its past up to `now`, all or nothing. Returns the logins.

    The password is made up if none is given. Refused if there is an organization with the slug already.
    """
    if demonstration_there():
        raise Refused(_("The demonstration is there already."))
    password = password or made_up_password()
    start = _months_before(now, MONTHS)
    with transaction.atomic():
        organization = found_organization(start)
        with scope(organization=organization):
            company = furnish(organization, password=password, founded_at=start)
            _play(company, start, now, cases)
            _leave_recent_unread(organization, now)
            _give_addresses(company)
            NumberSequence.objects.create(organization=organization, series=MARK, last=1)
    return [Login(company.users[row.login].username, f"{row.title} {row.name}", password) for row in PEOPLE]


def report_past_months(now: datetime) -> int:
    """Produce the reports of the months the play covers, as the worker would soon do anyway; how many."""
    from reporting.services import (
        produce_month,
    )  # loads the PDF engine, which a second load_demo does without

    organization = Organization.objects.get(slug=SLUG)
    with scope(organization=organization):
        months = months_due(organization, now)
        for month in months:
            produce_month(organization=organization, month=month, now=now)
    return len(months)


def made_up_password() -> str:
    """A password that is easy to type and is not the same on every machine that shows the demonstration."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "huiyin-" + "".join(secrets.choice(letters) for _place in range(6))


def write_logins(path: Path, logins: list[Login]) -> None:
    """Keep the logins where `make run` finds them, for the owner of the data only."""
    path.touch(mode=0o600)
    path.write_text("".join(f"{login}\n" for login in logins), encoding="utf-8")


def _play(company: Company, start: datetime, now: datetime, cases: int) -> None:
    scenery = Scenery.load(Random(SEED))  # noqa: S311 (a play, no secret)
    stage = Stage(company, scenery, start=start, end=now)
    zone = company.organization.zone
    moments = scenery.moments(start.astimezone(zone), now.astimezone(zone), cases)
    stage.perform([*past(stage, moments), *present(stage)])


def _months_before(now: datetime, months: int) -> datetime:
    """The beginning of the month that lies so many whole months before this one, in the company's zone."""
    local = now.astimezone(Organization(slug=SLUG).zone)
    month = local.year * 12 + local.month - 1 - months
    return local.replace(
        year=month // 12, month=month % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    )


def _leave_recent_unread(organization: Organization, now: datetime) -> None:
    """Old messages have been read, and so have those about cases that are over."""
    unread = Notification.objects.filter(organization=organization, read_at=None)
    unread.filter(created_at__lt=now - _UNREAD_DAYS).update(read_at=F("created_at") + _READ_AFTER)
    over = Complaint.objects.filter(organization=organization, closed_at__isnull=False)
    unread.filter(complaint__in=over).update(read_at=F("created_at") + _READ_AFTER)


def _give_addresses(company: Company) -> None:
    """From now on people get their messages by e-mail too; a domain that never delivers (RFC 2606)."""
    for user in company.users.values():
        user.email = f"{user.username}@demo.example"
    User.objects.bulk_update(company.users.values(), ["email"])
