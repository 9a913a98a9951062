"""The one entry: the designer's window, or a sub-command of the command line.

Run as a script, as `python -m main`, or as the installed command `convoscope`. Nothing heavy is
imported before it is known what to do; the window starts faster than torch can be imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.cli.console import InputError
from engine.cli.entry import main as run
from engine.network.project import Project


class Designer:
    """What the command line can have the window do. Qt is imported by its methods alone."""

    def open(self, arguments: list[str]) -> int:
        """Open the window; where there is no display, train without one."""
        from engine.cli.display import has_display, missing_libraries

        if not has_display():
            from engine.cli.headless import run_without_window

            return run_without_window(Path(arguments[0]) if arguments else None)
        problem = missing_libraries()
        if problem:
            raise InputError(problem)
        from designer import app

        return app.main(arguments, measure=os.environ.get("CONVOSCOPE_PROBE", ""))

    def screenshot(
        self, project: Project, to: Path, style: str, size: tuple[int, int], canvas_only: bool
    ) -> None:
        """Draw the window, or its canvas, to a PNG."""
        self._off_screen()
        from PySide6.QtCore import QSize

        from designer import screenshots

        try:
            screenshots.screenshot(project, to, style, QSize(*size), canvas_only)
        except screenshots.PictureError as error:
            raise InputError(str(error)) from None

    def gallery(self, folder: Path) -> list[Path]:
        """Draw the pictures of the documentation into a folder."""
        self._off_screen()
        from designer import screenshots

        try:
            return screenshots.gallery(folder)
        except screenshots.PictureError as error:
            raise InputError(str(error)) from None

    def _off_screen(self) -> None:
        from engine.cli.display import missing_libraries

        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        problem = missing_libraries()
        if problem:
            raise InputError(problem)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    if arguments is None:
        arguments = sys.argv[1:]
        if arguments[:1] == ["train"]:
            _train_with_own_allocator()
    return run(arguments, Designer())


def _train_with_own_allocator() -> None:
    """Start this process over with the environment of a trainer, which has to be there from the start."""
    from engine.workers.spawn import ALLOCATOR

    if sys.platform == "linux" and not all(name in os.environ for name in ALLOCATOR):
        environment = {**ALLOCATOR, **os.environ}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


if __name__ == "__main__":
    sys.exit(main())
