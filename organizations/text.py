"""Text as it comes from people and files, made comparable once, at the edge."""

import re
import unicodedata

# Zero-width and direction marks that survive NFKC, are invisible on screen and break every comparison;
# C0/C1 controls except tab and newline, which PostgreSQL (NUL) and XML-based formats refuse; lone surrogates.
_INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad"
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]"
)
_PROSE = re.compile("([，：；！？（）～…]+)")
_NOT_PHONE = re.compile(r"[^\d+*#,;]")


def normalise(text: str) -> str:
    """NFKC, line ends as LF, invisible characters removed, outer space stripped.

    Full-width digits and letters become half-width. The punctuation of Chinese prose stays as it was typed:
    NFKC would turn 「你好，世界」 into 「你好,世界」, which no reader of Chinese wants to see on paper.
    """
    # Invisible characters go first: between a letter and its accent they would keep NFKC from joining them.
    visible = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    folded = (
        part if _PROSE.fullmatch(part) else unicodedata.normalize("NFKC", part)
        for part in _PROSE.split(visible)
    )
    return _INVISIBLE.sub("", "".join(folded)).strip()


def comparable(text: str) -> str:
    """`normalise` with the punctuation folded too: for titles and codes typed by different hands."""
    return unicodedata.normalize("NFKC", normalise(text))


def normalise_phone(text: str) -> str:
    """A phone number as digits: separators dropped, a leading +86 or 0086 removed; "" stays ""."""
    digits = _NOT_PHONE.sub("", normalise(text))
    return re.sub(r"^(?:\+|00)86(?=1\d{10}$)", "", digits)
