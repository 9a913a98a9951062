"""The folder of a study: what is asked for, who trains it, and an ordinary run directory for each run.

study.json     the plan and its variants, written once
project.convo  the project that they vary
runner.json    who trains it, and how that stands: `Runner`
001-...        the runs, each there from when it is begun; what came of them is in these alone
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast, get_args

from engine.codegen import write
from engine.fields import Value
from engine.network import storage
from engine.network.network import Mode
from engine.network.storage import StorageError, reason, replace_file
from engine.studies.errors import StudyError
from engine.studies.study import KINDS, Plan, Refusal, Study, Trial, Variant
from engine.studies.variables import Span, Variable
from engine.training.about import About, write_about
from engine.training.events import later, typed
from engine.training.rundir import RunDirectory

VERSION = 1
RunnerStatus: TypeAlias = Literal["waiting", "running", "paused", "stopped", "finished", "failed"]
GOING: tuple[RunnerStatus, ...] = ("running", "paused")
"""The states of a study that somebody trains."""


@dataclass(frozen=True)
class Runner:
    """Who trains a study: the process's number and address (empty where nobody can attach to it), how
    many runs at once, and with how many threads each (0: all cores but one, shared). `message` is the
    sentence of what stopped it all.
    """

    status: str = "waiting"
    pid: int = 0
    address: str = ""
    at_once: int = 1
    threads: int = 0
    message: str = later("")


@dataclass(frozen=True)
class StudyDirectory:
    """One study's folder."""

    path: Path

    @property
    def study_file(self) -> Path:
        return self.path / "study.json"

    @property
    def project_file(self) -> Path:
        return self.path / "project.convo"

    @property
    def runner_file(self) -> Path:
        return self.path / "runner.json"

    @staticmethod
    def create(base: Path, study: Study) -> StudyDirectory:
        """Make a new folder inside `base`, named by the time and the project; raises `StudyError`."""
        stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{_slug(study.project.name) or 'study'}"
        for number in range(1, 1000):
            path = base / (stem if number == 1 else f"{stem}-{number}")
            if not path.exists():
                return StudyDirectory.create_at(path, study)
        raise StudyError(f"{base} has a thousand studies of this second already; try again.")

    @staticmethod
    def create_at(path: Path, study: Study) -> StudyDirectory:
        """Make `path` a study's folder; raises `StudyError` where it holds anything or cannot be written."""
        made = StudyDirectory(path.absolute())
        try:
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                raise StudyError(f"{path} is not an empty folder; name a new one for the study.")
            path.mkdir(parents=True, exist_ok=True)
            storage.save(study.project, made.project_file)
            replace_file(made.runner_file, _text(asdict(Runner())))
            # Last, because its presence is what makes the folder a study.
            replace_file(made.study_file, _text(_told(study)))
        except OSError as error:
            raise StudyError(f"The study cannot be written to {path}: {reason(error)}.") from None
        except StorageError as error:
            raise StudyError(f"The study cannot be written to {path}: {error}") from None
        return made

    @staticmethod
    def open(path: Path) -> StudyDirectory:
        """The study in `path`; raises `StudyError` where there is none."""
        found = StudyDirectory(path.absolute())
        if not found.study_file.is_file():
            raise StudyError(f"{path} is not a study: it has no {found.study_file.name}.")
        return found

    def study(self) -> Study:
        """What is asked for; raises `StudyError`."""
        try:
            project = storage.load(self.project_file)
            values: Any = json.loads(self.study_file.read_bytes())
            if values["version"] != VERSION:
                raise StudyError(
                    f"{self.study_file} has version {values['version']!r}, but this Convoscope reads "
                    f"{VERSION}; open it with the one that wrote it."
                )
            plan = _plan(values["plan"])
            variants = tuple(_variant(item) for item in values["variants"])
            refused = tuple(Refusal(str(a), str(b)) for a, b in values["refused"])
        except StorageError as error:
            raise StudyError(str(error)) from None
        except OSError as error:
            raise StudyError(f"{self.study_file} cannot be read: {reason(error)}.") from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise StudyError(f"{self.study_file} is damaged: {error!r}.") from None
        return Study(project, plan, variants, refused)

    def runner(self) -> Runner:
        """Who trains it; raises `StudyError`."""
        try:
            found = Runner(**typed(Runner, json.loads(self.runner_file.read_bytes())))
        except (OSError, ValueError, TypeError) as error:
            raise StudyError(f"{self.runner_file} cannot be read: {error}.") from None
        if found.status not in get_args(RunnerStatus):
            raise StudyError(f"{self.runner_file} has the unknown status {found.status!r}.")
        return found

    def update(self, **changes: Any) -> Runner:
        """Say otherwise who trains it; raises `StudyError`."""
        runner = replace(self.runner(), **changes)
        try:
            replace_file(self.runner_file, _text(asdict(runner)))
        except OSError as error:
            raise StudyError(f"{self.runner_file} cannot be written: {reason(error)}.") from None
        return runner

    def run_of(self, study: Study, trial: Trial) -> RunDirectory:
        """Where a run lies, or will lie once it is begun."""
        stem = _slug(study.variants[trial.variant].label)
        return RunDirectory(self.path / f"{trial.number:03}-{stem}-seed-{trial.seed}")

    def begin(self, study: Study, trial: Trial) -> RunDirectory:
        """Make the directory of a run, nothing trained yet; raises `RunError`."""
        project = study.trained(trial)
        run = self.run_of(study, trial)
        made = RunDirectory.create_at(run.path, project, write(project).text)
        label = study.variants[trial.variant].label
        write_about(made, About(f"{project.name}: {label}, seed {trial.seed}", tags=("study",)))
        return made


def studies(base: Path) -> Iterator[StudyDirectory]:
    """The studies in a folder, the newest first."""
    if base.is_dir():
        for path in sorted(base.iterdir(), reverse=True):
            if (path / "study.json").is_file():
                yield StudyDirectory(path.absolute())


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")


def _text(values: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False)}\n".encode()


def _told(study: Study) -> dict[str, Any]:
    return {
        "version": VERSION,
        "plan": asdict(study.plan),
        "variants": [asdict(variant) for variant in study.variants],
        "refused": [[item.label, item.sentence] for item in study.refused],
    }


def _plan(values: dict[str, Any]) -> Plan:
    if values["kind"] not in KINDS:
        raise ValueError(f"there is no kind of study {values['kind']!r}")
    variables = tuple(
        Variable(
            str(item["path"]),
            tuple(_value(value) for value in item["choices"]),
            Span(**item["span"]) if item["span"] is not None else None,
        )
        for item in values["variables"]
    )
    return Plan(
        values["kind"],
        int(values["seeds"]),
        variables,
        int(values["draws"]),
        int(values["chance"]),
        tuple(map(str, values["nodes"])),
    )


def _variant(values: dict[str, Any]) -> Variant:
    setting = tuple((str(path), _value(value)) for path, value in values["setting"])
    modes: list[tuple[str, Mode]] = []
    for path, mode in values["modes"]:
        if mode not in get_args(Mode):
            raise ValueError(f"there is no mode {mode!r}")
        modes.append((str(path), mode))
    return Variant(str(values["label"]), setting, tuple(modes))


def _value(value: Any) -> Value:
    return tuple(cast("list[int]", value)) if isinstance(value, list) else value
