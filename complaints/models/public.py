"""What lets a complainant without an account into one case, the count of tries that did not get in, and the
log of what the public page says."""

from django.db import models

from organizations.models import User
from organizations.tenancy import TenantModel


class PublicAccess(TenantModel):
    """The key to one case for whoever handed it in. The secret itself is told once and stored nowhere;
    `secret_hash` is what complaints/passcodes.py makes of it."""

    complaint = models.ForeignKey(
        "complaints.Complaint", on_delete=models.PROTECT, related_name="+", db_index=False
    )  # found by the unique key
    secret_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "complaint"], name="public_access_once")
        ]

    def __str__(self) -> str:
        return str(self.complaint)


class PublicTry(TenantModel):
    """How often something that is limited was done since a moment (complaints/services/throttling.py).

    `key` is a keyed digest of what is counted, so that no addresses are collected here. In the database, so
    that several web processes count together.
    """

    key = models.CharField(max_length=64)
    since = models.DateTimeField()
    count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="public_try_once")]
        indexes = [models.Index(fields=["organization", "since"], name="public_try_by_age")]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.count}"


class PublicPageChange(TenantModel):
    """Who changed the public page, and how. Never changed itself.

    `changes` is {name: [before, after]}: `is_on` is true or false, everything else a text of
    Organization.public_details.
    """

    at = models.DateTimeField()
    by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    changes = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["organization", "-at", "-id"], name="public_change_newest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {', '.join(self.changes)}"
