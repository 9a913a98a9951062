"""Job files for Slurm and Kubernetes: they parse, carry the right numbers, and train."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.codegen.jobs import Job, kubernetes, slurm
from engine.network import edits, storage
from engine.training.events import Started
from engine.training.rundir import RunDirectory
from tests.engine.training.drawing import run_of, small

ROOT = Path(__file__).parents[3]
Convoscope = Callable[..., Any]
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def directives(script: str) -> dict[str, str]:
    lines = [line.removeprefix("#SBATCH --") for line in script.split("\n")]
    return dict(
        line.partition("=")[::2] for line in lines if not line.startswith("#") and "=" in line
    )


@needs_bash
def test_a_slurm_script_parses_and_has_the_numbers_that_were_asked_for(tmp_path: Path) -> None:
    job = Job(
        small(device="auto", batch_size=64), nodes=2, processes=4, cpus=3, gpus=True, hours=30
    )
    script = slurm(job)
    file = tmp_path / "slurm.sh"
    file.write_text(script)
    subprocess.run(["bash", "-n", str(file)], check=True)
    found = directives(script)
    assert found["nodes"] == "2"
    assert found["ntasks-per-node"] == "1"
    assert found["cpus-per-task"] == "12"
    assert found["gpus-per-node"] == "4"
    assert found["time"] == "1-06:00:00"
    assert "--nnodes=2 --nproc-per-node=4 --max-restarts=3" in script
    assert "gpus" not in directives(slurm(replace(job, gpus=False)))


def test_a_manifest_parses_and_has_the_project_and_the_numbers() -> None:
    project = small(device="auto", batch_size=64)
    titled = edits.set_title(project, "conv2d1", 'sharp: "#0" ü - 💡')
    named = replace(titled, name="Größe 1: #x '\" {y}")
    job = Job(named, nodes=2, processes=4, cpus=3, gpus=True, image="a/b:1", volume="disk")
    config, service, batch = yaml.safe_load_all(kubernetes(job))
    assert config["data"]["project.convo"].rstrip() == storage.dumps(named).rstrip()
    name = config["metadata"]["name"]
    assert service["metadata"]["name"] == batch["metadata"]["name"] == name == "gr-e-1-x-y"
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["publishNotReadyAddresses"] is True
    spec = batch["spec"]
    assert (spec["completions"], spec["parallelism"], spec["completionMode"]) == (2, 2, "Indexed")
    assert spec["activeDeadlineSeconds"] == 24 * 3600
    pod = spec["template"]["spec"]
    assert pod["subdomain"] == name
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == "disk"
    (container,) = pod["containers"]
    assert container["image"] == "a/b:1"
    assert container["resources"]["limits"] == {"cpu": 12, "nvidia.com/gpu": 4}
    script = container["command"][2]
    assert f'RENDEZVOUS="{name}-0.{name}:29400"' in script
    assert "--nnodes=2 --nproc-per-node=4" in script
    if shutil.which("bash"):
        subprocess.run(["bash", "-n"], input=script.encode(), check=True)


@needs_bash
def test_the_slurm_script_trains_and_goes_on_where_it_is_submitted_again(
    convoscope: Convoscope, tmp_path: Path
) -> None:
    storage.save(small(epochs=2), tmp_path / "small.convo")
    folder = tmp_path / "a job"
    said = convoscope("jobs", tmp_path / "small.convo", "--to", folder, "--slurm", "--nproc", 2)
    assert said.code == 0, said.err
    assert sorted(path.name for path in folder.iterdir()) == ["project.convo", "slurm.sh"]
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in {"scontrol": "echo localhost", "srun": 'exec "$@"'}.items():
        (tools / name).write_text(f"#!/bin/bash\n{text}\n")
        (tools / name).chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
        "SLURM_JOB_NODELIST": "node[1]",
        "SLURM_JOB_ID": "77",
        "SLURM_SUBMIT_DIR": str(folder),
    }
    for _ in range(2):  # The second finds that nothing is left to do.
        done = subprocess.run(
            ["bash", "slurm.sh"], cwd=folder, env=environment, capture_output=True, timeout=100
        )
        assert done.returncode == 0, done.stderr.decode()
        run = RunDirectory.open(folder / "run")
        assert run.state().status == "finished"
        (began,) = (event for event in run.events()[0] if isinstance(event, Started))
        assert began.processes == 2


def test_the_jobs_of_a_run_are_written_into_it(convoscope: Convoscope, tmp_path: Path) -> None:
    run = run_of(small(processes=2), tmp_path)
    assert convoscope("jobs", run.path, "--nodes", 3).code == 0
    assert "--nnodes=3 --nproc-per-node=2" in (run.path / "jobs" / "slurm.sh").read_text()
    assert (run.path / "jobs" / "kubernetes.yaml").is_file()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--nodes", 0), "nodes must be a whole number from 1 to 100,000, not 0."),
        (
            ("--nodes", 40, "--nproc", 2),
            "40 nodes with 2 processes each are 80, but the recipe's batch",
        ),
        (("--gpus",), "The recipe's device is cpu, but graphics cards are asked for"),
    ],
)
def test_a_job_that_cannot_be_is_refused_in_one_sentence(
    convoscope: Convoscope, tmp_path: Path, words: tuple[object, ...], sentence: str
) -> None:
    run = run_of(small(), tmp_path)
    said = convoscope("jobs", run.path, *words)
    assert said.code == 2
    assert said.err.startswith(f"convoscope: {sentence}")
    assert not (run.path / "jobs").exists()
