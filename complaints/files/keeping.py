"""Writes files to the private store, and deletes again what no row points to.

A file is written before the transaction that makes its row, so that a row always has its file. When the
transaction fails the file is deleted; what a crash leaves behind is found by `manage.py clean_files`.
"""

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.utils.translation import gettext as _

from complaints.files.examining import Prepared
from complaints.models import CaseEvent, Complaint
from complaints.models.attachment import Attachment, private_store
from organizations.errors import Refused
from organizations.models import Organization

logger = logging.getLogger(__name__)

# A file without a row may belong to a verb that has not committed yet.
ORPHAN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class _Stored:
    prepared: Prepared
    name: str
    thumbnail: str = ""


class Batch:
    """Files that have been written for one verb.

        with stored(organization, files) as batch, transaction.atomic():
            case = lock(...)
            event = record(case, ..., data={**batch.admit(case)})
            batch.keep(event)

    `admit` needs the case's lock. After it `new` are the files to be kept, `known` the rows of those that the
    case had before.
    """

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.written: list[str] = []
        self.used: set[str] = set()
        self.stored: list[_Stored] = []
        self.new: list[_Stored] = []
        self.known: list[Attachment] = []

    def write(self, files: Sequence[Prepared]) -> None:
        """Put the files into the store. Refused if it does not take them."""
        try:
            for row in files:
                thumbnail = self._save(ContentFile(row.thumbnail), "jpg") if row.thumbnail else ""
                self.stored.append(_Stored(row, self._save(row.content, row.extension), thumbnail))
        except Exception as error:  # each backend has errors of its own
            logger.exception("Files of %s could not be stored", self.organization.slug)
            raise Refused(_("The files could not be stored. Try again later."), field="files") from error

    def _save(self, content: File, extension: str) -> str:
        wanted = f"{folder_of(self.organization)}/{secrets.token_hex(20)}.{extension}"
        name = private_store().save(wanted, content)
        self.written.append(name)
        return name

    def admit(self, case: Complaint) -> dict[str, Any]:
        """Sort out what the case has already; returns what the event says of the rest ({} if there is none).

        Raises Refused if the case would have too many files.
        """
        rows = {row.source_sha256: row for row in Attachment.objects.filter(complaint=case)}
        same = {**{row.sha256: row for row in rows.values()}, **rows}
        fresh: dict[str, _Stored] = {}
        for row in self.stored:
            if row.prepared.source in same:
                self.known.append(same[row.prepared.source])
            else:
                fresh.setdefault(row.prepared.source, row)
        self.new = list(fresh.values())
        room = max(settings.FILES_PER_CASE - len(rows), 0)
        if len(self.new) > room:
            words = {"limit": settings.FILES_PER_CASE, "room": room}
            raise Refused(
                _("A case can have %(limit)s files. There is room for %(room)s more.") % words, field="files"
            )
        return {"files": [row.prepared.name for row in self.new]} if self.new else {}

    def keep(self, event: CaseEvent, *, kind: str = "", request_key: UUID | None = None) -> list[Attachment]:
        """The rows of the new files, brought by `event`. By default photos are photos, the rest documents."""
        rows = Attachment.objects.bulk_create(
            [self._row(stored, event, kind, request_key) for stored in self.new]
        )
        self.used.update(name for row in self.new for name in (row.name, row.thumbnail))
        return rows

    def _row(self, stored: _Stored, event: CaseEvent, kind: str, request_key: UUID | None) -> Attachment:
        file = stored.prepared
        plain = Attachment.Kind.PHOTO if file.is_picture else Attachment.Kind.DOCUMENT
        return Attachment(
            organization=self.organization,
            complaint=event.complaint,
            event=event,
            ticket_ref=event.ticket_ref,
            round=event.round,
            kind=kind or plain,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.digest,
            source_sha256=file.source,
            width=file.width,
            height=file.height,
            file=stored.name,
            thumbnail=stored.thumbnail,
            uploaded_by=event.actor,
            uploaded_at=event.recorded_at,
            request_key=request_key,
        )

    def delete(self, names: Sequence[str]) -> None:
        """Delete files of this batch. One that cannot be deleted is left to `clean_files`."""
        for name in names:
            try:
                private_store().delete(name)
            except Exception:
                logger.exception("%s could not be deleted", name)


@contextmanager
def stored(organization: Organization, files: Sequence[Prepared]) -> Iterator[Batch]:
    """The files, written to the store. At the end those that got no row are deleted again: all of them if
    the block raises. To be opened outside the verb's transaction, so that a failing commit counts."""
    batch = Batch(organization)
    try:
        batch.write(files)
        yield batch
    except BaseException:
        batch.delete(batch.written)
        raise
    batch.delete([name for name in batch.written if name not in batch.used])


# --- what a crash left --------------------------------------------------------------------------------------


def folder_of(organization: Organization) -> str:
    return f"cases/{organization.pk}"


def remove_orphans(organization: Organization, now: datetime) -> list[str]:
    """Delete the organization's files that no row points to and that are older than a day; returns their
    names. Needs the organization's scope."""
    store, folder = private_store(), folder_of(organization)
    names = {f"{folder}/{name}" for name in _listed(store, folder)}
    for file, thumbnail in Attachment.objects.filter(organization=organization).values_list(
        "file", "thumbnail"
    ):
        names -= {file, thumbnail}
    old = [name for name in sorted(names) if store.get_modified_time(name) < now - ORPHAN_AFTER]
    for name in old:
        store.delete(name)
    return old


def _listed(store: Storage, folder: str) -> list[str]:
    try:
        return store.listdir(folder)[1]
    except FileNotFoundError:  # nothing was ever attached
        return []
