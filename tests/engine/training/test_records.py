"""Records are as TensorFlow's own reader and writer have them."""

from __future__ import annotations

import numpy as np
import pytest
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow

from engine.training.records import crc32c, record


def test_the_checksum_is_the_one_that_the_standard_gives_as_an_example() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA


@pytest.mark.parametrize("length", [0, 1, 255, 256, 257, 2_048, 10_001])
def test_a_record_is_read_back_wherever_its_blocks_end(length: int) -> None:
    data = np.random.default_rng(length).bytes(length)
    whole = record(data)
    assert whole[:8] == length.to_bytes(8, "little") and whole[12:-4] == data
    for part, mark in ((whole[:8], whole[8:12]), (data, whole[-4:])):
        assert pywrap_tensorflow.masked_crc32c(part) == int.from_bytes(mark, "little")
