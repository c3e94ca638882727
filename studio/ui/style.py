"""The look of the standard controls: Fusion, with flat rounded shapes in the theme's roles.

A button's `look` property is "primary", "quiet" or "danger"; a field whose `problem` property is true has a
danger-coloured edge.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QMenu,
    QProxyStyle,
    QPushButton,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStyleOptionComplex,
    QStyleOptionHeader,
    QStyleOptionMenuItem,
    QStyleOptionProgressBar,
    QStyleOptionSlider,
    QStyleOptionTab,
    QStyleOptionViewItem,
    QWidget,
)

from studio.ui.controls.item_paint import menu_item_size, paint_item, paint_menu_item, paint_panel
from studio.ui.icons import STANDARD_ICONS, icon, paint_icon
from studio.ui.palette import mixed
from studio.ui.theme import theme, unit

_P, _C, _X, _S = QStyle.PrimitiveElement, QStyle.ControlElement, QStyle.ComplexControl, QStyle.StateFlag
_Sub, _PM, _CT = QStyle.SubControl, QStyle.PixelMetric, QStyle.ContentsType
RADIUS = 6.0
DROPPED_LIST = "QComboBoxPrivateContainer"
# Of a button, in lines of text: the padding beside its words, and the narrowest rest of them worth showing.
BUTTON_PAD, FEWEST_WORDS = 0.8, 1.5


def _rounded(
    painter: QPainter, rect: QRect | QRectF, fill: QColor | None, edge: QColor | None, width: float = 1
) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(edge, width) if edge is not None else Qt.PenStyle.NoPen)
    half = width / 2 if edge is not None else 0
    painter.drawRoundedRect(QRectF(rect).adjusted(half, half, -half, -half), RADIUS, RADIUS)
    painter.restore()


def button_colours(look: str, state: QStyle.StateFlag) -> tuple[QColor, QColor | None, QColor]:
    """Fill, edge and ink of a button with this look in this state."""
    roles = theme.roles
    down = bool(state & (_S.State_Sunken | _S.State_On))
    over = bool(state & _S.State_MouseOver)
    if not state & _S.State_Enabled:
        clear = look == "quiet"
        return QColor(0, 0, 0, 0) if clear else mixed(roles.surface, roles.raised, 0.5), None, QColor(roles.faint)
    if look == "primary":
        shade = 0.22 if down else 0.1 if over else 0.0
        return mixed(roles.accent, roles.ink, shade), None, QColor(roles.on_accent)
    if look == "quiet":
        fill = QColor(roles.raised) if over or down else QColor(0, 0, 0, 0)
        return fill, None, QColor(roles.ink if over or down else roles.quiet)
    fill = mixed(roles.raised, roles.ink, 0.14 if down else 0.06 if over else 0.0)
    ink = QColor(roles.danger if look == "danger" else roles.ink)
    return fill, QColor(roles.line), ink


class StudioStyle(QProxyStyle):
    """Fusion, overridden to be flat, rounded and in the theme's colours."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def drawPrimitive(
        self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        roles = theme.roles
        enabled, focused = bool(option.state & _S.State_Enabled), bool(option.state & _S.State_HasFocus)
        if element == _P.PE_PanelButtonCommand:
            fill, edge, _ = button_colours(str(widget.property("look") or "") if widget else "", option.state)
            _rounded(painter, option.rect, fill, edge)
            if focused and option.state & _S.State_KeyboardFocusChange:
                _rounded(painter, option.rect, None, QColor(roles.accent), 2)
        elif element == _P.PE_PanelButtonTool:
            fill, _, _ = button_colours("quiet", option.state)
            _rounded(painter, option.rect, fill, None)
            if focused and option.state & _S.State_KeyboardFocusChange:
                _rounded(painter, option.rect, None, QColor(roles.accent), 2)
        elif element == _P.PE_PanelLineEdit:
            if widget is not None and isinstance(widget.parentWidget(), QAbstractItemView):
                painter.fillRect(option.rect, QColor(roles.field))
            elif getattr(option, "lineWidth", 1) > 0:
                self._field(painter, option.rect, enabled, focused, widget)
        elif element == _P.PE_FrameLineEdit:
            return
        elif element == _P.PE_FrameFocusRect:
            if widget is None or isinstance(widget, QAbstractItemView):
                return
            if option.state & _S.State_KeyboardFocusChange and not isinstance(widget, QPushButton):
                _rounded(painter, option.rect, None, QColor(roles.accent), 1.5)
        elif element == _P.PE_IndicatorCheckBox:
            self._check_box(painter, option)
        elif element == _P.PE_IndicatorRadioButton:
            self._radio_button(painter, option)
        elif element in (_P.PE_PanelMenu, _P.PE_FrameMenu):
            if element == _P.PE_PanelMenu:
                paint_panel(painter, option.rect)
        elif element == _P.PE_PanelItemViewItem and isinstance(option, QStyleOptionViewItem):
            paint_item(painter, option, widget)
        elif element == _P.PE_PanelItemViewRow:
            return
        elif element == _P.PE_Frame:
            if widget is not None and widget.inherits(DROPPED_LIST):
                paint_panel(painter, option.rect)
            elif isinstance(widget, QFrame) and widget.frameShape() != QFrame.Shape.NoFrame:
                _rounded(painter, option.rect, None, QColor(roles.line))
        else:
            super().drawPrimitive(element, option, painter, widget)

    def drawControl(
        self, element: QStyle.ControlElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        roles = theme.roles
        if element == _C.CE_PushButtonLabel and isinstance(option, QStyleOptionButton):
            _, _, ink = button_colours(str(widget.property("look") or "") if widget else "", option.state)
            self._button_label(painter, option, ink)
        elif element == _C.CE_ProgressBarGroove:
            _bar(painter, QRectF(option.rect), roles.raised)
        elif element == _C.CE_ProgressBarContents and isinstance(option, QStyleOptionProgressBar):
            self._progress(painter, option)
        elif element == _C.CE_ProgressBarLabel:
            return
        elif element == _C.CE_TabBarTabShape and isinstance(option, QStyleOptionTab):
            if option.state & _S.State_Selected:
                line = QRectF(option.rect)
                _bar(painter, line.adjusted(unit() * 0.5, line.height() - 3, -unit() * 0.5, 0), roles.accent)
        elif element == _C.CE_TabBarTabLabel and isinstance(option, QStyleOptionTab):
            chosen = bool(option.state & (_S.State_Selected | _S.State_MouseOver))
            painter.setPen(QColor(roles.ink if chosen else roles.quiet))
            painter.drawText(option.rect, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextShowMnemonic, option.text)
            if option.state & _S.State_HasFocus and option.state & _S.State_KeyboardFocusChange:
                _rounded(painter, option.rect.adjusted(4, 4, -4, -6), None, QColor(roles.accent), 1.5)
        elif element == _C.CE_MenuItem and isinstance(option, QStyleOptionMenuItem):
            paint_menu_item(painter, option)
        elif element == _C.CE_MenuEmptyArea:
            return
        elif element == _C.CE_HeaderSection:
            painter.fillRect(option.rect, QColor(roles.surface))
            painter.setPen(QColor(roles.line))
            painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        elif element == _C.CE_HeaderEmptyArea:
            painter.fillRect(option.rect, QColor(roles.surface))
        elif element == _C.CE_HeaderLabel and isinstance(option, QStyleOptionHeader):
            painter.setPen(QColor(roles.quiet))
            # The distance of the items' text from their edges; the label's box is inset already.
            pad = round(unit() * 0.35) + 1 - self.pixelMetric(_PM.PM_HeaderMargin, option, widget)
            box = option.rect.adjusted(pad, 0, -pad, 0)
            text = option.fontMetrics.elidedText(option.text, Qt.TextElideMode.ElideRight, box.width() + 1)
            painter.drawText(box, option.textAlignment | Qt.AlignmentFlag.AlignVCenter, text)
        elif element == _C.CE_ComboBoxLabel and isinstance(option, QStyleOptionComboBox) and not option.editable:
            box = self.subControlRect(_X.CC_ComboBox, option, _Sub.SC_ComboBoxEditField, widget).adjusted(1, 0, -1, 0)
            text = option.fontMetrics.elidedText(option.currentText, Qt.TextElideMode.ElideRight, box.width() + 1)
            painter.setPen(option.palette.color(QPalette.ColorRole.ButtonText))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        else:
            super().drawControl(element, option, painter, widget)

    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        if widget is None:
            super().drawComplexControl(control, option, painter, widget)
            return
        roles = theme.roles
        enabled, focused = bool(option.state & _S.State_Enabled), bool(option.state & _S.State_HasFocus)
        if control in (_X.CC_ComboBox, _X.CC_SpinBox):
            self._field(painter, option.rect, enabled, focused, widget)
            ink = roles.quiet if enabled else roles.faint
            if control == _X.CC_ComboBox:
                arrow = self.subControlRect(control, option, _Sub.SC_ComboBoxArrow, widget)
                paint_icon(painter, "chevron-down", _centred(QRectF(arrow), unit() * 0.85), ink)
                return
            for part, name in ((_Sub.SC_SpinBoxUp, "chevron-up"), (_Sub.SC_SpinBoxDown, "chevron-down")):
                box = QRectF(self.subControlRect(control, option, part, widget))
                if box.isValid():
                    pointed = bool(option.activeSubControls & part) and bool(option.state & _S.State_MouseOver)
                    paint_icon(painter, name, _centred(box, unit() * 0.7), roles.ink if pointed else ink)
        elif control == _X.CC_ScrollBar and isinstance(option, QStyleOptionSlider):
            handle = QRectF(self.subControlRect(control, option, _Sub.SC_ScrollBarSlider, widget))
            over = bool(option.state & (_S.State_MouseOver | _S.State_Sunken))
            if option.maximum > option.minimum:
                _bar(painter, handle.adjusted(3, 3, -3, -3), mixed(roles.line, roles.ink, 0.3 if over else 0.1).name())
        elif control == _X.CC_Slider and isinstance(option, QStyleOptionSlider):
            self._slider(painter, option, widget)
        else:
            super().drawComplexControl(control, option, painter, widget)

    def standardIcon(
        self,
        which: QStyle.StandardPixmap,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
    ) -> QIcon:
        # Qt's own file dialog, where the desktop has none, and the clear button of a field.
        name = STANDARD_ICONS.get(which)
        return icon(name, "quiet") if name else super().standardIcon(which, option, widget)

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        match metric:
            case _PM.PM_ScrollBarExtent:
                return round(unit() * 0.75)
            case _PM.PM_MenuVMargin | _PM.PM_MenuHMargin:
                return 4
            case _PM.PM_ButtonShiftHorizontal | _PM.PM_ButtonShiftVertical:
                return 0
            case (
                _PM.PM_IndicatorWidth
                | _PM.PM_IndicatorHeight
                | _PM.PM_ExclusiveIndicatorWidth
                | _PM.PM_ExclusiveIndicatorHeight
            ):
                return round(unit() * 1.05)
            case _PM.PM_SliderLength | _PM.PM_SliderThickness:
                return round(unit())
            case _PM.PM_FocusFrameHMargin:
                return round(unit() * 0.35)
            case _PM.PM_DefaultFrameWidth:
                return 1 if isinstance(widget, QFrame) else super().pixelMetric(metric, option, widget)
            case _:
                return super().pixelMetric(metric, option, widget)

    def sizeFromContents(
        self,
        kind: QStyle.ContentsType,
        option: QStyleOption,
        size: QSize,
        widget: QWidget | None = None,
    ) -> QSize:
        found = super().sizeFromContents(kind, option, size, widget)  # type: ignore[arg-type]
        line = unit()
        if kind == _CT.CT_PushButton and isinstance(option, QStyleOptionButton):
            # Fusion's own minimum width is for dialogs; ours follows the text.
            width: float = option.fontMetrics.horizontalAdvance(option.text.replace("&", "")) if option.text else 0
            if not option.icon.isNull():
                width += option.iconSize.width() + (line * 0.4 if option.text else 0)
            pad = line * (1.5 if option.text else 0.8)
            return QSize(round(width + pad), round(max(line * 2.0, option.iconSize.height() + line * 0.7)))
        if kind in (_CT.CT_LineEdit, _CT.CT_ComboBox, _CT.CT_SpinBox):
            return QSize(found.width() + round(line * 0.6), round(line * 2.0))
        if kind == _CT.CT_ItemViewItem and widget is not None and (around := widget.parentWidget()):
            return QSize(found.width(), round(line * 1.75)) if around.inherits(DROPPED_LIST) else found
        if kind == _CT.CT_MenuItem and isinstance(option, QStyleOptionMenuItem):
            return menu_item_size(option, found)
        if kind == _CT.CT_TabBarTab:
            return QSize(round(size.width() + line), round(line * 2.3))
        if kind == _CT.CT_HeaderSection:
            if isinstance(option, QStyleOptionHeader):
                # The padding that `drawControl` leaves on both sides of the text.
                text = option.fontMetrics.horizontalAdvance(option.text) + 2 * (round(line * 0.35) + 2)
                found.setWidth(max(found.width(), text))
            return QSize(found.width(), round(line * 1.9))
        return found

    def subElementRect(self, element: QStyle.SubElement, option: QStyleOption, widget: QWidget | None = None) -> QRect:
        found = super().subElementRect(element, option, widget)  # type: ignore[arg-type]
        if element == QStyle.SubElement.SE_LineEditContents and widget is not None:
            inside = isinstance(widget.parentWidget(), (QAbstractItemView, QAbstractSpinBox, QComboBox))
            pad = 0 if inside else round(unit() * 0.4)
            return found.adjusted(pad, 0, -pad, 0)
        return found

    def subControlRect(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        part: QStyle.SubControl,
        widget: QWidget | None = None,
    ) -> QRect:
        found = super().subControlRect(control, option, part, widget)  # type: ignore[arg-type]
        if control == _X.CC_SpinBox and part in (_Sub.SC_SpinBoxUp, _Sub.SC_SpinBoxDown):
            box, wide, half = option.rect, round(unit() * 1.5), option.rect.height() // 2
            top = box.top() + 2 if part == _Sub.SC_SpinBoxUp else box.top() + half
            return QRect(box.right() - wide, top, wide, half - 2)
        if part in (_Sub.SC_ComboBoxEditField, _Sub.SC_SpinBoxEditField) and control in (
            _X.CC_ComboBox,
            _X.CC_SpinBox,
        ):
            return found.adjusted(round(unit() * 0.3), 0, 0, 0)
        return found

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returned: QStyleHintReturn | None = None,
    ) -> int:
        if hint == QStyle.StyleHint.SH_ComboBox_Popup:
            return 0
        return super().styleHint(hint, option, widget, returned)

    def polish(self, what: Any) -> Any:
        """Let menus and lists that drop down have round corners."""
        if isinstance(what, QMenu) or (isinstance(what, QWidget) and what.inherits(DROPPED_LIST)):
            what.setWindowFlag(Qt.WindowType.FramelessWindowHint)
            what.setWindowFlag(Qt.WindowType.NoDropShadowWindowHint)
            what.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        elif isinstance(what, QAbstractItemView) and (around := what.parentWidget()) and around.inherits(DROPPED_LIST):
            what.setFrameShape(QFrame.Shape.NoFrame)
            what.viewport().setAutoFillBackground(False)
        return super().polish(what)

    def _field(self, painter: QPainter, rect: QRect, enabled: bool, focused: bool, widget: QWidget | None) -> None:
        roles = theme.roles
        edge = roles.danger if widget is not None and widget.property("problem") else roles.line
        if focused and edge == roles.line:
            edge = roles.accent
        fill = QColor(roles.field if enabled else roles.surface)
        _rounded(painter, rect, fill, QColor(edge), 1.5 if focused or edge == roles.danger else 1)

    def _check_box(self, painter: QPainter, option: QStyleOption) -> None:
        roles = theme.roles
        on = bool(option.state & _S.State_On)
        box = _centred(QRectF(option.rect), min(option.rect.width(), option.rect.height()))
        enabled = bool(option.state & _S.State_Enabled)
        fill = QColor(roles.accent if enabled else roles.line) if on else QColor(roles.field)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(fill)
        painter.setPen(QPen(QColor(roles.accent if on and enabled else roles.line), 1.2))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 4, 4)
        painter.restore()
        if on:
            paint_icon(painter, "check", box.adjusted(2, 2, -2, -2), roles.on_accent)

    def _radio_button(self, painter: QPainter, option: QStyleOption) -> None:
        roles = theme.roles
        on, enabled = bool(option.state & _S.State_On), bool(option.state & _S.State_Enabled)
        box = _centred(QRectF(option.rect), min(option.rect.width(), option.rect.height())).adjusted(1, 1, -1, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(roles.field))
        ring = roles.accent if on and enabled else roles.faint if enabled else roles.line
        painter.setPen(QPen(QColor(ring), 1.4))
        painter.drawEllipse(box)
        if on:
            quarter = box.width() / 4
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(roles.accent if enabled else roles.faint))
            painter.drawEllipse(box.adjusted(quarter, quarter, -quarter, -quarter))
        painter.restore()

    def _button_label(self, painter: QPainter, option: QStyleOptionButton, ink: QColor) -> None:
        line, box = unit(), QRectF(option.rect)
        icon_width = option.iconSize.width() if not option.icon.isNull() else 0
        gap = line * 0.4 if icon_width and option.text else 0
        room = box.width() - line * BUTTON_PAD - icon_width - gap
        text = shortened(option.fontMetrics, option.text, room)
        wide = option.fontMetrics.size(Qt.TextFlag.TextShowMnemonic, text).width() if text else 0
        gap = gap if text else 0
        left = box.center().x() - (wide + gap + icon_width) / 2
        if icon_width:
            side = option.iconSize.width()
            place = QRectF(left, box.center().y() - side / 2, side, side)
            name = option.icon.name() or ""
            if name:
                paint_icon(painter, name, place, ink.name())
            else:
                option.icon.paint(painter, place.toRect())
        painter.setPen(ink)
        text_box = QRectF(left + icon_width + gap, box.top(), wide + 2, box.height())
        painter.drawText(text_box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic, text)

    def _progress(self, painter: QPainter, option: QStyleOptionProgressBar) -> None:
        roles, span = theme.roles, option.maximum - option.minimum
        if span <= 0:
            return
        share = min(1.0, max(0.0, (option.progress - option.minimum) / span))
        box = QRectF(option.rect)
        if share > 0:
            box.setWidth(max(box.height(), box.width() * share))
            own = option.palette.color(QPalette.ColorRole.Highlight)
            _bar(painter, box, roles.accent if own == QColor(roles.accent_wash) else own.name())

    def _slider(self, painter: QPainter, option: QStyleOptionSlider, widget: QWidget) -> None:
        roles, line = theme.roles, unit()
        handle = QRectF(self.subControlRect(_X.CC_Slider, option, _Sub.SC_SliderHandle, widget))
        groove = QRectF(option.rect)
        groove = QRectF(groove.left(), groove.center().y() - line * 0.12, groove.width(), line * 0.24)
        _bar(painter, groove, roles.raised)
        enabled = bool(option.state & _S.State_Enabled)
        done = QRectF(groove)
        done.setRight(handle.center().x())
        _bar(painter, done, roles.accent if enabled else roles.line)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(roles.surface), 2))
        painter.setBrush(QColor(roles.accent if enabled else roles.faint))
        side = line * (0.9 if option.state & (_S.State_MouseOver | _S.State_HasFocus) else 0.8)
        painter.drawEllipse(_centred(handle, side))
        painter.restore()


def shortened(metrics: QFontMetrics, text: str, room: float) -> str:
    """As much of a button's text as fits; empty if almost nothing would be left."""
    if metrics.size(Qt.TextFlag.TextShowMnemonic, text).width() <= room + 1:
        return text
    if room < unit() * FEWEST_WORDS:
        return ""
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room), Qt.TextFlag.TextShowMnemonic)


def _centred(box: QRectF, side: float) -> QRectF:
    return QRectF(box.center().x() - side / 2, box.center().y() - side / 2, side, side)


def _bar(painter: QPainter, box: QRectF, colour: str) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    radius = min(box.width(), box.height()) / 2
    painter.drawRoundedRect(box, radius, radius)
    painter.restore()
