"""The settings: each field of studio.core.settings, drawn by the editors that draw a recipe's."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.core import places
from studio.core.absolute_path import whole_path
from studio.core.fault_text import fault_text
from studio.core.problem import Problem, ProblemError
from studio.core.runs_place import MISSING, make_place, place_problem
from studio.core.settings import Settings
from studio.core.words import mark, sentences, tr
from studio.ui.controls.fitted_dialog import FittedDialog
from studio.ui.controls.widgets import Text, button
from studio.ui.dialogs.trusted_models import TrustedModels
from studio.ui.fields.editors import Editor, make_editor
from studio.ui.fields.field_row import FieldRow
from studio.ui.fields.field_spec import FieldSpec, fields_of
from studio.ui.fields.path_editor import FolderEditor
from studio.ui.off_thread import off_thread
from studio.ui.theme import unit

ELSEWHERE = ("smoothing",)  # set by the slider beside the curve


MORE = mark("More")
GROUPS = (
    (mark("Window"), ("theme", "language", "notify")),
    (mark("Runs"), ("runs",)),
    (mark("Models"), ("model_folders",)),
    (mark("Games"), ("give_way", "give_way_gib", "come_back")),
)


class SettingsDialog(FittedDialog):
    """Edits a copy; `chosen` brings it when Done is pressed and every value is valid."""

    chosen = Signal(object)
    about_wanted = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Settings"))
        self.setObjectName("settings_dialog")
        self._settings = settings
        self._confirmed: str | None = None  # a missing folder that is made when Done is pressed again
        self._looked_for: Settings | None = None  # those whose folder of runs is being looked at
        self.rows = {
            spec.name: self._row(spec) for spec in fields_of(Settings, "setting.") if spec.name not in ELSEWHERE
        }
        self.trusted = TrustedModels()
        self.done_button = button("settings_done", tr("Done"), "check", "primary")
        self.done_button.clicked.connect(self._on_done)
        leave = button("settings_cancel", tr("Cancel"), "", "quiet")
        leave.clicked.connect(self.reject)
        kept = Text(_where(), "faint", 0.9)
        kept.setWordWrap(True)
        about = button("settings_about", tr("About"), "info", "quiet", tr("Versions, licence and keys (F1)"))
        about.clicked.connect(self.about_wanted)
        foot = QHBoxLayout()
        foot.addWidget(about)
        foot.addStretch(1)
        foot.addWidget(leave)
        foot.addWidget(self.done_button)
        pad = round(unit() * 1.3)
        body = self._body(kept)
        area = QScrollArea()
        area.setWidget(body)
        body.setAutoFillBackground(False)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.viewport().setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(pad // 2)
        column.addWidget(Text(tr("Settings"), size=1.25, strong=True))
        column.addWidget(area, 1)
        column.addLayout(foot)
        # Set before it is shown: Qt guesses the height of wrapped sentences for a width that is not theirs. Asked while
        # every field has its own sentence, the longest.
        wide = round(unit() * 36)
        layout = body.layout()
        assert layout is not None
        inside = wide - round(unit() * 0.75) - 2 * pad
        self.setMinimumWidth(wide)
        self.resize(wide, layout.totalHeightForWidth(inside) + 4 * pad + 2 * self.done_button.sizeHint().height())
        self._on_changed()

    def _body(self, kept: Text) -> QWidget:
        """The fields under the headings that they belong to."""
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, round(unit() * 0.75), 0)
        column.setSpacing(round(unit() * 0.7))
        headed = {name for _, names in GROUPS for name in names}
        for title, names in (*GROUPS, (MORE, tuple(name for name in self.rows if name not in headed))):
            if not names:
                continue
            column.addSpacing(round(unit() * 0.3))
            column.addWidget(Text(tr(title).upper(), "faint", 0.82, strong=True))
            for name in names:
                column.addWidget(self.rows[name])
        column.addSpacing(round(unit() * 0.3))
        column.addWidget(self.trusted)
        column.addWidget(kept)
        column.addStretch(1)
        return body

    def _row(self, spec: FieldSpec) -> FieldRow:
        without = str(places.runs()) if spec.name == "runs" else ""
        editor: Editor = FolderEditor(spec, without) if spec.kind == "folder" else make_editor(spec)
        editor.set_value(getattr(self._settings, spec.name))
        editor.changed.connect(self._on_changed)
        return FieldRow(spec, editor)

    def _values(self) -> dict[str, Any]:
        return {name: row.editor.value() for name, row in self.rows.items()}

    @Slot()
    def _on_changed(self) -> None:
        if self._looked_for is not None:
            self._looked_for = None
            self.rows["runs"].show_problem("")
        values = self._values()
        for row in self.rows.values():
            needs = self.rows.get(row.spec.needs)
            on = needs is None or values[row.spec.needs]
            row.show_unused(
                "" if on or needs is None else tr("Not used while '{switch}' is off.", switch=needs.spec.label)
            )

    @Slot()
    def _on_done(self) -> None:
        for row in self.rows.values():
            row.show_problem("")
        try:
            settings = Settings.model_validate({**self._settings.model_dump(), **self._values()})
        except ValidationError as error:
            for fault in error.errors():
                row = self.rows[str(fault["loc"][0])]
                what = fault_text(fault)
                row.show_problem(sentences(what[0].upper() + what[1:], row.spec.range_text))
            return
        if settings.runs == self._settings.runs:
            self._choose(settings)
            return
        self.rows["runs"].show_problem(tr("Its disk is being asked…"))
        self._looked_for = settings
        work = partial(place_of, settings, makes=self._confirmed == settings.runs)
        off_thread(
            self, "place", work, partial(self._on_place, settings), on=[whole_path(settings.runs, places.home())]
        )

    def _on_place(self, settings: Settings, found: tuple[Path, Problem | None]) -> None:
        """Take the settings where runs can be kept in their folder, unless they were changed meanwhile."""
        if settings is not self._looked_for:
            return
        folder, problem = found
        if problem is None:
            resolved = str(folder) if ".." in Path(settings.runs).parts else settings.runs
            self._choose(settings.model_copy(update={"runs": resolved}))
            return
        self._confirmed = settings.runs if problem.kind == MISSING else None
        again = tr("Press Done again to make it.") if self._confirmed is not None else ""
        what = problem.what[:1].upper() + problem.what[1:]
        self.rows["runs"].show_problem(sentences(what, problem.remedy, again))

    def _choose(self, settings: Settings) -> None:
        self.chosen.emit(settings)
        self.accept()


def place_of(settings: Settings, makes: bool) -> tuple[Path, Problem | None]:
    """The folder of runs, made where it is missing if it `makes` it, and why none can be kept there; asks its disk."""
    folder = settings.runs_folder()
    if folder == places.runs():
        return folder, None  # which is made when it is needed
    problem = place_problem(folder)
    if problem is not None and problem.kind == MISSING and makes:
        try:
            make_place(folder)
        except ProblemError as error:
            return folder, error.problems[0]
        return folder, None
    return folder, problem


def _where() -> str:
    """Where settings and log lie."""
    settings, log = places.settings_file(), places.logs()
    return tr("Stored in {settings}; the window's log is in {log}.", settings=settings, log=log)
