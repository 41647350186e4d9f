"""The photos that the people of the tour take: drawn, so that nobody's home is in them."""

from io import BytesIO

from PIL import Image, ImageDraw

_SIZE = (1200, 900)


def lift_buttons() -> bytes:
    """A lift's panel, with two buttons that do not light up."""
    picture, pen = _wall("#8d949c")
    pen.rounded_rectangle((380, 60, 820, 840), 30, fill="#c9ced4", outline="#6d747c", width=6)
    pen.rectangle((470, 100, 730, 210), fill="#20262c")
    pen.line((560, 180, 600, 130, 640, 180), fill="#ff8c2a", width=14, joint="curve")
    for number in range(12):
        x, y = 490 + number % 2 * 220, 280 + number // 2 * 95
        is_dark = number in (5, 8)
        ring = "#7d858d" if is_dark else "#ffb347"
        pen.ellipse((x - 36, y - 36, x + 36, y + 36), fill="#eef0f2", outline=ring, width=9)
        if is_dark:
            pen.line((x - 14, y - 14, x + 14, y + 14), fill="#b02020", width=6)
            pen.line((x - 14, y + 14, x + 14, y - 14), fill="#b02020", width=6)
    return _developed(picture)


def dark_stairs() -> bytes:
    """A staircase under a lamp that is out."""
    picture, pen = _wall("#3a3f46")
    for step in range(9):
        left, top = 180 + step * 90, 800 - step * 70
        shade = 70 + step * 6
        pen.rectangle((left, top, 1200, top + 70), fill=(shade, shade, shade + 4))
        pen.line((left, top, 1200, top), fill=(shade + 40,) * 3, width=4)
    pen.rectangle((260, 0, 272, 90), fill="#1d2024")
    pen.ellipse((206, 80, 326, 200), fill="#565c63", outline="#2a2e33", width=6)
    return _developed(picture)


def _wall(colour: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", _SIZE, colour)
    return picture, ImageDraw.Draw(picture)


def _developed(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
