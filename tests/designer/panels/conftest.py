"""A workshop without workers: its signals are emitted by the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from designer.workshop import Workshop


@pytest.fixture
def workshop(qapp: QApplication) -> Iterator[Workshop]:
    made = Workshop()
    yield made
    made.close()
