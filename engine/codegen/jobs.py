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
from typing import TypeAlias, cast

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


class JobError(ValueError):
    """What cannot be, in one sentence."""


@dataclass(frozen=True)
class Job:
    """`nodes` machines with `processes` each, of `cpus` cores a process and, if `gpus`, a graphics card;
    they may take `hours`. `image` is a container's and `volume` a claim's name, for Kubernetes.
    """

    project: Project
    nodes: int = 1
    processes: int = 1
    cpus: int = 4
    gpus: bool = False
    hours: int = 24
    restarts: int = 3
    image: str = "convoscope:latest"
    volume: str = "convoscope"

    def __post_init__(self) -> None:
        for name in ("nodes", "processes", "cpus", "hours"):
            value = getattr(self, name)
            if not 1 <= value <= 100_000:
                raise JobError(f"{name} must be from 1 to 100,000, not {value:,}.")
        if self.gpus and self.project.recipe.device == "cpu":
            raise JobError(
                "The recipe's device is cpu, but graphics cards are asked for; set it to auto."
            )
        size, batch = self.nodes * self.processes, self.project.recipe.batch_size
        if size > batch:
            raise JobError(
                f"{self.nodes:,} nodes with {self.processes:,} processes each are {size:,}, but the "
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
