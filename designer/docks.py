"""The window's docks: which panel starts where, and what Qt does not tidy up by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

from PySide6.QtCore import QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QTabWidget, QVBoxLayout, QWidget

Panels: TypeAlias = Sequence[tuple[str, QWidget]]
"""Titles and panels that share one place as tabs; the first is in front."""

LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea


ROOMY = QSize(1200, 780)
"""Windows smaller than this, either way, are small."""


class _Room(QWidget):
    """Holds a panel, as large as it is when it is shown, and lets it be hidden.

    Qt only moves a dock aside that is behind others: its panel would go on working, and Tab would lead
    into what nobody sees.
    """

    def __init__(self, panel: QWidget) -> None:
        super().__init__()
        self._panel = panel
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(panel)

    def sizeHint(self) -> QSize:
        return self._panel.sizeHint().expandedTo(self.minimumSizeHint())

    def minimumSizeHint(self) -> QSize:
        return self._panel.minimumSizeHint().expandedTo(self._panel.minimumSize())


class Docks(QObject):
    """One dock for each panel, by its title; the bottom lies between left and right."""

    def __init__(self, window: QMainWindow, left: Panels, right: Panels, bottom: Panels) -> None:
        super().__init__(window)
        self._window = window
        self.by_title: dict[str, QDockWidget] = {}
        self._tidying = QTimer(self, singleShot=True, interval=0)
        self._tidying.timeout.connect(self.tidy)
        self._fronts = [self._add(LEFT, left), self._add(RIGHT, right), self._add(BOTTOM, bottom)]
        window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
        window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self._small = False
        self._share()

    def follow(self, size: QSize) -> None:
        """The window has this size now: when it becomes a small one, the canvas keeps more of it."""
        small = size.width() < ROOMY.width() or size.height() < ROOMY.height()
        if small != self._small:
            self._small = small
            self._share()
        self.tidy_soon()

    def _share(self) -> None:
        sides, bottom = ([188, 288], [204]) if self._small else ([240, 312], [272])
        self._window.resizeDocks(self._fronts[:2], sides, Qt.Orientation.Horizontal)
        self._window.resizeDocks(self._fronts[2:], bottom, Qt.Orientation.Vertical)

    def bring_forward(self, title: str) -> None:
        """Show a panel, in front of those that share its place."""
        self.by_title[title].show()
        self.by_title[title].raise_()

    def tidy_soon(self) -> None:
        """Tidy when the present change of the layout is over; amid it Qt would take offence."""
        self._tidying.start()

    def tidy(self) -> None:
        """A dock among tabs needs no title bar: its tab names it, and moves it when dragged."""
        for dock in self.by_title.values():
            among_tabs = bool(self._window.tabifiedDockWidgets(dock)) and not dock.isFloating()
            if among_tabs != (dock.titleBarWidget() is not None):
                dock.setTitleBarWidget(QWidget(dock) if among_tabs else cast(QWidget, None))
        self._hide_stray_tabs()

    def _add(self, area: Qt.DockWidgetArea, panels: Panels) -> QDockWidget:
        docks = [self._dock(area, title, panel) for title, panel in panels]
        for dock in docks[1:]:
            self._window.tabifyDockWidget(docks[0], dock)
        docks[0].raise_()
        return docks[0]

    def _dock(self, area: Qt.DockWidgetArea, title: str, panel: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(title)
        dock.setWidget(_Room(panel))
        panel.hide()
        dock.visibilityChanged.connect(panel.setVisible)
        for moved in (dock.dockLocationChanged, dock.topLevelChanged, dock.visibilityChanged):
            moved.connect(self.tidy_soon)
        self._window.addDockWidget(area, dock)
        self.by_title[title] = dock
        return dock

    def _hide_stray_tabs(self) -> None:
        """Qt (6.11) leaves tab bars behind when a third dock joins two, or a layout is restored."""
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        found = self._window.findChildren(QTabBar, options=direct)
        bars = [bar for bar in found if bar.isVisible()]
        for bar in bars:
            # Titles cut to two letters help nobody; a narrow bar is scrolled.
            bar.setElideMode(Qt.TextElideMode.ElideNone)
            bar.setUsesScrollButtons(True)
        for dock in self.by_title.values():
            if dock.isFloating() or dock.visibleRegion().isEmpty():
                continue
            title, left, width = dock.windowTitle(), dock.x(), dock.width()
            mine = [bar for bar in bars if title in map(bar.tabText, range(bar.count()))]
            fitting = [bar for bar in mine if (bar.x(), bar.width()) == (left, width)]
            for bar in mine:
                if bar is not (fitting or mine)[-1]:
                    bar.hide()
