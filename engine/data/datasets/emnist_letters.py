"""The letters of EMNIST: 26 classes, capital and small together, in IDX files."""

from __future__ import annotations

from engine.data.download import Download
from engine.data.formats.idx import IdxDataset

_TRAIN = ("emnist-letters-train-images-idx3-ubyte", "emnist-letters-train-labels-idx1-ubyte")
_TEST = ("emnist-letters-test-images-idx3-ubyte", "emnist-letters-test-labels-idx1-ubyte")
_FILES = tuple(f"{name}.gz" for name in _TRAIN + _TEST)

DATASET = IdxDataset(
    name="emnist-letters",
    title="EMNIST letters",
    purpose="145,600 handwritten letters, A to Z, capital and small in one class",
    shape=(1, 28, 28),
    classes=tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    train_images=124_800,
    test_images=20_800,
    licence="unstated; made from NIST Special Database 19",
    source="Cohen, Afshar, Tapson and van Schaik, EMNIST, 2017, arXiv:1702.05373",
    margin=2,
    files=_FILES,
    train=_TRAIN,
    test=_TEST,
    # One archive of 562 MB holds every split of EMNIST; only these files of it are kept.
    downloads=(
        Download(
            "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
            "gzip.zip",
            "md5:58c8d27c78d21e728a6bc7b3cc06412e",
            members=_FILES,
        ),
    ),
    first_label=1,
    transposed=True,
)
