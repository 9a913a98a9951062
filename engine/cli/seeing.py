"""What each node of a trained network makes of one image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.analysis import analyse
from engine.codegen import write
from engine.layers.base import times
from engine.network.project import Project
from engine.training.rundir import RunDirectory

if TYPE_CHECKING:
    import torch
    from numpy import float32
    from numpy.typing import NDArray


def one_image(
    project: Project, run: RunDirectory
) -> tuple[str, NDArray[float32], dict[str, NDArray[float32]]]:
    """A title, the kept image that it does best, and the maps (channels, height, width) of each node
    that has some, by a caption such as `conv1 · 6×28×28`. The weights are the run's last.

    Best is where it is surest of a class or, where it rebuilds images, least wrong.

    The image is (channels, height, width) from 0 to 1. Raises `WeightsError`.
    """
    import torch
    from safetensors.torch import load as tensors

    from engine.interop.recorder import Recorder
    from engine.interop.weights import load_weights
    from engine.lab.prediction import probabilities
    from engine.training.build import build

    analysis = analyse(project)
    source = write(project, analysis)
    module = build(source.text, project.name)
    load_weights(module, run.weights_file)
    recorder = Recorder(module, source.text, source.places)
    kept = tensors(run.outputs_file.read_bytes())
    inputs, outputs = kept["inputs"], kept["outputs"]
    rebuilds = project.recipe.loss.target == "image"
    if rebuilds:
        good = -(outputs - inputs).square().flatten(1).mean(1)
    else:
        good = probabilities(outputs).amax(1)
    best = int(good.argmax())
    image = inputs[best : best + 1]
    wanted = [
        name
        for name in analysis.order
        if name in recorder.nodes and len((analysis.nodes[name].outputs or ((),))[0]) == 3
        if project.network.nodes[name].kind not in ("Input", "Output")
    ]
    found: dict[str, NDArray[float32]] = {}

    def take(name: str, output: torch.Tensor) -> None:
        found[name] = output[0].clone().numpy()

    result = recorder.run(image, wanted, take)
    state = run.state()
    if rebuilds:
        title = f"{project.name} rebuilds an image (mean squared error {float(-good[best]):.3g})"
    else:
        chance, guess = probabilities(result)[0].max(0)
        title = f"{project.name} says '{state.classes[int(guess)]}' ({float(chance):.1%})"
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (state.mean, state.std))
    pixels = (image[0] * std + mean).clamp(0, 1).numpy()
    return title, pixels, {f"{name} · {times(*found[name].shape)}": found[name] for name in wanted}
