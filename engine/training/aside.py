"""Work that takes its time, done in another thread, so that this one can obey meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable

_PATIENCE = 0.05
"""Seconds between two calls of what is done meanwhile."""


def aside(work: Callable[[], None], meanwhile: Callable[[], None]) -> None:
    """Do `work` in another thread, and raise what it raises; `meanwhile` is called again and again.

    Where that raises, a thread that hangs (in the network, say) is left to itself.
    """
    errors: list[BaseException] = []

    def do() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=do, name="preparation", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_PATIENCE)
        meanwhile()
    if errors:
        raise errors[0]
