"""How a worker's process is started: the interpreter, its environment, its session."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Literal, TypeAlias

from engine.workers import channel

Role: TypeAlias = Literal["trainer", "lab", "study"]

ALLOCATOR = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": str(2**40),
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TOP_PAD_": str(2**26),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""glibc told to keep what it has, in huge pages: a training step frees and takes the same blocks
again, and giving them back to the system each time costs page faults. A threshold for `mmap` would
not do, since glibc takes none above 32 MiB. Measured on two cores: 1.1 to 1.35 times the images per
second of CPU at batch 512 (LeNet-5, a small residual network), nothing at 32. Other C libraries
ignore it.
"""


def environment(role: Role, *, sparing: bool = False) -> dict[str, str]:
    """The environment of a worker; what the user has set of it stays.

    A `sparing` trainer gives memory back that it does not need at present.
    """
    values = dict(os.environ)
    if sparing:
        # This process may have been told to keep it.
        values = {name: value for name, value in values.items() if ALLOCATOR.get(name) != value}
    elif role == "trainer":
        values = {**ALLOCATOR, **values}
    root = str(Path(__file__).resolve().parents[2])
    values["PYTHONPATH"] = os.pathsep.join(filter(None, (root, values.get("PYTHONPATH", ""))))
    return values


def spawn(role: Role, address: str) -> subprocess.Popen[bytes]:
    """Start a worker that listens at `address`, in a session of its own so that it outlives the window's.

    Raises `ChannelError` where the process cannot be started.
    """
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        if role == "lab":
            flags |= subprocess.BELOW_NORMAL_PRIORITY_CLASS
    command = [sys.executable, "-P", "-m", "engine.workers", role, address]
    try:
        with channel.log_file(address).open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(role),
                start_new_session=True,
                creationflags=flags,
            )
    except OSError as error:
        channel.remove(address)
        raise channel.ChannelError(
            f"The {role}'s process cannot be started ({error}); close other programs and try again."
        ) from None
