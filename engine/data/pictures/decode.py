"""One image file as pixels, whatever it is; the only place that knows Pillow."""

from __future__ import annotations

import stat
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
"""The formats that are opened, by Pillow's names; of the others some run programs."""
_SHARPER = 2
"""A JPEG is decoded at no less than this many times the wanted size, then resized."""

# Of a whole process, since threads share its filters.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


class PictureError(Exception):
    """Why a file gives no image, and what to do; the rest of a sentence that begins with its path."""


def decode(path: Path, shape: tuple[int, int, int]) -> tuple[NDArray[np.uint8], str]:
    """Pixels (height, width, channels) of a file at `shape` (channels, height, width), and a remark.

    The image is turned as its EXIF says, cut to the wanted proportions around its middle, and resized
    (bicubic). Transparent parts become white, 16 bits become 8, CMYK and palettes colours; of an
    animation the first frame counts, and the remark says so. Raises `PictureError`.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # To read from a pipe would be to wait for ever.
            raise PictureError("is no file; take it out")
        with Image.open(path, formats=FORMATS) as image:
            remark = "is animated; its first frame is used" if _animated(image) else ""
            return _pixels(image, shape), remark
    except UnidentifiedImageError:
        raise PictureError("is no image that can be opened; save it as PNG or JPEG") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        most = (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
        raise PictureError(f"has more than {most} million pixels; make it smaller") from None
    except PictureError:
        raise
    except FileNotFoundError:
        raise PictureError("is not there; put it there or take it from the list") from None
    except MemoryError:
        raise PictureError("does not fit into the memory; make it smaller") from None
    except Exception as error:
        # Pillow's decoders raise nearly everything: OSError, SyntaxError, struct.error, IndexError ...
        said = " ".join(str(error).split())[:120] or type(error).__name__
        raise PictureError(f"is damaged ({said}); save it again or take it out") from None


def _animated(image: Image.Image) -> bool:
    # An MPO is one photograph with its preview.
    if image.format == "MPO":
        return False
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:
        # A later frame is damaged, and only the first one is wanted.
        return True


def _pixels(image: Image.Image, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    channels, height, width = shape
    side = _SHARPER * max(height, width)
    image.draft(None, (side, side))  # pyright: ignore[reportArgumentType]
    image.seek(0)
    image.load()
    upright = _turned(image)
    plain = _eight_bits(upright)
    if plain.has_transparency_data:
        plain = plain.convert("RGBA")
        white = Image.new("RGBA", plain.size, (255, 255, 255, 255))
        plain = Image.alpha_composite(white, plain)
    plain = plain.convert("L" if channels == 1 else "RGB")
    small = plain.resize((width, height), Image.Resampling.BICUBIC, box=_middle(plain.size, shape))
    return np.asarray(small, np.uint8).reshape(height, width, channels)


def _turned(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        # Broken EXIF says nothing about the pixels.
        return image


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise PictureError(
            "has floating-point pixels, whose range is unknown; save it with 8 or 16 bits"
        )
    if image.mode != "I" and not image.mode.startswith("I;16"):
        return image
    values: NDArray[Any] = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65_535:
        raise PictureError("has pixels outside 0 to 65,535; save it with 8 or 16 bits")
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def _middle(
    size: tuple[int, int], shape: tuple[int, int, int]
) -> tuple[float, float, float, float]:
    """The largest box of the wanted proportions in the middle of an image (width, height)."""
    width, height = size
    scale = min(width / shape[2], height / shape[1])
    wide, high = shape[2] * scale, shape[1] * scale
    left, top = (width - wide) / 2, (height - high) / 2
    return left, top, min(width, left + wide), min(height, top + high)
