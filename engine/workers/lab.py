"""The lab's process: it holds one network and answers questions about it, until its window is gone.

The main thread computes; another reads, so that a question that was overtaken by a newer one is
never answered; a third looks through datasets. The lab serves the one client that started it.
"""

from __future__ import annotations

import contextlib
import os
import threading

from engine.lab.store import Store
from engine.workers.channel import Channel, ChannelError, Server
from engine.workers.looking import Looker
from engine.workers.messages import (
    Augment,
    Examine,
    GiveUp,
    Glance,
    Load,
    Observe,
    Ping,
    Pong,
    Question,
    Refused,
    State,
)
from engine.workers.wire import ProtocolError

LONELY = 30.0
"""Seconds that a lab waits for its client."""


class Mailbox:
    """Questions that wait: the newest network, and the newest question of each viewer, the oldest viewer first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._load: Load | None = None
        self._questions: dict[str, Question] = {}

    def put(self, message: Load | Question) -> None:
        """Add a question, in the place of one that it overtakes."""
        with self._changed:
            if isinstance(message, Load):
                self._load = message
            else:
                self._questions[message.viewer] = message
            self._changed.notify()

    def get(self) -> Load | Question:
        """Wait for the next question; a network comes before questions about it."""
        with self._changed:
            self._changed.wait_for(lambda: self._load or self._questions)
            if (load := self._load) is not None:
                self._load = None
                return load
            return self._questions.pop(next(iter(self._questions)))


def serve(server: Server) -> int:
    """Answer the one client until it is gone; the process's exit code."""
    mailbox = Mailbox()
    arrived = threading.Event()
    clients: list[Channel] = []
    store = Store()
    looker = Looker(store, lambda message: clients[0].send(message))

    def read() -> None:
        """Let the client in and read its questions; a thread of its own that ends the process."""
        while not clients:
            with contextlib.suppress(ChannelError):
                clients.append(server.welcome(server.accept()))
        with contextlib.suppress(ChannelError):
            clients[0].send(State(os.getpid()))
            arrived.set()
            while True:
                _read_one(clients[0], mailbox, looker)
        server.close()
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    if not arrived.wait(LONELY):
        return 1
    threading.Thread(target=_look, args=(looker,), daemon=True).start()

    import torch

    from engine.workers.answers import Answers

    # The trainer has the other cores.
    torch.set_num_threads(1)
    client = clients[0]
    with contextlib.suppress(ChannelError):
        client.send(State(os.getpid(), ready=True))
        answers = Answers(client.send, store)
        while True:
            client.send(answers.answer(mailbox.get()))
    return 0


def _look(looker: Looker) -> None:
    """Look through datasets until the client is gone; a thread of its own."""
    with contextlib.suppress(ChannelError):
        looker.work()


def _read_one(client: Channel, mailbox: Mailbox, looker: Looker) -> None:
    """Receive one message and put it where it belongs; raises `ChannelError` at the end."""
    try:
        message = client.receive()
    except ProtocolError as error:
        client.send(Refused(str(error)))
        return
    match message:
        case Load() | Observe() | Augment():
            mailbox.put(message)
        case Examine() | GiveUp() | Glance():
            looker.put(message)
        case Ping():
            client.send(Pong(number=message.number))
        case _:
            name = type(message).__name__
            client.send(Refused(f"A lab does not understand {name}.", number=message.number))
