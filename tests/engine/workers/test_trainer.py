"""The trainer as a process: commanded, killed, orphaned, found again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.codegen import write
from engine.network.project import Project
from engine.training.events import (
    Event,
    Failed,
    Finished,
    Paused,
    Resumed,
    SnapshotWritten,
    Steps,
    Stopped,
)
from engine.training.rates import RateTest, ask
from engine.training.rundir import RunDirectory
from engine.workers import channel, watch
from engine.workers.channel import ChannelError, connect
from engine.workers.handles import TrainerHandle
from engine.workers.messages import (
    Loaded,
    Message,
    Observe,
    Pause,
    Ping,
    Pong,
    Refused,
    Resume,
    Start,
    State,
    Stop,
)
from engine.workers.watch import RunWatch, live_run

MakeRun = Callable[..., RunDirectory]
WaitFor = Callable[..., float]


class Watched:
    """A run that is trained, and everything it has told so far."""

    def __init__(self, run: RunDirectory, trainer: TrainerHandle) -> None:
        self.watch = RunWatch(run, trainer)
        self.run = run
        self.trainer = trainer
        self.events: list[Event] = []

    def heard(self, kind: type[Event]) -> Event | None:
        self.events += self.watch.poll()
        return next((event for event in self.events if isinstance(event, kind)), None)


def begin(run: RunDirectory, wait_for: WaitFor) -> Watched:
    """Start a trainer on a run and wait for its first steps."""
    trainer = TrainerHandle.spawn_warm()
    trainer.start(run.path)
    item = Watched(run, trainer)
    wait_for(lambda: item.heard(Steps))
    return item


def end(item: Watched, wait_for: WaitFor) -> None:
    """Stop a run, unless it has ended, and wait for its process."""
    if item.trainer.alive():
        item.trainer.send(Stop())
        wait_for(lambda: not item.trainer.alive())
    item.trainer.close()


@pytest.fixture
def training(
    runtime: Path, make_run: MakeRun, wait_for: WaitFor
) -> Iterator[Callable[..., Watched]]:
    """Begin a run that is the test's own."""
    begun: list[Watched] = []

    def make(**recipe: object) -> Watched:
        begun.append(begin(make_run(**recipe), wait_for))
        return begun[-1]

    yield make
    for item in begun:
        end(item, wait_for)


@pytest.fixture(scope="module")
def long_run(
    shared_runtime: Path,
    make_project: Callable[..., Project],
    wait_for: WaitFor,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Watched]:
    """One run for the tests that leave it going."""
    project = make_project()
    base = tmp_path_factory.mktemp("Lauf für alle")
    item = begin(RunDirectory.create(base, project, write(project).text), wait_for)
    yield item
    end(item, wait_for)


def test_pause_resume_and_stop_are_obeyed_at_once(
    training: Callable[..., Watched], wait_for: WaitFor
) -> None:
    item = training()
    for command, event in ((Pause(), Paused), (Resume(), Resumed), (Stop(), Stopped)):
        item.watch.send(command)
        # 0.3 s is the target; the rest is for machines whose cores others use.
        assert wait_for(lambda event=event: item.heard(event)) < 1.0
    assert item.watch.status == "stopped"
    assert item.run.state().status == "stopped"
    wait_for(lambda: not item.trainer.alive())
    assert item.trainer.ending() == " (exit code 0)"


def attached(item: Watched, wait_for: WaitFor) -> Watched:
    """Somebody else who watches a run, up to the present."""
    other = Watched(item.run, TrainerHandle.attach(item.run.path))
    wait_for(lambda: other.heard(Steps) and other.watch.status == "running")
    return other


def test_a_paused_run_takes_no_step(long_run: Watched, wait_for: WaitFor) -> None:
    item = attached(long_run, wait_for)
    item.watch.send(Pause())
    wait_for(lambda: item.heard(Paused) and item.watch.status == "paused")
    step = item.watch.step
    time.sleep(0.4)
    item.heard(Steps)
    assert item.watch.step == step
    item.watch.send(Resume())
    wait_for(lambda: item.heard(Resumed) and item.watch.status == "running")
    item.watch.close()


def test_a_run_ends_by_itself_and_its_process_with_it(
    training: Callable[..., Watched], wait_for: WaitFor
) -> None:
    item = training(epochs=1)
    wait_for(lambda: item.heard(Finished))
    assert item.watch.status == "finished"
    assert not item.watch.live
    wait_for(lambda: not item.trainer.alive())
    assert item.run.weights_file.is_file()
    assert not Path(item.trainer.address).exists()


def test_a_killed_trainer_is_one_sentence_within_a_second(
    training: Callable[..., Watched], wait_for: WaitFor
) -> None:
    item = training()
    wait_for(lambda: item.heard(SnapshotWritten))
    os.kill(item.trainer.pid, signal.SIGKILL)
    assert wait_for(lambda: item.heard(Failed)) < 1.0
    (failure,) = (event for event in item.events if isinstance(event, Failed))
    assert "ended unexpectedly (killed by signal 9" in failure.message
    assert f"after step {item.watch.step:,}; go on from its checkpoint of step " in failure.message
    assert item.watch.status == "failed"
    state = item.run.state()
    assert (state.status, state.message) == ("failed", failure.message)
    assert item.run.events()[0][-1] == failure
    assert item.watch.poll() == []


def test_a_run_goes_on_when_its_window_is_killed_and_is_found_again(
    runtime: Path, make_run: MakeRun, wait_for: WaitFor
) -> None:
    run = make_run()
    script = (
        "import sys, time, pathlib\n"
        "from engine.workers.handles import TrainerHandle\n"
        "trainer = TrainerHandle.spawn_warm()\n"
        "trainer.start(pathlib.Path(sys.argv[1]))\n"
        "time.sleep(60)\n"
    )
    window = subprocess.Popen([sys.executable, "-c", script, str(run.path)])
    wait_for(lambda: any(isinstance(event, Steps) for event in run.events()[0]))
    window.kill()
    window.wait()
    time.sleep(0.3)
    found = live_run(run.path.parent)
    assert found == run
    trainer = TrainerHandle.attach(found.path)
    item = Watched(found, trainer)
    before = item.watch.step
    wait_for(lambda: item.heard(Steps) and item.watch.step > before + 10)
    item.watch.send(Stop())
    wait_for(lambda: item.heard(Stopped))
    wait_for(lambda: not trainer.alive())
    item.watch.close()
    assert live_run(run.path.parent) is None


def test_closing_the_handle_leaves_the_run_alone_and_several_can_watch_it(
    long_run: Watched, wait_for: WaitFor
) -> None:
    first, second = attached(long_run, wait_for), attached(long_run, wait_for)
    first.watch.send(Pause())
    for each in (first, second):
        wait_for(lambda each=each: each.heard(Paused) and each.watch.status == "paused")
    first.watch.close()
    second.watch.send(Resume())
    wait_for(lambda: second.heard(Resumed) and second.watch.status == "running")
    second.watch.close()
    assert long_run.trainer.alive()


def test_a_crash_of_a_trainer_found_running_is_noticed_and_its_trace_kept(
    training: Callable[..., Watched], wait_for: WaitFor
) -> None:
    item = training()
    other = Watched(item.run, TrainerHandle.attach(item.run.path))
    wait_for(lambda: other.heard(Steps))
    os.kill(item.trainer.pid, signal.SIGSEGV)
    assert wait_for(lambda: other.heard(Failed)) < 1.0
    (failure,) = (event for event in other.events if isinstance(event, Failed))
    assert "Segmentation fault" in failure.detail
    other.watch.close()
    with pytest.raises(ChannelError, match="press Train to start again"):
        TrainerHandle.attach(item.run.path)


def test_asking_it_politely_to_end_keeps_the_weights(
    training: Callable[..., Watched], wait_for: WaitFor
) -> None:
    item = training()
    os.kill(item.trainer.pid, signal.SIGTERM)
    wait_for(lambda: item.heard(Stopped))
    wait_for(lambda: not item.trainer.alive())
    assert item.run.weights_file.is_file()


def test_a_warm_trainer_waits_with_torch_loaded_and_ends_with_its_channel(
    runtime: Path, wait_for: WaitFor
) -> None:
    trainer = TrainerHandle.spawn_warm()
    wait_for(lambda: trainer.poll() is not None and trainer.ready, 60)
    trainer.hang_up()
    wait_for(lambda: not trainer.alive(), 2)
    trainer.close()


def test_a_warm_trainer_begins_at_once(runtime: Path, make_run: MakeRun, wait_for: WaitFor) -> None:
    trainer = TrainerHandle.spawn_warm()
    wait_for(lambda: trainer.poll() is not None and trainer.ready, 60)
    run = make_run(epochs=1)
    trainer.start(run.path)
    assert wait_for(lambda: run.state().pid) < 0.5
    assert wait_for(lambda: run.events()[0]) < 0.5
    wait_for(lambda: run.state().status == "finished")
    wait_for(lambda: not trainer.alive())
    trainer.close()


def test_a_warm_trainer_ends_when_its_window_is_killed(runtime: Path, wait_for: WaitFor) -> None:
    script = (
        "import time\n"
        "from engine.workers.handles import TrainerHandle\n"
        "trainer = TrainerHandle.spawn_warm()\n"
        "while trainer._channel is None: time.sleep(0.01)\n"
        "print(trainer.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    window = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert window.stdout is not None
    pid = int(window.stdout.readline())
    assert watch.process_lives(pid)
    window.kill()
    window.wait()
    window.stdout.close()
    # The process is nobody's child now; it is gone once its number is.
    wait_for(lambda: not watch.process_lives(pid) or _zombie(pid), 5)


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_nonsense_is_refused_and_training_goes_on(long_run: Watched, wait_for: WaitFor) -> None:
    item = attached(long_run, wait_for)
    link = connect(item.trainer.address)
    assert isinstance(link.receive(), State)

    def ask(message: Message) -> Message:
        link.send(message)
        return link.receive()

    link._connection.send_bytes(b"\x00" * 50)
    assert isinstance(link.receive(), Refused)
    answer = ask(Observe(0, "conv1", number=3))
    assert answer == Refused("A trainer does not understand Observe.", number=3)
    assert isinstance(ask(Loaded("x")), Refused)
    answer = ask(Start(str(item.run.path), number=5))
    assert isinstance(answer, Refused)
    assert "already" in answer.message
    assert ask(Ping(number=8)) == Pong(number=8)
    link.close()
    step = item.watch.step
    wait_for(lambda: item.heard(Steps) and item.watch.step > step)
    item.watch.close()


def test_a_folder_that_is_no_run_is_refused(
    runtime: Path, tmp_path: Path, wait_for: WaitFor
) -> None:
    trainer = TrainerHandle.spawn_warm()
    trainer.send(Start(str(tmp_path)))
    found: list[Message] = []

    def refused() -> bool:
        found.extend(trainer.poll())
        return any(isinstance(item, Refused) and "not a run" in item.message for item in found)

    wait_for(refused)
    trainer.close()


def test_a_process_that_dies_before_it_listens_is_noticed(
    runtime: Path, make_run: MakeRun, wait_for: WaitFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    trainer = TrainerHandle.spawn_warm()
    run = make_run()
    trainer.start(run.path)
    item = Watched(run, trainer)
    assert wait_for(lambda: item.heard(Failed)) < 2.0
    assert "ended unexpectedly (exit code 1)" in item.run.state().message
    assert "there is no checkpoint of it, so train again" in item.run.state().message
    item.watch.close()


def test_a_run_left_by_a_crash_of_the_machine_is_marked(make_run: MakeRun) -> None:
    run = make_run()
    with subprocess.Popen(["/bin/true"]) as ended:
        pass
    run.update(status="running", pid=ended.pid, address="/nowhere.sock")
    run.append(Steps(40, (1.0,), (0.5,), 100.0, 3.0))
    with run.events_file.open("ab") as file:
        file.write(b'{"event": "Steps", "st')
    assert live_run(run.path.parent) is None
    assert run.state().status == "failed"
    events, _ = run.events()
    assert isinstance(events[-1], Failed)
    assert "after step 40" in events[-1].message


def test_a_missing_runtime_folder_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Path:
        raise ChannelError(
            "No private folder for sockets can be made (/x: no); set XDG_RUNTIME_DIR."
        )

    monkeypatch.setattr(channel, "private_folder", refuse)
    with pytest.raises(ChannelError, match="XDG_RUNTIME_DIR"):
        TrainerHandle.spawn_warm()


LEAVING = """
import subprocess, sys
from engine.workers import handles
command = [sys.executable, "-c", "import time; time.sleep(2)"]
nothing = {name: subprocess.DEVNULL for name in ("stdin", "stdout", "stderr")}
handles._left.append(subprocess.Popen(command, **nothing))
"""


def test_a_window_that_ends_before_its_trainer_warns_of_nothing() -> None:
    command = [sys.executable, "-W", "default", "-c", LEAVING]
    said = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")


def test_a_trainer_tests_the_rates_of_a_run_that_asks_for_it(
    runtime: Path, make_run: MakeRun, wait_for: WaitFor
) -> None:
    run = make_run(epochs=1)
    ask(run, RateTest(steps=40))
    trainer = TrainerHandle.spawn_warm()
    trainer.start(run.path)
    item = Watched(run, trainer)
    wait_for(lambda: item.heard(Finished))
    wait_for(lambda: not trainer.alive())
    item.trainer.close()
    losses = [loss for event in item.events if isinstance(event, Steps) for loss in event.losses]
    assert 20 <= len(losses) <= 40
    assert not list(run.path.rglob("*.safetensors"))
