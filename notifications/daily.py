"""The daily mail: what a person wants to be told once a day becomes one letter when the hour has come.

What is in it is decided in one transaction: the first of the rows that are held for a person becomes a letter
of the outbox and carries them all. From then on it is sent like any other letter, at least once, with the
first row's Message-ID. What is written later is in the next one, so a mail that has to be repeated never has
other contents under the same Message-ID.
"""

import time
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from notifications.models import Delivery, Preference

MOST = 500  # people looked at in one call
Reader = tuple[int, int, str, str]  # organization, user, channel, address


def collect(now: datetime, stop_at: float) -> None:
    """Make a letter of what is held for each person whose hour has come by `now`, until `stop_at` on the
    monotonic clock. Runs outside any organization's scope. One query where there is nothing to do."""
    columns = ("organization_id", "notification__user_id", "channel", "address")
    for reader in _due(now).order_by().values_list(*columns).distinct()[:MOST]:
        if time.monotonic() >= stop_at:
            break
        _bundle(reader, now)


def _due(now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=Delivery.State.HELD, carrier=None, next_attempt_at__lte=now)


@transaction.atomic
def _bundle(reader: Reader, now: datetime) -> None:
    organization, user, channel, address = reader
    _lock(organization, user)
    rows = _due(now).filter(
        organization=organization, notification__user=user, channel=channel, address=address
    )
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    if ids:
        _carry(ids)


def _lock(organization: int, user: int) -> None:
    """Two workers at once would send the same mail twice: whoever comes second finds nothing left to do."""
    list(Preference.objects.select_for_update().filter(organization=organization, user=user).values("pk"))


def _carry(ids: list[int]) -> None:
    Delivery.objects.filter(pk__in=ids).update(carrier=ids[0])
    Delivery.objects.filter(pk=ids[0]).update(state=Delivery.State.WAITING)
