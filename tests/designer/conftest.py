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
def light(qapp: QApplication) -> None:
    """The light theme; put on only where it is not yet, since it styles every widget anew."""
    if theme().tokens.name != "light" or not qapp.styleSheet():
        theme().apply("light")


@pytest.fixture
def lenet(light: None) -> Document:
    """LeNet-5 in a document."""
    return Document(storage.load(Path(resources.TEMPLATES) / "lenet5.convo"))


@pytest.fixture
def empty(light: None) -> Document:
    """A document with nothing drawn."""
    return Document()
