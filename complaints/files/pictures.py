"""Photos, encoded anew: nothing of the uploaded bytes is kept, so nothing can hide in them.

What a camera writes beside the picture (place, time, owner, a smaller copy of the picture) is left behind,
and so are colour profiles: they, too, are data for a parser. Everything becomes a JPEG.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from PIL import Image, ImageFile, ImageOps

LONGEST_SIDE = 2560  # pixels of the longer side of what is kept
THUMBNAIL_SIDE = 320
# The best telephones take 64 million. More is refused before anything is decoded.
MOST_PIXELS = 65_000_000
# A picture of that size takes 300 MB while it is decoded: never two at once in one process.
_one_at_a_time = threading.Lock()


class Unreadable(Exception):
    """No picture of that format, or a damaged one."""


class TooManyPixels(Exception):
    """More than MOST_PIXELS."""


@dataclass(frozen=True)
class Picture:
    """A JPEG with its thumbnail, also JPEG, and its size in pixels."""

    data: bytes
    thumbnail: bytes
    width: int
    height: int


def encoded_anew(file: IO[bytes], format: str) -> Picture:
    """The picture upright, at most LONGEST_SIDE long, on white where it was transparent.

    `format` is Pillow's name of the only decoder that may look at it. Raises Unreadable or TooManyPixels.
    """
    with _one_at_a_time, _whole_pictures_only():
        try:
            return _encoded(file, format)
        except (TooManyPixels, Image.DecompressionBombError) as error:
            raise TooManyPixels from error
        except Exception as error:  # whatever a decoder makes of hostile bytes
            raise Unreadable from error


@contextmanager
def _whole_pictures_only() -> Iterator[None]:
    """Half a picture is no evidence. WeasyPrint tells Pillow for the whole process to be content with one."""
    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _encoded(file: IO[bytes], format: str) -> Picture:
    file.seek(0)
    with Image.open(file, formats=[format]) as image:
        if image.width * image.height > MOST_PIXELS:
            raise TooManyPixels
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded smaller at once
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        picture = _flat(_upright(image))
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    return Picture(_jpeg(picture, 88), _jpeg(small, 75), picture.width, picture.height)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # the picture is good, only what the camera wrote beside it is not
        return image


def _flat(image: Image.Image) -> Image.Image:
    """A new RGB image, so that nothing of the old one's description comes along when it is saved."""
    if image.mode.startswith(("I", "F")):  # 16 bits for each point: `convert` would cut them off at white
        image = image.convert("F").point(lambda value: value / 256).convert("L")
    flat = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        flat.paste(layer, mask=layer)
    else:
        flat.paste(image.convert("RGB"))
    return flat


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
