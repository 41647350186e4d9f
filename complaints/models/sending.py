"""What has arrived and was carried out, so that it is not carried out a second time."""

from django.db import models

from organizations.tenancy import TenantModel


class Sent(TenantModel):
    """A form that was carried out on a case (complaints/services/sending.py makes its `key`)."""

    key = models.UUIDField()
    complaint = models.ForeignKey(
        "complaints.Complaint", on_delete=models.PROTECT, related_name="+", db_index=False
    )  # never asked for by case
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="sent_once")]
        indexes = [models.Index(fields=["organization", "at"], name="sent_by_age")]

    def __str__(self) -> str:
        return f"{self.key} {self.at:%Y-%m-%d %H:%M}"
