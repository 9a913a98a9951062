"""The dialog that writes files with which a cluster trains the network."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer.document import Document
from designer.inspector.form import Form
from designer.inspector.parts import label
from designer.style import SPACE
from engine.codegen.jobs import KUBERNETES, SLURM, Job, JobError, replaced, write
from engine.fields import ParameterError, Value, specs

WIDTH = 400


class JobFiles(QDialog):
    """What the job is to take, for which of the two, and a button that asks for the folder and writes."""

    said = Signal(str)
    """What was written, in one sentence."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export job files")
        self.setFixedWidth(WIDTH)
        self._document = document
        self._job = Job(document.project)
        self.form = Form(specs(Job))
        self.form.committed.connect(self._set)
        self.kinds = {SLURM: QCheckBox("Script for Slurm"), KUBERNETES: QCheckBox("For Kubernetes")}
        for name, box in self.kinds.items():
            box.setToolTip(f"Write {name}")
            box.setChecked(True)
            box.toggled.connect(self._show_state)
        self.problem = label(role="error", wrap=True)
        self.write_button = QPushButton("Choose folder and write…")
        self.write_button.setProperty("primary", True)
        self.write_button.setDefault(True)
        self.write_button.clicked.connect(self._choose)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.reject)
        self._lay_out()

    def _lay_out(self) -> None:
        intro = label(
            "Each machine runs torch's own launcher with this program; when a process is lost, or the job "
            "begun again, it goes on from its last checkpoint.",
            role="muted",
            wrap=True,
        )
        kinds = QHBoxLayout()
        kinds.setSpacing(3 * SPACE)
        for box in self.kinds.values():
            kinds.addWidget(box)
        kinds.addStretch()
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addStretch()
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.write_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*4 * (3 * SPACE,))
        layout.setSpacing(3 * SPACE)
        layout.addWidget(intro)
        layout.addWidget(self.form)
        layout.addLayout(kinds)
        layout.addWidget(self.problem)
        layout.addLayout(buttons)

    def open(self) -> None:
        """Show the dialog for the network and the recipe as they are."""
        recipe = self._document.project.recipe
        given = {"processes": recipe.processes, "gpus": recipe.device == "cuda"}
        self._values: dict[str, Value] = {**self._job.values, **given}
        self.form.show_values(self._values)
        self._show_state()
        super().open()
        self.form.editors["nodes"].setFocus(Qt.FocusReason.OtherFocusReason)

    def write_to(self, folder: Path) -> None:
        """Write the files into a folder and close; a reason why not stays in sight."""
        kinds = [name for name, box in self.kinds.items() if box.isChecked()]
        try:
            written = write(self._made(), folder, kinds)
        except (JobError, ParameterError) as error:
            # Another folder may do, so the button stays.
            self._tell(str(error))
            return
        names = [path.name for path in written]
        self.said.emit(f"Wrote {', '.join(names[:-1])} and {names[-1]} into {folder.name}")
        self.accept()

    def _choose(self) -> None:
        self.form.flush()
        wrong = self.form.troubled()
        if wrong is not None:
            wrong.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if not self.write_button.isEnabled():
            return
        start = self._document.path.parent if self._document.path else Path.cwd()
        name = QFileDialog.getExistingDirectory(self, "Write the job's files into", str(start))
        if name and self._may_replace(Path(name)):
            self.write_to(Path(name))

    def _may_replace(self, folder: Path) -> bool:
        """Whether what lies in the folder under the names of the files may go."""
        kinds = [name for name, box in self.kinds.items() if box.isChecked()]
        there = replaced(self._made(), folder, kinds)
        if not there:
            return True
        box = QMessageBox(self)
        box.setWindowTitle("Export job files")
        box.setTextFormat(Qt.TextFormat.PlainText)
        names = " and ".join(filter(None, (", ".join(there[:-1]), there[-1])))
        box.setText(f"{folder.name} has another {names} already.")
        replace = box.addButton("Replace", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        box.deleteLater()
        return box.clickedButton() is replace

    def _made(self) -> Job:
        """The job as it is asked for; raises `JobError`, `ParameterError`."""
        return Job(self._document.project, **self._values)  # type: ignore[arg-type]

    def _set(self, name: str, value: Value, _key: str) -> None:
        self._values[name] = value
        self.form.show_values(self._values)
        self._show_state()

    def _show_state(self) -> None:
        try:
            self._job = self._made()
        except (JobError, ParameterError) as error:
            self._complain(str(error))
            return
        if any(box.isChecked() for box in self.kinds.values()):
            self._complain("")
        else:
            self._complain("Nothing is to be written; choose Slurm, Kubernetes or both.")

    def _complain(self, sentence: str) -> None:
        self._tell(sentence)
        self.write_button.setEnabled(not sentence)

    def _tell(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        self.adjustSize()
