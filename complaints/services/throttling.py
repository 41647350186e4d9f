"""Limits on what anybody on the internet may do: so often in such a time, counted in the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from complaints.models import PublicTry
from organizations.errors import Refused
from organizations.models import Organization

FORGET_AFTER = timedelta(days=1)


class TooMany(Refused):
    """The limit has been reached; nothing was looked at (429)."""


@dataclass(frozen=True)
class Limit:
    """`most` times within `window`, which begins with the first of them (at most FORGET_AFTER)."""

    name: str
    most: int
    window: timedelta


def spend(organization: Organization, limit: Limit, what: str, now: datetime) -> None:
    """Count one more of `what` (an address, a number). Raises TooMany, and counts nothing, if there have been
    as many as may be.

    To be called before the thing is done and outside its transaction: then a hundred at once are counted one
    by one, and what fails is counted too. `refund` takes it back.
    """
    if _count(organization, limit, what, now):
        return
    if not _rows(organization, limit, what).filter(since__gt=now - limit.window).exists():
        _begin(organization, limit, what, now)
        if _count(organization, limit, what, now):
            return
    minutes = int(limit.window.total_seconds() // 60)
    raise TooMany(_("Too many tries. Please try again in %(minutes)d minutes.") % {"minutes": minutes})


def refund(organization: Organization, limit: Limit, what: str) -> None:
    """Take one back: it was no abuse."""
    _rows(organization, limit, what).filter(count__gt=0).update(count=F("count") - 1)


def _count(organization: Organization, limit: Limit, what: str, now: datetime) -> bool:
    """One statement, so that no two requests can both be the last one allowed."""
    rows = _rows(organization, limit, what).filter(since__gt=now - limit.window, count__lt=limit.most)
    return rows.update(count=F("count") + 1) == 1


def _begin(organization: Organization, limit: Limit, what: str, now: datetime) -> None:
    """Begin a new window, unless somebody else has just begun it."""
    everything = PublicTry.objects.filter(organization=organization)
    everything.filter(since__lte=now - FORGET_AFTER).delete()
    _rows(organization, limit, what).filter(since__lte=now - limit.window).update(since=now, count=0)
    row = PublicTry(organization=organization, key=_key(limit, what), since=now)
    PublicTry.objects.bulk_create([row], ignore_conflicts=True)


def _rows(organization: Organization, limit: Limit, what: str) -> QuerySet[PublicTry]:
    return PublicTry.objects.filter(organization=organization, key=_key(limit, what))


def _key(limit: Limit, what: str) -> str:
    return salted_hmac("complaints.throttling", f"{limit.name}:{what}", algorithm="sha256").hexdigest()
