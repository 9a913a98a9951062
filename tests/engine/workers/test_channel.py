"""Channels: private, authenticated, and sound when the other end misbehaves."""

from __future__ import annotations

import os
import socket
import stat
import sys
import threading
import time
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from engine.workers import channel
from engine.workers.channel import Channel, ChannelError, Server, connect, listening, new_address
from engine.workers.messages import Pause, Ping, Refused
from engine.workers.wire import ProtocolError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the tests read Unix sockets")


def serving(address: str) -> tuple[Server, list[Channel], threading.Thread]:
    """A server that welcomes one client in a thread of its own."""
    server = Server(address)
    clients: list[Channel] = []

    def welcome() -> None:
        try:
            clients.append(server.welcome(server.accept()))
        except ChannelError:
            return

    thread = threading.Thread(target=welcome)
    thread.start()
    return server, clients, thread


def pair() -> tuple[Server, Channel, Channel]:
    """A server and both ends of a channel to it."""
    address = new_address()
    server, clients, thread = serving(address)
    near = connect(address)
    thread.join()
    return server, near, clients[0]


def test_a_message_passes_both_ways(runtime: Path) -> None:
    server, near, far = pair()
    near.send(Ping(number=4))
    assert far.receive() == Ping(number=4)
    far.send(Refused("no"))
    assert near.receive() == Refused("no")
    near.close()
    with pytest.raises(ChannelError):
        far.receive()
    far.close()
    server.close()


def test_nobody_else_can_enter_the_folder_or_read_the_key(runtime: Path) -> None:
    address = new_address()
    folder = Path(address).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(Path(address).with_suffix(".key").stat().st_mode) == 0o600
    channel.remove(address)


def test_a_folder_that_others_could_enter_is_closed_to_them(runtime: Path) -> None:
    (runtime / "convoscope").mkdir(mode=0o777)
    (runtime / "convoscope").chmod(0o777)
    assert stat.S_IMODE(channel.private_folder().stat().st_mode) == 0o700


def test_a_folder_that_is_a_link_is_passed_over(runtime: Path, tmp_path: Path) -> None:
    (runtime / "convoscope").symlink_to(tmp_path)
    assert channel.private_folder().parent != runtime


def test_a_path_too_long_for_a_socket_is_passed_over(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = runtime / ("long" * 30)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    monkeypatch.setenv("TMPDIR", str(long))
    address = new_address()
    assert len(os.fsencode(address)) <= channel.LONGEST_PATH
    server, clients, thread = serving(address)
    near = connect(address)
    thread.join()
    near.close()
    clients[0].close()
    server.close()
    assert not Path(address).exists()


def test_who_does_not_know_the_key_is_turned_away(runtime: Path) -> None:
    address = new_address()
    server, clients, thread = serving(address)
    Path(address).with_suffix(".key").write_bytes(b"another key")
    with pytest.raises(ChannelError):
        connect(address)
    thread.join()
    assert not clients
    server.close()


def test_who_says_something_else_than_the_handshake_is_turned_away(runtime: Path) -> None:
    address = new_address()
    server, clients, thread = serving(address)
    with Client(address, "AF_UNIX") as stranger:
        stranger.send_bytes(b"x" * 10_000)
    thread.join()
    assert not clients
    server.close()


def test_a_server_without_the_key_is_not_trusted(runtime: Path) -> None:
    address = new_address()
    server, _, thread = serving(address)
    key = Path(address).with_suffix(".key")
    key.write_bytes(b"another key")
    with pytest.raises(ChannelError, match="key"):
        connect(address)
    thread.join()
    server.close()


def test_bytes_that_are_no_message_do_not_end_the_channel(runtime: Path) -> None:
    server, near, far = pair()
    near._connection.send_bytes(b"garbage")
    near.send(Pause())
    with pytest.raises(ProtocolError):
        far.receive()
    assert far.receive() == Pause()
    near.close()
    far.close()
    server.close()


def test_a_message_beyond_the_limit_ends_the_channel(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, near, far = pair()
    monkeypatch.setattr(channel, "LIMIT", 1000)
    near._connection.send_bytes(b"x" * 1001)
    with pytest.raises(ChannelError):
        far.receive()
    near.close()
    server.close()


def test_shutting_wakes_a_thread_that_receives(runtime: Path) -> None:
    server, near, far = pair()
    ended: list[float] = []

    def read() -> None:
        with pytest.raises(ChannelError):
            near.receive()
        ended.append(time.monotonic())

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(0.05)
    begun = time.monotonic()
    near.shut()
    thread.join(2)
    assert ended[0] - begun < 0.5
    near.shut()
    near.close()
    near.shut()
    far.close()
    server.close()


def test_a_socket_that_nobody_listens_at_is_seen_and_in_time_swept(runtime: Path) -> None:
    address = new_address()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(address)
    assert not listening(address)
    channel.remove(new_address())
    assert Path(address).exists()
    old = time.time() - 2 * channel.STALE
    os.utime(address, (old, old))
    channel.remove(new_address())
    assert not Path(address).exists()
    assert not Path(address).with_suffix(".key").exists()


def test_connecting_where_nobody_listens_says_so(runtime: Path) -> None:
    address = new_address()
    with pytest.raises(ChannelError, match="Nobody listens"):
        connect(address)
    channel.remove(address)
    assert not listening(address)
