"""The pages of the tour are written by hand; here is which pictures they name, and where those lie."""

import re
from pathlib import Path

from scripts import ROOT

DOCS = ROOT / "docs"
PICTURES = DOCS / "tour"
PAGES = {"zh": DOCS / "tour.zh-CN.md", "en": DOCS / "tour.md"}
SUFFIX = ".webp"
LIMIT = 1_500_000  # bytes of all pictures: they are in everybody's clone

_PICTURE = re.compile(r"\btour/([a-z]+)/([a-z-]+)\.webp\b")


def named(language: str) -> set[str]:
    """The pictures that the page in that language names; ValueError if it names one in another language."""
    found = _PICTURE.findall(PAGES[language].read_text(encoding="utf-8"))
    strange = {name for folder, name in found if folder != language}
    if strange:
        raise ValueError(f"{PAGES[language].name} names pictures of another language: {sorted(strange)}")
    return {name for _folder, name in found}


def folder(language: str) -> Path:
    return PICTURES / language


def kept(language: str) -> set[str]:
    """The pictures that are there."""
    return {path.stem for path in folder(language).glob(f"*{SUFFIX}")}
