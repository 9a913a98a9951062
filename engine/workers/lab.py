"""The lab's process: it holds one network and answers questions about it, until its window is gone.

The main thread computes; another reads, so that a question that was overtaken by a newer one is
never answered. The lab serves the one client that started it.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.data.choice import DataChoice
from engine.data.dataset import DataError
from engine.workers.channel import Channel, ChannelError, Server
from engine.workers.messages import (
    Load,
    Loaded,
    Loading,
    Message,
    Observation,
    Observe,
    Ping,
    Pong,
    ProtocolError,
    Refused,
    State,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from engine.lab.subject import Samples, Subject

LONELY = 30.0
"""Seconds that a lab waits for its client."""


class Mailbox:
    """Questions that wait: the newest network, and the newest question of each viewer, the oldest viewer first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._load: Load | None = None
        self._observes: dict[str, Observe] = {}

    def put(self, message: Load | Observe) -> None:
        """Add a question, in the place of one that it overtakes."""
        with self._changed:
            if isinstance(message, Load):
                self._load = message
            else:
                self._observes[message.viewer] = message
            self._changed.notify()

    def get(self) -> Load | Observe:
        """Wait for the next question; a network comes before questions about it."""
        with self._changed:
            self._changed.wait_for(lambda: self._load or self._observes)
            if (load := self._load) is not None:
                self._load = None
                return load
            return self._observes.pop(next(iter(self._observes)))


class Lab:
    """The network at hand and its images. torch is loaded when this is made."""

    def __init__(self, client: Channel) -> None:
        import torch

        from engine.lab import subject

        torch.set_num_threads(1)
        self._client = client
        self._told = 0.0
        self._make_subject = subject.Subject
        self._make_samples = subject.Samples
        self._subject: Subject | None = None
        self._samples: Samples | None = None
        self._weights = Path()

    def answer(self, message: Load | Observe) -> Message:
        """The answer to a question; a `Refused` where there is none."""
        try:
            return self._load(message) if isinstance(message, Load) else self._observe(message)
        except (DataError, LookupError) as error:
            sentence = str(error.args[0] if error.args else error)
        except Exception as error:
            traceback.print_exc()
            sentence = f"The lab could not answer: {type(error).__name__}: {error}"
        return Refused(sentence, number=message.number)

    def _load(self, message: Load) -> Loaded:
        self._subject = None
        choice = DataChoice(message.data, message.folder)
        if (
            self._samples is None
            or self._samples.choice != choice
            or self._samples.shape != message.shape
        ):
            self._samples = self._make_samples(choice, message.shape)
        self._subject = self._make_subject(
            message.source_text, message.class_name, message.places, message.seed
        )
        self._weights = Path(message.weights) if message.weights else Path()
        problem = self._subject.follow(self._weights) if message.weights else ""
        return Loaded(self._subject.weights, problem, number=message.number)

    def _observe(self, message: Observe) -> Observation:
        from engine.lab.prediction import probabilities
        from engine.lab.thumbnails import thumbnail

        subject, samples = self._subject, self._samples
        if subject is None or samples is None:
            raise LookupError("No network is loaded; mend the drawing's problems first.")
        if self._weights != Path():
            subject.follow(self._weights)
        part = samples.part(self._tell)
        if not 0 <= message.sample < len(part):
            raise LookupError(
                f"There is no image {message.sample:,}; choose one from 0 to {len(part) - 1:,}."
            )
        if message.node and message.node not in subject.recorder.nodes:
            raise LookupError(
                f"{message.node} puts nothing out in the network that is loaded; choose another node."
            )
        image = samples.normalised(message.sample, self._tell)
        activation = np.zeros(0, np.float32)
        thumbnails: dict[str, NDArray[np.uint8]] = {}

        def take(node: str, output: Tensor) -> None:
            nonlocal activation
            if node == message.node:
                activation = output[0].detach().float().contiguous().clone().numpy()
            if message.thumbnails:
                thumbnails[node] = thumbnail(output)

        nodes = subject.recorder.nodes if message.thumbnails else (message.node,)
        result = subject.recorder.run(image, nodes, take)
        return Observation(
            node=message.node,
            sample=message.sample,
            samples=len(part),
            activation=activation,
            image=part.images[message.sample],
            label=int(part.labels[message.sample]),
            probabilities=probabilities(result)[0].numpy(),
            thumbnails=thumbnails,
            weights=subject.weights,
            viewer=message.viewer,
            number=message.number,
        )

    def _tell(self, message: str, fraction: float) -> None:
        """Pass on what reading a dataset takes so long for, at most ten times a second."""
        if time.monotonic() - self._told > 0.1:
            self._told = time.monotonic()
            self._client.send(Loading(message, fraction))


def serve(server: Server) -> int:
    """Answer the one client until it is gone; the process's exit code."""
    mailbox = Mailbox()
    arrived = threading.Event()
    clients: list[Channel] = []

    def read() -> None:
        """Let the client in and read its questions; a thread of its own that ends the process."""
        while not clients:
            with contextlib.suppress(ChannelError):
                clients.append(server.welcome(server.accept()))
        client = clients[0]
        with contextlib.suppress(ChannelError):
            client.send(State(os.getpid()))
            arrived.set()
            while True:
                try:
                    message = client.receive()
                except ProtocolError as error:
                    client.send(Refused(str(error)))
                    continue
                if isinstance(message, (Load, Observe)):
                    mailbox.put(message)
                elif isinstance(message, Ping):
                    client.send(Pong(number=message.number))
                else:
                    name = type(message).__name__
                    client.send(
                        Refused(f"A lab does not understand {name}.", number=message.number)
                    )
        server.close()
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    if not arrived.wait(LONELY):
        return 1
    lab = Lab(clients[0])
    with contextlib.suppress(ChannelError):
        clients[0].send(State(os.getpid(), ready=True))
        while True:
            clients[0].send(lab.answer(mailbox.get()))
    return 0
