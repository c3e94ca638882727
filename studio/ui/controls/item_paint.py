"""How chosen rows, menus and their entries are painted: rounded, and pale where they are chosen."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QStyle,
    QStyleOptionMenuItem,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from studio.ui.icons import paint_icon
from studio.ui.palette import mixed
from studio.ui.theme import theme, unit

RADIUS = 6.0
MENU_RADIUS = 8.0
ITEM_PAD = 0.35  # lines of text beside an item's words
_S, _F = QStyle.StateFlag, QStyleOptionViewItem.ViewItemFeature
ENABLED, CHOSEN, POINTED = _S.State_Enabled.value, _S.State_Selected.value, _S.State_MouseOver.value
USABLE, UNUSABLE = QPalette.ColorGroup.Normal, QPalette.ColorGroup.Disabled
PLAIN, LIT, SIDES = QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText, Qt.AlignmentFlag.AlignHorizontal_Mask
MORE_THAN_WORDS = _F.HasCheckIndicator.value | _F.HasDecoration.value | _F.WrapText.value


def paint_item(painter: QPainter, option: QStyleOptionViewItem, view: QWidget | None) -> None:
    """The ground of an item that is chosen or pointed at; along a table's row the pieces join into one shape."""
    state = option.state.value
    chosen = state & CHOSEN
    if not chosen and not state & POINTED:
        return
    roles = theme.roles
    box = QRectF(option.rect)
    left = right = True
    if isinstance(view, QTableView) and view.selectionBehavior() == QAbstractItemView.SelectionBehavior.SelectRows:
        model = option.index.model()
        left, right = option.index.column() == 0, option.index.column() == model.columnCount() - 1
    whole = box.adjusted(1 if left else -2 * RADIUS, 1, -1 if right else 2 * RADIUS, -1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(box)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(roles.accent_wash) if chosen else mixed(roles.surface, roles.raised, 0.7))
    painter.drawRoundedRect(whole, RADIUS, RADIUS)
    painter.restore()


def paint_words(painter: QPainter, option: QStyleOptionViewItem, view: QWidget | None) -> bool:
    """An item that is one line of words, with its ground: what Qt asks the style nine more questions for.

    Returns False where it has more than that to show, and nothing is painted.
    """
    text = option.text
    if option.features.value & MORE_THAN_WORDS or "\n" in text or "\u2028" in text:
        return False
    paint_item(painter, option, view)
    if text:
        state, metrics, pad = option.state.value, option.fontMetrics, round(unit() * ITEM_PAD) + 1
        box = option.rect.adjusted(pad, 0, -pad, 0)
        high = metrics.height()
        box = QRect(box.x(), box.y() + (box.height() - high) // 2, box.width(), high)
        painter.setPen(option.palette.color(USABLE if state & ENABLED else UNUSABLE, LIT if state & CHOSEN else PLAIN))
        painter.setFont(option.font)
        side = option.displayAlignment & SIDES
        painter.drawText(box, side, metrics.elidedText(text, option.textElideMode, box.width()))
    return True


def paint_panel(painter: QPainter, rect: QRect) -> None:
    """The ground of a menu, or of a list that drops down."""
    roles = theme.roles
    path = QPainterPath()
    path.addRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), MENU_RADIUS, MENU_RADIUS)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(path, QColor(roles.surface))
    painter.setPen(QPen(QColor(roles.line), 1))
    painter.drawPath(path)
    painter.restore()


def menu_item_size(option: QStyleOptionMenuItem, found: QSize) -> QSize:
    """The size of a menu's entry."""
    if option.menuItemType == QStyleOptionMenuItem.MenuItemType.Separator:
        return QSize(found.width(), round(unit() * 0.6))
    words = option.text.replace("\t", "    ")
    wide = option.fontMetrics.horizontalAdvance(words) + round(unit() * 4.2)
    return QSize(max(found.width(), wide), round(unit() * 1.9))


def paint_menu_item(painter: QPainter, option: QStyleOptionMenuItem) -> None:
    """One entry of a menu: icon or tick, words, and its key at the right."""
    roles, line, box = theme.roles, unit(), QRectF(option.rect)
    if option.menuItemType == QStyleOptionMenuItem.MenuItemType.Separator:
        painter.setPen(QColor(roles.line))
        middle = round(box.center().y())
        painter.drawLine(round(box.left() + line * 0.6), middle, round(box.right() - line * 0.6), middle)
        return
    enabled = bool(option.state & _S.State_Enabled)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if option.state & _S.State_Selected and enabled:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(roles.accent_wash))
        painter.drawRoundedRect(box.adjusted(4, 1, -4, -1), RADIUS, RADIUS)
    ink = roles.ink if enabled else roles.faint
    mark = QRectF(box.left() + line * 0.8, box.center().y() - line * 0.5, line, line)
    if option.checked:
        paint_icon(painter, "check", mark, roles.accent)
    elif not option.icon.isNull():
        mode = QIcon.Mode.Normal if enabled else QIcon.Mode.Disabled
        option.icon.paint(painter, mark.toRect(), mode=mode)
    painter.setPen(QColor(ink))
    words, _, key = option.text.partition("\t")
    text = box.adjusted(line * 2.2, 0, -line * 0.9, 0)
    painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic, words)
    if key:
        painter.setPen(QColor(roles.quiet))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, key)
    if option.menuItemType == QStyleOptionMenuItem.MenuItemType.SubMenu:
        arrow = QRectF(box.right() - line * 1.5, box.center().y() - line * 0.45, line * 0.9, line * 0.9)
        paint_icon(painter, "chevron-right", arrow, roles.quiet)
    painter.restore()


def dropped_width(box: QComboBox) -> int:
    """How wide the list is that a field drops, so that none of its lines is cut."""
    view = box.view()
    bar = view.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, view)
    return view.sizeHintForColumn(box.modelColumn()) + (bar if box.count() > box.maxVisibleItems() else 0) + 4
