"""The stored deadlines of a case."""

from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint
from organizations.models import Department
from organizations.tenancy import TenantModel
from policies.engine.deadlines import is_late


class Deadline(TenantModel):
    """One instance of a duty on a case: the stored result of `policies.engine.planning.plan()`.

    `ladder` holds the rungs still to come and already gone: [{rung, kind, at, to}], `next_rung` the number of
    the first that has not been decided, `next_fire_at` its time. `owed` holds rungs that had come before a
    verb moved or ended the deadline and that no sweep has decided yet: [{revision, rung, kind, at, to}].
    A row with nothing left to fire has `next_fire_at` NULL and is not in the sweep's partial index.
    """

    class State(models.TextChoices):
        OPEN = "open", _("running")
        PAUSED = "paused", _("paused")
        MET = "met", _("met")
        VOID = "void", _("no longer needed")

    complaint = models.ForeignKey(
        Complaint, on_delete=models.PROTECT, related_name="deadlines", db_index=False
    )
    duty = models.CharField(max_length=60)
    ticket_ref = models.PositiveBigIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=1)
    occurrence = models.PositiveSmallIntegerField(default=1)
    owner_role = models.CharField(max_length=40)
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    force = models.CharField(max_length=6, default="must")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    started_at = models.DateTimeField()
    warn_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    first_due_at = models.DateTimeField(null=True, blank=True)  # before any extension
    met_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    ladder = models.JSONField(default=list, blank=True)
    next_rung = models.PositiveSmallIntegerField(default=0)
    owed = models.JSONField(default=list, blank=True)
    next_fire_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # failed sweeps of this row in a row
    last_error = models.TextField(blank=True)
    basis = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "complaint", "duty", "ticket_ref", "round", "occurrence"],
                name="deadline_once",
            )
        ]
        indexes = [
            # Exactly the sweep's WHERE: its cost follows what is due, not what is open.
            models.Index(
                fields=["next_fire_at", "id"],
                condition=models.Q(next_fire_at__isnull=False),
                name="deadline_to_fire",
            ),
            models.Index(
                fields=["organization", "due_at"],
                condition=models.Q(state="open"),
                name="deadline_running",
            ),
            models.Index(fields=["organization", "duty", "due_at"], name="deadline_by_duty"),
        ]

    def __str__(self) -> str:
        return f"{self.duty} {self.due_at}"

    def is_overdue(self, now: datetime) -> bool:
        """Whether the limit has passed without being met. A due time is an exclusive end."""
        return self.state == self.State.OPEN and self.due_at is not None and self.due_at <= now

    @property
    def is_late(self) -> bool:
        """Whether it was met, but not within the limit."""
        return is_late(self.started_at, self.due_at, self.met_at)
