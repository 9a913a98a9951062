"""The workshop, with real workers: training, observing, closing, coming back, and deaths."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from designer.workshop import Workshop
from engine.codegen import write
from engine.network import edits, storage
from engine.network.project import Project
from engine.training.events import EpochEnded, Failed, Finished, Started, Steps
from engine.training.rundir import RunDirectory
from engine.training.standing import checkpoints
from engine.workers import channel, handles
from engine.workers.handles import TrainerHandle
from engine.workers.messages import Observation, Observe
from engine.workers.watch import process_lives

LENET = Path(__file__).parents[2] / "resources" / "templates" / "lenet5.convo"
LONG = 100_000
"""Epochs of a run that ends when it is told to."""
PATIENCE = 60_000

MakeWorkshop = Callable[[], Workshop]


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Sockets in a folder of the test's own, in which none may be left."""
    folder = Path(tempfile.mkdtemp(prefix="convoscope"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    # A trainer that has finished its run may still be closing its files.
    deadline = time.monotonic() + 10
    while (left := [path for path in folder.rglob("*") if not path.is_dir()]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.05)
    shutil.rmtree(folder)
    assert not left


@pytest.fixture
def make_workshop(qtbot: QtBot) -> Iterator[MakeWorkshop]:
    made: list[Workshop] = []

    def make() -> Workshop:
        made.append(Workshop())
        return made[-1]

    yield make
    for workshop in made:
        workshop.stop()
        run = workshop.run
        if workshop.live and run is not None:
            qtbot.waitUntil(lambda workshop=workshop: not workshop.live, timeout=PATIENCE)
        workshop.close()


@pytest.fixture
def workshop(make_workshop: MakeWorkshop) -> Workshop:
    return make_workshop()


def lenet(epochs: int = LONG) -> Project:
    project = storage.load(LENET)
    return edits.set_recipe(project, replace(project.recipe, epochs=epochs))


def test_several_processes_train_for_the_window_and_stop_like_one(
    qtbot: QtBot, workshop: Workshop
) -> None:
    project = lenet()
    workshop.train(edits.set_recipe(project, replace(project.recipe, processes=2, device="cpu")))
    events = collect(workshop)
    qtbot.waitUntil(lambda: any(isinstance(event, Steps) for event in events), timeout=PATIENCE)
    assert next(event for event in events if isinstance(event, Started)).processes == 2
    workshop.pause()
    qtbot.waitUntil(lambda: workshop.status == "paused", timeout=PATIENCE)
    workshop.stop()
    qtbot.waitUntil(lambda: workshop.status == "stopped", timeout=PATIENCE)


def test_a_run_that_a_terminal_trains_is_followed_live_and_stopped(
    qtbot: QtBot, workshop: Workshop, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "main.py", "train", str(LENET), "--epochs", str(LONG)]
    process = subprocess.Popen(
        [*command, "--out", str(out)], cwd=LENET.parents[2], stderr=subprocess.DEVNULL
    )
    try:
        run = RunDirectory(out)
        qtbot.waitUntil(
            lambda: run.state_file.is_file() and run.state().status == "running", timeout=PATIENCE
        )
        events = collect(workshop)
        workshop.show(run)
        assert workshop.live
        qtbot.waitUntil(lambda: any(isinstance(event, Steps) for event in events), timeout=PATIENCE)
        assert workshop.status == "running"
        workshop.stop()
        qtbot.waitUntil(lambda: workshop.status == "stopped", timeout=PATIENCE)
        assert process.wait(20) == 130
        assert run.state().status == "stopped"
    finally:
        process.kill()
        process.wait()


def collect(workshop: Workshop) -> list[object]:
    """Every event from now on."""
    events: list[object] = []
    workshop.events.connect(events.extend)
    return events


def running(qtbot: QtBot, workshop: Workshop) -> None:
    qtbot.waitUntil(lambda: workshop.status == "running", timeout=PATIENCE)


def test_training_goes_from_idle_to_finished_and_tells_of_every_epoch(
    qtbot: QtBot, workshop: Workshop
) -> None:
    statuses = [workshop.status]
    workshop.status_changed.connect(statuses.append)
    events = collect(workshop)
    project = lenet(epochs=2)
    run = workshop.train(project)
    assert run is not None
    qtbot.waitUntil(lambda: workshop.status == "finished", timeout=PATIENCE)
    assert statuses == ["idle", "preparing", "running", "finished"]
    assert [event.epoch for event in events if isinstance(event, EpochEnded)] == [1, 2]
    assert sum(len(event.losses) for event in events if isinstance(event, Steps)) == max(
        event.step for event in events if isinstance(event, Steps)
    )
    assert isinstance(events[-1], Finished)
    assert run.project() == project
    assert run.source_text() == write(project).text
    assert run.weights_file.is_file()
    assert workshop.run == run
    assert not workshop.live


def children() -> set[int]:
    """The processes that this one has started and that the system still knows, ended or not."""
    found: set[int] = set()
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(file.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                found.add(int(file.parent.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_trainer_that_has_ended_leaves_no_trace_while_the_window_stays_open(
    qtbot: QtBot, workshop: Workshop
) -> None:
    before = children()
    workshop.train(lenet(epochs=1))
    qtbot.waitUntil(lambda: workshop.status == "running", timeout=PATIENCE)
    assert children() - before
    qtbot.waitUntil(lambda: workshop.status == "finished", timeout=PATIENCE)
    qtbot.waitUntil(lambda: not children() - before, timeout=20_000)


def test_pause_resume_and_stop_change_the_status(qtbot: QtBot, workshop: Workshop) -> None:
    workshop.train(lenet())
    running(qtbot, workshop)
    for command, status in (
        (workshop.pause, "paused"),
        (workshop.resume, "running"),
        (workshop.stop, "stopped"),
    ):
        begun = time.monotonic()
        command()
        qtbot.waitUntil(lambda status=status: workshop.status == status, timeout=5000)
        # 0.3 s is the target; the rest is for machines whose cores others use.
        assert time.monotonic() - begun < 1.0


def test_only_one_run_at_a_time(qtbot: QtBot, workshop: Workshop) -> None:
    assert workshop.train(lenet()) is not None
    with qtbot.waitSignal(workshop.failed, timeout=1000) as said:
        assert workshop.train(lenet()) is None
    assert "stop it" in said.args[0]


def test_a_network_with_a_problem_is_not_trained(qtbot: QtBot, workshop: Workshop) -> None:
    project = lenet()
    broken = edits.disconnect(project, [next(iter(project.network.links))])
    with qtbot.waitSignal(workshop.failed, timeout=1000) as said:
        assert workshop.train(broken) is None
    assert said.args[0].endswith(".")
    assert workshop.status == "idle"


def test_a_missing_dataset_fails_in_a_sentence(qtbot: QtBot, workshop: Workshop) -> None:
    project = lenet()
    project = edits.set_data(project, replace(project.data, name="mnist", folder="/nowhere"))
    with qtbot.waitSignal(workshop.failed, timeout=PATIENCE) as said:
        workshop.train(project)
    assert "/nowhere" in said.args[0]
    assert workshop.status == "failed"


def test_a_killed_trainer_is_told_and_another_run_can_begin(
    qtbot: QtBot, workshop: Workshop
) -> None:
    events = collect(workshop)
    run = workshop.train(lenet())
    assert run is not None
    running(qtbot, workshop)
    with qtbot.waitSignal(workshop.failed, timeout=1500) as said:
        os.kill(run.state().pid, signal.SIGKILL)
    assert "killed by signal 9" in said.args[0]
    assert workshop.status == run.state().status == "failed"
    assert isinstance(events[-1], Failed)
    assert workshop.train(lenet(epochs=1)) is not None
    qtbot.waitUntil(lambda: workshop.status == "finished", timeout=PATIENCE)


def test_a_viewer_sees_untrained_then_current_then_final_weights(
    qtbot: QtBot, workshop: Workshop
) -> None:
    project = lenet()
    seen: list[Observation] = []
    workshop.lab.observed.connect(seen.append)
    workshop.set_project(project, write(project))
    node = next(name for name, item in project.network.nodes.items() if item.kind == "Conv2d")
    workshop.lab.watch(Observe(7, node), "maps")
    qtbot.waitUntil(lambda: len(seen) > 0, timeout=PATIENCE)
    assert (seen[0].weights, seen[0].viewer) == ("untrained", "maps")
    assert seen[0].activation.shape == (6, 28, 28)
    workshop.train(project)
    qtbot.waitUntil(
        lambda: len({item.weights for item in seen if item.weights.startswith("step")}) >= 3,
        timeout=PATIENCE,
    )
    assert workshop.lab.weights_from == seen[-1].weights
    workshop.stop()
    qtbot.waitUntil(lambda: seen[-1].weights == "final", timeout=PATIENCE)
    assert (seen[-1].activation != seen[0].activation).any()
    workshop.show_trained(False)
    qtbot.waitUntil(lambda: seen[-1].weights == "untrained", timeout=PATIENCE)
    assert (seen[-1].activation == seen[0].activation).all()
    workshop.lab.watch(None, "maps")


def test_a_network_that_the_runs_weights_do_not_fit_is_shown_untrained(
    qtbot: QtBot, workshop: Workshop
) -> None:
    project = lenet(epochs=1)
    workshop.set_project(project, write(project))
    workshop.train(project)
    qtbot.waitUntil(lambda: workshop.status == "finished", timeout=PATIENCE)
    seen: list[Observation] = []
    workshop.lab.observed.connect(seen.append)
    workshop.lab.watch(Observe(0, ""), "maps")
    qtbot.waitUntil(lambda: bool(seen) and seen[-1].weights == "final", timeout=PATIENCE)
    node = next(name for name, item in project.network.nodes.items() if item.kind == "Conv2d")
    wider = edits.set_parameters(project, node, out_channels=7)
    workshop.set_project(wider, write(wider))
    qtbot.waitUntil(lambda: seen[-1].weights == "untrained", timeout=PATIENCE)
    workshop.set_project(project, write(project))
    qtbot.waitUntil(lambda: seen[-1].weights == "final", timeout=PATIENCE)
    workshop.set_project(wider, None)
    told: list[str] = []
    workshop.lab.changed.connect(lambda state, message: told.append(message))
    workshop.lab.watch(Observe(5000, ""), "maps")
    qtbot.waitUntil(lambda: "choose one from 0" in "".join(told), timeout=PATIENCE)
    workshop.lab.watch(Observe(1, ""), "maps")
    qtbot.waitUntil(lambda: told[-1] == "", timeout=PATIENCE)
    workshop.lab.watch(None, "maps")


def test_a_run_goes_on_without_the_window_and_is_taken_up_again(
    qtbot: QtBot, make_workshop: MakeWorkshop
) -> None:
    first = make_workshop()
    assert first.latest_live_run() is None
    run = first.train(lenet())
    assert run is not None
    running(qtbot, first)
    first.close()
    second = make_workshop()
    events = collect(second)
    assert second.latest_live_run() == run.path
    assert second.attach(run.path)
    assert second.status == "running"
    qtbot.waitUntil(lambda: any(isinstance(event, Steps) for event in events), timeout=PATIENCE)
    second.stop()
    qtbot.waitUntil(lambda: second.status == "stopped", timeout=PATIENCE)
    assert second.latest_live_run() is None
    with qtbot.waitSignal(second.failed, timeout=1000):
        assert not second.attach(run.path)


def test_a_run_that_ended_without_the_window_is_shown_by_the_next_one(
    qtbot: QtBot, make_workshop: MakeWorkshop
) -> None:
    first, project = make_workshop(), lenet(epochs=1)
    run = first.train(project)
    assert run is not None
    running(qtbot, first)
    first.close()
    qtbot.waitUntil(lambda: run.state().status == "finished", timeout=PATIENCE)
    other = make_workshop()
    other.take_up(edits.set_parameters(project, "conv1", kernel_size=(3, 3)))
    assert other.status == "idle"
    second = make_workshop()
    events = collect(second)
    second.take_up(edits.set_name(project, "Renamed"))
    assert second.status == "finished" and second.run is not None
    assert second.run.path == run.path
    qtbot.waitUntil(lambda: bool(events) and isinstance(events[-1], Finished), timeout=PATIENCE)


def test_a_run_that_died_without_the_window_is_shown_by_the_next_one_to_go_on_with(
    qtbot: QtBot, make_workshop: MakeWorkshop
) -> None:
    first = make_workshop()
    run = first.train(lenet())
    assert run is not None
    running(qtbot, first)
    qtbot.waitUntil(lambda: bool(checkpoints(run)), timeout=PATIENCE)
    first.close()
    state = run.state()
    os.kill(state.pid, signal.SIGKILL)
    channel.remove(state.address)

    def died() -> bool:
        handles.collect()
        return not process_lives(state.pid)

    qtbot.waitUntil(died, timeout=PATIENCE)
    second = make_workshop()
    events = collect(second)
    second.take_up(lenet())
    qtbot.waitUntil(lambda: bool(events) and isinstance(events[-1], Failed), timeout=PATIENCE)
    assert second.status == "failed" and second.run == run
    assert second.go_on(run)
    qtbot.waitUntil(lambda: second.status == "running", timeout=PATIENCE)


def test_an_earlier_run_is_shown_with_its_curves_and_weights(
    qtbot: QtBot, workshop: Workshop
) -> None:
    project = lenet(epochs=1)
    first = workshop.train(project)
    assert first is not None
    qtbot.waitUntil(lambda: workshop.status == "finished", timeout=PATIENCE)
    second = workshop.train(lenet(epochs=2))
    qtbot.waitUntil(lambda: workshop.status == "finished", timeout=PATIENCE)
    assert second is not None and workshop.run == second
    workshop.set_project(project, write(project))
    seen: list[Observation] = []
    workshop.lab.observed.connect(seen.append)
    workshop.lab.watch(Observe(0, "conv1"), "maps")
    qtbot.waitUntil(lambda: bool(seen) and seen[-1].weights == "final", timeout=PATIENCE)
    maps = seen[-1].activation
    events = collect(workshop)
    followed: list[None] = []
    workshop.followed.connect(lambda: followed.append(None))
    workshop.show(first)
    qtbot.waitUntil(lambda: bool(events) and isinstance(events[-1], Finished), timeout=PATIENCE)
    assert workshop.run == first and len(followed) == 1
    assert sum(isinstance(event, EpochEnded) for event in events) == 1
    qtbot.waitUntil(lambda: (seen[-1].activation != maps).any(), timeout=PATIENCE)
    workshop.show(second)
    qtbot.waitUntil(lambda: (seen[-1].activation == maps).all(), timeout=PATIENCE)
    # When it is deleted nothing is shown of it any more.
    workshop.leave(first.path)
    assert workshop.run == second
    workshop.leave(second.path)
    assert workshop.run is None and workshop.status == "idle"
    qtbot.waitUntil(lambda: workshop.lab.weights_from == "untrained", timeout=PATIENCE)
    workshop.lab.watch(None, "maps")


def test_while_a_run_goes_on_an_earlier_one_lends_its_weights_alone(
    qtbot: QtBot, workshop: Workshop
) -> None:
    project = lenet(epochs=1)
    first = workshop.train(project)
    assert first is not None
    qtbot.waitUntil(lambda: workshop.status == "finished", timeout=PATIENCE)
    running_run = workshop.train(lenet())
    running(qtbot, workshop)
    workshop.set_project(project, write(project))
    workshop.lab.watch(Observe(0, "conv1"), "maps")
    qtbot.waitUntil(lambda: workshop.lab.weights_from.startswith("step"), timeout=PATIENCE)
    workshop.show(first)
    qtbot.waitUntil(lambda: workshop.lab.weights_from == "final", timeout=PATIENCE)
    assert workshop.run == running_run and workshop.status == "running"
    assert running_run is not None
    workshop.show(running_run)
    qtbot.waitUntil(lambda: workshop.lab.weights_from.startswith("step"), timeout=PATIENCE)
    workshop.lab.watch(None, "maps")


def test_a_run_that_cannot_be_shown_is_told(
    qtbot: QtBot, workshop: Workshop, tmp_path: Path
) -> None:
    with qtbot.waitSignal(workshop.failed) as said:
        workshop.show(RunDirectory(tmp_path))
    assert "run.json cannot be read" in said.args[0]
    assert workshop.status == "idle" and workshop.run is None


def test_a_run_that_only_claims_to_go_on_is_shown_as_stopped(
    qtbot: QtBot, workshop: Workshop, tmp_path: Path
) -> None:
    project = lenet(epochs=1)
    run = RunDirectory.create(tmp_path, project, write(project).text)
    run.update(status="running")
    run.append(EpochEnded(1, 10, 0.5, 0.5, 0.4, 0.9, 1000.0, 1.0))
    events = collect(workshop)
    workshop.show(run)
    assert workshop.status == "stopped" and not workshop.live
    qtbot.waitUntil(lambda: len(events) == 1)


def test_a_window_that_is_warmed_up_has_a_lab_and_a_trainer_waiting(
    qtbot: QtBot, workshop: Workshop
) -> None:
    states: list[str] = []
    workshop.lab.changed.connect(lambda state, message: states.append(state))
    workshop.warm_up()
    qtbot.waitUntil(lambda: workshop.trainer_ready, timeout=PATIENCE)
    assert states == ["starting", "ready"]
    begun = time.monotonic()
    run = workshop.train(lenet(epochs=1))
    assert run is not None
    # The pressed button itself must not be felt.
    assert time.monotonic() - begun < 0.3
    qtbot.waitUntil(lambda: workshop.status == "finished", timeout=PATIENCE)
    qtbot.waitUntil(lambda: workshop.trainer_ready, timeout=PATIENCE)


def test_a_killed_lab_comes_back_with_what_was_watched(qtbot: QtBot, workshop: Workshop) -> None:
    project = lenet()
    workshop.set_project(project, write(project))
    with qtbot.waitSignal(workshop.lab.observed, timeout=PATIENCE):
        workshop.lab.watch(Observe(0, ""), "maps")
    workshop.lab.watch(Observe(1, ""), "maps")
    with qtbot.waitSignal(workshop.lab.observed, timeout=PATIENCE):
        pass
    with qtbot.waitSignal(workshop.lab.observed, timeout=PATIENCE) as said:
        os.kill(workshop.lab._desk.pid, signal.SIGKILL)
    assert said.args[0].sample == 1
    workshop.lab.watch(None, "maps")


def test_viewers_are_answered_anew_when_a_broken_network_is_whole_again(
    qtbot: QtBot, workshop: Workshop
) -> None:
    project = lenet()
    workshop.set_project(project, write(project))
    with qtbot.waitSignal(workshop.lab.observed, timeout=PATIENCE):
        workshop.lab.watch(Observe(0, "", thumbnails=True), "canvas")
    workshop.set_project(edits.remove(project, ["conv1"]), None)
    with qtbot.waitSignal(workshop.lab.observed, timeout=PATIENCE // 6) as said:
        workshop.set_project(project, write(project))
    assert "conv1" in said.args[0].thumbnails
    workshop.lab.watch(None, "canvas")


def test_the_event_loop_is_never_held_up_while_training(qtbot: QtBot, workshop: Workshop) -> None:
    project = lenet()
    workshop.set_project(project, write(project))
    workshop.lab.watch(Observe(0, next(iter(project.network.nodes)), thumbnails=True), "canvas")
    workshop.train(project)
    running(qtbot, workshop)
    spent: list[float] = []
    look = workshop._look

    def timed() -> None:
        # The time of this thread alone: what others do on these cores is not the window's fault.
        begun = time.thread_time()
        look()
        spent.append(time.thread_time() - begun)

    workshop._timer.timeout.disconnect()
    workshop._timer.timeout.connect(timed)
    qtbot.wait(3000)
    spent.sort()
    assert len(spent) > 20
    assert spent[int(0.99 * len(spent))] < 0.016


def test_the_history_of_a_long_run_is_read_in_portions(
    qtbot: QtBot, workshop: Workshop, tmp_path: Path
) -> None:
    project = lenet()
    run = RunDirectory.create(tmp_path, project, write(project).text)
    trainer = TrainerHandle.spawn_warm()
    trainer.start(run.path)
    qtbot.waitUntil(lambda: run.state().status == "running", timeout=PATIENCE)
    old = Steps(1, (1.0,) * 500, (0.5,) * 500, 1000.0, 5.0)
    run.append(*[old] * 100)
    portions: list[int] = []
    workshop.events.connect(lambda events: portions.append(len(events)))
    workshop.attach(run.path)
    qtbot.waitUntil(lambda: sum(portions) > 100, timeout=PATIENCE)
    assert max(portions) < 60
    trainer.close()


def test_torch_never_comes_into_the_windows_process() -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from PySide6.QtCore import QCoreApplication\n"
        "from designer.workshop import Workshop\n"
        "from engine.codegen import write\n"
        "from engine.network import storage\n"
        "from engine.workers.messages import Observe\n"
        "app = QCoreApplication([])\n"
        "project = storage.load(Path(sys.argv[1]))\n"
        "workshop = Workshop()\n"
        "seen = []\n"
        "workshop.lab.observed.connect(seen.append)\n"
        "workshop.set_project(project, write(project))\n"
        "workshop.lab.watch(Observe(0, '', thumbnails=True))\n"
        "workshop.train(project)\n"
        "while not (workshop.status == 'running' and seen):\n"
        "    app.processEvents()\n"
        "workshop.stop()\n"
        "while workshop.live:\n"
        "    app.processEvents()\n"
        "workshop.close()\n"
        "heavy = ('torch', 'sklearn', 'scipy', 'safetensors.torch')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(LENET)], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == "[]", done.stderr
