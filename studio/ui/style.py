"""The look of the standard controls: Fusion, with flat rounded shapes in the theme's roles.

A button's `look` property is "primary", "quiet" or "danger"; a field whose `problem` property is true has a
danger-coloured edge. Qt asks a style thousands of times while a window is resized, so what is asked for most is looked
up in tables instead of being compared with one after another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPalette
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

from studio.ui.controls import control_paint as paint
from studio.ui.controls.item_paint import (
    dropped_width,
    menu_item_size,
    paint_item,
    paint_menu_item,
    paint_panel,
    paint_words,
)
from studio.ui.controls.style_metrics import ALIKE, LINES, PIXELS
from studio.ui.icons import STANDARD_ICONS, icon, paint_icon
from studio.ui.theme import theme, unit

_P, _C, _X = QStyle.PrimitiveElement, QStyle.ControlElement, QStyle.ComplexControl
_Sub, _PM, _CT = QStyle.SubControl, QStyle.PixelMetric, QStyle.ContentsType
DROPPED_LIST = "QComboBoxPrivateContainer"
_FRAME_WIDTH = _PM.PM_DefaultFrameWidth
_POPUP, _LINE_EDIT_CONTENTS = QStyle.StyleHint.SH_ComboBox_Popup, QStyle.SubElement.SE_LineEditContents
_FIELDS = frozenset((_CT.CT_LineEdit, _CT.CT_ComboBox, _CT.CT_SpinBox))
_BUTTON_SIZE, _ITEM_SIZE, _MENU_SIZE = _CT.CT_PushButton, _CT.CT_ItemViewItem, _CT.CT_MenuItem
_TAB_SIZE, _HEADER_SIZE = _CT.CT_TabBarTab, _CT.CT_HeaderSection
_HAS_MENU = QStyleOptionButton.ButtonFeature.HasMenu.value


class StudioStyle(QProxyStyle):
    """Fusion, overridden to be flat, rounded and in the theme's colours."""

    def __init__(self) -> None:
        super().__init__("Fusion")
        self._known: dict[QStyle.PixelMetric, int] = {}  # of ALIKE
        self._of_choices: _ChoiceStyle | None = None

    def drawPrimitive(
        self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        ours = _PRIMITIVES.get(element)
        if ours is None:
            super().drawPrimitive(element, option, painter, widget)
        else:
            ours(painter, option, widget)

    def drawControl(
        self, element: QStyle.ControlElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        ours = _CONTROLS.get(element)
        if ours is None or not ours(self, painter, option, widget):
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
        roles, state = theme.roles, option.state.value
        if control == _X.CC_ComboBox or control == _X.CC_SpinBox:
            paint.paint_field(painter, option.rect, state, widget)
            ink = roles.quiet if state & paint.ENABLED else roles.faint
            if control == _X.CC_ComboBox:
                arrow = self.subControlRect(control, option, _Sub.SC_ComboBoxArrow, widget)
                paint_icon(painter, "chevron-down", paint.centred(QRectF(arrow), unit() * 0.85), ink)
                return
            for part, name in ((_Sub.SC_SpinBoxUp, "chevron-up"), (_Sub.SC_SpinBoxDown, "chevron-down")):
                box = QRectF(self.subControlRect(control, option, part, widget))
                if box.isValid():
                    pointed = bool(option.activeSubControls & part) and state & paint.POINTED
                    paint_icon(painter, name, paint.centred(box, unit() * 0.7), roles.ink if pointed else ink)
        elif control == _X.CC_ScrollBar and isinstance(option, QStyleOptionSlider):
            if option.maximum > option.minimum:
                handle = QRectF(self.subControlRect(control, option, _Sub.SC_ScrollBarSlider, widget))
                over = state & (paint.POINTED | paint.DOWN)
                paint.bar(
                    painter, handle.adjusted(3, 3, -3, -3), paint.blend(roles.line, roles.ink, 0.3 if over else 0.1)
                )
        elif control == _X.CC_Slider and isinstance(option, QStyleOptionSlider):
            handle = QRectF(self.subControlRect(control, option, _Sub.SC_SliderHandle, widget))
            paint.paint_slider(painter, option, handle)
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
        lines = LINES.get(metric)
        if lines is not None:
            return round(unit() * lines)
        pixels = PIXELS.get(metric)
        if pixels is None:
            pixels = self._known.get(metric)
        if pixels is not None:
            return pixels
        if metric in ALIKE:
            self._known[metric] = super().pixelMetric(metric, option, widget)
            return self._known[metric]
        if metric == _FRAME_WIDTH and isinstance(widget, QFrame):
            return 1
        return super().pixelMetric(metric, option, widget)

    def sizeFromContents(
        self,
        kind: QStyle.ContentsType,
        option: QStyleOption,
        size: QSize,
        widget: QWidget | None = None,
    ) -> QSize:
        line = unit()
        if kind == _BUTTON_SIZE and isinstance(option, QStyleOptionButton):
            # Fusion's own minimum width is for dialogs; ours follows the text.
            text, side = option.text, option.iconSize
            width: float = option.fontMetrics.horizontalAdvance(text.replace("&", "")) if text else 0
            if not option.icon.isNull():
                width += side.width() + (line * 0.4 if text else 0)
            pad = line * (1.5 if text else 0.8)
            return QSize(round(width + pad), round(max(line * 2.0, side.height() + line * 0.7)))
        if kind == _TAB_SIZE:
            return QSize(round(size.width() + line), round(line * 2.3))
        found = super().sizeFromContents(kind, option, size, widget)  # type: ignore[arg-type]
        if kind in _FIELDS:
            return QSize(found.width() + round(line * 0.6), round(line * 2.0))
        if kind == _ITEM_SIZE and widget is not None and (around := widget.parentWidget()):
            return QSize(found.width(), round(line * 1.75)) if around.inherits(DROPPED_LIST) else found
        if kind == _MENU_SIZE and isinstance(option, QStyleOptionMenuItem):
            return menu_item_size(option, found)
        if kind == _HEADER_SIZE:
            if isinstance(option, QStyleOptionHeader):
                # The padding that `drawControl` leaves on both sides of the text.
                words = option.fontMetrics.horizontalAdvance(option.text) + 2 * (round(line * 0.35) + 2)
                found.setWidth(max(found.width(), words))
            return QSize(found.width(), round(line * 1.9))
        return found

    def subElementRect(self, element: QStyle.SubElement, option: QStyleOption, widget: QWidget | None = None) -> QRect:
        found = super().subElementRect(element, option, widget)  # type: ignore[arg-type]
        if element == _LINE_EDIT_CONTENTS and widget is not None:
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
        if control == _X.CC_SpinBox and part in (_Sub.SC_SpinBoxUp, _Sub.SC_SpinBoxDown):
            box, wide, half = option.rect, round(unit() * 1.5), option.rect.height() // 2
            top = box.top() + 2 if part == _Sub.SC_SpinBoxUp else box.top() + half
            return QRect(box.right() - wide, top, wide, half - 2)
        found = super().subControlRect(control, option, part, widget)  # type: ignore[arg-type]
        if part == _Sub.SC_ComboBoxListBoxPopup and isinstance(widget, QComboBox):
            # As wide as its longest line: cut in the middle, one name cannot be told from another.
            found.setWidth(max(found.width(), dropped_width(widget)))
        if part in (_Sub.SC_ComboBoxEditField, _Sub.SC_SpinBoxEditField) and control in (
            _X.CC_ComboBox,
            _X.CC_SpinBox,
        ):
            return found.adjusted(round(unit() * 0.3), 0, 0, 0)
        return found

    def polish(self, what: Any) -> Any:
        """Let menus and lists that drop down have round corners, and give fields that drop them their own style."""
        if isinstance(what, QComboBox) and not isinstance(what.style(), _ChoiceStyle):
            self._of_choices = self._of_choices or _ChoiceStyle()
            what.setStyle(self._of_choices)
        elif isinstance(what, QMenu) or (isinstance(what, QWidget) and what.inherits(DROPPED_LIST)):
            what.setWindowFlag(Qt.WindowType.FramelessWindowHint)
            what.setWindowFlag(Qt.WindowType.NoDropShadowWindowHint)
            what.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        elif isinstance(what, QAbstractItemView) and (around := what.parentWidget()) and around.inherits(DROPPED_LIST):
            what.setFrameShape(QFrame.Shape.NoFrame)
            what.viewport().setAutoFillBackground(False)
        return super().polish(what)


class _ChoiceStyle(StudioStyle):
    """What a field that drops a list has: its list lies below it, and not over it as Fusion's does.

    Of a style of its own, because Qt asks for some hint each time that it lays out anything: each answer from Python
    costs as much as twenty of Fusion's.
    """

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returned: QStyleHintReturn | None = None,
    ) -> int:
        return 0 if hint == _POPUP else super().styleHint(hint, option, widget, returned)


def _button_panel(painter: QPainter, option: QStyleOption, widget: QWidget | None) -> None:
    paint.paint_button_panel(painter, option, paint.look_of(widget))


def _tool_panel(painter: QPainter, option: QStyleOption, widget: QWidget | None) -> None:
    paint.paint_button_panel(painter, option, "quiet")


def _line_edit(painter: QPainter, option: QStyleOption, widget: QWidget | None) -> None:
    if widget is not None and isinstance(widget.parentWidget(), QAbstractItemView):
        painter.fillRect(option.rect, paint.colour(theme.roles.field))
    elif getattr(option, "lineWidth", 1) > 0:
        paint.paint_field(painter, option.rect, option.state.value, widget)


def _focus_ring(painter: QPainter, option: QStyleOption, widget: QWidget | None) -> None:
    if widget is None or isinstance(widget, (QAbstractItemView, QPushButton)):
        return
    if option.state.value & paint.BY_KEYS:
        paint.rounded(painter, option.rect, None, theme.roles.accent, 1.5)


def _check_box(painter: QPainter, option: QStyleOption, widget: QWidget | None) -> None:
    paint.paint_check_box(painter, option)


def _radio_button(painter: QPainter, option: QStyleOption, widget: QWidget | None) -> None:
    paint.paint_radio_button(painter, option)


def _menu_panel(painter: QPainter, option: QStyleOption, widget: QWidget | None) -> None:
    paint_panel(painter, option.rect)


def _item(painter: QPainter, option: QStyleOption, widget: QWidget | None) -> None:
    if isinstance(option, QStyleOptionViewItem):
        paint_item(painter, option, widget)


def _frame(painter: QPainter, option: QStyleOption, widget: QWidget | None) -> None:
    if widget is not None and widget.inherits(DROPPED_LIST):
        paint_panel(painter, option.rect)
    elif isinstance(widget, QFrame) and widget.frameShape() != QFrame.Shape.NoFrame:
        paint.rounded(painter, option.rect, None, theme.roles.line)


def _nothing(painter: QPainter, option: QStyleOption, widget: QWidget | None) -> None:
    """What Fusion would paint here is not wanted."""


_PRIMITIVES: dict[int, Callable[[QPainter, QStyleOption, QWidget | None], None]] = {
    _P.PE_PanelButtonCommand: _button_panel,
    _P.PE_PanelButtonTool: _tool_panel,
    _P.PE_PanelLineEdit: _line_edit,
    _P.PE_FrameLineEdit: _nothing,
    _P.PE_FrameFocusRect: _focus_ring,
    _P.PE_IndicatorCheckBox: _check_box,
    _P.PE_IndicatorRadioButton: _radio_button,
    _P.PE_PanelMenu: _menu_panel,
    _P.PE_FrameMenu: _nothing,
    _P.PE_PanelItemViewItem: _item,
    _P.PE_PanelItemViewRow: _nothing,
    _P.PE_Frame: _frame,
}


# Each returns whether it has painted the control; where it has not, Fusion does.


def _button(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    # Whole, as Fusion would with three calls of this style for ground, label and focus.
    if not isinstance(option, QStyleOptionButton) or option.features.value & _HAS_MENU:
        return False
    look = paint.look_of(widget)
    paint.paint_button_panel(painter, option, look)
    option.rect = option.rect.adjusted(1, 1, -1, -1)
    paint.paint_button_label(painter, option, look)
    return True


def _item_words(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    return isinstance(option, QStyleOptionViewItem) and paint_words(painter, option, widget)


def _button_label(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    if isinstance(option, QStyleOptionButton):
        paint.paint_button_label(painter, option, paint.look_of(widget))
        return True
    return False


def _groove(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    paint.bar(painter, QRectF(option.rect), paint.colour(theme.roles.raised))
    return True


def _progress(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    if isinstance(option, QStyleOptionProgressBar):
        paint.paint_progress(painter, option)
        return True
    return False


def _splitter(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    paint.paint_grip(painter, option)
    return True


def _unpainted(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    return True


def _tab_shape(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    if not isinstance(option, QStyleOptionTab):
        return False
    if option.state.value & paint.CHOSEN:
        line = QRectF(option.rect)
        below = line.adjusted(unit() * 0.5, line.height() - 3, -unit() * 0.5, 0)
        paint.bar(painter, below, paint.colour(theme.roles.accent))
    return True


def _tab_label(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    if not isinstance(option, QStyleOptionTab):
        return False
    roles, state = theme.roles, option.state.value
    painter.setPen(paint.colour(roles.ink if state & (paint.CHOSEN | paint.POINTED) else roles.quiet))
    words = QRect(option.rect)
    if not option.icon.isNull():
        side, gap = option.iconSize.width(), round(unit() * 0.4)
        written = option.fontMetrics.horizontalAdvance(option.text.replace("&", ""))
        words.setLeft(words.left() + side + gap)
        sign = QRect(words.center().x() - written // 2 - gap - side, words.center().y() - side // 2, side, side)
        option.icon.paint(painter, sign)
    painter.drawText(words, paint.MIDDLE_WITH_MNEMONIC, option.text)
    if state & paint.FOCUSED and state & paint.BY_KEYS:
        paint.rounded(painter, option.rect.adjusted(4, 4, -4, -6), None, roles.accent, 1.5)
    return True


def _menu_item(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    if isinstance(option, QStyleOptionMenuItem):
        paint_menu_item(painter, option)
        return True
    return False


def _header(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    painter.fillRect(option.rect, paint.colour(theme.roles.surface))
    painter.setPen(paint.colour(theme.roles.line))
    painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
    return True


def _header_ground(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    painter.fillRect(option.rect, paint.colour(theme.roles.surface))
    return True


def _header_label(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    if not isinstance(option, QStyleOptionHeader):
        return False
    painter.setPen(paint.colour(theme.roles.quiet))
    # The distance of the items' text from their edges; the label's box is inset already.
    pad = round(unit() * 0.35) + 1 - style.pixelMetric(_PM.PM_HeaderMargin, option, widget)
    box = option.rect.adjusted(pad, 0, -pad, 0)
    text = option.fontMetrics.elidedText(option.text, Qt.TextElideMode.ElideRight, box.width() + 1)
    painter.drawText(box, option.textAlignment | Qt.AlignmentFlag.AlignVCenter, text)
    return True


def _choice_label(style: StudioStyle, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> bool:
    if not isinstance(option, QStyleOptionComboBox) or option.editable:
        return False
    box = style.subControlRect(_X.CC_ComboBox, option, _Sub.SC_ComboBoxEditField, widget).adjusted(1, 0, -1, 0)
    text = option.fontMetrics.elidedText(option.currentText, Qt.TextElideMode.ElideRight, box.width() + 1)
    painter.setPen(option.palette.color(QPalette.ColorRole.ButtonText))
    painter.drawText(box, paint.LEFT, text)
    return True


_CONTROLS: dict[int, Callable[[StudioStyle, QPainter, QStyleOption, QWidget | None], bool]] = {
    _C.CE_PushButton: _button,
    _C.CE_ItemViewItem: _item_words,
    _C.CE_PushButtonLabel: _button_label,
    _C.CE_ProgressBarGroove: _groove,
    _C.CE_ProgressBarContents: _progress,
    _C.CE_ProgressBarLabel: _unpainted,
    _C.CE_TabBarTabShape: _tab_shape,
    _C.CE_TabBarTabLabel: _tab_label,
    _C.CE_MenuItem: _menu_item,
    _C.CE_MenuEmptyArea: _unpainted,
    _C.CE_HeaderSection: _header,
    _C.CE_HeaderEmptyArea: _header_ground,
    _C.CE_HeaderLabel: _header_label,
    _C.CE_ComboBoxLabel: _choice_label,
    _C.CE_Splitter: _splitter,
}
