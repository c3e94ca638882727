"""The list of models: a title and its facts in two lines, and at the right whether it fits."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.core.foreign.visible_text import one_line, unmarked
from studio.core.words import tr
from studio.ui.controls.widgets import paint_line
from studio.ui.new_run.model_finder import ListedModel
from studio.ui.palette import mixed
from studio.ui.theme import scaled_font, text_width, theme, unit

MODEL = Qt.ItemDataRole.UserRole


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(round(unit() * 20), round(unit() * 3.1))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model: ListedModel = index.data(MODEL)
        roles, line = theme.roles, unit()
        box = QRectF(option.rect).adjusted(2, 1, -2, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(roles.accent_wash) if selected else mixed(roles.surface, roles.raised, 0.7))
            painter.drawRoundedRect(box, 8, 8)
        words, role = model.verdict
        wide = 0.0
        if words:
            wide = text_width(words, 0.9) + line * 1.2
            pill = QRectF(box.right() - wide - line * 0.6, box.center().y() - line * 0.75, wide, line * 1.5)
            colour = getattr(roles, role)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mixed(roles.surface, colour, 0.16))
            painter.drawRoundedRect(pill, line * 0.75, line * 0.75)
            painter.setFont(scaled_font(0.9))
            painter.setPen(QColor(colour))
            painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)
        left, room = box.left() + line * 0.8, box.width() - wide - line * 2.6
        top = QRectF(left, box.top() + line * 0.3, room, line * 1.25)
        below = QRectF(left, box.top() + line * 1.5, room, line * 1.2)
        paint_line(painter, one_line(model.title), top, scaled_font(1.0), roles.ink)
        paint_line(painter, one_line(model.facts), below, scaled_font(0.88), roles.quiet)
        painter.restore()


class ModelList(QListWidget):
    """Models in the order in which they were given; the tooltip has everything that is known of one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("models")
        self.setAccessibleName(tr("Models"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setItemDelegate(_Delegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)

    def show_models(self, models: list[ListedModel]) -> None:
        """Show these models; the chosen one stays chosen."""
        chosen = self.chosen
        self.blockSignals(True)  # for a person nothing else is chosen
        self.clear()
        for model in models:
            item = QListWidgetItem(model.title)
            item.setData(MODEL, model)
            verdict, _ = model.verdict
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{model.title}, {model.facts}, {verdict}")
            item.setToolTip(unmarked("\n".join((model.title, model.facts, model.details, model.path)).strip()))
            self.addItem(item)
            if chosen is not None and (model.source, model.place) == (chosen.source, chosen.place):
                self.setCurrentItem(item)
        self.blockSignals(False)

    @property
    def chosen(self) -> ListedModel | None:
        """The model that is selected."""
        item = self.currentItem()
        return item.data(MODEL) if item is not None else None
