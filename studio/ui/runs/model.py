"""The runs list as Qt sees it: a model over frozen summaries, and the delegate that paints a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.core.foreign.visible_text import unmarked
from studio.core.state.comparison import group_of
from studio.ui.controls.sparkline import paint_sparkline
from studio.ui.controls.widgets import paint_line
from studio.ui.palette import mixed
from studio.ui.runs.summary import RunSummary
from studio.ui.theme import scaled_font, theme, unit

SUMMARY = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex


class RunsModel(QAbstractListModel):
    """All runs, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[RunSummary] = []

    def show_runs(self, runs: tuple[RunSummary, ...]) -> None:
        """Take a new list; rows that stay are kept, and with them the selection and the scroll position."""
        wanted = {each.folder.path for each in runs}
        for row in range(len(self._runs) - 1, -1, -1):
            if self._runs[row].folder.path not in wanted:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._runs[row]
                self.endRemoveRows()
        for row, summary in enumerate(runs):
            here = self._runs[row] if row < len(self._runs) else None
            if here is None or here.folder.path != summary.folder.path:
                self.beginInsertRows(QModelIndex(), row, row)
                self._runs.insert(row, summary)
                self.endInsertRows()
            elif not summary.same_as(here):
                self._runs[row] = summary
                self.dataChanged.emit(self.index(row), self.index(row))

    def row_of(self, path: Path) -> int | None:
        return next((row for row, run in enumerate(self._runs) if run.folder.path == path), None)

    def run_at(self, row: int) -> RunSummary:
        return self._runs[row]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._runs)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._runs):
            return None
        run = self._runs[index.row()]
        if role == SUMMARY:
            return run
        if role == Qt.ItemDataRole.DisplayRole:
            return run.name
        if role == Qt.ItemDataRole.ToolTipRole:
            # The name and the line below it are cut where they have no room.
            return unmarked(f"{run.name}\n{' · '.join(_below(run))}\n{run.id}\n{run.reason}")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{run.name}, {run.shown_state}, {run.progress}"
        return None


class RunDelegate(QStyledItemDelegate):
    """Paints a run: a dot in its state's colour, its name and progress, the shape of its loss, a progress line."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(round(unit() * 10), round(unit() * 3.5))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        run = index.data(SUMMARY)
        if not isinstance(run, RunSummary):
            return
        roles, line = theme.roles, unit()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(line * 0.35, line * 0.12, -line * 0.35, -line * 0.12)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if chosen or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(roles.accent_wash) if chosen else mixed(roles.sidebar, roles.raised, 0.7))
            painter.drawRoundedRect(box, 8, 8)
        if option.state & QStyle.StateFlag.State_HasFocus and option.state & QStyle.StateFlag.State_KeyboardFocusChange:
            painter.setPen(QPen(QColor(roles.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 8, 8)
        colour = roles.state(run.shown_state) if run.state != "unreadable" else roles.danger
        top, bottom = box.top() + line * 1.0, box.top() + line * 2.15
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QPointF(box.left() + line * 0.75, top), line * 0.23, line * 0.23)
        spark = QRectF(box.right() - line * 4.3, box.top() + line * 0.35, line * 3.7, line * 1.15)
        left = box.left() + line * 1.4
        wide = (spark.left() if len(run.spark) > 1 else box.right()) - left - line * 0.4
        font = scaled_font(1.0, QFont.Weight.DemiBold if chosen else QFont.Weight.Medium)
        # What distinguishes the runs of one comparison is at the end of their names, so their group is shown below.
        group = group_of(run.name)
        name = run.name.removeprefix(f"{group} ") if group else run.name
        paint_line(painter, name, QRectF(left, top - line * 0.7, wide, line * 1.4), font, roles.ink)
        small = scaled_font(0.88)
        said = " · ".join((*_below(run), *([group] if group else [])))
        width = box.right() - left - line * 0.4
        paint_line(painter, said, QRectF(left, bottom - line * 0.6, width, line * 1.2), small, roles.quiet)
        paint_sparkline(painter, spark, run.spark, colour, 1.4)
        if run.is_live and run.total_steps:
            track = QRectF(left, box.bottom() - line * 0.34, box.right() - left - line * 0.6, 2.5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(roles.line))
            painter.drawRoundedRect(track, 1.2, 1.2)
            track.setWidth(track.width() * min(1.0, run.step / run.total_steps))
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(track, 1.2, 1.2)
        painter.restore()


def _below(run: RunSummary) -> list[str]:
    """The parts of the line below a run's name."""
    return [part for part in (run.shown_state, run.progress) if part]
