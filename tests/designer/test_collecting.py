"""Cyclic garbage goes on the window's thread."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import ClassVar

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from designer.collecting import Collector


class Loop:
    """Garbage that only the collector finds; it notes the thread that it goes on."""

    ended: ClassVar[list[int]] = []

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        Loop.ended.append(threading.get_ident())


def test_garbage_made_by_another_thread_goes_on_this_one(qtbot: QtBot) -> None:
    parent = QObject()
    collector = Collector(parent)
    Loop.ended.clear()
    try:

        def litter() -> None:
            for _ in range(5000):
                Loop()

        thread = threading.Thread(target=litter)
        thread.start()
        thread.join()
        assert not Loop.ended
        last = weakref.ref(Loop())
        qtbot.waitUntil(lambda: len(Loop.ended) > 4000 and last() is None, timeout=10_000)
        assert set(Loop.ended) == {threading.get_ident()}
    finally:
        collector.stop()
    assert gc.isenabled()
