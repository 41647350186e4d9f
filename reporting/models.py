"""Reports that were produced and kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from organizations.tenancy import TenantModel


class MonthlyReport(TenantModel):
    """The statistics of one month: the figures, and the PDF made from exactly these figures."""

    month = models.DateField(_("month"))  # its first day
    figures = models.JSONField()
    pdf = models.FileField(upload_to="reports", max_length=200)
    checksum = models.CharField(max_length=64)  # SHA-256 of the PDF
    produced_at = models.DateTimeField()

    class Meta:
        ordering = ["-month"]
        constraints = [models.UniqueConstraint(fields=["organization", "month"], name="one_report_a_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
