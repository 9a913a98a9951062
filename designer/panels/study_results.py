"""The results of a study, live: curves with their spread, the measure over what varies, and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from designer.inspector.choosing import Combo
from designer.inspector.parts import Empty, tool
from designer.panels.study_table import StudyTable
from designer.studying import Studying
from designer.style import SPACE
from engine.studies.outcomes import Outcomes
from engine.studies.study import Study
from engine.studies.table import MEASURES, Curve, Measure, Row, best, curve, rows, usual
from engine.studies.targets import target
from engine.studies.variables import show

if TYPE_CHECKING:
    from designer.plots.study import BandPlot, ValuePlot

CURVES = ("val_accuracy", "val_loss", "train_accuracy", "train_loss")
"""Measures that are known for every epoch."""


class StudyResults(QWidget):
    """Draws only while it is visible. What it shows is read from the runs' own files."""

    open_requested = Signal(int)
    """The number of a variant whose network is to be opened."""
    apply_requested = Signal(int)
    """The number of a variant that the present network is to become."""

    def __init__(self, studying: Studying, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studying = studying
        self.rows: list[Row] = []
        self.best: Row | None = None
        self.bands: BandPlot | None = None
        self.places: ValuePlot | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self._plot_side())
        split.addWidget(self._table_side())
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        layout.addWidget(split)
        studying.opened.connect(self._begin)
        studying.changed.connect(self.refresh)

    # Building

    def _plot_side(self) -> QWidget:
        side = QWidget()
        self.measure = Combo()
        self.measure.setAccessibleName("Measure")
        for name, item in MEASURES.items():
            self.measure.addItem(item.title, name)
        self.measure.activated.connect(self.refresh)
        self.over = Combo()
        self.over.setAccessibleName("Drawn over")
        self.over.activated.connect(self.refresh)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self.measure, 1)
        head.addWidget(self.over, 1)
        self.plots = QStackedWidget()
        self.empty = Empty("No results yet", "They come with the first epochs.", "chart")
        self.plots.addWidget(self.empty)
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, SPACE, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(head)
        layout.addWidget(self.plots, 1)
        return side

    def _table_side(self) -> QWidget:
        side = QWidget()
        self.table = StudyTable()
        self.table.chosen.connect(self.refresh)
        self.table.open_requested.connect(self._open)
        self.open_button = QPushButton("Open network")
        self.open_button.setToolTip("Open the network of this variant in the editor")
        self.open_button.clicked.connect(self._open)
        self.apply_button = QPushButton("Apply")
        self.apply_button.clicked.connect(lambda: self._ask(self.apply_requested))
        self.best_button = tool("Best", tip="Choose the best variant")
        self.best_button.clicked.connect(self._choose_best)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.best_button)
        row.addStretch()
        row.addWidget(self.open_button)
        row.addWidget(self.apply_button)
        layout = QVBoxLayout(side)
        layout.setContentsMargins(SPACE, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        return side

    # Showing

    @property
    def variant(self) -> int | None:
        """The variant that is chosen, else the best one."""
        chosen = self.table.variant
        return chosen if chosen is not None else self.best.variant if self.best else None

    def _begin(self) -> None:
        """Another study is shown."""
        outcomes = self._studying.outcomes
        if outcomes is None:
            return
        study = outcomes.study
        self.table.clearSelection()
        self.measure.setCurrentIndex(self.measure.findData(usual(study.project).name))
        self.over.clear()
        self.over.addItem("over epochs", "")
        for item in study.plan.variables:
            self.over.addItem(f"over {item.path}", item.path)
        if not study.plan.variables:
            self.over.addItem("over variants", "variants")
        if study.plan.kind in ("grid", "random"):
            self.over.setCurrentIndex(1)
        self.refresh()

    def refresh(self) -> None:
        """Show the study as it stands."""
        outcomes = self._studying.outcomes
        if outcomes is None or not self.isVisible():
            return
        measure = MEASURES[self.measure.currentData()]
        self.rows = rows(outcomes.study, outcomes.all, measure)
        self.best = best(self.rows, measure)
        self.table.show_rows(self.rows, measure, self.best)
        self._show_buttons()
        if not any(item.epochs for item in outcomes.all):
            self.plots.setCurrentWidget(self.empty)
            return
        self._make_ready()
        assert self.bands is not None and self.places is not None
        what = measure.name.rpartition("_")[2]
        if self.over.currentData() == "":
            self._draw_bands(outcomes, measure)
            self.plots.setCurrentWidget(self.bands)
        else:
            self._draw_places(outcomes.study, measure, what)
            self.plots.setCurrentWidget(self.places)

    def _make_ready(self) -> None:
        if self.bands is None:
            # Not before: pyqtgraph takes half a second.
            from designer.plots.study import BandPlot, ValuePlot

            self.bands = BandPlot("", "", "accuracy", 100.0)
            self.places = ValuePlot("", "", "accuracy", 100.0)
            for plot in (self.bands, self.places):
                self.plots.addWidget(plot)
            self.bands.pointed.connect(self.bands.point_at)

    def _draw_bands(self, outcomes: Outcomes, measure: Measure) -> None:
        """The curves of the best variants, and of the chosen one."""
        from designer.plots.study import MOST, Band

        assert self.bands is not None
        known = measure if measure.name in CURVES else usual(outcomes.study.project)
        ranked = sorted(
            (row for row in self.rows if row.spread is not None),
            key=lambda row: row.spread.mean if row.spread is not None else 0.0,
            reverse=measure.higher,
        )
        numbers = [row.variant for row in ranked] or [row.variant for row in self.rows]
        if outcomes.study.plan.kind == "ablation":
            numbers.insert(0, 0)
        if self.table.variant is not None:
            numbers.insert(0, self.table.variant)
        chosen = list(dict.fromkeys(numbers))[:MOST]
        bands: list[Band] = []
        for color, variant in enumerate(sorted(chosen)):
            found: Curve = curve(outcomes.all, variant, known.name)
            bands.append(Band(outcomes.study.variants[variant].label, color, found))
        what = "accuracy" if known.percent else "loss"
        self.bands.show_bands(bands, what, _axis(outcomes.study, known))

    def _draw_places(self, study: Study, measure: Measure, what: str) -> None:
        """Every run over the value of the chosen parameter, or over the variants by their numbers."""
        from designer.plots.study import Place

        assert self.places is not None
        path = self.over.currentData()
        made = next((item for item in study.plan.variables if item.path == path), None)
        names: list[tuple[float, str]] = []
        logarithmic = False
        if made is None:
            at = {row.variant: float(row.variant) for row in self.rows}
            names = [(float(row.variant), row.label) for row in self.rows]
            below = "variant"
        else:
            aim = target(study.project, path)
            values = [dict(study.variants[row.variant].setting)[path] for row in self.rows]
            plain = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
            below = f"{path} ({aim.spec.unit})" if aim.spec.unit else path
            if plain:
                at = {row.variant: float(v) for row, v in zip(self.rows, values, strict=True)}  # type: ignore[arg-type]
                logarithmic = made.span is not None and made.span.log
            else:
                order = list(dict.fromkeys(values))
                at = {
                    row.variant: float(order.index(v))
                    for row, v in zip(self.rows, values, strict=True)
                }
                names = [(float(place), show(aim.spec, v)) for place, v in enumerate(order)]
        places = [Place(at[row.variant], row.label, row.values) for row in self.rows]
        axes = (below, _axis(study, measure))
        self.places.show_places(places, what, axes, logarithmic, names, self.variant)

    def _show_buttons(self) -> None:
        variant = self.variant
        for button in (self.open_button, self.apply_button):
            button.setEnabled(variant is not None)
        label = self.rows[variant].label if variant is not None else ""
        self.apply_button.setToolTip(f"Set {label} in the present network; undo takes it back")
        self.best_button.setEnabled(self.best is not None)

    def _choose_best(self) -> None:
        if self.best is not None:
            self.table.choose(self.best.variant)

    def _open(self) -> None:
        self._ask(self.open_requested)

    def _ask(self, signal: object) -> None:
        variant = self.variant
        if variant is not None:
            signal.emit(variant)  # type: ignore[attr-defined]


def _axis(study: Study, measure: Measure) -> str:
    """What stands at the axis of a measure."""
    if measure.name == "seconds":
        return "seconds"
    return "accuracy (%)" if measure.percent else study.project.recipe.loss.axis()
