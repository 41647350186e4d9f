"""The one place where a QR code is drawn."""

from collections.abc import Iterable, Iterator, Sequence

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString

_QUIET = 4  # empty modules around the code, as readers want them


def qr_code(text: str) -> SafeString:
    """A QR code as SVG, in the size its style sheet gives it. What it says has to be read beside it, too."""
    return drawing(segno.make(text, error="m", micro=False).matrix)


def drawing(matrix: Sequence[Sequence[int]]) -> SafeString:
    """The dark modules of a square matrix as one path, row by row."""
    side = len(matrix) + 2 * _QUIET
    path = "".join(
        f"M{start + _QUIET} {row + _QUIET}h{length}v1h-{length}z"
        for row, modules in enumerate(matrix)
        for start, length in _runs(modules)
    )
    return format_html(
        '<svg class="qr" viewBox="0 0 {0} {0}" aria-hidden="true" shape-rendering="crispEdges">'
        '<path fill="#fff" d="M0 0h{0}v{0}h-{0}z"/><path fill="#000" d="{1}"/></svg>',
        side,
        path,
    )


def _runs(modules: Iterable[int]) -> Iterator[tuple[int, int]]:
    """(start, length) of the dark stretches of a row."""
    start, length = 0, 0
    for place, module in enumerate(modules):
        if module:
            start, length = (start, length + 1) if length else (place, 1)
        elif length:
            yield start, length
            length = 0
    if length:
        yield start, length
