"""How much of an upload reaches the disk, whoever sends it and to whatever address.

Django parses a form, files and all, before a view or even the CSRF check can refuse it.
"""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """A file larger than FILE_MAX_BYTES, or beyond UPLOAD_MAX_BYTES of a request, is read and dropped.

    What comes of them is empty; `size` says how large the file was, and `is_whole` is False, so that the form
    can be shown again with a sentence about it.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.room: int = settings.UPLOAD_MAX_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.is_whole = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        end = start + len(raw_data)
        if self.is_whole and end <= settings.FILE_MAX_BYTES and len(raw_data) <= self.room:
            self.file.write(raw_data)
            self.room -= len(raw_data)
        elif self.is_whole:
            self.is_whole = False
            self.room += start
            self.file.seek(0)
            self.file.truncate()

    def file_complete(self, file_size: int) -> UploadedFile | None:
        self.file.is_whole = self.is_whole  # type: ignore[attr-defined]
        return super().file_complete(file_size)
