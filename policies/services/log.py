"""The log of what was done to rules and calendar."""

from datetime import datetime

from organizations.models import Organization, User
from policies.models import RuleChange


def log_change(
    *,
    organization: Organization,
    kind: RuleChange.Kind,
    now: datetime,
    by: User | None,
    number: int | None = None,
    note: str = "",
) -> RuleChange:
    """Write one entry. To be called in the transaction of what it is about."""
    return RuleChange.objects.create(
        organization=organization, kind=kind, at=now, by=by, number=number, note=note
    )
