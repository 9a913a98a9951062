"""MNIST in its official IDX files, packed or not."""

from __future__ import annotations

from engine.data.download import Download
from engine.data.formats.idx import IdxDataset

_HOST = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_HASHES = {
    "train-images-idx3-ubyte.gz": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "md5:d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "md5:9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "md5:ec29112dd5afa0611ce80d1b7f02629c",
}

# Around the 28 x 28 pixels a margin of 2 makes the 32 x 32 of LeNet-5 (LeCun et al., Gradient-Based
# Learning Applied to Document Recognition, 1998, section II.B).
DATASET = IdxDataset(
    name="mnist",
    title="MNIST",
    purpose="The classic: 70,000 handwritten digits",
    shape=(1, 28, 28),
    classes=tuple("0123456789"),
    train_images=60_000,
    test_images=10_000,
    licence="CC BY-SA 3.0",
    source="LeCun, Cortes and Burges, The MNIST Database, 1998",
    margin=2,
    files=tuple(_HASHES),
    downloads=tuple(Download(_HOST + name, name, known) for name, known in _HASHES.items()),
)
