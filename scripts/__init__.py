"""Set-up and running of Huiyin on one machine. Nothing here imports Django."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BREW_FOLDERS = ("/opt/homebrew/lib", "/usr/local/lib")


DEMO_LOGINS = "demo-logins.txt"  # written into the data folder by `manage.py load_demo`


class SetupError(Exception):
    """Set-up cannot go on; the text tells the user what to do."""


def data_folder() -> Path:
    """The folder of database and files, as config/settings.py sees it for programs started in the root."""
    return (ROOT / (os.environ.get("HUIYIN_DATA") or "var")).resolve()


def let_children_find_libraries() -> None:
    """On macOS tell programs started from here where Homebrew keeps Pango; most Pythons do not look there."""
    if sys.platform == "darwin":
        os.environ.setdefault("DYLD_FALLBACK_LIBRARY_PATH", ":".join(BREW_FOLDERS))
