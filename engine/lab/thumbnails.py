"""What does every node put out, small enough to be drawn on it?"""

from __future__ import annotations

from typing import Any

import torch
from numpy import uint8
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

CHANNELS = 4
"""Most channels of a thumbnail; the first ones are shown."""
EDGE = 48
"""Most pixels of its height and width."""


def thumbnail(output: Tensor) -> NDArray[uint8]:
    """One image's activation (1, channels, height, width) or (1, features) as uint8 (channels, height, width).

    Larger maps are averaged down to `EDGE`. Each channel is stretched from its least value (0) to
    its greatest (255); one without contrast is 0. A vector, or maps of one pixel each, make one row
    of at most four edges.
    """
    values = output[0].detach()
    row = values.dim() == 1 or values.shape[-2:] == (1, 1)
    maps = (values.reshape(1, 1, -1) if row else values[:CHANNELS]).to(torch.float32)
    height, width = maps.shape[-2:]
    size = min(height, EDGE), min(width, CHANNELS * EDGE if row else EDGE)
    if size != (height, width):
        maps = functional.adaptive_avg_pool2d(maps, size)
    low = maps.amin((1, 2), keepdim=True)
    span = maps.amax((1, 2), keepdim=True) - low
    scale = torch.where(span > 0, 255 / span, torch.zeros_like(span))
    levels = torch.nan_to_num((maps - low) * scale).round().to(torch.uint8)
    result: NDArray[Any] = levels.contiguous().numpy()
    return result
