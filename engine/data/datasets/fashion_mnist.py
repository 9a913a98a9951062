"""Fashion-MNIST: articles of clothing in the sizes and files of MNIST."""

from __future__ import annotations

from engine.data.download import Download
from engine.data.formats.idx import IdxDataset

_HOST = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_HASHES = {
    "train-images-idx3-ubyte.gz": "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "md5:25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "md5:bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "md5:bb300cfdad3c16e7a12a480ee83cd310",
}

DATASET = IdxDataset(
    name="fashion-mnist",
    title="Fashion-MNIST",
    purpose="70,000 articles of clothing: MNIST's size, but harder",
    shape=(1, 28, 28),
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    train_images=60_000,
    test_images=10_000,
    licence="MIT",
    source="Xiao, Rasul and Vollgraf, Fashion-MNIST, 2017, arXiv:1708.07747",
    margin=2,
    files=tuple(_HASHES),
    downloads=tuple(Download(_HOST + name, name, known) for name, known in _HASHES.items()),
    words=("fashion",),
)
