"""Files that belong to a case: a row here, the bytes in the private store (complaints/files)."""

from django.core.files.storage import Storage, storages
from django.db import models
from django.utils.translation import gettext_lazy as _

from organizations.models import User
from organizations.tenancy import TenantModel


def private_store() -> Storage:
    """Where the bytes lie: the storage `attachments` of the settings."""
    return storages["attachments"]


class Attachment(TenantModel):
    """A file as it was kept. Written once with the event that brought it, never changed.

    `sha256` and `size` (bytes) are those of what is kept, `source_sha256` that of what was sent: photos are
    encoded anew. `file` and `thumbnail` (photos only) have names nobody can guess.
    """

    class Kind(models.TextChoices):
        PHOTO = "photo", _("photo")
        SCAN = "scan", _("signed paper")
        DOCUMENT = "document", _("document")

    complaint = models.ForeignKey(
        "complaints.Complaint", on_delete=models.PROTECT, related_name="attachments", db_index=False
    )  # found by the unique key
    event = models.ForeignKey(
        "complaints.CaseEvent", on_delete=models.PROTECT, related_name="attachments", db_index=False
    )
    ticket_ref = models.PositiveBigIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    source_sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True, blank=True)  # pixels, of photos
    height = models.PositiveIntegerField(null=True, blank=True)
    file = models.FileField(storage=private_store, max_length=200)
    thumbnail = models.FileField(storage=private_store, max_length=200, blank=True)
    uploaded_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # NULL: the complainant, on the public page
    uploaded_at = models.DateTimeField()
    request_key = models.UUIDField(null=True, blank=True)  # the same for all files of one submission

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "complaint", "source_sha256"], name="attachment_once_on_case"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def extension(self) -> str:
        return self.name.rpartition(".")[2]
