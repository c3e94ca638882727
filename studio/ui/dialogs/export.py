"""Exports a run's adapter: asks the desk, shows its progress, and then what was verified."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from studio.core.absolute_path import absolute_path
from studio.core.export_formats import EXPORT_FORMATS
from studio.core.foreign import consent
from studio.core.run.run_folder import RunFolder
from studio.core.units import count_text, number_text
from studio.ui.controls.widgets import Text, button
from studio.ui.desk import Answer, Desk
from studio.ui.theme import unit
from studio.ui.units import bytes_text


class ExportDialog(QDialog):
    """Runs one export at a time; closing the dialog does not stop it. `ended` is emitted when it succeeds or fails."""

    ended = Signal()
    consent_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None, desk: Desk | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.setObjectName("export_dialog")
        self.setMinimumWidth(round(unit() * 38))
        self._folder: RunFolder | None = None
        self._desk = desk or Desk(self)
        self._desk.answered.connect(self._on_answer)
        self._asked: int | None = None
        self._left = False
        self._out = Path()
        self.heading = Text("", size=1.25, strong=True)
        self.format = QComboBox()
        self.format.setObjectName("export_format")
        self.format.setAccessibleName("Format")
        for name, title in EXPORT_FORMATS.items():
            self.format.addItem(title, name)
        self.format.setMinimumContentsLength(16)
        self.format.currentIndexChanged.connect(self._suggest)
        self.out = QLineEdit()
        self.out.setObjectName("export_out")
        self.out.setAccessibleName("Folder to write")
        self.browse = button("export_browse", "Browse…", "folder")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(max(4, round(unit() * 0.4)))
        self.progress.setRange(0, 0)
        self.progress.setAccessibleName("Export in progress")
        self.said = Text("", "quiet")
        self.said.setObjectName("export_said")
        self.said.setWordWrap(True)
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(round(unit()))
        self._facts.setColumnStretch(1, 1)
        self.go = button("export_go", "Export", "export", "primary")
        self.show_folder = button("export_folder", "Open folder", "folder")
        self.leave_button = button("export_close", "Close", "", "quiet")
        self.browse.clicked.connect(self._on_browse)
        self.go.clicked.connect(self._on_go)
        self.show_folder.clicked.connect(self._on_show_folder)
        self.leave_button.clicked.connect(self.hide)

        fields = QGridLayout()
        fields.setHorizontalSpacing(round(unit()))
        fields.setVerticalSpacing(round(unit() * 0.6))
        fields.addWidget(Text("Format", "quiet"), 0, 0)
        fields.addWidget(self.format, 0, 1, 1, 2)
        fields.addWidget(Text("Into", "quiet"), 1, 0)
        fields.addWidget(self.out, 1, 1)
        fields.addWidget(self.browse, 1, 2)
        foot = QHBoxLayout()
        foot.setSpacing(round(unit() * 0.5))
        foot.addWidget(self.leave_button)
        foot.addStretch(1)
        foot.addWidget(self.show_folder)
        foot.addWidget(self.go)
        pad = round(unit() * 1.3)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(round(unit() * 0.8))
        column.addWidget(self.heading)
        column.addLayout(fields)
        column.addWidget(self.progress)
        column.addWidget(self.said)
        column.addLayout(self._facts)
        column.addStretch(1)
        column.addLayout(foot)

    def show_run(self, folder: RunFolder) -> None:
        """Offer the export of this run."""
        if self._asked is None and (self._folder is None or self._folder.path != folder.path):
            self._folder = folder
            self.heading.setText(f"Export {folder.id}")
            self.said.setText("Every export is verified: a fresh process loads it and compares the results.")
            self.said.set_role("quiet")
            self._show_facts({})
            self._suggest()
        self._show_asking(self._asked is not None)
        self.open()

    @property
    def is_exporting(self) -> bool:
        return self._asked is not None

    def leave(self) -> None:
        """End the desk, for good; a cancelled export leaves nothing behind."""
        self._left = True
        self._desk.leave()
        if self.is_exporting:
            # The desk was ended before it could delete this itself.
            shutil.rmtree(self._out.with_name(f".{self._out.name}.partial"), ignore_errors=True)

    def _show_asking(self, asking: bool) -> None:
        self.progress.setVisible(asking)
        self.go.setEnabled(not asking)
        self.show_folder.setVisible(not asking and self._facts.count() > 0)

    def _show_facts(self, facts: dict[str, str]) -> None:
        while self._facts.count():
            item = self._facts.takeAt(0)
            if item is not None and (gone := item.widget()) is not None:
                gone.deleteLater()
        for row, (name, value) in enumerate(facts.items()):
            told = Text(value)
            told.setWordWrap(True)
            self._facts.addWidget(Text(name, "quiet"), row, 0)
            self._facts.addWidget(told, row, 1)

    @Slot()
    def _suggest(self) -> None:
        if self._folder is not None:
            self.out.setText(str(unused_folder(self._folder.path / "export" / str(self.format.currentData()))))

    @Slot()
    def _on_browse(self) -> None:
        dialog = QFileDialog(self, "Export into")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.out.setText)
        dialog.open()

    @Slot()
    def _on_go(self) -> None:
        if self._folder is None or self._left:
            return
        self._show_facts({})
        self.said.setText("Starting…")
        self.said.set_role("quiet")
        out = self.out.text().strip()
        self._out = absolute_path(out)
        to = self.format.currentData()
        self._asked = self._desk.ask("export", run=str(self._folder.path), to=to, out=str(self._out))
        self._show_asking(True)

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        if answer.id != self._asked:
            return
        if answer.progress:
            self.said.setText(answer.progress)
            return
        self._asked = None
        if answer.done is not None:
            self._show_facts(export_facts(answer.done))
            self.said.setText("Exported and verified." if answer.done.get("verified") else "Exported.")
            self.said.set_role("good")
        else:
            self.said.setText("\n".join(f"{each.what} {each.remedy}" for each in answer.notices()))
            self.said.set_role("danger")
            for problem in answer.problems:
                if problem.kind == consent.KIND:
                    self.consent_wanted.emit(problem)
        self._show_asking(False)
        self.ended.emit()

    @Slot()
    def _on_show_folder(self) -> None:
        path = absolute_path(self.out.text().strip())
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path if path.is_dir() else path.parent)))


def unused_folder(wanted: Path) -> Path:
    """`wanted`, or the first of its numbered names that does not exist: an export never overwrites another."""
    return next(
        path
        for path in (wanted, *(wanted.with_name(f"{wanted.name}-{n}") for n in range(2, 1000)))
        if not path.exists()
    )


def export_facts(done: dict[str, Any]) -> dict[str, str]:
    """An export's answer in words: its folder, its size, and what was verified."""
    facts: dict[str, str] = {}
    if "path" in done:
        facts["Folder"] = str(done["path"])
    if isinstance(done.get("bytes"), int | float):
        facts["Size"] = bytes_text(done["bytes"])
    verified = done.get("verified")
    for key, value in verified.items() if isinstance(verified, dict) else ():
        name = str(key).replace("_", " ").capitalize()
        if isinstance(value, bool):
            facts[name] = "yes" if value else "no"
        elif isinstance(value, int):
            facts[name] = count_text(value)
        elif isinstance(value, float):
            facts[name] = number_text(value)
        else:
            facts[name] = str(value)
    return facts
