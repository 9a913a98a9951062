"""Everything that a run's first step needs: images on the device, the module, what takes the steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeAlias, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engine.analysis import analyse
from engine.codegen.source import Source
from engine.data import load
from engine.data.dataset import Part
from engine.data.images import parted
from engine.data.survey import duplicates
from engine.network.project import Project
from engine.recipe.recipe import Recipe
from engine.training.augment import Augmenter
from engine.training.batches import Batches, Normalizer
from engine.training.build import build
from engine.training.checks import check_module, input_shape, source_of
from engine.training.compiling import compile_update
from engine.training.device import want_workspace
from engine.training.distributed.group import ALONE, Group
from engine.training.errors import TrainingError
from engine.training.freezing import Frozen, frozen_paths
from engine.training.initialize import initialize
from engine.training.learners import learners
from engine.training.losses import Objective
from engine.training.optimizers import learning, make_optimizer
from engine.training.rundir import RunDirectory
from engine.training.updates import Update

Tell: TypeAlias = Callable[[str, float], None]
"""Told what is being done and how far it is (0 to 1); may raise, to end the work."""

_COMPARED = 1 << 28
"""Bytes of images that are compared with one another before a run: a fraction of a second."""
_OUTPUT_IMAGES = 64
_OUTPUT_MACS = 4_000_000_000
"""Images whose outputs are kept, and the multiply-accumulates that they may take (a fraction of a second)."""


@dataclass(frozen=True)
class Setup:
    """What a run computes with.

    `source` is the `project`'s, where it is the very text that is trained. `macs` are the
    multiply-accumulates of one image. `learning` counts the numbers that change;
    `single` tells whether a batch of one image can be learned from; `shown` makes, for as long as
    its context lasts, the weights those that are checked, shown and kept; `outputs` is the number of
    images whose outputs are kept at the end. `remark` is a sentence about image files that were left
    out; `leaked` counts the validation images that are among the training images too.
    """

    project: Project
    recipe: Recipe
    device: torch.device
    threads: int
    macs: int
    module: nn.Module
    source: Source | None
    source_hash: str
    training: Batches
    validation: Batches
    test: Part | None
    normalizer: Normalizer
    objective: Objective
    update: Update
    frozen: Frozen
    learning: int
    single: bool
    shown: Callable[[], AbstractContextManager[None]]
    outputs: int
    remark: str
    leaked: int

    @property
    def per_epoch(self) -> int:
        """Steps in an epoch."""
        recipe = self.recipe
        return self.training.batches(recipe.batch_size, self.single, recipe.accumulate)

    @property
    def images_per_epoch(self) -> int:
        """Images that an epoch learns from."""
        return self.training.images(self.recipe.batch_size, self.single)


def set_up(run: RunDirectory, tell: Tell, group: Group = ALONE) -> Setup:
    """Read, check and build all of it, with weights as the recipe begins; the run's state says so.

    `group` are the processes that train together.
    """
    tell("Reading the project", 0.0)
    project = run.project()
    text = run.source_text()
    recipe = project.recipe
    group.check(recipe)
    device = group.device(recipe.device)
    if recipe.deterministic:
        want_workspace()
    threads = group.threads(run.state().threads)
    analysis = analyse(project)
    images = load(project.data, input_shape(project, analysis), tell)
    remark = _note(run, images.remarks)
    tell("Building the network", 1.0)
    normalizer = Normalizer(images.mean, images.std, device, recipe.channels_last)
    train = images.train
    kept, aside = parted(train, recipe.validation)
    if not len(kept):
        raise TrainingError(
            f"Of {len(train):,} images {len(aside):,} are kept aside for validation, so none is left to "
            f"learn from; lower validation, which is {recipe.validation:g}, or add images."
        )
    counts = np.bincount(train.labels[kept], minlength=len(images.classes)).tolist()
    training = Batches(train.images, train.labels, kept, normalizer, device)
    cast(Any, torch).manual_seed(recipe.seed)
    module: nn.Module = build(text, project.name)
    source = source_of(project, analysis, text)
    said = learners(project, source)
    initialize(module, recipe.initialization, said)
    in_pieces = group.in_pieces(recipe)
    # In pieces it comes to the device later.
    home = torch.device("cpu") if in_pieces else device
    module.to(home)
    if not recipe.channels_last:  # build() has made it so.
        cast(Any, module).to(memory_format=torch.contiguous_format)
    sample, _ = training.first(2)
    check_module(module, project, analysis, source, training.normalize(sample).to(home))
    paths = frozen_paths(project, source, run.state().frozen)
    frozen = Frozen(module, paths)
    objective = Objective(recipe, counts, device)
    # torch's fused kernels take no pieces.
    named = module.named_parameters()
    optimizer = make_optimizer(recipe.optimizer, named, said, fused=not in_pieces)
    augmenter = None
    if recipe.augmentations:
        shape = train.images.shape[1:]
        augmenter = Augmenter(recipe.augmentations, recipe.seed, images.mean, shape, device)
    update = group.update(
        module, objective, optimizer, normalizer, device, augmenter, recipe=recipe
    )
    if recipe.sharded and not in_pieces:
        remark = f"{remark} Not sharded, since one process trains it.".strip()
    if recipe.compile != "off" and group.size > 1:
        remark = f"{remark} Not compiled, since several processes train it.".strip()
    elif recipe.compile != "off" and len(training) >= recipe.batch_size:
        torch.set_num_threads(threads)
        batch = training.normalize(training.first(recipe.batch_size)[0])
        said_so = compile_update(update, module, batch, recipe.compile == "measure", tell)
        remark = " ".join(filter(None, (remark, said_so)))
    run.update(
        device=str(device),
        threads=threads,
        seed=recipe.seed,
        mean=images.mean,
        std=images.std,
        classes=images.classes,
        frozen=paths,
    )
    return Setup(
        project=project,
        recipe=recipe,
        device=device,
        threads=threads,
        macs=analysis.macs,
        module=module,
        source=source,
        source_hash=sha256(text.encode()).hexdigest(),
        training=training,
        validation=training.other(aside),
        test=images.test,
        normalizer=normalizer,
        objective=objective,
        update=update,
        frozen=frozen,
        learning=learning(optimizer),
        # A batch of one image has no deviation to normalise by.
        single=not any(isinstance(child, nn.BatchNorm2d) for child in module.modules()),
        shown=update.shown,
        outputs=max(1, min(_OUTPUT_IMAGES, _OUTPUT_MACS // max(1, analysis.macs))),
        remark=remark,
        leaked=_leaked(train.images, kept, aside),
    )


def _leaked(images: NDArray[np.uint8], kept: NDArray[np.int64], aside: NDArray[np.int64]) -> int:
    """How many of the images at `aside` are, to the last bit, among those at `kept`, where it is cheap
    to know; the Data panel tells it of all.
    """
    if not len(aside) or images.nbytes > _COMPARED:
        return 0
    return len(duplicates(images[kept], images[aside]))


def _note(run: RunDirectory, remarks: Sequence[str]) -> str:
    """Write the remarks on image files into the log; a sentence about them, where there are any."""
    if not remarks:
        return ""
    run.log("\n".join(remarks))
    files = "1 image file was" if len(remarks) == 1 else f"{len(remarks):,} image files were"
    return f"{files} left out or changed, each named in {run.log_file}: {remarks[0]}."
