"""From bytes of an image to a picture that can be painted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def picture(pixels: NDArray[np.uint8]) -> QImage:
    """An image (channels, height, width) in colour, or in gray by its first channel where it has not three."""
    channels, height, width = pixels.shape
    if channels == 3:
        data = np.ascontiguousarray(pixels.transpose(1, 2, 0))
        kind = QImage.Format.Format_RGB888
    else:
        data = np.ascontiguousarray(pixels[0])
        kind = QImage.Format.Format_Grayscale8
    # A copy, since Qt does not keep the array.
    return QImage(data.data, width, height, data.strides[0], kind).copy()
