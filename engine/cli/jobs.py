"""`jobs`: files with which a cluster trains a project, or goes on as a run was begun."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.console import InputError, Window, console, load
from engine.fields import ParameterError
from engine.network.project import Project

HELP = "Write the files with which Slurm or Kubernetes trains a network on several machines."
EXAMPLES = """\
  convoscope jobs resnet8.convo --to jobs/resnet8 --nodes 2 --nproc 4 --gpus
  convoscope jobs runs/first --slurm --nodes 4
  convoscope jobs resnet8.convo --to jobs/resnet8 --kubernetes --image registry.example/convoscope:1

Writes project.convo, slurm.sh and kubernetes.yaml, or only what is asked for, into a folder; of a run,
into its folder jobs. The job trains into the folder run beside them, and begun again it goes on from
its last checkpoint. Follow it in the window: Open a run, in the panel of runs."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", metavar="PROJECT.convo|RUN", type=Path, help="the network's file, or a run's folder"
    )
    parser.add_argument("--to", type=Path, metavar="DIR", help="the folder to write into")
    parser.add_argument("--slurm", action="store_true", help="only Slurm's script")
    parser.add_argument("--kubernetes", action="store_true", help="only Kubernetes' manifest")
    for name, letter, number, text in (
        ("--nodes", "N", 1, "machines"),
        ("--cpus", "N", 4, "cores of a process"),
        ("--hours", "H", 24, "the most that it may take"),
        ("--max-restarts", "N", 3, "how often it goes on when a process is lost"),
    ):
        parser.add_argument(
            name, type=int, metavar=letter, default=number, help=f"{text} ({number})"
        )
    parser.add_argument(
        "--nproc", type=int, metavar="N", help="processes on each machine (as the recipe says)"
    )
    parser.add_argument(
        "--gpus",
        action="store_true",
        help="a graphics card for each process (where device is cuda)",
    )
    parser.add_argument("--image", default="convoscope:latest", help="Kubernetes: the container's")
    parser.add_argument(
        "--volume",
        default="convoscope",
        metavar="CLAIM",
        help="Kubernetes: where the run is written",
    )


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Write the files."""
    from engine.codegen import jobs

    project, folder = _found(arguments.what, arguments.to)
    processes = arguments.nproc if arguments.nproc is not None else project.recipe.processes
    both = arguments.slurm == arguments.kubernetes
    kinds = [
        kind
        for kind, wanted in ((jobs.SLURM, arguments.slurm), (jobs.KUBERNETES, arguments.kubernetes))
        if both or wanted
    ]
    try:
        job = jobs.Job(
            project,
            nodes=arguments.nodes,
            processes=processes,
            cpus=arguments.cpus,
            gpus=arguments.gpus or project.recipe.device == "cuda",
            hours=arguments.hours,
            restarts=arguments.max_restarts,
            image=arguments.image,
            volume=arguments.volume,
        )
        written = jobs.write(job, folder, kinds)
    except jobs.JobError as error:
        raise InputError(str(error)) from None
    except ParameterError as error:
        raise InputError(f"{error.parameter} {error.message}.") from None
    for path in written:
        console().print(f"wrote {path}", soft_wrap=True)
    return 0


def _found(what: Path, to: Path | None) -> tuple[Project, Path]:
    """The project, and where the files go; raises `InputError`."""
    from engine.training.rundir import RunDirectory, RunError

    if not what.is_dir():
        if to is None:
            raise InputError("jobs wants a folder to write into; give it with --to DIR.")
        return load(what), to
    try:
        run = RunDirectory.open(what)
    except RunError as error:
        raise InputError(str(error)) from None
    return load(run.project_file), to or run.path / "jobs"
