"""The left side: a new run, the list of all runs, the settings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QMimeData, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListView, QSizePolicy, QVBoxLayout, QWidget

from studio.core.run.run_folder import RunFolder
from studio.ui.controls.widgets import Fill, Text, button
from studio.ui.icons import paint_icon
from studio.ui.queue.panel import QueuePanel
from studio.ui.runs.model import RunDelegate, RunsModel
from studio.ui.runs.summary import RunSummary
from studio.ui.theme import scaled_font, theme, unit


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

    def __init__(self) -> None:
        super().__init__("sidebar", "right")
        line = round(unit())
        self.setFixedWidth(round(unit() * 16))
        self.model = RunsModel()
        self.new_run = button("new_run", "&New run", "add", hint="Set up a new run", shortcut="Ctrl+N")
        self.new_run.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.new_run.clicked.connect(self._on_new_run)
        self.list = QListView()
        self.list.setObjectName("runs_list")
        self.list.setAccessibleName("Runs, newest first")
        self.list.setModel(self.model)
        self.list.setItemDelegate(RunDelegate(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.viewport().setAutoFillBackground(False)
        # Ctrl or Shift and a click select several, to be compared.
        self.list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.list.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._empty = Text("Your runs appear here.", "faint", 0.92)
        self._empty.setWordWrap(True)
        self._empty.setContentsMargins(line, 0, line, 0)
        heading = Text("RUNS", "faint", 0.82, strong=True)
        hint = "Compare runs: select several with Ctrl or Shift and a click"
        self.compare = button("compare", "Compare", "compare", "quiet", hint, "Ctrl+M")
        self.compare.setFont(scaled_font(0.92))
        self.compare.clicked.connect(self._on_compare)
        self.compare.hide()
        self.open = button(
            "open_adapter", "", "folder", "quiet", "Open an adapter or a run from elsewhere…", "Ctrl+Shift+O"
        )
        self.open.clicked.connect(self.open_wanted)
        self.setAcceptDrops(True)
        self.queue = QueuePanel()
        self.queue.run_selected.connect(self.run_selected)
        self.settings = button("settings", "Settings", "settings", "quiet", shortcut="Ctrl+,")
        self.theme = button("theme_toggle", "", "moon", "quiet", "Switch between light and dark", "Ctrl+T")
        self.settings.clicked.connect(self.settings_wanted)
        self.theme.clicked.connect(self.theme_toggled)
        self._lay_out(heading)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

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
        foot = QHBoxLayout()
        foot.setContentsMargins(line // 2, 0, line // 2, line // 2)
        foot.addWidget(self.settings)
        foot.addStretch(1)
        foot.addWidget(self.theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(line // 2)
        column.addLayout(brand)
        column.addLayout(top)
        column.addLayout(over_list)
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
            self.folder_dropped.emit(folder)

    def show_runs(self, runs: tuple[RunSummary, ...]) -> None:
        """Show these runs, newest first."""
        self.model.show_runs(runs)
        self._empty.setVisible(not runs)
        self.compare.setVisible(len(runs) > 1)

    def chosen(self) -> tuple[RunFolder, ...]:
        """The runs selected in the list, in the order in which they were created."""
        rows = sorted({index.row() for index in self.list.selectionModel().selectedIndexes()}, reverse=True)
        return tuple(self.model.run_at(row).folder for row in rows)

    def select(self, path: Path | None) -> None:
        """Select the run that is shown, or none, without emitting a signal."""
        selection = self.list.selectionModel()
        was = selection.blockSignals(True)
        row = self.model.row_of(path) if path else None
        if row is None:
            selection.clear()
        else:
            self.list.setCurrentIndex(self.model.index(row))
            selection.select(self.model.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect)
        selection.blockSignals(was)
        self.list.viewport().update()
        self._show_chosen()

    def _show_chosen(self) -> None:
        number = len(self.chosen())
        self.compare.setText(f"Compare {number}" if number > 1 else "Compare")
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

    @Slot(QItemSelection, QItemSelection)
    def _on_selection_changed(self, _now: QItemSelection, _before: QItemSelection) -> None:
        chosen = self.chosen()
        self._show_chosen()
        if len(chosen) == 1:
            self.run_selected.emit(chosen[0])

    @Slot()
    def _on_theme_changed(self) -> None:
        palette = QPalette(self.list.palette())
        palette.setColor(QPalette.ColorRole.Base, theme.roles.sidebar)
        self.list.setPalette(palette)


def dropped_folder(data: QMimeData) -> Path | None:
    """The one folder that is dragged; None for anything else."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 and paths[0].is_dir() else None
