"""The left side: a new run, the list of all runs, the settings."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from studio.core.recipe.data_path import DATA_SUFFIXES
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr
from studio.ui.controls.file_dialog import local_files
from studio.ui.controls.widgets import Fill, Text, button
from studio.ui.icons import icon, paint_icon
from studio.ui.off_thread import off_thread
from studio.ui.queue.panel import QueuePanel
from studio.ui.runs.list_view import RunsList
from studio.ui.runs.model import RunsModel
from studio.ui.runs.summary import RunSummary
from studio.ui.theme import scaled_font, theme, unit

FILES = (*DATA_SUFFIXES, ".toml", ".gguf", ".safetensors")
"""How files are called that are dragged here by mistake; whether anything else is a folder is asked when it is dropped:
its drive may sleep."""


class _Mark(QWidget):
    """The studio's own icon."""

    def __init__(self) -> None:
        super().__init__()
        side = round(unit() * 1.9)
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_icon(painter, "app", QRectF(self.rect()), theme.roles.accent)


class Sidebar(Fill):
    """Its signals bring the run or page that was chosen."""

    run_selected = Signal(object)
    comparison_wanted = Signal(object)
    new_run_wanted = Signal()
    open_wanted = Signal()
    folder_dropped = Signal(object)
    settings_wanted = Signal()
    theme_toggled = Signal()
    trash_wanted = Signal()
    undo_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("sidebar", "right")
        line = round(unit())
        self.setFixedWidth(round(unit() * 16))
        self.model = RunsModel()
        self._known = 0  # runs, whether they are looked for or not
        self._shown: RunFolder | None = None
        self.new_run = button("new_run", tr("&New run"), "add", hint=tr("Set up a new run"), shortcut="Ctrl+N")
        self.new_run.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.new_run.clicked.connect(self._on_new_run)
        self.list = RunsList(self.model)
        self.list.chosen_changed.connect(self._on_chosen_changed)
        self.list.compare_wanted.connect(self._on_compare)
        self.search = QLineEdit()
        self.search.setObjectName("search_runs")
        self.search.setPlaceholderText(tr("Search runs"))
        self.search.setToolTip(tr("By name, state, note, method, model or task (Ctrl+F)"))
        self.search.setAccessibleName(tr("Search runs by name, state, note, method, model or task"))
        self.search.addAction(icon("search", "faint"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._on_search)
        self.search.installEventFilter(self)
        self.search.hide()
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self._on_find)
        undo = QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), self)
        undo.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        undo.activated.connect(self.undo_wanted)
        self._empty = Text(tr("Your runs appear here."), "faint", 0.92)
        self._empty.setWordWrap(True)
        self._empty.setContentsMargins(line, 0, line, 0)
        heading = Text(tr("Runs").upper(), "faint", 0.82, strong=True)
        hint = tr("Compare runs: select several with Ctrl or Shift and a click")
        self.compare = button("compare", tr("Compare"), "compare", "quiet", hint, "Ctrl+M")
        self.compare.setFont(scaled_font(0.92))
        self.compare.clicked.connect(self._on_compare)
        self.compare.hide()
        self.open = button(
            "open_adapter", "", "folder", "quiet", tr("Open an adapter or a run from elsewhere…"), "Ctrl+Shift+O"
        )
        self.open.clicked.connect(self.open_wanted)
        self.setAcceptDrops(True)
        self.queue = QueuePanel()
        self.queue.run_selected.connect(self.run_selected)
        self.settings = button("settings", tr("Settings"), "settings", "quiet", shortcut="Ctrl+,")
        self.trash = button("trash", "", "trash", "quiet", tr("Deleted runs: restore one, or empty the trash"))
        self.trash.clicked.connect(self.trash_wanted)
        self.trash.hide()
        self.theme = button("theme_toggle", "", "moon", "quiet", tr("Switch between light and dark"), "Ctrl+T")
        self.settings.clicked.connect(self.settings_wanted)
        self.theme.clicked.connect(self.theme_toggled)
        self._lay_out(heading)

    def _lay_out(self, heading: Text) -> None:
        line = round(unit())
        brand = QHBoxLayout()
        brand.setContentsMargins(line, line, line, 0)
        brand.setSpacing(line // 2)
        brand.addWidget(_Mark())
        name = Text("MixLoRA Studio", size=1.12, strong=True)
        brand.addWidget(name, 1)
        top = QHBoxLayout()
        top.setContentsMargins(line, line // 2, line, 0)
        top.addWidget(self.new_run)
        over_list = QHBoxLayout()
        over_list.setContentsMargins(line, line // 2, line // 2, 0)
        over_list.addWidget(heading, 1)
        over_list.addWidget(self.compare)
        over_list.addWidget(self.open)
        search = QHBoxLayout()
        search.setContentsMargins(line, 0, line, 0)
        search.addWidget(self.search)
        foot = QHBoxLayout()
        foot.setContentsMargins(line // 2, 0, line // 2, line // 2)
        foot.addWidget(self.settings)
        foot.addStretch(1)
        foot.addWidget(self.trash)
        foot.addWidget(self.theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(line // 2)
        column.addLayout(brand)
        column.addLayout(top)
        column.addLayout(over_list)
        column.addLayout(search)
        column.addWidget(self._empty)
        column.addWidget(self.list, 1)
        column.addWidget(self.queue)
        column.addLayout(foot)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.width(), 0)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_folder(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if (folder := dropped_folder(event.mimeData())) is not None:
            event.acceptProposedAction()
            off_thread(self, "dropped", folder.is_dir, partial(self._on_dropped, folder), on=[folder])

    def _on_dropped(self, folder: Path, is_there: bool) -> None:
        if is_there:
            self.folder_dropped.emit(folder)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.search.clear()
                self.list.setFocus()
                return True
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.model.rowCount():
                self.list.setFocus()
                if not self.list.chosen():
                    self.list.setCurrentIndex(self.model.index(0))
                return True
        return super().eventFilter(watched, event)

    def show_runs(self, runs: tuple[RunSummary, ...]) -> None:
        """Show these runs, newest first, or those of them that are looked for."""
        self._known = len(runs)
        # Rows that go and come change the selection, and nothing was chosen by that.
        was = self.list.blockSignals(True)
        self.model.show_runs(runs)
        self.list.blockSignals(was)
        self._show_chosen()
        self.compare.setVisible(len(runs) > 1)
        self.search.setVisible(len(runs) > 1 or bool(self.search.text()))
        self._tell_empty()

    def show_trash(self, number: int) -> None:
        """Offer the trash while something is in it."""
        self.trash.setVisible(number > 0)

    def chosen(self) -> tuple[RunFolder, ...]:
        """The runs selected in the list, in the order in which they were created."""
        return tuple(run.folder for run in self.list.chosen())

    def select(self, path: Path | None) -> None:
        """Select the run that is shown, or none, without emitting a signal."""
        self._shown = RunFolder(path) if path else None
        self.list.select(self._shown)
        self._show_chosen()

    def _tell_empty(self) -> None:
        looked_for = self.search.text().strip()
        nothing = tr("No run matches '{sought}'.", sought=looked_for)
        self._empty.setText(nothing if self._known and looked_for else tr("Your runs appear here."))
        self._empty.setVisible(not self.model.rowCount())

    def _show_chosen(self) -> None:
        number = len(self.chosen())
        self.compare.setText(tr("Compare {number}", number=number) if number > 1 else tr("Compare"))
        self.compare.setShortcut("Ctrl+M")  # a new text removes it
        self.compare.setAccessibleName(self.compare.text())
        self.compare.setProperty("look", "primary" if number > 1 else "quiet")
        self.compare.update()

    @Slot()
    def _on_new_run(self) -> None:
        self.new_run_wanted.emit()

    @Slot()
    def _on_compare(self) -> None:
        self.comparison_wanted.emit(self.chosen())

    @Slot()
    def _on_chosen_changed(self) -> None:
        chosen = self.chosen()
        self._show_chosen()
        if len(chosen) == 1:
            self.run_selected.emit(chosen[0])

    @Slot(str)
    def _on_search(self, text: str) -> None:
        # Rows that go and come change the selection, and nothing was chosen by that.
        was = self.list.blockSignals(True)
        self.model.look_for(text)
        self.list.select(self._shown)
        self.list.blockSignals(was)
        self._show_chosen()
        self._tell_empty()

    @Slot()
    def _on_find(self) -> None:
        if self._known > 1:
            self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.search.selectAll()


def dropped_folder(data: QMimeData) -> Path | None:
    """The one thing that is dragged and may be a folder; None for several, and for what is a file by its name."""
    paths = [Path(file) for file in local_files(data)]
    return paths[0] if len(paths) == 1 and not paths[0].name.lower().endswith(FILES) else None
