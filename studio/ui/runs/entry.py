"""Paints one run of the list, the day above the first of each, and the field in which it is renamed."""

from __future__ import annotations

import re
from collections import OrderedDict

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.core.run.run_label import LONGEST_NAME
from studio.core.words import tr
from studio.ui.controls.control_paint import paint_box
from studio.ui.controls.sparkline import paint_sparkline
from studio.ui.controls.widgets import paint_line
from studio.ui.icons import paint_icon
from studio.ui.palette import mixed
from studio.ui.runs.model import DAY, SUMMARY, below
from studio.ui.runs.summary import RunSummary
from studio.ui.theme import scaled_font, theme, unit

ENTRY_LINES, DAY_LINES = 3.5, 1.9
_NUMBER = re.compile(r" \(\d+\)$")
_Index = QModelIndex | QPersistentModelIndex
_S = QStyle.StateFlag
LOOKS = (_S.State_Selected | _S.State_MouseOver | _S.State_HasFocus | _S.State_KeyboardFocusChange).value
MOST_DRAWN = 96  # pictures of runs that are kept: two themes of a high window


class RunDelegate(QStyledItemDelegate):
    """Paints a run: a dot in its state's colour, its name and progress, the shape of its loss, a progress line."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        lines = ENTRY_LINES + (DAY_LINES if index.data(DAY) else 0)
        return QSize(round(unit() * 10), round(unit() * lines))

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._drawn: OrderedDict[object, QPixmap] = OrderedDict()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        run = index.data(SUMMARY)
        if not isinstance(run, RunSummary):
            return
        # A resized window paints the whole list again, in which nothing has changed.
        rect, scale = option.rect, painter.device().devicePixelRatio()
        if rect.isEmpty():
            return
        looks = option.state.value & LOOKS
        key = (run, index.data(DAY), rect.width(), rect.height(), looks, scale, theme.roles.name, unit())
        drawn = self._drawn.pop(key, None)
        if drawn is None:
            drawn = self._picture(option, index, run, scale)
        self._drawn[key] = drawn
        while len(self._drawn) > MOST_DRAWN:
            self._drawn.popitem(last=False)
        painter.drawPixmap(rect.topLeft(), drawn)

    def _picture(self, option: QStyleOptionViewItem, index: _Index, run: RunSummary, scale: float) -> QPixmap:
        """The run as it is painted, on the list's own ground."""
        picture = QPixmap(option.rect.size() * scale)
        picture.setDevicePixelRatio(scale)
        picture.fill(QColor(theme.roles.sidebar))
        painter = QPainter(picture)
        painter.translate(-option.rect.topLeft())
        self._paint(painter, option, index, run)
        painter.end()
        return picture

    def _paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index, run: RunSummary) -> None:
        roles, line = theme.roles, unit()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        if day := index.data(DAY):
            head = QRectF(rect.left() + line, rect.top() + line * 0.5, rect.width() - line * 1.4, line * 1.3)
            paint_line(painter, day, head, scaled_font(0.85, QFont.Weight.DemiBold), roles.faint)
        box = entry_box(option.rect, bool(day))
        self._ground(painter, option, box)
        colour = roles.state(run.shown_state) if run.state != "unreadable" else roles.danger
        top, bottom = box.top() + line * 1.0, box.top() + line * 2.15
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QPointF(box.left() + line * 0.75, top), line * 0.23, line * 0.23)
        spark = QRectF(box.right() - line * 4.3, box.top() + line * 0.35, line * 3.7, line * 1.15)
        left = box.left() + line * 1.4
        wide = (spark.left() if len(run.spark) > 1 else box.right()) - left - line * 0.4
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        font = scaled_font(1.0, QFont.Weight.DemiBold if chosen else QFont.Weight.Medium)
        # What distinguishes the runs of one comparison is at the end of their names, so their group is shown below.
        name, group = short_name(run)
        paint_line(painter, within(name, font, wide), QRectF(left, top - line * 0.7, wide, line * 1.4), font, roles.ink)
        width = box.right() - left - line * 0.4
        if run.note:
            width -= line * 1.2
            mark = QRectF(left + width + line * 0.2, bottom - line * 0.45, line * 0.9, line * 0.9)
            paint_icon(painter, "note", mark, roles.quiet)
        said = " · ".join((*below(run), *([group] if group else [])))
        paint_line(painter, said, QRectF(left, bottom - line * 0.6, width, line * 1.2), scaled_font(0.88), roles.quiet)
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

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, box: QRectF) -> None:
        roles, state = theme.roles, option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(roles.accent_wash) if chosen else mixed(roles.sidebar, roles.raised, 0.7))
            painter.drawRoundedRect(box, 8, 8)
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            paint_box(painter, box.adjusted(1, 1, -1, -1), 8, None, QColor(roles.accent), 1.5)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        field = QLineEdit(parent)
        field.setObjectName("rename_run")
        field.setAccessibleName(tr("The run's new name"))
        field.setPlaceholderText(tr("The name in its recipe"))
        field.setMaxLength(LONGEST_NAME)
        return field

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        # A run that trains changes each second; what was typed meanwhile stays.
        if isinstance(editor, QLineEdit) and not editor.isModified():
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: object, index: _Index) -> None:
        if isinstance(editor, QLineEdit) and editor.isModified():
            super().setModelData(editor, model, index)  # type: ignore[arg-type]

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:
        line = unit()
        box = entry_box(option.rect, bool(index.data(DAY)))
        box = QRectF(box.left() + line, box.top() + line * 0.1, box.width() - line * 1.3, line * 1.8)
        editor.setGeometry(box.toRect())


def short_name(run: RunSummary) -> tuple[str, str | None]:
    """What of a run's name tells it from the others of its comparison or sweep, and which that is; its name alone
    where it stands alone or was renamed."""
    if run.tried and run.name == run.facts.name:
        return run.tried, run.group
    if run.group and run.name.startswith(f"{run.group} "):
        return run.name.removeprefix(f"{run.group} "), run.group
    return run.name, None


def entry_box(rect: QRect, has_day: bool) -> QRectF:
    """The rounded box of a run in its row, below the day where it has one."""
    line = unit()
    box = QRectF(rect)
    if has_day:
        box.setTop(box.top() + line * DAY_LINES)
    return box.adjusted(line * 0.35, line * 0.12, -line * 0.35, -line * 0.12)


def within(name: str, font: QFont, width: float) -> str:
    """As much of a name as fits; the number that tells it from its equals stays."""
    metrics = QFontMetricsF(font)
    if metrics.horizontalAdvance(name) <= width or (found := _NUMBER.search(name)) is None:
        return name
    room = width - metrics.horizontalAdvance(found[0])
    return metrics.elidedText(name[: found.start()], Qt.TextElideMode.ElideRight, room) + found[0]
