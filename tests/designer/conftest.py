"""What tests of the window share: the theme, a real project in a real document."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

import resources
from designer.document import Document
from designer.style import theme
from engine.network import storage


@pytest.fixture
def lenet(qapp: QApplication) -> Document:
    """LeNet-5 in a document."""
    theme().apply("light")
    return Document(storage.load(Path(resources.TEMPLATES) / "lenet5.convo"))


@pytest.fixture
def empty(qapp: QApplication) -> Document:
    """A document with nothing drawn."""
    theme().apply("light")
    return Document()
