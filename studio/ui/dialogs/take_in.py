"""Takes in an adapter or a run from elsewhere: asks the desk, asks for a base that is not here, and says what came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from studio.core.run.run_folder import RunFolder
from studio.core.words import sentences, tr
from studio.ui.controls.file_dialog import FileDialog, Mode
from studio.ui.controls.fitted_dialog import FittedDialog
from studio.ui.controls.widgets import Text, WrappedText, button
from studio.ui.desk import Answer, Desk
from studio.ui.theme import unit
from studio.ui.units import unbroken

BASE = "base-model"
"""The kind of the Problem with a base that is not on this machine."""


class TakeInDialog(FittedDialog):
    """Imports one folder at a time; `run_taken` brings a run that is now in the list, `export_wanted` an adapter."""

    run_taken = Signal(object)
    export_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None, desk: Desk | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Open an adapter or a run"))
        self.setObjectName("take_in_dialog")
        self.setMinimumWidth(round(unit() * 38))
        self._desk = desk or Desk(self)
        self._desk.answered.connect(self._on_answer)
        self._asked: int | None = None
        self._folder = self._runs = Path()
        self._adapter: RunFolder | None = None
        self._left = False
        self.heading = Text("", size=1.25, strong=True)
        self.said = WrappedText("", "quiet")
        self.said.setObjectName("take_in_said")
        self.lines = WrappedText("", "quiet", 0.95)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(max(4, round(unit() * 0.4)))
        self.progress.setRange(0, 0)
        self.progress.setAccessibleName(tr("Copying and checking"))
        self.base_folder = button(
            "take_in_base_folder", tr("Its base: folder…"), "folder", hint=tr("The base model's folder")
        )
        self.base_file = button(
            "take_in_base_file", tr("Its base: .gguf…"), "file", hint=tr("The base model's .gguf file")
        )
        self.export = button("take_in_export", tr("Export…"), "export", "primary")
        leave = button("take_in_close", tr("Close"), "", "quiet")
        self.base_folder.clicked.connect(self._on_base_folder)
        self.base_file.clicked.connect(self._on_base_file)
        self.export.clicked.connect(self._on_export)
        leave.clicked.connect(self.hide)
        foot = QHBoxLayout()
        foot.setSpacing(round(unit() * 0.5))
        foot.addWidget(leave)
        foot.addStretch(1)
        for each in (self.base_folder, self.base_file, self.export):
            foot.addWidget(each)
        pad = round(unit() * 1.2)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(round(unit() * 0.7))
        for part in (self.heading, self.progress, self.said, self.lines):
            column.addWidget(part)
        column.addStretch(1)
        column.addLayout(foot)

    def choose(self, runs: Path) -> None:
        """Ask which folder, and take it in; a run is copied into `runs`."""
        self._runs = runs
        dialog = FileDialog(self.parentWidget(), tr("An adapter's or a run's folder"), Mode.Directory)
        dialog.setObjectName("take_in_choice")
        dialog.chosen.connect(self._on_chosen)
        dialog.open()

    def take_in(self, folder: Path, runs: Path, base: str = "") -> None:
        """Take in a folder; `base` says where its base model is."""
        if self._left or self._asked is not None:
            return
        self._folder, self._runs, self._adapter = folder, runs, None
        self.heading.setText(tr("Open {folder}", folder=folder.name))
        self.said.setText(tr("Checking its files, and looking for its base model…"))
        self.said.set_role("quiet")
        self.lines.setText("")
        more = {"base": base} if base else {}
        self._asked = self._desk.ask("import", folder=str(folder), runs=str(runs), **more)
        self._show(asking=True)
        self.open()

    def leave(self) -> None:
        """End the desk, for good."""
        self._left = True
        self._desk.leave()

    def _show(self, asking: bool = False, lacks_base: bool = False) -> None:
        self.progress.setVisible(asking)
        self.base_folder.setVisible(lacks_base)
        self.base_file.setVisible(lacks_base)
        self.export.setVisible(self._adapter is not None)
        self.lines.setVisible(bool(self.lines.text()))

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        if answer.id != self._asked:
            return
        if answer.progress:
            self.said.setText(answer.progress)
            return
        self._asked = None
        if answer.done is not None:
            self._show_taken(answer.done)
            return
        lacking = next((problem for problem in answer.problems if problem.kind == BASE), None)
        if lacking is None:
            self.said.setText("\n".join(sentences(each.what, each.remedy) for each in answer.notices()))
            self.said.set_role("danger")
        else:
            asked = json.loads(lacking.about or "{}")
            what = tr("Its base model, {name}, was not found on this machine. Where is it?", name=asked.get("name"))
            known = str(asked.get("revision") or "")
            short = known if len(known) < 24 else f"{known[:23]}…"  # a whole hash is wider than the dialog
            hashed = tr("It is known by its hash, {hash}", hash=short)
            self.said.setText(sentences(what, hashed) if known else what)
            self.said.setToolTip(known)
            self.said.set_role("warning")
        self._show(lacks_base=lacking is not None)

    def _show_taken(self, done: dict[str, Any]) -> None:
        folder = Path(str(done.get("folder")))
        if done.get("kind") == "run":
            self.hide()
            self.run_taken.emit(RunFolder(folder))
            return
        self._adapter = RunFolder(folder)
        base = done.get("base") or {}
        name = done.get("name")
        method, on = done.get("method"), base.get("name")
        said = tr("{name} is here: a {method} adapter on {base}.", name=name, method=method, base=on)
        self.said.setText(unbroken(said))
        self.said.set_role("good")
        self.lines.setText(
            tr("Ask it something: {command}", command=f"mixlora-studio chat {name}")
            + "\n"
            + tr("Train it further: set Adapter in a new run's model to {name}, with its own method.", name=name)
        )
        self._show()

    @Slot(str)
    def _on_chosen(self, folder: str) -> None:
        self.take_in(Path(folder), self._runs)

    @Slot()
    def _on_base_folder(self) -> None:
        self._browse(Mode.Directory)

    @Slot()
    def _on_base_file(self) -> None:
        self._browse(Mode.ExistingFile)

    def _browse(self, mode: Mode) -> None:
        names = [tr("GGUF models (*.gguf)")] if mode == Mode.ExistingFile else []
        dialog = FileDialog(self, tr("The base model"), mode, *names)
        dialog.chosen.connect(self._on_base)
        dialog.open()

    @Slot(str)
    def _on_base(self, base: str) -> None:
        self.take_in(self._folder, self._runs, base)

    @Slot()
    def _on_export(self) -> None:
        if self._adapter is not None:
            self.hide()
            self.export_wanted.emit(self._adapter)
