"""What stands under the map: all experts as bars, one expert's course, a layer's pairs, and each layer's verdict."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QColor, QHideEvent, QShowEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from studio.core.routing.verdict import BAD, Verdict
from studio.core.units import steps_text
from studio.core.words import capitalised, mark, tr
from studio.ui.charts.expert_course import Course, ExpertCourse
from studio.ui.charts.expert_pairs import ExpertPairs
from studio.ui.charts.expert_totals import ExpertTotals
from studio.ui.off_thread import is_asking, off_thread
from studio.ui.run.load_source import POINTS_A_TURN, LoadLook, LoadSource, course_ends
from studio.ui.theme import theme, unit

PARTS = (mark("All"), mark("Expert"), mark("Pairs"), mark("Layers"))
ALL, ONE, PAIRS, LAYERS = range(len(PARTS))
CHOOSE = mark("Click a cell of the map: its expert's load over the whole run appears here.")
COURSE = "expert-course"
AGAIN_MS = 500  # between two readings of a course that grows


class ExpertDetails(QWidget):
    """Shows the details of what the map shows; `row_chosen` brings the row of a layer that was clicked."""

    row_chosen = Signal(int)
    part_changed = Signal()
    read_unseen = Signal()  # loads were read, and nobody looks any more

    def __init__(self) -> None:
        super().__init__()
        self.totals = ExpertTotals()
        self.totals.setObjectName("expert_totals")
        self.course = ExpertCourse()
        self.course.setObjectName("expert_course")
        self.pairs = ExpertPairs()
        self.pairs.setObjectName("expert_pairs")
        self.layers = QListWidget()
        self.layers.setObjectName("expert_layers")
        self.layers.setAccessibleName(tr("Verdict on each layer"))
        self.layers.setWordWrap(True)
        self.layers.setFrameShape(QListWidget.Shape.NoFrame)
        self.layers.setMinimumHeight(round(unit() * 4.5))
        self.layers.itemClicked.connect(self._on_layer_clicked)
        self.tabs = QTabBar()
        self.tabs.setObjectName("expert_parts")
        self.tabs.setAccessibleName(tr("Details of the experts"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.stack = QStackedWidget()
        for title, page in zip(PARTS, (self.totals, self.course, self.pairs, self.layers), strict=True):
            self.tabs.addTab(tr(title))
            self.stack.addWidget(page)
        self.tabs.currentChanged.connect(self._on_tab)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.3))
        column.addWidget(self.tabs)
        column.addWidget(self.stack, 1)
        self._reading = QTimer(self)
        self._reading.setSingleShot(True)
        self._reading.timeout.connect(self._on_read)
        self._source: LoadSource | None = None
        self._cell: tuple[int, int] | None = None  # row and expert of the course
        self._wanted: tuple[object, ...] = ()
        self._parts: list[dict[str, NDArray[np.float64]]] = []
        self._verdict: Verdict | None = None
        self.course.show_course(None, (), tr(CHOOSE))
        theme.changed.connect(self._on_theme_changed)

    @property
    def part(self) -> int:
        return self.tabs.currentIndex()

    def show_part(self, part: int) -> None:
        self.tabs.setCurrentIndex(part)

    def show_verdict(self, verdict: Verdict | None) -> None:
        """List each layer's verdict."""
        if verdict == self._verdict:
            return
        self._verdict = verdict
        layers = verdict.layers if verdict else ()
        while self.layers.count() > len(layers):
            self.layers.takeItem(self.layers.count() - 1)
        while self.layers.count() < len(layers):
            self.layers.addItem("")
        for row, layer in enumerate(layers):
            item = self.layers.item(row)
            item.setText(layer.sentence)
            item.setToolTip(layer.sentence)
            item.setForeground(QColor(theme.roles.warning if layer.kind in BAD else theme.roles.ink))

    def show_pairs(self, found: tuple[int, int, NDArray[np.float64]] | None, row: int, name: str, top_k: int) -> None:
        """Show which experts of one layer share tokens."""
        if found is None or row >= len(found[2]):
            why = (
                tr("Each token goes to one expert, so none share any.")
                if top_k == 1
                else tr("No pairs were counted yet.")
            )
            self.pairs.show_pairs(None, why)
            return
        first, last, together = found
        title = tr("{layer}, {steps}", layer=capitalised(name), steps=steps_text(first, last))
        self.pairs.show_pairs(together[row], title)

    def show_course(
        self,
        source: LoadSource | None,
        cell: tuple[int, int] | None,
        title: str,
        shape: tuple[int, int],
        steps: tuple[int, int],
        tasks: Sequence[str],
    ) -> None:
        """Show one expert's load over the run's `steps`: `cell` is (row, expert) of loads of `shape` [layers, experts].

        It is read a few points a turn, so that a long run does not hold the window.
        """
        wanted = (cell, title, shape, steps, tuple(tasks))
        if wanted == self._wanted:
            return
        moved = cell != self._cell
        self._source, self._cell, self._wanted, self._parts = source, cell, wanted, []
        self._title, self._shape, self._steps, self._tasks = title, shape, steps, tuple(tasks)
        self._ends, self._width = course_ends(*steps)
        if cell is None:
            self._reading.stop()
            self.course.show_course(None, (), tr(CHOOSE))
        elif self.part == ONE and self.isVisible():
            # A course that only grows is read again now and then.
            self._reading.start(0 if moved else AGAIN_MS)

    def hideEvent(self, event: QHideEvent) -> None:
        self._reading.stop()
        super().hideEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read_if_seen()

    def _read_if_seen(self) -> None:
        unread = self._cell is not None and len(self._parts) * POINTS_A_TURN < len(self._ends)
        if self.part == ONE and unread and self.isVisible() and not self._reading.isActive():
            self._reading.start(0)

    @property
    def is_reading(self) -> bool:
        """Whether a course is being read."""
        return is_asking(self, COURSE)

    @Slot()
    def _on_read(self) -> None:
        """Have the next points of the course read; it is drawn when it is whole."""
        if self._source is None or self._cell is None or self.is_reading:
            return
        at = len(self._parts) * POINTS_A_TURN
        ends = self._ends[at : at + POINTS_A_TURN]
        read = partial(self._source.course, self._cell[0], self._shape[1], ends, self._width)
        off_thread(self, COURSE, read, partial(self._on_course, self._wanted))

    def _on_course(self, wanted: object, found: dict[str, NDArray[np.float64]] | LoadLook) -> None:
        if not self.isVisible():
            self.read_unseen.emit()
        if self._cell is None:
            return
        if wanted != self._wanted:
            self._read_if_seen()
            return
        if isinstance(found, LoadLook):
            if found.is_busy:
                self._reading.start(AGAIN_MS)
            return
        self._parts.append(found)
        if len(self._parts) * POINTS_A_TURN < len(self._ends):
            self._read_if_seen()
            return
        expert = self._cell[1]
        used = {}
        for task in sorted({task for part in self._parts for task in part}):
            sizes = [len(self._ends[at : at + POINTS_A_TURN]) for at in range(0, len(self._ends), POINTS_A_TURN)]
            whole = [
                part.get(task, np.zeros((size, self._shape[1]))) for part, size in zip(self._parts, sizes, strict=True)
            ]
            counts = np.concatenate(whole)
            totals = counts.sum(axis=1)
            share = np.divide(counts[:, expert], totals, out=np.full(len(totals), np.nan), where=totals > 0)
            used[task] = share * self._shape[1]
        self.course.show_course(Course(self._title, self._ends, used), self._tasks)

    @Slot(int)
    def _on_tab(self, index: int) -> None:
        self.stack.setCurrentIndex(index)
        self._read_if_seen()
        self.part_changed.emit()

    @Slot(QListWidgetItem)
    def _on_layer_clicked(self, item: QListWidgetItem) -> None:
        self.row_chosen.emit(self.layers.row(item))

    @Slot()
    def _on_theme_changed(self) -> None:
        verdict, self._verdict = self._verdict, None
        self.show_verdict(verdict)
