"""Whatever an image file holds, it becomes pixels or a reason, never the end of a run."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.pictures.decode import PictureError, decode
from tests.engine.data.pictures.conftest import noise, paint

COLOUR, GREY = (3, 8, 8), (1, 8, 8)


def test_a_png_of_the_right_size_is_read_to_the_last_bit(tmp_path: Path) -> None:
    pixels = noise(8, 8, 3)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    read, remark = decode(tmp_path / "a.png", COLOUR)
    assert np.array_equal(read, pixels) and read.dtype == np.uint8 and not remark


@pytest.mark.parametrize("ending", ["bmp", "webp", "tif", "ppm", "gif", "jpg"])
def test_every_format_is_opened(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    Image.new("RGB", (8, 8), (255, 255, 255)).save(path)
    assert (decode(path, COLOUR)[0] >= 254).all()


def test_the_ending_of_the_name_is_not_what_counts(tmp_path: Path) -> None:
    path = paint(tmp_path / "a.png")
    path.rename(tmp_path / "a.jpg")
    assert decode(tmp_path / "a.jpg", COLOUR)[0][0, 0].tolist() == [200, 30, 60]


def test_the_middle_is_cut_to_the_wanted_proportions(tmp_path: Path) -> None:
    pixels = np.zeros((8, 24, 3), np.uint8)
    pixels[:, 8:16] = (10, 200, 30)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert np.array_equal(decode(tmp_path / "a.png", COLOUR)[0], pixels[:, 8:16])


def test_a_large_photograph_is_decoded_small_and_keeps_its_look(tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 800).astype(np.uint8)
    Image.fromarray(np.tile(ramp, (800, 1))).save(tmp_path / "a.jpg", quality=95)
    read = decode(tmp_path / "a.jpg", GREY)[0][..., 0].astype(int)
    expected = ramp.reshape(8, 100).mean(1)
    assert np.abs(read - expected).max() < 6


def test_an_image_is_turned_as_its_exif_says(tmp_path: Path) -> None:
    pixels = noise(8, 8, 3)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(decode(tmp_path / "a.png", COLOUR)[0], np.rot90(pixels, -1))


def test_broken_exif_leaves_the_image_as_it_is(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (9, 9, 9)).save(
        tmp_path / "a.png", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"
    )
    assert (decode(tmp_path / "a.png", COLOUR)[0] == 9).all()


def test_cmyk_becomes_colour(tmp_path: Path) -> None:
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=100)
    red = decode(tmp_path / "a.jpg", COLOUR)[0][4, 4]
    assert red[0] > 245 and red[1] < 10 and red[2] < 10


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits_become_eight(tmp_path: Path, ending: str) -> None:
    values = (np.arange(64, dtype=np.uint16) * 1040).reshape(8, 8)
    Image.fromarray(values).save(tmp_path / f"a.{ending}")
    read = decode(tmp_path / f"a.{ending}", GREY)[0][..., 0]
    assert np.array_equal(read, np.rint(values / 257).astype(np.uint8))


def test_a_palette_becomes_its_colours_and_what_is_transparent_white(tmp_path: Path) -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 10, 20, 30, 0, 0, 0])
    image.paste(2, (0, 0, 4, 8))
    image.save(tmp_path / "a.png", transparency=2)
    read = decode(tmp_path / "a.png", COLOUR)[0]
    assert read[0, 7].tolist() == [10, 20, 30] and read[0, 0].tolist() == [255, 255, 255]


def test_half_transparent_pixels_are_mixed_with_white(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (0, 0, 0, 128)).save(tmp_path / "a.png")
    assert abs(int(decode(tmp_path / "a.png", COLOUR)[0][0, 0, 0]) - 127) <= 1


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_of_an_animation_the_first_frame_counts_and_this_is_said(
    tmp_path: Path, ending: str
) -> None:
    frames = [Image.new("RGB", (8, 8), (value, value, value)) for value in (250, 0)]
    frames[0].save(tmp_path / f"a.{ending}", save_all=True, append_images=frames[1:], lossless=True)
    read, remark = decode(tmp_path / f"a.{ending}", COLOUR)
    assert (read == 250).all() and remark == "is animated; its first frame is used"


def huge(width: int, height: int) -> bytes:
    """A PNG that announces many pixels and holds hardly any."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(999)))


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


WHOLE = png(Image.fromarray(noise(40, 40, 3)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no image that can be opened"),
        (b"GIF89a", "is no image that can be opened|is damaged"),
        (b"%PDF-1.4 not an image", "is no image that can be opened"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", "is no image that can be opened"),
        (WHOLE[: len(WHOLE) // 2], "is damaged"),
        (WHOLE[:60] + b"\0" * 40 + WHOLE[100:], "is damaged"),
        (huge(12_000, 12_000), "has more than 89 million pixels; make it smaller"),
        (huge(60_000, 60_000), "has more than 89 million pixels; make it smaller"),
    ],
)
def test_a_file_that_gives_no_image_gives_a_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(PictureError, match=reason):
        decode(tmp_path / "a.png", COLOUR)


def test_what_is_no_file_gives_a_reason_and_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    os.mkfifo(tmp_path / "b.png")
    for name in ("a.png", "b.png"):
        with pytest.raises(PictureError, match="is no file; take it out"):
            decode(tmp_path / name, COLOUR)


def test_floating_point_pixels_have_no_known_range(tmp_path: Path) -> None:
    Image.fromarray(np.ones((8, 8), np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(PictureError, match="floating-point pixels"):
        decode(tmp_path / "a.tif", GREY)


def test_a_file_that_is_gone_gives_a_reason(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="is not there"):
        decode(tmp_path / "gone.png", COLOUR)


def test_random_damage_never_raises_anything_else(tmp_path: Path) -> None:
    chance = np.random.default_rng(4)
    file = tmp_path / "a.bin"
    picture = Image.fromarray(noise(32, 32, 3))
    for kind in ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"):
        whole = io.BytesIO()
        picture.save(whole, kind)
        for _ in range(40):
            content = bytearray(whole.getvalue())
            for place in chance.integers(0, len(content), 6):
                content[place] = chance.integers(0, 256)
            file.write_bytes(content[: chance.integers(1, len(content) + 1)])
            try:
                pixels, _ = decode(file, COLOUR)
            except PictureError as error:
                assert str(error)
            else:
                assert pixels.shape == (8, 8, 3)
