"""Kuzushiji-MNIST: cursive Japanese characters in the sizes and files of MNIST."""

from __future__ import annotations

from engine.data.download import Download
from engine.data.formats.idx import IdxDataset

_HOST = "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"
_HASHES = {
    "train-images-idx3-ubyte.gz": "md5:bdb82020997e1d708af4cf47b453dcf7",
    "train-labels-idx1-ubyte.gz": "md5:e144d726b3acfaa3e44228e80efcd344",
    "t10k-images-idx3-ubyte.gz": "md5:5c965bf0a639b31b8f53240b1b52f4d7",
    "t10k-labels-idx1-ubyte.gz": "md5:7320c461ea6c1c855c0b718fb2a4b134",
}

DATASET = IdxDataset(
    name="kmnist",
    title="KMNIST",
    purpose="70,000 cursive Japanese characters, one for each row of the hiragana",
    shape=(1, 28, 28),
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    train_images=60_000,
    test_images=10_000,
    licence="CC BY-SA 4.0",
    source="Clanuwat et al., Deep Learning for Classical Japanese Literature, 2018, arXiv:1812.01718",
    margin=2,
    files=tuple(_HASHES),
    downloads=tuple(Download(_HOST + name, name, known) for name, known in _HASHES.items()),
    words=("kmnist", "kuzushiji"),
)
