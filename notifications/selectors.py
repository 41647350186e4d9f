"""What a person has not read yet."""

from dataclasses import dataclass

from notifications.models import Notification, Preference
from organizations.models import Organization, User

COUNTED = 99


@dataclass(frozen=True, slots=True)
class Unread:
    """How much is unread, as far as it is counted, and the id of the newest of it (0: nothing)."""

    count: int
    newest: int

    @property
    def badge(self) -> str:
        """The number as a badge shows it, "" for none."""
        return f"{COUNTED}+" if self.count > COUNTED else str(self.count or "")

    @property
    def mark(self) -> str:
        """Another text whenever there is something new, or something has been read."""
        return f"{self.count}.{self.newest}"


def unread_of(user: User, organization: Organization) -> Unread:
    """What a person has not read in an organization. One query along the index of what is unread."""
    rows = Notification.objects.filter(organization=organization, user=user, read_at=None)
    ids = list(rows.order_by("-pk").values_list("pk", flat=True)[: COUNTED + 1])
    return Unread(len(ids), ids[0] if ids else 0)


def unread_after(user: User, organization: Organization, pk: int, most: int) -> list[Notification]:
    """What has come since the message with this id and is unread, the newest first; at most `most`."""
    rows = Notification.objects.filter(organization=organization, user=user, read_at=None, pk__gt=pk)
    return list(rows.order_by("-pk")[:most])


def preference_of(user: User, organization: Organization) -> Preference:
    """How a person wants to be told outside the product; unsaved where nothing has been set."""
    row = Preference.objects.filter(organization=organization, user=user).first()
    return row or Preference(organization=organization, user=user)
