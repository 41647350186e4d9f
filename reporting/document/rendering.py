"""HTML and PDF of the monthly document.

WeasyPrint (a second and 60 MB) is imported when the first document is made, not when the program starts.
"""

import logging
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from reporting.document.layout import arranged

FONTS = Path(settings.BASE_DIR) / "static" / "vendor" / "fonts"
FACES = {400: FONTS / "NotoSansSC-Regular.ttf", 700: FONTS / "NotoSansSC-Bold.ttf"}


def render_html(figures: dict[str, Any], *, produced_at: datetime, language: str = "") -> str:
    """The document as one HTML page, with its style sheet inside. `language` is that of the settings if not
    given."""
    with translation.override(language or settings.LANGUAGE_CODE):
        context = arranged(figures, produced_at)
        return render_to_string("reporting/monthly.html", {**context, "faces": _faces()})


def render_pdf(figures: dict[str, Any], *, produced_at: datetime, language: str = "") -> bytes:
    """The document as PDF, A4, its fonts embedded."""
    return pdf_of(render_html(figures, produced_at=produced_at, language=language))


def pdf_of(html: str) -> bytes:
    """A page of ours as PDF. Nothing is read but the fonts, whatever the content says."""
    logging.getLogger("weasyprint").setLevel(logging.WARNING)  # it reports every page it lays out
    from weasyprint import HTML
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    return HTML(string=html, url_fetcher=_fetcher()).write_pdf(font_config=fonts, pdf_tags=True)


def sheet_style() -> str:
    """The style sheet of a printed form, with the fonts, to stand inside its page."""
    faces = render_to_string("reporting/faces.css", {"faces": _faces()})
    return faces + (Path(settings.BASE_DIR) / "static" / "css" / "sheet.css").read_text(encoding="utf-8")


def _faces() -> list[dict[str, Any]]:
    """The vendored fonts that are there; without them the system's Chinese font is used."""
    return [{"weight": weight, "url": path.as_uri()} for weight, path in FACES.items() if path.exists()]


def _fetcher() -> Any:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    allowed = {face["url"] for face in _faces()}

    class OnlyFonts(URLFetcher):
        """Neither the network nor a file of this machine may get into a document by way of a subject line."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url not in allowed:
                raise FatalURLFetchingError(f"not for a report: {url[:200]}")
            return super().fetch(url, headers)

    return OnlyFonts(allowed_protocols=["file"], allow_redirects=False)
