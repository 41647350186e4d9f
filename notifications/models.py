"""Messages: what a person is told, the outbox that carries it outside, and how people want to be told."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from organizations.models import User
from organizations.tenancy import TenantModel


class Notification(TenantModel):
    """A message for one person, shown in the in-app inbox from the moment its cause is committed.

    `key` names the cause, so the same cause can never tell the same person twice.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    complaint = models.ForeignKey(
        "complaints.Complaint", null=True, blank=True, on_delete=models.PROTECT, related_name="notifications"
    )
    key = models.CharField(max_length=120)
    occasion = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user", "key"], name="told_once")]
        indexes = [
            models.Index(fields=["organization", "user", "-id"], name="inbox_newest"),
            models.Index(
                fields=["organization", "user"], condition=models.Q(read_at=None), name="inbox_unread"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Delivery(TenantModel):
    """The outbox: one notification on its way over one outside channel.

    Decided exactly once (the row is written with its cause), delivered at least once: a worker that dies
    after sending and before writing so sends again, with the same `message_id`, by which a mailbox can tell.

    What its reader wants in the daily mail is HELD. When the hour has come, the first of those rows becomes
    the `carrier` of all of them, itself included, and waits to be sent like any other: one mail, and it stays
    the same mail however often it has to be repeated. `is_urgent` may break through quiet hours, and waits
    for no other letter.
    """

    class State(models.TextChoices):
        HELD = "held", _("for the daily mail")
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        UNWANTED = "unwanted", _("not wanted")
        DEAD = "dead", _("given up")

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=254)
    message_id = models.CharField(max_length=160)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    is_urgent = models.BooleanField(default=False)
    carrier = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="carried", db_index=False
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notification", "channel", "address"], name="delivery_once")
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=models.Q(state="waiting"),
                name="delivery_to_send",
            ),
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(state="held", carrier=None),
                name="delivery_to_collect",
            ),
            models.Index(
                fields=["carrier"], condition=models.Q(carrier__isnull=False), name="delivery_carried"
            ),
        ]


class Preference(TenantModel):
    """How a person wants to be told outside the product, in one organization. No row: of everything, at once.

    The in-app inbox knows no preferences. Hours are those of the organization's zone; quiet hours that end
    before they begin go over midnight.
    """

    class Way(models.TextChoices):
        NOW = "now", _("at once")
        DAILY = "daily", _("in the daily mail")
        NEVER = "never", _("no e-mail")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    warnings = models.CharField(max_length=8, choices=Way.choices, default=Way.NOW)
    breaches = models.CharField(max_length=8, choices=Way.choices, default=Way.NOW)
    tickets = models.CharField(max_length=8, choices=Way.choices, default=Way.NOW)
    decisions = models.CharField(max_length=8, choices=Way.choices, default=Way.NOW)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    breaks_quiet = models.BooleanField(default=True)  # what is urgent comes in quiet hours, too
    daily_hour = models.PositiveSmallIntegerField(default=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="preference_once"),
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_begin_and_end",
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)
