"""What happens where no window can be shown: the project is trained, drawn and exported all the same."""

from __future__ import annotations

import re
from pathlib import Path

import resources
from engine.cli.console import InputError, console, load
from engine.network.project import Project
from engine.training.rundir import RunDirectory

DEFAULT = resources.TEMPLATES / "lenet5.convo"
FOLDER = Path("runs")


def run_without_window(path: Path | None) -> int:
    """Train a project (None: LeNet-5 on the digits) with a progress bar; the exit code.

    In `runs/` it leaves the run's directory with the exported code and its weights, the learning
    curves and the feature maps of one image.
    """
    from engine.cli.running import begin, execute, exit_code, progress_bar

    project = load(path or DEFAULT)
    screen = console()
    screen.print(
        "There is no display, so the designer cannot open. "
        f"{project.name} is trained on {project.data.name} here instead.",
        soft_wrap=True,
    )
    run = begin(project, None, FOLDER)
    with progress_bar(project) as listen:
        state = execute(run, listen)
    if state.status == "failed":
        console(to_stderr=True).print(f"convoscope: {state.message}", soft_wrap=True)
    if not run.weights_file.is_file():
        return exit_code(state)
    screen.print(f"Everything is in {FOLDER / run.path.name}:", soft_wrap=True)
    for written, what in leave(project, run):
        screen.print(f"  {written.name:24} {what}", soft_wrap=True)
    screen.print("On a machine with a display the same command opens the designer.")
    return exit_code(state)


def leave(project: Project, run: RunDirectory) -> list[tuple[Path, str]]:
    """Write the pictures and the exported code into the run's directory; each file and what it is."""
    from engine.cli.pictures import curves, feature_maps
    from engine.cli.seeing import one_image
    from engine.interop.export import ExportError, export
    from engine.interop.tensorfile import WeightsError

    pictures = run.path / "curves.png", run.path / "feature-maps.png"
    curves(f"{project.name} on {project.data.name}", run.events()[0], pictures[0])
    stem = re.sub(r"[^a-z0-9]+", "_", project.name.lower()).strip("_") or "network"
    try:
        feature_maps(*one_image(project, run), pictures[1])
        written = export(project, run.path / f"{stem}.py", run.path)
    except (ExportError, WeightsError) as error:
        raise InputError(str(error)) from None
    return [
        (pictures[0], "how it learned, over the epochs"),
        (pictures[1], "what each layer makes of one image"),
        (written[0], "the network, to use with torch alone"),
        (written[1], "its trained weights"),
    ]
