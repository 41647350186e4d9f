"""Pictures of pages, small enough for a repository."""

import shutil
import subprocess
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from scripts.tour import TourError
from scripts.tour.pages import SUFFIX

QUALITY = 40
PAPER_DPI = 80

# News that arrives while a picture is taken would be in one run's picture and not in the next one's.
_CLEAR = "document.querySelectorAll('#toasts > *').forEach(toast => toast.remove())"
_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Camera:
    """Writes the pictures of one language. `only`: leave out all others; `suffix` goes behind their names."""

    folder: Path
    only: frozenset[str] | None = None
    suffix: str = ""
    taken: set[str] = field(default_factory=set)

    def take(self, page: Page, name: str) -> None:
        """What the screen shows now. TourError if the page is wider than the screen."""
        page.wait_for_load_state("networkidle")
        wide = page.evaluate(_TOO_WIDE)
        if wide > 0:
            raise TourError(f"{page.url} is {wide} pixels wider than the screen.")
        if self.only is not None and name not in self.only:
            return
        page.evaluate(_CLEAR)
        self._keep(name + self.suffix, page.screenshot(animations="disabled"))

    def take_paper(self, pdf: bytes, name: str) -> bool:
        """The first page of a document; False where there is no poppler to draw it."""
        if self.only is not None and name not in self.only:
            return True
        if shutil.which("pdftoppm") is None:
            return False
        command = ["pdftoppm", "-png", "-singlefile", "-r", str(PAPER_DPI), "-"]
        self._keep(
            name + self.suffix, subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
        )
        return True

    def _keep(self, name: str, png: bytes) -> None:
        picture = Image.open(BytesIO(png)).convert("RGB")
        picture.save(self.folder / f"{name}{SUFFIX}", "WEBP", quality=QUALITY, method=6)
        self.taken.add(name)
