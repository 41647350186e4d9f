"""Shows where in a text the words that were searched for are."""

import re
from collections.abc import Sequence

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from complaints.models import Complaint
from complaints.searching import forms_of

AROUND = 24  # characters of an excerpt on either side of the word
# What a row of the list shows anyway, and what it has to quote from.
SHOWN = ("number", "complainant_name", "place", "subject")
QUOTED = ("external_number", "complainant_phone", "content", "request")


def marked(text: str, words: Sequence[str]) -> SafeString:
    """The text as HTML, with every occurrence of a word in <mark>."""
    pattern = _pattern(words)
    if pattern is None:
        return escape(text)
    # Split by a group, every second part is a word.
    parts = [
        format_html("<mark>{}</mark>", part) if place % 2 else escape(part)
        for place, part in enumerate(pattern.split(text))
    ]
    return format_html_join("", "{}", ((part,) for part in parts))


def excerpt(case: Complaint, words: Sequence[str]) -> SafeString:
    """The place in a case's other texts that has a word which its row does not show; "" if all are shown."""
    shown = " ".join(getattr(case, name) for name in SHOWN)
    hidden = [word for word in words if not _find([word], shown)]
    for text in (getattr(case, name) for name in QUOTED):
        if hidden and (found := _find(hidden, text)):
            start, end = max(found.start() - AROUND, 0), found.end() + AROUND
            quoted = " ".join(text[start:end].split())
            before, after = "…" if start else "", "…" if end < len(text) else ""
            return marked(f"{before}{quoted}{after}", words)
    return SafeString("")


def _find(words: Sequence[str], text: str) -> re.Match[str] | None:
    pattern = _pattern(words)
    return pattern.search(text) if pattern else None


def _pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    # The longest first: of 138 and 13800138000 the whole number is marked.
    forms = sorted({form for word in words for form in forms_of(word)}, key=len, reverse=True)
    return re.compile(f"({'|'.join(map(re.escape, forms))})", re.IGNORECASE) if forms else None
