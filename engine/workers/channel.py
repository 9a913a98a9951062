"""Local channels between a window and its workers: a Unix socket in a private folder, or a named pipe.

No port is opened on any network. The folder is the user's alone (0700), and whoever connects proves
that it could read the key that lies beside the socket. Only bytes of `messages` pass, never pickles.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import stat
import sys
import tempfile
import threading
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import (
    Client,
    Connection,
    Listener,
    answer_challenge,
    deliver_challenge,
)
from pathlib import Path
from typing import TypeAlias

from engine.workers.messages import Message
from engine.workers.wire import LIMIT, decode, encode

RawConnection: TypeAlias = "Connection[bytes, bytes]"

PIPES = sys.platform == "win32"
LONGEST_PATH = 100
"""Bytes of a socket's path that every Unix takes (Linux has 108, macOS 104, with the final zero)."""
STALE = 60.0
"""Seconds after which a socket that nobody listens at is swept away."""


class ChannelError(OSError):
    """No channel could be made or kept, said in one sentence."""


class Channel:
    """One end of a connection. Any thread may send; one thread at a time may receive."""

    def __init__(self, connection: RawConnection) -> None:
        self._connection = connection
        self._sending = threading.Lock()

    def send(self, message: Message) -> None:
        """Send a message; raises `ChannelError` where the other end is gone, `ProtocolError` where it is too big."""
        data = encode(message)
        try:
            with self._sending:
                self._connection.send_bytes(data)
        except (OSError, ValueError) as error:
            raise ChannelError(f"The other end is gone ({error}).") from None

    def receive(self) -> Message:
        """Wait for the next message.

        Raises `ChannelError` where the other end is gone, and `ProtocolError` for bytes that are no
        message; after a message that is too long the channel is closed.
        """
        try:
            data = self._connection.recv_bytes(LIMIT)
        except (OSError, EOFError, ValueError) as error:
            raise ChannelError(f"The other end is gone ({error}).") from None
        return decode(data)

    def shut(self) -> None:
        """End the conversation: a `receive` that waits in another thread, and the other end, see its end."""
        if not PIPES:
            # Closing the descriptor would not wake a thread that reads from it.
            with (
                contextlib.suppress(OSError),
                socket.socket(fileno=os.dup(self._connection.fileno())) as end,
            ):
                end.shutdown(socket.SHUT_RDWR)
        else:
            self.close()

    def close(self) -> None:
        """Release the connection; for the thread that receives."""
        with contextlib.suppress(OSError):
            self._connection.close()


class Server:
    """The listening end of an address; made by the worker."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._key = _key_file(address).read_bytes()
        self._listener = Listener(address, "AF_PIPE" if PIPES else "AF_UNIX", backlog=8)

    def accept(self) -> RawConnection:
        """Wait for somebody to connect; `welcome` says whether they may. Raises `ChannelError` once closed."""
        try:
            return self._listener.accept()
        except (OSError, EOFError) as error:
            raise ChannelError(f"Nobody can connect any more ({error}).") from None

    def welcome(self, connection: RawConnection) -> Channel:
        """Check that the other end knows the key; raises `ChannelError` where it does not."""
        try:
            deliver_challenge(connection, self._key)
            answer_challenge(connection, self._key)
        except _HANDSHAKE_ERRORS as error:
            connection.close()
            raise ChannelError(f"A stranger was turned away ({error}).") from None
        return Channel(connection)

    def close(self) -> None:
        """Listen no more and remove the address."""
        with contextlib.suppress(OSError):
            self._listener.close()
        remove(self.address)


_HANDSHAKE_ERRORS = (AuthenticationError, AssertionError, OSError, EOFError, ValueError)


def connect(address: str) -> Channel:
    """A channel to the worker that listens at `address`; raises `ChannelError` where none does."""
    try:
        key = _key_file(address).read_bytes()
        connection = Client(address, "AF_PIPE" if PIPES else "AF_UNIX")
    except (OSError, ValueError) as error:
        raise ChannelError(f"Nobody listens at {address} ({error}).") from None
    try:
        answer_challenge(connection, key)
        deliver_challenge(connection, key)
    except _HANDSHAKE_ERRORS as error:
        connection.close()
        raise ChannelError(
            f"Whoever listens at {address} does not know its key ({error})."
        ) from None
    return Channel(connection)


def listening(address: str) -> bool:
    """Whether somebody listens at `address`; answers at once."""
    if PIPES:
        return os.path.exists(address)  # noqa: PTH110 - a pipe's name is no path
    with socket.socket(socket.AF_UNIX) as end:
        end.setblocking(False)
        try:
            end.connect(address)
        except BlockingIOError:
            return True  # Its queue is full, so there is one.
        except OSError:
            return False
    return True


def new_address() -> str:
    """An address that nobody uses yet, with its key beside it; raises `ChannelError`."""
    folder = private_folder()
    _sweep(folder)
    name = secrets.token_hex(4)
    address = rf"\\.\pipe\convoscope-{name}" if PIPES else str(folder / f"{name}.sock")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(_key_file(address), flags, 0o600), "wb") as file:
        file.write(secrets.token_bytes(32))
    return address


def remove(address: str) -> None:
    """Delete what `new_address` and a worker left; nothing happens where it is gone."""
    if not PIPES:
        Path(address).unlink(missing_ok=True)
    _key_file(address).unlink(missing_ok=True)
    log_file(address).unlink(missing_ok=True)


def log_file(address: str) -> Path:
    """Where a worker's standard error goes until it has a run's log to write to."""
    return _key_file(address).with_suffix(".log")


def private_folder() -> Path:
    """The folder of sockets, which only this user can enter; raises `ChannelError` where there can be none."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    user = "" if PIPES else f"-{os.getuid()}"
    candidates = [Path(runtime) / "convoscope"] if runtime and Path(runtime).is_dir() else []
    candidates.append(Path(tempfile.gettempdir()) / f"convoscope{user}")
    if not PIPES:
        candidates.append(Path(f"/tmp/convoscope{user}"))
    problems: list[str] = []
    for folder in candidates:
        try:
            if len(os.fsencode(folder)) + 14 > LONGEST_PATH:
                raise ChannelError("its path is too long for a socket")
            folder.mkdir(mode=0o700, exist_ok=True)
            _check_private(folder)
        except OSError as error:
            problems.append(f"{folder}: {error}")
        else:
            return folder
    raise ChannelError(
        f"No private folder for sockets can be made ({'; '.join(problems)}); set XDG_RUNTIME_DIR to one of yours."
    )


def _check_private(folder: Path) -> None:
    if PIPES:
        return
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise ChannelError("it is not a folder of this user's")
    if status.st_mode & 0o077:
        folder.chmod(0o700)


def _key_file(address: str) -> Path:
    if PIPES:
        return private_folder() / f"{address.rpartition('-')[2]}.key"
    return Path(address).with_suffix(".key")


def _sweep(folder: Path) -> None:
    """Remove what killed workers left."""
    for path in folder.glob("*.sock"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > STALE and not listening(str(path)):
                remove(str(path))
