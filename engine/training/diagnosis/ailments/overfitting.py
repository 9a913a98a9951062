"""Learning by heart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from engine.analysis.repairs import train_with
from engine.analysis.report import Fix
from engine.network.project import Project
from engine.training.diagnosis.ailment import Ailment, Evidence, Finding
from engine.training.diagnosis.past import Past
from engine.training.diagnosis.remedies import number

_EPOCHS = 3
_WORSE = 1.05
_PATIENCE = 5


class Overfitting(Ailment):
    """For three epochs or more the validation loss is 5 % above its lowest, while the training loss falls.

    (Prechelt, Early stopping - but when?, 1998.)
    """

    title: ClassVar[str] = "Overfitting"
    watched: ClassVar[str] = (
        f"The validation loss of {_EPOCHS} epochs after its lowest: {100 * (_WORSE - 1):.0f} % above it and more, "
        "while the training loss falls."
    )

    def find(self, project: Project, past: Past) -> Iterator[Finding]:
        checked = [
            (item.epoch, item.val_loss, item.train_loss)
            for item in past.epochs
            if item.val_loss is not None
        ]
        if len(checked) <= _EPOCHS:
            return
        epoch, least, learned = min(checked, key=lambda item: item[1])
        late = checked[-_EPOCHS:]
        limit = _WORSE * least
        if late[0][0] <= epoch or min(loss for _, loss, _ in late) < limit:
            return
        if late[-1][2] >= learned:
            return
        recipe = project.recipe
        fixes: list[Fix] = []
        if recipe.patience is None:
            fixes.append(
                train_with(f"Stop after {_PATIENCE} epochs without gain", patience=_PATIENCE)
            )
        if recipe.ema_decay is None:
            fixes.append(train_with("Average weights by 0.99", ema_decay=0.99))
        yield self.found(
            "",
            f"The validation loss was lowest in epoch {epoch:,}, {number(least)}, and is "
            f"{number(late[-1][1])} now, while the training loss falls; stop there, or add "
            "augmentation, Dropout, weight decay or images.",
            Evidence(
                "Validation loss",
                "epoch",
                recipe.loss.axis(),
                tuple(float(item[0]) for item in checked),
                tuple(item[1] for item in checked),
                limit,
            ),
            fixes,
        )
