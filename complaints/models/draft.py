"""What somebody has begun to type."""

from django.db import models

from organizations.models import User
from organizations.tenancy import TenantModel


class Draft(TenantModel):
    """What somebody has typed into a form and not sent yet. Nobody else ever sees it.

    `key` is the form's request key, so that a case which is there after all is known, and two calls taken
    side by side are two drafts.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    key = models.UUIDField()
    data = models.JSONField(default=dict)  # name of the input: text, or a list of texts
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-updated_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "user", "kind", "key"], name="draft_once")
        ]
        indexes = [models.Index(fields=["organization", "updated_at"], name="draft_by_age")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
