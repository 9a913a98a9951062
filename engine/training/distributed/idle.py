"""What the processes have that write nothing, in place of what writes the run directory."""

from __future__ import annotations


class Idle:
    """Stands for `Snapshots`, `Checkpoints`, `Guesses` and `Board`, and does nothing."""

    def write(self, step: int = 0) -> None:
        """Nothing is written."""

    def offer(self, step: int) -> None:
        """Nothing is written."""

    def epoch_ended(self, loss: float) -> None:
        """Nothing is written."""

    def flush(self) -> None:
        """Nothing has waited."""

    def checked(self, part: str, step: int, images: object, found: object) -> None:
        """Nothing is written."""

    def follow(self, step: int) -> None:
        """Nothing is written."""

    def draw(self, step: int) -> None:
        """Nothing is drawn."""

    def close(self) -> None:
        """Nothing is open."""
