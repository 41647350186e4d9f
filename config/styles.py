"""The one style sheet of the pages: that of the component kit and the product's own, joined.

A finder of static files, so that there is no build step: whoever looks for css/all.css gets what the files of
SHEETS are now. (The public pages have a small one of their own.)
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

# In the order in which they were linked: each may change what those before it say.
SHEETS = (
    "vendor/tabler/tabler.min.css",
    "css/huiyin.css",
    "css/dashboard.css",
    "css/sheet.css",
    "css/poster.css",
    "css/slip.css",
)
# Beside the files it is made of, for their addresses of pictures are relative.
JOINED = "css/all.css"


class JoinedFinder(BaseFinder):
    """Finds css/all.css, kept below HUIYIN_DATA."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(settings.DATA_DIR / "styles", base_url=settings.STATIC_URL)

    def find(  # type: ignore[override]  # the stubs say less than Django's own finders answer
        self, path: str, find_all: bool = False, **kwargs: Any
    ) -> str | list[str]:
        if path != JOINED:
            return []
        found = str(self._joined())
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        self._joined()
        yield JOINED, self.storage

    def _joined(self) -> Path:
        """The path of the file, written anew where it is not what it should be."""
        root = Path(settings.STATICFILES_DIRS[0])
        content = b"\n".join((root / name).read_bytes() for name in SHEETS)
        path = Path(self.storage.path(JOINED))
        if not (path.exists() and path.read_bytes() == content):
            path.parent.mkdir(parents=True, exist_ok=True)
            # Several processes start at the same time: none may serve half a file.
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                file.write(content)
            os.chmod(file.name, 0o644)  # as the files it is made of
            os.replace(file.name, path)
        return path
