"""A window's ends of its workers: start or find them, speak to them, notice their end. No call here blocks for long."""

from __future__ import annotations

import atexit
import contextlib
import queue
import signal
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Self

from engine.studies.folder import StudyDirectory
from engine.training.rundir import RunDirectory
from engine.workers import channel
from engine.workers.channel import Channel, ChannelError
from engine.workers.messages import Message, Start, State
from engine.workers.spawn import Role, spawn
from engine.workers.wire import ProtocolError

PATIENCE = 60.0
"""Seconds in which a new process must begin to listen."""
GRACE = 1.0
"""Seconds between a channel's end and that of its process, in which an exit code may still come."""

_left: list[subprocess.Popen[bytes]] = []
"""Trainers that go on after their handle was closed; kept so that their ends are collected."""


@atexit.register
def _let_go() -> None:
    """At this process's end: trainers that outlive it do so on purpose, and need no warning."""
    for process in _left:
        if process.poll() is None:
            process.returncode = 0


def collect() -> None:
    """Take leave of the trainers that have ended since their handle was closed: else the system keeps a
    trace of each until this process ends.
    """
    _left[:] = [process for process in _left if process.poll() is None]


class Handle:
    """One worker: its process where this window started it, and the channel to it.

    Messages may be sent at once; they wait until the worker listens. Two threads of its own do the
    reading and writing, so that neither `send` nor `poll` ever waits for the other end.
    """

    def __init__(self, address: str, process: subprocess.Popen[bytes] | None = None) -> None:
        self.address = address
        self.ready = False
        """Whether it is loaded with all that it needs to work at once."""
        self.run = ""
        """The directory of the run it owns, or empty."""
        self._process = process
        self._problem = ""
        self._channel: Channel | None = None
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._ended_at: float | None = None
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._talk, name="worker-writer", daemon=True)]
        self._threads[0].start()

    @property
    def pid(self) -> int:
        """The process's number, or 0 where this window did not start it."""
        return self._process.pid if self._process else 0

    def send(self, message: Message) -> None:
        """Send a message as soon as the worker listens; after its end nothing happens."""
        self._outbox.put(message)

    def poll(self) -> list[Message]:
        """The messages that came since the last call, in their order."""
        messages: list[Message] = []
        with contextlib.suppress(queue.Empty):
            while True:
                messages.append(self._inbox.get_nowait())
        for message in messages:
            if isinstance(message, State):
                self.ready, self.run = message.ready, message.run or self.run
        return messages

    def alive(self) -> bool:
        """Whether the worker lives: its process runs and its channel stands."""
        if self._process is not None and self._process.poll() is not None:
            return False
        if self._ended_at is None:
            return True
        return self._process is not None and time.monotonic() - self._ended_at < GRACE

    def ending(self) -> str:
        """How it ended, to follow "ended unexpectedly": ` (killed by signal 9)`; empty where unknown."""
        code = self._process.poll() if self._process else None
        if code is None:
            return f" ({self._problem})" if self._problem else ""
        if code >= 0:
            return f" (exit code {code})"
        with contextlib.suppress(ValueError):
            return f" (killed by signal {-code}, {signal.Signals(-code).name})"
        return f" (killed by signal {-code})"

    def complaint(self) -> str:
        """The last line that it wrote to its standard error, or nothing."""
        try:
            lines = channel.log_file(self.address).read_text(errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def close(self) -> None:
        """End the worker and the channel."""
        if self._process is not None:
            # First, so that no thread is kept waiting by a worker that is busy loading.
            self._process.terminate()
        self.hang_up()
        if self._process is not None:
            try:
                self._process.wait(2.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(2.0)
        channel.remove(self.address)

    def hang_up(self) -> None:
        """End the channel alone, and the threads that serve it; what was sent before still goes out."""
        if not self.run:
            self._closing.set()
        self._outbox.put(None)
        self._threads[0].join(3.0)
        if self._channel is not None:
            self._channel.shut()
        for thread in self._threads:
            thread.join(1.0)

    def _talk(self) -> None:
        """Connect, then write whatever is to be sent; a thread of its own."""
        try:
            link = self._connect()
        except ChannelError as error:
            self._problem = str(error)
            self._ended_at = time.monotonic()
            return
        reader = threading.Thread(
            target=self._listen, args=(link,), name="worker-reader", daemon=True
        )
        self._threads.append(reader)
        self._channel = link
        reader.start()
        while (message := self._outbox.get()) is not None:
            try:
                link.send(message)
            except (ChannelError, ProtocolError) as error:
                self._problem = str(error)
                break
        link.shut()

    def _connect(self) -> Channel:
        """Try until the process listens, ends or takes too long."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return channel.connect(self.address)
            except ChannelError:
                gone = self._process is None or self._process.poll() is not None
                if gone or self._closing.is_set() or time.monotonic() > deadline:
                    raise
            time.sleep(0.02)

    def _listen(self, link: Channel) -> None:
        """Collect messages until the channel ends; a thread of its own."""
        while True:
            try:
                self._inbox.put(link.receive())
            except ProtocolError as error:
                self._problem = str(error)
            except ChannelError:
                break
        link.close()
        self._ended_at = time.monotonic()
        self._outbox.put(None)


class TrainerHandle(Handle):
    """The trainer, warm (waiting for a run), running, or found running."""

    @classmethod
    def spawn_warm(cls) -> Self:
        """Start a trainer that loads torch and waits for a run. Raises `ChannelError`."""
        return cls(*_spawned("trainer"))

    @classmethod
    def attach(cls, run: Path) -> Self:
        """The trainer of a run that another window, or none, has started. Raises `RunError`, `ChannelError`."""
        address = RunDirectory.open(run).state().address
        if not address or not channel.listening(address):
            raise ChannelError(f"No process trains {run} any more; press Train to start again.")
        handle = cls(address)
        handle.run = str(run)
        return handle

    def start(self, run: Path, checkpoint: Path | None = None) -> None:
        """Train the run in this directory, from another run's checkpoint on; it may still be loading torch."""
        self.run = str(run)
        self.send(Start(str(run), str(checkpoint or "")))

    def end(self) -> None:
        """End it, and what it trains; at most some seconds later it is gone."""
        super().close()

    def close(self) -> None:
        """Leave a trainer that has a run to itself; end one that has none."""
        if not self.run or not self.alive():
            super().close()
            return
        self.hang_up()
        collect()
        if self._process is not None and self._process not in _left:
            _left.append(self._process)


class StudyHandle(TrainerHandle):
    """The process that trains the runs of a study; it outlives the window as a trainer does."""

    @classmethod
    def spawn_warm(cls) -> Self:
        """Start a process that waits for a study. Raises `ChannelError`."""
        return cls(*_spawned("study"))

    @classmethod
    def attach(cls, run: Path) -> Self:
        """The process of a study that goes on. Raises `StudyError`, `ChannelError`."""
        address = StudyDirectory.open(run).runner().address
        if not address or not channel.listening(address):
            raise ChannelError(f"No process of the window's trains {run}.")
        handle = cls(address)
        handle.run = str(run)
        return handle


class LabHandle(Handle):
    """The lab."""

    def __init__(self, address: str, process: subprocess.Popen[bytes] | None = None) -> None:
        self._asked = 0
        super().__init__(address, process)

    @classmethod
    def spawn(cls) -> Self:
        """Start a lab. Raises `ChannelError`."""
        return cls(*_spawned("lab"))

    def ask(self, question: Message) -> int:
        """Send a question; the answer carries the number that is returned."""
        self._asked += 1
        self.send(replace(question, number=self._asked))
        return self._asked


def _spawned(role: Role) -> tuple[str, subprocess.Popen[bytes]]:
    try:
        address = channel.new_address()
    except ChannelError:
        raise
    except OSError as error:
        raise ChannelError(f"No private address can be made for the {role} ({error}).") from None
    return address, spawn(role, address)
