"""Sends what the outbox holds: decided exactly once, delivered at least once (DESIGN 5.7).

A worker takes letters by a lease, sends them outside any transaction, and marks each. If it dies in between,
the lease runs out and another one sends again, under the same Message-ID. An attempt is counted when the
lease is taken, so a letter that takes its worker down every time ends as dead too.

Before a letter is sent, what its reader wants is asked (wishes.py): it may be put off to the end of quiet
hours, or held for the daily mail (daily.py).
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from notifications.channels import CannotConnect, Channel, Letter
from notifications.channels.email import EmailChannel
from notifications.daily import collect
from notifications.models import Delivery
from notifications.wishes import Turn, sort_out
from notifications.wording import language_of

logger = logging.getLogger(__name__)

CHANNELS: dict[str, Callable[[], Channel]] = {"email": EmailChannel}

# A chunk is sent well within its lease, even if each letter runs into EMAIL_TIMEOUT (10 s).
CHUNK = 20
LEASE = timedelta(minutes=6)
# A call takes up no new chunk after this.
SECONDS = 60.0
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240, 360))
MAX_ATTEMPTS = len(DELAYS) + 1
# A letter waits for an earlier one of the same case to the same address, but not for one that keeps failing.
PATIENCE = 5
# A daily mail names this many messages; the rest are counted.
NAMED = 100


@dataclass(slots=True)
class DeliveryResult:
    sent: int = 0
    failed: int = 0  # will be tried again
    dead: int = 0


def deliver(now: datetime, *, limit: int = 500) -> DeliveryResult:
    """Send up to `limit` letters that are due at `now`, outside any organization's scope.

    Any number of workers may run at the same time. What a channel raises is kept with the letter.
    """
    result = DeliveryResult()
    stop_at = time.monotonic() + SECONDS
    left = limit
    with scopes_disabled():
        collect(now, stop_at)
        while left > 0 and time.monotonic() < stop_at:
            letters = _lease(now, min(CHUNK, left))
            if letters is None:
                break
            left -= len(letters)
            if not _send_all(letters, now, result):
                break  # a channel does not answer: the next call tries again
    return result


def _due(now: datetime) -> QuerySet[Delivery]:
    """Waiting letters whose time has come and that nobody holds."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return Delivery.objects.filter(free, state=Delivery.State.WAITING, next_attempt_at__lte=now)


def _lease(now: datetime, limit: int) -> list[Delivery] | None:
    """Take up to `limit` letters for LEASE, the oldest first, and count the attempt. None: nothing is due.
    Fewer, or none, are taken where readers do not want them now.

    Two workers never get the same: on PostgreSQL the second skips locked rows, on SQLite it waits.
    A letter is left where an earlier one of the same case to the same address is still on its way, unless it
    is urgent.
    """
    earlier = Delivery.objects.filter(
        organization=OuterRef("organization"),
        notification__complaint=OuterRef("notification__complaint"),
        address=OuterRef("address"),
        channel=OuterRef("channel"),
        state=Delivery.State.WAITING,
        attempts__lt=PATIENCE,
        pk__lt=OuterRef("pk"),
    )
    with transaction.atomic():
        in_turn = _due(now).filter(Q(is_urgent=True) | ~Exists(earlier))
        first = in_turn.select_for_update(skip_locked=True, of=("self",)).order_by("next_attempt_at", "pk")
        turns = [Turn(*row) for row in first.values_list(*_TURN)[:limit]]
        if not turns:
            return None
        ids = sort_out(turns, now)
        mine = Delivery.objects.filter(pk__in=ids)
        if _due(now).filter(pk__in=ids).update(lease_until=now + LEASE, attempts=F("attempts") + 1) != len(
            ids
        ):
            raise RuntimeError("another worker took the same letters")
        whole = mine.select_related("organization", "notification", "notification__user")
        return list(whole.prefetch_related("carried__notification").order_by("next_attempt_at", "pk"))


_TURN = (
    "pk", "is_urgent", "carrier_id", "organization_id", "notification__user_id", "notification__occasion"
)  # fmt: skip


def _send_all(letters: list[Delivery], now: datetime, result: DeliveryResult) -> bool:
    """Send leased letters, one connection for each channel. False if a channel did not answer at all."""
    channels: dict[str, Channel] = {}
    silent: dict[str, CannotConnect] = {}
    try:
        for row in letters:
            error = _hopeless(row) or silent.get(row.channel) or _send(row, channels)
            if isinstance(error, CannotConnect):
                silent[row.channel] = error
            _mark(row, error, now, result)
    finally:
        for channel in channels.values():
            channel.close()
    return not silent


class Hopeless(Exception):
    """No further attempt can help."""


def _hopeless(row: Delivery) -> Hopeless | None:
    if row.attempts > MAX_ATTEMPTS:
        return Hopeless("the worker ended while sending it, again and again")
    if not row.notification.user.is_active:
        return Hopeless("the account is closed")
    if row.channel not in CHANNELS:
        return Hopeless(f"there is no channel {row.channel!r}")
    return None


def _send(row: Delivery, channels: dict[str, Channel]) -> Exception | None:
    """Hand one letter over, outside any transaction: the network may take its time. Returns the error."""
    try:
        if row.channel not in channels:
            channels[row.channel] = CHANNELS[row.channel]()
        with translation.override(language_of(row.notification.user)):
            channels[row.channel].send(_letter(row))
    except Exception as error:
        logger.warning("letter %s could not be sent: %s", row.message_id, error)
        return error
    return None


def _letter(row: Delivery) -> Letter:
    """In the language that is active. A row that carries several is a daily mail."""
    told = [one.notification for one in sorted(row.carried.all(), key=lambda one: one.pk)]
    if len(told) < 2:
        link = _address(row.notification.url)
        return Letter(address=row.address, title=row.notification.title, link=link, message_id=row.message_id)
    said = {"count": len(told), "organization": row.organization.name}
    inbox = _address(reverse("inbox", args=[row.organization.slug]))
    lines = [(one.title, _address(one.url)) for one in told[:NAMED]]
    if more := len(told) - len(lines):
        lines.append((_("And %(count)d more") % {"count": more}, inbox))
    title = _("%(organization)s: %(count)d messages of the last day") % said
    return Letter(row.address, title, inbox, row.message_id, tuple(lines))


def _address(path: str) -> str:
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def _mark(row: Delivery, error: Exception | None, now: datetime, result: DeliveryResult) -> None:
    """Write down how it went, at once: what is sent and not marked is sent again when the lease runs out."""
    waiting = Delivery.objects.filter(pk=row.pk, state=Delivery.State.WAITING)
    whole = Delivery.objects.filter(
        Q(pk=row.pk, state=Delivery.State.WAITING) | Q(carrier=row.pk, state=Delivery.State.HELD)
    )
    if error is None:
        whole.update(state=Delivery.State.SENT, sent_at=now, lease_until=None, last_error="")
        result.sent += 1
        return
    said = f"{type(error).__name__}: {error}"[:2000]
    if row.attempts >= MAX_ATTEMPTS or isinstance(error, Hopeless):
        logger.error("letter %s is given up: %s", row.message_id, said)
        whole.update(state=Delivery.State.DEAD, lease_until=None, last_error=said)
        result.dead += 1
    else:
        later = now + DELAYS[row.attempts - 1]
        waiting.update(next_attempt_at=later, lease_until=None, last_error=said)
        result.failed += 1
