"""Weights go to a file and back whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from engine.interop import tensorfile
from engine.interop.weights import WeightsError, load_weights, read_metadata, save_weights


def network(width: int = 4) -> nn.Module:
    module = nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width), nn.PReLU())
    return module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def test_weights_come_back_to_the_last_bit(tmp_path: Path) -> None:
    one, other = network(), network()
    one(torch.randn(2, 3, 8, 8))
    save_weights(one, tmp_path / "w.safetensors", {"step": "120"})
    assert load_weights(other, tmp_path / "w.safetensors") == {"step": "120"}
    assert read_metadata(tmp_path / "w.safetensors") == {"step": "120"}
    for name, tensor in one.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name])
    assert other[0].weight.is_contiguous(memory_format=torch.channels_last)  # type: ignore[index, union-attr]
    images = torch.randn(2, 3, 8, 8)
    assert torch.equal(one.eval()(images), other.eval()(images))


def test_saving_leaves_one_file_and_no_scraps(tmp_path: Path) -> None:
    for _ in range(3):
        save_weights(network(), tmp_path / "w.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["w.safetensors"]
    assert read_metadata(tmp_path / "w.safetensors") == {}


def test_what_does_not_fit_is_refused_and_nothing_is_copied(tmp_path: Path) -> None:
    save_weights(network(5), tmp_path / "wide.safetensors")
    narrow = network(4)
    before = {name: tensor.clone() for name, tensor in narrow.state_dict().items()}
    with pytest.raises(WeightsError, match=r"0\.weight as F32 5 x 3 x 3 x 3 but .* F32 4 x 3"):
        load_weights(narrow, tmp_path / "wide.safetensors")
    for name, tensor in narrow.state_dict().items():
        assert torch.equal(tensor, before[name])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda state: state.pop("1.bias"), "has no tensor 1.bias"),
        (lambda state: state.update(more=torch.ones(1)), "has a tensor more"),
        (lambda state: state.update({"2.weight": torch.ones(1).double()}), "F64 1 but"),
        (lambda state: state.update({"2.weight": torch.ones(1, 1)}), "F32 1 x 1 but"),
        (lambda state: state["0.bias"].fill_(torch.nan), "infinite or not numbers"),
        (lambda state: state["0.bias"].fill_(-torch.inf), "infinite or not numbers"),
    ],
)
def test_each_disagreement_is_named(change: object, sentence: str, tmp_path: Path) -> None:
    state = {name: tensor.clone().contiguous() for name, tensor in network().state_dict().items()}
    change(state)  # type: ignore[operator]
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=sentence):
        load_weights(network(), tmp_path / "w.safetensors")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    with pytest.raises(WeightsError, match="there is no such file"):
        load_weights(network(), file)
    with pytest.raises(WeightsError, match="there is no such file"):
        read_metadata(file)
    save_weights(network(), file)
    whole = file.read_bytes()
    for data in (b"", b"PK\x03\x04", whole[:20], whole[:-1], whole + b"x", b"\xff" * 100):
        file.write_bytes(data)
        with pytest.raises(WeightsError, match="not a whole safetensors file"):
            load_weights(network(), file)
        with pytest.raises(WeightsError, match="not a whole safetensors file"):
            read_metadata(file)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be written: there is no such file or folder"):
        save_weights(network(), tmp_path / "missing" / "w.safetensors")


def test_a_type_that_numpy_has_not_is_named(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    save_file({"a": torch.ones(4, dtype=torch.bfloat16)}, file)
    with pytest.raises(WeightsError, match="BF16"):
        tensorfile.read(file)
