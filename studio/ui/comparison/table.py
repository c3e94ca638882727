"""The comparison's table: what each method achieved, with the cautions about reading it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from studio.core.words import tr
from studio.ui.comparison.table_model import BELOW, COLOUR, EXPLAINED, ComparisonModel
from studio.ui.comparison.variants import Variant, cautions
from studio.ui.controls.widgets import Card, WrappedText
from studio.ui.theme import scaled_font, theme, unit

ROWS_IN_SIGHT = 7  # that are visible without scrolling
_Index = QModelIndex | QPersistentModelIndex


class _TwoLines(QStyledItemDelegate):
    """Paints a cell's text with its second line beneath, and the colour of the line's curve before the first."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        roles, line = theme.roles, unit()
        box = QRectF(option.rect).adjusted(line * 0.35, 0, -line * 0.35, 0)
        colour = index.data(COLOUR)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.column() == 0:
            if colour is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(roles.series[colour % len(roles.series)]))
                painter.drawRoundedRect(QRectF(box.left(), box.center().y() - line * 0.3, line * 0.6, line * 0.6), 3, 3)
            box.setLeft(box.left() + line)
        below = index.data(BELOW)
        side = Qt.AlignmentFlag.AlignLeft if index.column() == 0 else Qt.AlignmentFlag.AlignRight
        painter.setPen(QColor(roles.ink))
        painter.setFont(scaled_font(1.0, QFont.Weight.Medium if index.column() == 0 else QFont.Weight.Normal))
        first = box.adjusted(0, line * 0.2, 0, -line * 1.2) if below else box
        painter.drawText(first, side | Qt.AlignmentFlag.AlignVCenter, index.data())
        if below:
            painter.setPen(QColor(roles.quiet))
            painter.setFont(scaled_font(0.84))
            painter.drawText(box.adjusted(0, line * 1.2, 0, -line * 0.2), side | Qt.AlignmentFlag.AlignVCenter, below)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        metrics, line = option.fontMetrics, unit()
        wide = max(
            metrics.horizontalAdvance(index.data() or ""), metrics.horizontalAdvance(index.data(BELOW) or "") * 0.86
        )
        return QSize(round(wide + line * (2.0 if index.column() == 0 else 0.9)), round(line * 2.6))


class ComparisonTable(Card):
    """Shows a line for each variant."""

    def __init__(self) -> None:
        super().__init__(tr("Methods"))
        self.model = ComparisonModel()
        self._needs: list[int] = []  # of each column, in pixels; asking for it costs as much as painting the table
        self.table = QTableView()
        self.table.setObjectName("comparison_table")
        self.table.setAccessibleName(tr("Results of each method"))
        self.table.setModel(self.model)
        self.table.setItemDelegate(_TwoLines(self.table))
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setShowGrid(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(round(unit() * 2.6))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.cautions = WrappedText("", "warning", 0.95)
        self.cautions.setObjectName("comparison_cautions")
        self.body.addWidget(self.table)
        self.body.addWidget(WrappedText(tr(EXPLAINED), "faint", 0.9))
        self.body.addWidget(self.cautions)

    def show_variants(self, variants: Sequence[Variant]) -> None:
        """Show these variants, and what keeps them from being compared fairly."""
        self.model.show_variants(tuple(variants))
        header = self.table.horizontalHeader().sizeHint().height()
        each = self.table.verticalHeader().defaultSectionSize()
        bar = self.table.horizontalScrollBar().sizeHint().height()
        heads = self.table.horizontalHeader()
        self._needs = [
            max(heads.sectionSizeHint(at), self.table.sizeHintForColumn(at)) for at in range(self.model.columnCount())
        ]
        self._fit_columns()
        self.table.setFixedHeight(header + each * min(ROWS_IN_SIGHT, self.model.rowCount()) + bar)
        told = cautions(variants)
        self.cautions.setText(" ".join(told))
        self.cautions.setVisible(bool(told))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Give each column what it needs, and its part of the room that is left."""
        header, needs = self.table.horizontalHeader(), self._needs
        spare = max(0, self.table.viewport().width() - sum(needs))
        for at, need in enumerate(needs):
            header.resizeSection(at, need + spare // len(needs))
