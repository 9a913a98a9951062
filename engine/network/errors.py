"""What can be wrong with an edit, a file, an expression or a block, said in one sentence."""

from __future__ import annotations


class EditError(ValueError):
    """An edit that cannot be done."""


class StorageError(ValueError):
    """A file that cannot be read or written.

    `problems` holds every (path, sentence) found in it, where it could be read so far.
    """

    def __init__(self, sentence: str, problems: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(sentence)
        self.problems = problems


class ExpressionError(ValueError):
    """Arithmetic that is not allowed, or has no value."""


class BlockError(ValueError):
    """A block that cannot be expanded with the arguments of an instance."""
