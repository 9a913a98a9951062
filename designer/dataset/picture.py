"""Bytes of an image as a picture that Qt draws, pixel by pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def picture(image: NDArray[np.uint8]) -> QImage:
    """An image (1 or 3 channels, height, width) as a picture that holds its own memory."""
    channels, height, width = image.shape
    if channels == 3:
        pixels = np.ascontiguousarray(image.transpose(1, 2, 0))
        kind = QImage.Format.Format_RGB888
    else:
        pixels = np.ascontiguousarray(image[0])
        kind = QImage.Format.Format_Grayscale8
    return QImage(pixels.data, width, height, channels * width, kind).copy()
