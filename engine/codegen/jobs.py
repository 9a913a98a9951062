"""Job files: how a cluster trains a project on several machines, as text for Slurm and for Kubernetes.

Both start torchrun on every machine, let it find the others, and go on from the last checkpoint where
the job is begun again. Nothing of it knows torch.

https://slurm.schedmd.com/sbatch.html
https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
https://docs.pytorch.org/docs/stable/elastic/run.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

from engine.fields import Declaration, Flag, Integer, parameter
from engine.network import storage
from engine.network.project import Project

Plain: TypeAlias = "str | int | Sequence[Plain] | Mapping[str, Plain]"

PORT = 29_400
"""Where the machines meet: torchrun's own port."""
PROJECT = "project.convo"
RUN = "run"
"""The run's folder, beside the job's files."""
_CONFIG = 1_000_000
"""Bytes of a project that surely go into a ConfigMap, of which Kubernetes takes a mebibyte."""
_WARNED = 120
"""Seconds before the end of its time at which Slurm asks a job to stop, so that it writes a checkpoint."""


SLURM, KUBERNETES = "slurm.sh", "kubernetes.yaml"
MOST = 100_000


class JobError(ValueError):
    """What cannot be, in one sentence."""


@dataclass(frozen=True)
class Job(Declaration):
    """How a project is to be trained. `image` is a container's and `volume` a claim's name, for Kubernetes.

    Raises `ParameterError` for a number out of its range, `JobError` for what does not go together.
    """

    project: Project
    nodes: int = parameter(1, Integer(low=1, high=MOST, unit="machines", help="Machines."))
    processes: int = parameter(
        1,
        Integer(
            low=1,
            high=MOST,
            label="processes",
            unit="a machine",
            help="Processes on each machine: one to a graphics card, or to some cores.",
        ),
    )
    cpus: int = parameter(
        4, Integer(low=1, high=MOST, label="cores", unit="a process", help="Cores of a process.")
    )
    gpus: bool = parameter(
        False, Flag(label="graphics cards", help="A graphics card for each process.")
    )
    hours: int = parameter(
        24, Integer(low=1, high=MOST, unit="h", help="The most that it may take.")
    )
    restarts: int = parameter(
        3,
        Integer(
            low=0,
            high=1000,
            help="How often it goes on from its last checkpoint when a process is lost.",
        ),
    )
    image: str = "convoscope:latest"
    volume: str = "convoscope"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gpus and self.project.recipe.device == "cpu":
            raise JobError(
                "The recipe's device is cpu, but graphics cards are asked for; set it to auto."
            )
        size, batch = self.nodes * self.processes, self.project.recipe.batch_size
        if size > batch:
            raise JobError(
                f"{self.nodes:,} nodes with {self.processes:,} process{'es' * (self.processes > 1)} each "
                f"are {size:,}, but the "
                f"recipe's batch has {batch:,} images; give it {size:,} at least, or ask for fewer."
            )

    @property
    def name(self) -> str:
        """A name that both take: lower-case letters, digits and hyphens, at most 40."""
        stem = re.sub(r"[^a-z0-9]+", "-", self.project.name.lower()).strip("-")[:40].strip("-")
        return stem if stem and stem[0].isalpha() else f"run-{stem}".strip("-")

    @property
    def data(self) -> str:
        """What every machine has to have, as a comment."""
        choice = self.project.data
        place = f" in {choice.folder}" if choice.folder else ""
        return " ".join(f"the dataset {choice.name}{place}".split())


def replaced(job: Job, folder: Path, kinds: Sequence[str] = (SLURM, KUBERNETES)) -> list[str]:
    """The names of those files in a folder that hold something else than `write` would put there."""
    found: list[str] = []
    for name, text in _texts(job, kinds).items():
        try:
            if (folder / name).read_bytes() != text.encode():
                found.append(name)
        except OSError:
            # There is none, or `write` tells of it.
            continue
    return found


def write(job: Job, folder: Path, kinds: Sequence[str] = (SLURM, KUBERNETES)) -> list[Path]:
    """Write the project and files of some `kinds` into a folder, which is made; what was written.

    Raises `JobError`, and then no file of the job is there that was not before.
    """
    texts = _texts(job, kinds)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            storage.replace_file(folder / name, text.encode())
    except OSError as error:
        raise JobError(f"{folder} cannot be written: {storage.reason(error)}.") from None
    return [folder / name for name in texts]


def _texts(job: Job, kinds: Sequence[str]) -> dict[str, str]:
    makers = {SLURM: slurm, KUBERNETES: kubernetes}
    return {PROJECT: storage.dumps(job.project)} | {kind: makers[kind](job) for kind in kinds}


def slurm(job: Job) -> str:
    """The script that `sbatch` takes, to be submitted from its own folder on a shared file system."""
    hours, days = job.hours % 24, job.hours // 24
    cards = f"#SBATCH --gpus-per-node={job.processes}\n" if job.gpus else ""
    return f"""#!/bin/bash
# Trains {PROJECT} into {RUN}/ on {job.nodes} x {job.processes} processes: sbatch slurm.sh
# Submit it from this folder, which all nodes must share. Each needs Convoscope in the Python that
# PYTHON names, and {job.data}.
# Submitted again, it goes on from the last checkpoint.
#SBATCH --job-name={job.name}
#SBATCH --nodes={job.nodes}
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task={job.processes * job.cpus}
{cards}#SBATCH --time={days}-{hours:02}:00:00
#SBATCH --signal=TERM@{_WARNED}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=slurm.log

set -euo pipefail
cd "${{SLURM_SUBMIT_DIR:-.}}"
first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
export RENDEZVOUS="$first:{PORT}" LAUNCH="$SLURM_JOB_ID-${{SLURM_RESTART_COUNT:-0}}"

{_training(job, "srun ")}"""


def kubernetes(job: Job) -> str:
    """The manifest that `kubectl apply -f` takes: the project, a name for the pods, and the job.

    Raises `JobError` where the project is too large for it.
    """
    text = storage.dumps(job.project)
    if len(text.encode()) > _CONFIG:
        raise JobError(
            f"{job.project.name!r} takes {len(text.encode()):,} bytes, but a ConfigMap holds {_CONFIG:,}; "
            "fold repeated parts into blocks."
        )
    labels: Plain = {"app": "convoscope"}
    resources: dict[str, Plain] = {"cpu": job.processes * job.cpus}
    if job.gpus:
        resources["nvidia.com/gpu"] = job.processes
    script = (
        "set -euo pipefail\n"
        f"cd /work && mkdir -p {job.name} && cd {job.name} && cp /project/{PROJECT} .\n"
        f'export RENDEZVOUS="{job.name}-0.{job.name}:{PORT}" LAUNCH="{job.name}"\n'
        f"{_training(job, '')}"
    )
    container: Plain = {
        "name": "train",
        "image": job.image,
        "command": ["bash", "-c", script],
        "ports": [{"containerPort": PORT}],
        "resources": {"requests": {"cpu": job.processes * job.cpus}, "limits": resources},
        "volumeMounts": [
            {"name": "work", "mountPath": "/work"},
            {"name": "project", "mountPath": "/project"},
            {"name": "memory", "mountPath": "/dev/shm"},
        ],
    }
    parts: tuple[Plain, ...] = (
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": job.name},
            "data": {PROJECT: text},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": job.name},
            "spec": {
                "clusterIP": "None",
                "publishNotReadyAddresses": True,
                "selector": {"job-name": job.name},
                "ports": [{"port": PORT}],
            },
        },
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": job.name, "labels": labels},
            "spec": {
                "completions": job.nodes,
                "parallelism": job.nodes,
                "completionMode": "Indexed",
                "backoffLimit": job.restarts * job.nodes,
                "activeDeadlineSeconds": job.hours * 3600,
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "subdomain": job.name,
                        "restartPolicy": "OnFailure",
                        "containers": [container],
                        "volumes": [
                            {"name": "work", "persistentVolumeClaim": {"claimName": job.volume}},
                            {"name": "project", "configMap": {"name": job.name}},
                            {"name": "memory", "emptyDir": {"medium": "Memory"}},
                        ],
                    },
                },
            },
        },
    )
    head = (
        f"# Trains {job.project.name!r} on {job.nodes} x {job.processes} processes: "
        "kubectl apply -f kubernetes.yaml\n"
        f"# The image must hold Convoscope, and {job.data}; the claim {job.volume} is a volume that\n"
        f"# all pods can write, where the run appears as {job.name}/{RUN}.\n"
    )
    return head + "---\n".join(_yaml(part, 0) for part in parts)


def _training(job: Job, before: str) -> str:
    return f"""if grep -qs '"status": "finished"' {RUN}/run.json; then exit 0; fi
if [ -f {RUN}/run.json ]; then what=(--resume {RUN}); else what=({PROJECT} --out {RUN}); fi
{before}"${{PYTHON:-python}}" -m torch.distributed.run \\
  --nnodes={job.nodes} --nproc-per-node={job.processes} --max-restarts={job.restarts} \\
  --rdzv-id="$LAUNCH" --rdzv-backend=c10d --rdzv-endpoint="$RENDEZVOUS" \\
  -m main train "${{what[@]}}"
"""


def _yaml(value: Plain, depth: int) -> str:
    """A mapping as YAML in block style; texts are quoted as JSON does, which YAML 1.2 reads alike."""
    lines = ""
    room = "  " * depth
    for key, item in cast("Mapping[str, Plain]", value).items():
        if isinstance(item, Mapping):
            lines += f"{room}{key}:\n{_yaml(item, depth + 1)}"
        elif isinstance(item, str) and "\n" in item:
            inner = "".join(f"{room}  {line}\n" for line in item.rstrip("\n").split("\n"))
            lines += f"{room}{key}: |\n{inner}"
        elif isinstance(item, (str, int)):
            lines += f"{room}{key}: {_scalar(item)}\n"
        else:
            lines += f"{room}{key}:\n{''.join(_entry(each, depth) for each in item)}"
    return lines


def _entry(item: Plain, depth: int) -> str:
    """An item of a list."""
    room = "  " * depth
    if isinstance(item, Mapping):
        return f"{room}- {_yaml(item, depth + 1).lstrip()}"
    if isinstance(item, str) and "\n" in item:
        inner = "".join(f"{room}  {line}\n" for line in item.rstrip("\n").split("\n"))
        return f"{room}- |\n{inner}"
    return f"{room}- {_scalar(cast('str | int', item))}\n"


def _scalar(item: str | int) -> str:
    return json.dumps(item, ensure_ascii=False)
