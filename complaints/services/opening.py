"""The door of the public page: a number and a code, guessed at no faster than the limits let anybody."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from complaints.models import PublicAccess
from complaints.passcodes import digest_of, is_right
from complaints.services.throttling import Limit, refund, spend
from organizations.errors import NotVisible, Refused
from organizations.models import Organization
from organizations.text import comparable

_WINDOW = timedelta(minutes=15)
WRONG_PER_CASE = Limit("case", 5, _WINDOW)
WRONG_PER_ADDRESS = Limit("address", 30, _WINDOW)
SENT_PER_ADDRESS = Limit("sent", 20, timedelta(hours=1))
LONGEST_NUMBER = 40


def open_case(
    *, organization: Organization, number: str, passcode: str, address: str, now: datetime
) -> PublicAccess:
    """The access that a number and a code open, with its case.

    Refused, in the same words and after the same work, if there is no such number, if nobody may follow it,
    or if the code is wrong. TooMany after a few wrong ones, counted by number (there or not) and by address,
    before anything is compared.
    """
    number = comparable(number[:LONGEST_NUMBER]).upper()
    spend(
        organization, WRONG_PER_ADDRESS, address, now
    )  # first: else a row for every number anybody thinks of
    spend(organization, WRONG_PER_CASE, number, now)
    access = _accesses(organization).filter(complaint__number=number).first()
    given = digest_of(organization, number, passcode)
    if not is_right(access.secret_hash if access else None, given) or access is None:
        raise Refused(_("There is no complaint with this number and code. Please check both."))
    refund(organization, WRONG_PER_CASE, number)
    refund(organization, WRONG_PER_ADDRESS, address)
    return access


def check_sending(*, organization: Organization, address: str, now: datetime) -> None:
    """Count that something is sent from an address. Raises TooMany if that happens too often."""
    spend(organization, SENT_PER_ADDRESS, address, now)


def opened_before(*, organization: Organization, pk: int, seal: str) -> PublicAccess:
    """The access that was opened a moment ago, by what its page was given to keep. Raises NotVisible if it is
    not there any more."""
    access = _accesses(organization).filter(pk=pk).first()
    if access is None or not is_right(seal_of(access), seal):
        raise NotVisible(pk)
    return access


def seal_of(access: PublicAccess) -> str:
    """Changes with the code, so that an old page ends with it."""
    return access.secret_hash[:16]


def _accesses(organization: Organization) -> QuerySet[PublicAccess]:
    rows = PublicAccess.objects.filter(organization=organization)
    return rows.select_related("complaint", "complaint__organization", "complaint__desk")
