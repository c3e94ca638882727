"""How the standard controls are painted: flat rounded shapes in the theme's roles.

A resized window paints hundreds of them in one turn, and a Python enumeration's `&` costs as much as a short line: so
states are plain numbers here.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyleOption, QStyleOptionButton, QStyleOptionProgressBar, QWidget

from studio.ui.icons import paint_icon
from studio.ui.palette import mixed
from studio.ui.theme import theme, unit

_S = QStyle.StateFlag
ENABLED, FOCUSED, POINTED = _S.State_Enabled.value, _S.State_HasFocus.value, _S.State_MouseOver.value
ON, BY_KEYS, CHOSEN = _S.State_On.value, _S.State_KeyboardFocusChange.value, _S.State_Selected.value
DOWN = _S.State_Sunken.value | ON
SMOOTH = QPainter.RenderHint.Antialiasing
MNEMONIC = Qt.TextFlag.TextShowMnemonic
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
MIDDLE_WITH_MNEMONIC = Qt.AlignmentFlag.AlignCenter | MNEMONIC
LEFT_WITH_MNEMONIC = Qt.AlignmentFlag.AlignVCenter | MNEMONIC
NO_PEN, NO_BRUSH = Qt.PenStyle.NoPen, Qt.BrushStyle.NoBrush
RADIUS = 6.0
# Of a button, in lines of text: the padding beside its words, and the narrowest rest of them worth showing.
BUTTON_PAD, FEWEST_WORDS = 0.8, 1.5


@lru_cache(maxsize=512)
def colour(role: str) -> QColor:
    """A role's colour, kept; nobody may change it."""
    return QColor(role)


@lru_cache(maxsize=512)
def blend(one: str, other: str, share: float) -> QColor:
    """The colour `share` of the way from `one` to `other`, kept; nobody may change it."""
    return mixed(one, other, share)


@lru_cache(maxsize=512)
def _pen(role: str, width: float) -> QPen:
    return QPen(QColor(role), width)


def rounded(painter: QPainter, rect: QRect | QRectF, fill: QColor | None, edge: str | None, width: float = 1) -> None:
    """A rounded box with this fill, and an edge in this role's colour; None leaves either out."""
    painter.save()
    half = width / 2 if edge is not None else 0
    box = QRectF(rect).adjusted(half, half, -half, -half)
    paint_box(painter, box, RADIUS, fill, colour(edge) if edge is not None else None, width)
    painter.restore()


def paint_box(
    painter: QPainter, box: QRectF, radius: float, fill: QColor | None, edge: QColor | None = None, width: float = 1
) -> None:
    """A rounded box with this fill, and an edge whose middle runs along `box`; None leaves either out.

    The edge is filled, as a ring: stroking a rounded shape takes Qt ten times as long.
    """
    painter.setRenderHint(SMOOTH)
    painter.setPen(NO_PEN)
    if fill is not None:
        painter.setBrush(fill)
        painter.drawRoundedRect(box, radius, radius)
    if edge is not None:
        half = width / 2
        ring = QPainterPath()
        for out in (half, -half):
            ring.addRoundedRect(box.adjusted(-out, -out, out, out), max(0.0, radius + out), max(0.0, radius + out))
        painter.setBrush(edge)
        painter.drawPath(ring)


def bar(painter: QPainter, box: QRectF, fill: QColor) -> None:
    """A bar with round ends."""
    painter.save()
    painter.setRenderHint(SMOOTH)
    painter.setPen(NO_PEN)
    painter.setBrush(fill)
    radius = min(box.width(), box.height()) / 2
    painter.drawRoundedRect(box, radius, radius)
    painter.restore()


def paint_grip(painter: QPainter, option: QStyleOption) -> None:
    """What two parts are moved apart by: a short bar in a room of its own, where it lies over neither."""
    box, line = QRectF(option.rect), unit()
    long, thin = 2 * line, line * 0.22
    size = (long, thin) if box.width() > box.height() else (thin, long)
    grip = QRectF(0, 0, *size)
    grip.moveCenter(box.center())
    bar(painter, grip, colour(theme.roles.faint if option.state.value & POINTED else theme.roles.line))


def centred(box: QRectF, side: float) -> QRectF:
    """The square with this side in the middle of a box."""
    return QRectF(box.center().x() - side / 2, box.center().y() - side / 2, side, side)


def look_of(widget: QWidget | None) -> str:
    """A button's `look`: "primary", "quiet", "danger", or "" for an ordinary one."""
    return (widget.property("look") or "") if widget is not None else ""


def button_colours(look: str, state: int) -> tuple[QColor | None, str | None, str]:
    """Fill, and the colours of edge and ink, of a button with this look in this state."""
    roles = theme.roles
    down, over = state & DOWN, state & POINTED
    if not state & ENABLED:
        return None if look == "quiet" else blend(roles.surface, roles.raised, 0.5), None, roles.faint
    if look == "primary":
        return blend(roles.accent, roles.ink, 0.22 if down else 0.1 if over else 0.0), None, roles.on_accent
    if look == "quiet":
        lit = over or down
        return colour(roles.raised) if lit else None, None, roles.ink if lit else roles.quiet
    fill = blend(roles.raised, roles.ink, 0.14 if down else 0.06 if over else 0.0)
    return fill, roles.line, roles.danger if look == "danger" else roles.ink


def paint_button_panel(painter: QPainter, option: QStyleOption, look: str) -> None:
    """The ground of a button, with a ring where the keyboard brought the focus."""
    state = option.state.value
    fill, edge, _ = button_colours(look, state)
    if fill is not None or edge is not None:
        rounded(painter, option.rect, fill, edge)
    if state & FOCUSED and state & BY_KEYS:
        rounded(painter, option.rect, None, theme.roles.accent, 2)


def paint_button_label(painter: QPainter, option: QStyleOptionButton, look: str) -> None:
    """Icon and words of a button, as many of them as fit."""
    _, _, ink = button_colours(look, option.state.value)
    line, box, words, icon = unit(), QRectF(option.rect), option.text, option.icon
    icon_width = 0 if icon.isNull() else option.iconSize.width()
    gap = line * 0.4 if icon_width and words else 0
    text, wide = _fitting(option.fontMetrics, words, box.width() - line * BUTTON_PAD - icon_width - gap)
    gap = gap if text else 0
    left = box.center().x() - (wide + gap + icon_width) / 2
    if icon_width:
        place = QRectF(left, box.center().y() - icon_width / 2, icon_width, icon_width)
        if name := icon.name():
            paint_icon(painter, name, place, ink)
        else:
            icon.paint(painter, place.toRect())
    if text:
        painter.setPen(colour(ink))
        text_box = QRectF(left + icon_width + gap, box.top(), wide + 2, box.height())
        painter.drawText(text_box, LEFT_WITH_MNEMONIC, text)


def shortened(metrics: QFontMetrics, text: str, room: float) -> str:
    """As much of a button's text as fits; empty if almost nothing would be left."""
    return _fitting(metrics, text, room)[0]


def _fitting(metrics: QFontMetrics, text: str, room: float) -> tuple[str, int]:
    """What is shown of a text in this room, and how wide that is."""
    if not text:
        return "", 0
    wide = metrics.size(MNEMONIC, text).width()
    if wide <= room + 1:
        return text, wide
    if room < unit() * FEWEST_WORDS:
        return "", 0
    cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room), MNEMONIC)
    return cut, metrics.size(MNEMONIC, cut).width()


def paint_field(painter: QPainter, rect: QRect, state: int, widget: QWidget | None) -> None:
    """The ground of a field, whose edge is in the colour of danger where its `problem` property is true."""
    roles = theme.roles
    wrong = widget is not None and bool(widget.property("problem"))
    focused = bool(state & FOCUSED)
    edge = roles.danger if wrong else roles.accent if focused else roles.line
    fill = colour(roles.field if state & ENABLED else roles.surface)
    rounded(painter, rect, fill, edge, 1.5 if focused or wrong else 1)


def paint_check_box(painter: QPainter, option: QStyleOption) -> None:
    """The box of a check box, and its tick."""
    roles, state = theme.roles, option.state.value
    on, enabled = state & ON, state & ENABLED
    box = centred(QRectF(option.rect), min(option.rect.width(), option.rect.height()))
    painter.save()
    fill = colour((roles.accent if enabled else roles.line) if on else roles.field)
    edge = colour(roles.accent if on and enabled else roles.line)
    paint_box(painter, box.adjusted(1, 1, -1, -1), 4, fill, edge, 1.2)
    painter.restore()
    if on:
        paint_icon(painter, "check", box.adjusted(2, 2, -2, -2), roles.on_accent)


def paint_radio_button(painter: QPainter, option: QStyleOption) -> None:
    """The ring of a radio button, and its dot."""
    roles, state = theme.roles, option.state.value
    on, enabled = state & ON, state & ENABLED
    box = centred(QRectF(option.rect), min(option.rect.width(), option.rect.height())).adjusted(1, 1, -1, -1)
    painter.save()
    painter.setRenderHint(SMOOTH)
    painter.setBrush(colour(roles.field))
    painter.setPen(_pen(roles.accent if on and enabled else roles.faint if enabled else roles.line, 1.4))
    painter.drawEllipse(box)
    if on:
        quarter = box.width() / 4
        painter.setPen(NO_PEN)
        painter.setBrush(colour(roles.accent if enabled else roles.faint))
        painter.drawEllipse(box.adjusted(quarter, quarter, -quarter, -quarter))
    painter.restore()


def paint_progress(painter: QPainter, option: QStyleOptionProgressBar) -> None:
    """The part of a progress bar that is done."""
    roles, span = theme.roles, option.maximum - option.minimum
    if span <= 0:
        return
    share = min(1.0, max(0.0, (option.progress - option.minimum) / span))
    box = QRectF(option.rect)
    if share > 0:
        box.setWidth(max(box.height(), box.width() * share))
        own = option.palette.color(QPalette.ColorRole.Highlight)
        bar(painter, box, colour(roles.accent) if own == colour(roles.accent_wash) else own)


def paint_slider(painter: QPainter, option: QStyleOption, handle: QRectF) -> None:
    """A slider's groove, filled up to its handle."""
    roles, line, state = theme.roles, unit(), option.state.value
    groove = QRectF(option.rect)
    groove = QRectF(groove.left(), groove.center().y() - line * 0.12, groove.width(), line * 0.24)
    bar(painter, groove, colour(roles.raised))
    enabled = state & ENABLED
    done = QRectF(groove)
    done.setRight(handle.center().x())
    bar(painter, done, colour(roles.accent if enabled else roles.line))
    painter.save()
    painter.setRenderHint(SMOOTH)
    painter.setPen(_pen(roles.surface, 2))
    painter.setBrush(colour(roles.accent if enabled else roles.faint))
    painter.drawEllipse(centred(handle, line * (0.9 if state & (POINTED | FOCUSED) else 0.8)))
    painter.restore()
