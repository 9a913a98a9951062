"""The templates compute what the networks of the papers compute, with the same weights, to the last digits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import resources
from engine.codegen import write
from engine.network import storage
from engine.training.build import build
from tests.engine.references.googlenet import GoogLeNet
from tests.engine.references.resnet import resnet
from tests.engine.references.straight import VGG, Grouped, ZFNet, alexnet, vgg

REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "torchvision_state_dicts.json"
NAMED = ("alexnet", "vgg16", "vgg16_bn", "googlenet", "resnet18", "resnet50", "resnet152")
"""Templates whose tensors bear torchvision's names."""

SIDE = {"alexnet": 80, "googlenet": 70, "resnet152": 40}
"""Height and width of the images (56 for those not named): odd sizes tell one way of rounding from another."""


def module_of(name: str) -> nn.Module:
    """A template's module, its tensors not made yet."""
    source = write(storage.load(resources.TEMPLATES / f"{name}.convo"))
    with torch.device("meta"):
        return build(source.text).eval()


def reference_of(name: str) -> nn.Module:
    """The same network, written by hand, its tensors not made yet."""
    with torch.device("meta"):
        if name.startswith("resnet"):
            return resnet(int(name.removeprefix("resnet"))).eval()
        if name in VGG:
            return vgg(name).eval()
        makers = {
            "alexnet": alexnet,
            "googlenet": GoogLeNet,
            "zfnet": ZFNet,
            "alexnet_two_towers": Grouped,
        }
        return makers[name]().eval()


def filled(module: nn.Module) -> dict[str, Tensor]:
    """Give a module random tensors, such that values do not vanish on their way; returns them."""
    module.to_empty(device="cpu")
    chance = torch.Generator().manual_seed(0)
    state = module.state_dict()
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            tensor.zero_()
        elif name.endswith("running_var") or (name.endswith("weight") and tensor.dim() == 1):
            tensor.uniform_(0.5, 1.5, generator=chance)
        else:
            spread = (6 / tensor[0].numel()) ** 0.5 if tensor.dim() > 1 else 0.1
            tensor.uniform_(-spread, spread, generator=chance)
    return state


def image(side: int) -> Tensor:
    return torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(1)) * 2 - 1


def assert_alike(
    module: nn.Module, reference: nn.Module, state: Mapping[str, Tensor], side: int
) -> None:
    """Every output of both, for the same images and tensors, to 1e-5 of the largest value."""
    reference.load_state_dict(state, assign=True)
    with torch.no_grad():
        found, wanted = module(image(side)), reference(image(side))
    several = isinstance(wanted, tuple)
    pairs = zip(found, wanted, strict=True) if several else ((found, wanted),)
    for one, other in pairs:
        scale = float(other.abs().max())
        assert one.shape == other.shape
        assert 1e-3 < scale < 1e15  # blocks that add their input let values grow
        assert float(other.std()) > 1e-3 * scale
        assert float((one - other).abs().max()) <= 1e-5 * scale


@pytest.mark.parametrize("name", NAMED)
def test_tensors_have_torchvisions_names_order_and_shapes(name: str) -> None:
    if not REFERENCE.is_file():
        pytest.skip("needs the list of torchvision's tensors")
    wanted = json.loads(REFERENCE.read_text(encoding="utf-8"))[name]
    for module in (module_of(name), reference_of(name)):
        state = {key: list(tensor.shape) for key, tensor in module.state_dict().items()}
        assert list(state.items()) == list(wanted["state_dict"].items())
        assert sum(tensor.numel() for tensor in module.parameters()) == wanted["parameters"]


@pytest.mark.parametrize("name", [*NAMED, "vgg11", "vgg19", "resnet34", "resnet101"])
def test_a_template_computes_what_torchvisions_network_computes(name: str) -> None:
    module = module_of(name)
    assert_alike(module, reference_of(name), filled(module), SIDE.get(name, 56))


def test_zfnet_computes_what_the_paper_draws() -> None:
    module = module_of("zfnet")
    state = list(filled(module).values())
    reference = reference_of("zfnet")
    assert_alike(module, reference, dict(zip(reference.state_dict(), state, strict=True)), 224)


def test_two_towers_compute_what_convolutions_in_two_groups_compute() -> None:
    module = module_of("alexnet_two_towers")
    state = filled(module)
    reference = reference_of("alexnet_two_towers")
    layers = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7")
    both = [
        torch.cat([state[f"{layer}{tower}.{part}"] for tower in "ab"])
        for layer in layers
        for part in ("weight", "bias")
    ]
    both += [state["fc8.weight"], state["fc8.bias"]]
    assert_alike(module, reference, dict(zip(reference.state_dict(), both, strict=True)), 224)
