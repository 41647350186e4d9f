"""Telling people. Called inside the transaction of the cause: the message commits with it, or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from notifications.models import Delivery, Notification, Preference
from notifications.timing import KINDS, is_quiet
from organizations.errors import Refused
from organizations.models import Organization, User
from organizations.tenancy import TenantModel

Way = Preference.Way


@dataclass(frozen=True, slots=True)
class Message:
    """One message for one person. `key` names the cause: the same key never tells the same person twice.

    What it is about is `case` where the caller has the complaint loaded (its check then costs no query),
    else `complaint_id`. What is `is_urgent` may be brought in quiet hours. Title and body are in the reader's
    language: see notifications/wording.py.
    """

    user: User
    key: str
    occasion: str
    title: str
    body: str = ""
    url: str = ""
    complaint_id: int | None = None
    case: TenantModel | None = None
    is_urgent: bool = False


def tell(organization: Organization, messages: Iterable[Message], *, now: datetime) -> list[Notification]:
    """Write the inbox rows and, for people with an address, the outbox rows. Three statements for any number.

    A message whose key the person already has is left out. What people want of the outside world is asked
    when a letter's turn has come (notifications/wishes.py).
    """
    wanted = {(message.user.pk, message.key): message for message in messages}
    for user_id, key in _known(organization, wanted):
        wanted.pop((user_id, key), None)
    rows = Notification.objects.bulk_create(
        [_notification(organization, message, now) for message in wanted.values()]
    )
    Delivery.objects.bulk_create(
        [
            _mail(row, message, now)
            for row, message in zip(rows, wanted.values(), strict=True)
            if message.user.email
        ]
    )
    return rows


def _known(organization: Organization, wanted: dict[tuple[int, str], Message]) -> Iterable[tuple[int, str]]:
    users, keys = {user for user, _key in wanted}, {key for _user, key in wanted}
    rows = Notification.objects.filter(organization=organization, user__in=users, key__in=keys)
    return list(rows.values_list("user_id", "key"))


def _notification(organization: Organization, message: Message, now: datetime) -> Notification:
    about = {"complaint": message.case} if message.case else {"complaint_id": message.complaint_id}
    return Notification(
        organization=organization,
        user=message.user,
        **about,
        key=message.key,
        occasion=message.occasion,
        title=message.title[:200],
        body=message.body,
        url=message.url,
        created_at=now,
    )


def _mail(row: Notification, message: Message, now: datetime) -> Delivery:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return Delivery(
        organization_id=row.organization_id,
        notification=row,
        channel="email",
        address=message.user.email,
        # Stable, so that a repeat after a crash is recognised as the same mail.
        message_id=f"<huiyin.{row.pk}.{row.organization_id}@{host}>",
        is_urgent=message.is_urgent,
        next_attempt_at=now,
    )


def mark_read(*, user: User, organization: Organization, now: datetime, pk: int | None = None) -> int:
    """Mark one message (or all) of a person as read; returns how many were unread."""
    rows = Notification.objects.filter(organization=organization, user=user, read_at=None)
    if pk is not None:
        rows = rows.filter(pk=pk)
    return rows.update(read_at=now)


def mark_unread(
    *, user: User, organization: Organization, pk: int | None = None, read_at: datetime | None = None
) -> int:
    """Take back that a person has read one message, or those marked at the very moment `read_at`; returns how
    many."""
    rows = Notification.objects.filter(organization=organization, user=user, read_at__isnull=False)
    return (rows.filter(read_at=read_at) if pk is None else rows.filter(pk=pk)).update(read_at=None)


@transaction.atomic
def save_preference(
    *,
    user: User,
    organization: Organization,
    warnings: str = Way.NOW,
    breaches: str = Way.NOW,
    tickets: str = Way.NOW,
    decisions: str = Way.NOW,
    quiet_from: time | None = None,
    quiet_until: time | None = None,
    breaks_quiet: bool = True,
    daily_hour: int = 8,
    now: datetime,
) -> Preference:
    """Set how a person wants to be told outside the product. Hours are those of the organization's zone.

    What is waiting already follows the new settings. Refused: quiet hours without a beginning or an end,
    overdue limits in the daily mail, or a daily mail in the quiet hours.
    """
    ways = dict(zip(KINDS, (warnings, breaches, tickets, decisions), strict=True))
    wanted = Preference(
        organization=organization,
        user=user,
        **ways,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        breaks_quiet=breaks_quiet,
        daily_hour=daily_hour,
    )
    _check_preference(wanted, ways)
    columns = [*KINDS, "quiet_from", "quiet_until", "breaks_quiet", "daily_hour"]
    saved, _is_new = Preference.objects.update_or_create(
        organization=organization, user=user, defaults={name: getattr(wanted, name) for name in columns}
    )
    letters = Delivery.objects.filter(
        Q(carrier=None) | Q(carrier=F("pk")),
        organization=organization,
        notification__user=user,
        state__in=(Delivery.State.WAITING, Delivery.State.HELD),
        attempts=0,
    )
    letters.update(state=Delivery.State.WAITING, next_attempt_at=now)
    return saved


def _check_preference(wanted: Preference, ways: dict[str, str]) -> None:
    for name, way in ways.items():
        if way not in Way.values or (name == "breaches" and way == Way.DAILY):
            raise Refused(_("Choose from the list."), field=name)
    if (wanted.quiet_from is None) != (wanted.quiet_until is None):
        missing = "quiet_from" if wanted.quiet_from is None else "quiet_until"
        raise Refused(_("Quiet hours need a beginning and an end."), field=missing)
    if wanted.quiet_from is not None and wanted.quiet_from == wanted.quiet_until:
        raise Refused(_("Quiet hours end at another time than they begin."), field="quiet_until")
    if not 0 <= wanted.daily_hour <= 23:
        raise Refused(_("Choose from the list."), field="daily_hour")
    if Way.DAILY in ways.values() and is_quiet(wanted, time(wanted.daily_hour)):
        raise Refused(_("The daily mail would come in your quiet hours."), field="daily_hour")
