"""The trainer's process: it waits for one run, trains it, or tests its rates, and ends with it.

Training has the main thread. One more thread lets clients in, any number of them, one after the
other or at once, and each client's commands are read by a thread of its own; they reach the loop
through a `Control`. A trainer that owns a run does not care whether anybody listens.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import socket
import threading
import traceback
from pathlib import Path
from types import FrameType

from engine.network.errors import StorageError
from engine.training.asking import attending
from engine.training.control import Control, Wish
from engine.training.events import Failed
from engine.training.fork import fork
from engine.training.rates import asked
from engine.training.rundir import LIVE, RunDirectory, RunError
from engine.workers.agent import processes_of, train_together
from engine.workers.channel import Channel, ChannelError, RawConnection, Server
from engine.workers.messages import (
    Keep,
    Message,
    Pause,
    Ping,
    Pong,
    Refused,
    Resume,
    SetPlan,
    Start,
    State,
    Stop,
)
from engine.workers.wire import ProtocolError

LONELY = 30.0
"""Seconds that a trainer without a run waits for its first client."""


class Trainer:
    """What the threads of the process share."""

    def __init__(self, server: Server) -> None:
        self.control = Control()
        self._server = server
        self._changed = threading.Condition()
        self._clients: list[Channel] = []
        self._had_client = False
        self._ready = False
        self._run: RunDirectory | None = None

    def admit(self) -> None:
        """Let clients in; a thread of its own."""
        with contextlib.suppress(ChannelError):
            while True:
                connection = self._server.accept()
                threading.Thread(target=self._attend, args=(connection,), daemon=True).start()

    @property
    def has_run(self) -> bool:
        """Whether somebody has named a run."""
        return self._run is not None

    def announce_ready(self) -> None:
        """Tell every client that training can begin at once."""
        with self._changed:
            self._ready = True
            for client in self._clients:
                with contextlib.suppress(ChannelError):
                    client.send(self._state())

    def wait(self) -> RunDirectory | None:
        """The run to train, or None when nobody is left to name one."""
        with self._changed:
            self._changed.wait_for(lambda: self._run or self._had_client, LONELY)
            self._changed.wait_for(lambda: self._run or not self._clients)
            return self._run

    def _attend(self, connection: RawConnection) -> None:
        """Serve one client until its channel ends; a thread of its own."""
        try:
            client = self._server.welcome(connection)
        except ChannelError:
            return
        with self._changed:
            self._clients.append(client)
            self._had_client = True
            state = self._state()
        with contextlib.suppress(ChannelError):
            client.send(state)
            while True:
                try:
                    answer = self._answer(client.receive())
                except ProtocolError as error:
                    answer = Refused(str(error))
                if answer is not None:
                    client.send(answer)
        client.close()
        with self._changed:
            self._clients.remove(client)
            self._changed.notify_all()
            forsaken = not self._clients and self._run is None
        if forsaken:
            # The main thread may be deep in the import of torch, which is not worth its end.
            self._server.close()
            os._exit(0)

    def _answer(self, message: Message) -> Message | None:
        """Obey one command; what to say to it, if anything."""
        match message:
            case Start():
                return self._start(message)
            case Pause():
                self.control.pause()
            case Resume():
                self.control.resume()
            case Stop():
                self.control.stop()
            case SetPlan():
                return self._plan(message)
            case Keep():
                self.control.wish(Wish(checkpoint=True))
            case Ping():
                return Pong(number=message.number)
            case _:
                name = type(message).__name__
                return Refused(f"A trainer does not understand {name}.", number=message.number)
        return None

    def _plan(self, message: SetPlan) -> Message | None:
        rate, epochs = message.rate, message.epochs
        if rate < 0 or epochs < 0:
            return Refused(
                f"A run cannot have {epochs:,} epochs at the rate {rate:g}; give numbers above 0.",
                number=message.number,
            )
        self.control.wish(Wish(rate=rate or None, epochs=epochs or None))
        return None

    def _start(self, message: Start) -> Message | None:
        try:
            run = RunDirectory.open(Path(message.run))
            with self._changed:
                if self._run is not None:
                    sentence = f"This trainer trains {self._run.path} already; start another one."
                    return Refused(sentence, number=message.number)
                run.update(pid=os.getpid(), host=socket.gethostname(), address=self._server.address)
                if message.checkpoint:
                    fork(Path(message.checkpoint), run)
                self._run = run
                self._changed.notify_all()
                return self._state()
        except (RunError, StorageError, OSError) as error:
            return Refused(str(error), number=message.number)

    def _state(self) -> State:
        return State(os.getpid(), self._ready, str(self._run.path) if self._run else "")


def serve(server: Server) -> int:
    """Wait for a run, train it and end; the process's exit code."""
    trainer = Trainer(server)
    threading.Thread(target=trainer.admit, daemon=True).start()
    try:
        # Takes a second or two; the clients' commands are taken meanwhile.
        from engine.training.loop import train

        if not trainer.has_run:
            _rehearse()
        trainer.announce_ready()
        if not trainer.has_run:
            # Not needed to be ready, and there is time now.
            import engine.training.tensorboard  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except Exception:
        traceback.print_exc()
        run = trainer.wait()
        if run is not None:
            _fail(run, "PyTorch could not be loaded; install Convoscope anew.")
        return 1
    run = trainer.wait()
    if run is None:
        return 0
    _log_to(run)

    def end(number: int, frame: FrameType | None) -> None:
        trainer.control.stop()

    signal.signal(signal.SIGTERM, end)
    try:
        test = asked(run)
        with attending(run, trainer.control):
            if test is not None:
                from engine.training.rate_test import try_rates

                try_rates(run, test, trainer.control)
            elif processes_of(run) > 1:
                train_together(run, trainer.control)
            else:
                train(run, trainer.control)
    except Exception as error:
        if run.state().status in LIVE:
            _fail(run, f"Training ended by an error: {error}.")
        return 1
    return 0


def _rehearse() -> None:
    """Load now what would be loaded at the first step: of torch, as much again as by its import."""
    import torch

    from engine.data import catalogue
    from engine.layers.catalogue import kinds

    kinds()
    catalogue()
    module = torch.nn.Conv2d(1, 1, 1)
    optimizer = torch.optim.Adam(module.parameters())
    module(torch.zeros(1, 1, 1, 1)).sum().backward()
    optimizer.step()  # pyright: ignore[reportUnknownMemberType]


def _fail(run: RunDirectory, message: str) -> None:
    """Mark the run as failed, with the present exception's traceback in its log."""
    detail = traceback.format_exc()
    run.log(detail)
    run.append(Failed(message, detail))
    run.update(status="failed", message=message)


def _log_to(run: RunDirectory) -> None:
    """Let the run's log hold what this process writes to its standard streams, and crashes too."""
    with run.log_file.open("ab", buffering=0) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    faulthandler.enable()
