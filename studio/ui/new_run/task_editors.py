"""Editors of a task's own fields: its files, what is held out, and the format."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QSizePolicy, QSpinBox, QWidget

from studio.core.recipe.data_path import DATA_SUFFIXES
from studio.core.words import mark, tr
from studio.ui.controls.file_dialog import FileDialog, Mode
from studio.ui.controls.widgets import button
from studio.ui.fields.editors import Editor, choice_text, dress
from studio.ui.fields.field_spec import FieldSpec
from studio.ui.fields.path_editor import PathEditor
from studio.ui.new_run.task_values import BETWEEN, path_text, path_value
from studio.ui.theme import unit

OWN_COLUMNS = mark("chosen columns")
NONE, FILES, SHARE, ROWS = mark("nothing"), mark("a file"), mark("a share"), mark("a number of rows")


def data_filter() -> str:
    """What a file dialog shows of a folder: data files."""
    return tr("Data ({endings})", endings=" ".join("*" + suffix for suffix in DATA_SUFFIXES))


class DataPathEditor(PathEditor):
    """One or several data files, a folder of them, or a hub set."""

    def __init__(self, spec: FieldSpec) -> None:
        files = button(f"files_{spec.name}", tr("Files…"), "file", hint=tr("One or several data files"))
        folder = button(f"folder_{spec.name}", tr("Folder…"), "folder", hint=tr("All data files in a folder"))
        super().__init__(spec, tr("files, a folder, or a hub set such as owner/name"), files, folder)
        self._given: tuple[str, Any] = ("", "")  # a line of text, and the value that it stands for
        self.line.between = BETWEEN
        files.clicked.connect(self._on_files)
        folder.clicked.connect(self._on_folder)

    def value(self) -> Any:
        text = self.line.text()
        return self._given[1] if text == self._given[0] else path_value(text)

    def set_value(self, value: Any) -> None:
        text = path_text(value)
        if isinstance(value, tuple):
            value = list(value)
        self._given = (text, value if isinstance(value, str | list) else path_value(text))
        self.line.setText(text)

    def choose(self) -> None:
        self._on_files()

    @Slot()
    def _on_files(self) -> None:
        dialog = FileDialog(self.control, tr("Data files"), Mode.ExistingFiles, data_filter())
        dialog.all_chosen.connect(self._on_chosen)
        dialog.open()

    @Slot(list)
    def _on_chosen(self, files: list[str]) -> None:
        self.set_value(files if len(files) > 1 else "".join(files))

    @Slot()
    def _on_folder(self) -> None:
        self.browse(tr("A folder of data files"), Mode.Directory)


class ShareBox(QDoubleSpinBox):
    """Writes a share without the zeros at its end."""

    def textFromValue(self, value: float) -> str:
        return self.locale().toString(value, "g", 4)


class HeldOutEditor(Editor):
    """What the task is scored on: nothing, files, or a share or a number of its own training rows."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self.kind = QComboBox()
        for kind in (NONE, FILES, SHARE, ROWS):
            self.kind.addItem(tr(kind), kind)
        self.kind.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.files = DataPathEditor(spec)
        self._given: tuple[float, float] | None = None  # the share that is shown, and the one that it stands for
        self.share = ShareBox()
        self.share.setRange(0.01, 99.99)
        self.share.setDecimals(2)
        self.share.setSuffix(tr(" % of the rows"))
        self.share.setValue(10)
        self.rows = QSpinBox()
        self.rows.setRange(1, 2**31 - 1)
        self.rows.setSuffix(tr(" rows", "after a number"))
        self.rows.setValue(200)
        self.control = QWidget()
        dress(self.control, spec)
        row = QHBoxLayout(self.control)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(round(unit() * 0.4))
        row.addWidget(self.kind)
        for each in (self.files.control, self.share, self.rows):
            row.addWidget(each, 1)
        row.addStretch(0)  # keeps the choice on the left while nothing is beside it
        self.kind.setObjectName("held_out_kind")
        self.kind.setAccessibleName(tr("What the task is scored on"))
        self.share.setObjectName("held_out_share")
        self.share.setAccessibleName(tr("Share of the training rows that is held out"))
        self.rows.setObjectName("held_out_rows")
        self.rows.setAccessibleName(tr("Number of training rows that are held out"))
        self.control.setFocusProxy(self.kind)
        self._show_kind()
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.files.changed.connect(self._on_edited)
        self.share.valueChanged.connect(self._on_edited)
        self.rows.valueChanged.connect(self._on_edited)

    def value(self) -> Any:
        kind = self.kind.currentData()
        if kind == FILES:
            return self.files.value() or None
        if kind == SHARE:
            shown = self.share.value()
            return self._given[1] if self._given and self._given[0] == shown else round(shown / 100, 4)
        return self.rows.value() if kind == ROWS else None

    def set_value(self, value: Any) -> None:
        if isinstance(value, bool) or not value:
            self._choose(NONE)
        elif isinstance(value, float):
            # The box rounds, and a value must not change before a person edits it.
            self._given = None
            self.share.setValue(value * 100)
            self._given = (self.share.value(), value)
            self._choose(SHARE)
        elif isinstance(value, int):
            self.rows.setValue(value)
            self._choose(ROWS)
        else:
            self.files.set_value(value)
            self._choose(FILES)

    def choose(self) -> None:
        self._choose(FILES)
        self.files.choose()

    def _choose(self, kind: str) -> None:
        self.kind.setCurrentIndex(self.kind.findData(kind))

    def _show_kind(self) -> None:
        kind = self.kind.currentData()
        self.files.control.setVisible(kind == FILES)
        self.share.setVisible(kind == SHARE)
        self.rows.setVisible(kind == ROWS)

    @Slot()
    def _on_kind(self) -> None:
        self._show_kind()
        self._on_edited()


class FormatEditor(Editor):
    """One of the known formats, or the person's own choice of columns, which a dialog makes."""

    columns_wanted = Signal()

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self.box = QComboBox()
        for choice in spec.choices:
            self.box.addItem(choice_text(choice), choice)
        self.columns = button("choose_columns", tr("Choose columns…"), "data", hint=tr("Say which column is what"))
        self._mapping: dict[str, Any] | None = None
        self.control = QWidget()
        row = QHBoxLayout(self.control)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(round(unit() * 0.4))
        row.addWidget(self.box, 1)
        row.addWidget(self.columns)
        dress(self.box, spec)
        self.control.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.control.setFocusProxy(self.box)
        self.columns.clicked.connect(self.columns_wanted)
        self.box.currentIndexChanged.connect(self._on_edited)

    def value(self) -> Any:
        chosen = self.box.currentData()
        return self._mapping if chosen == OWN_COLUMNS and self._mapping else chosen

    def set_value(self, value: Any) -> None:
        shown = str(value)
        if isinstance(value, dict):
            # Fields that are not set are not written.
            self._mapping = {key: text for key, text in value.items() if text is not None}
            shown = OWN_COLUMNS
        if self.box.findData(shown) < 0:
            # An invalid value is shown as it is, with its problem.
            self.box.addItem(tr(OWN_COLUMNS) if shown == OWN_COLUMNS else shown, shown)
        if self.box.currentData() == shown:
            self._on_edited()  # another choice of columns
        self.box.setCurrentIndex(self.box.findData(shown))
