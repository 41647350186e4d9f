"""Numbers of cases, tickets and orders: per organization, gap-free in the order of their transactions."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from complaints.models import NumberSequence
from organizations.models import Organization


def next_number(organization: Organization, prefix: str, now: datetime) -> str:
    """The next number of a series, such as TS202611-00042. One series for each prefix and local month.

    The row of the series is locked by the UPDATE until the transaction ends, so 200 parallel registrations
    get 200 different numbers, and a rolled-back one leaves no gap.
    """
    return reserve_numbers(organization, prefix, [now])[0]


def reserve_numbers(organization: Organization, prefix: str, moments: Sequence[datetime]) -> list[str]:
    """A number for each moment, in the series of its local month. One UPDATE for each month, not for each
    number, which is what makes loading ten thousand old cases quick."""
    series = [f"{prefix}{moment.astimezone(organization.zone):%Y%m}" for moment in moments]
    following = {
        name: _raise(organization, name, count) - count for name, count in sorted(Counter(series).items())
    }
    numbers = []
    for name in series:
        following[name] += 1
        numbers.append(f"{name}-{following[name]:05d}")
    return numbers


def _raise(organization: Organization, series: str, count: int) -> int:
    """Raise the last number of a series, which is made if it is new, and return it."""
    rows = NumberSequence.objects.filter(organization=organization, series=series)
    if not rows.update(last=F("last") + count):
        NumberSequence.objects.bulk_create(
            [NumberSequence(organization=organization, series=series)], ignore_conflicts=True
        )
        rows.update(last=F("last") + count)
    return rows.values_list("last", flat=True).get()
