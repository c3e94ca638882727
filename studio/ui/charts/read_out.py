"""The read-out beside a chart's cursor: a box of lines, each with its curve's colour and its values."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.ui.controls.control_paint import paint_box
from studio.ui.palette import mixed
from studio.ui.theme import scaled_font, theme, unit

SIZE = 0.9  # of its letters
WIDEST_WORDS = 46  # letters of a sentence on one line


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the read-out: words in a curve's colour or in none, and values in columns of their own.

    A `ring` instead of a dot stands for what was measured on held-out rows.
    """

    words: str
    values: tuple[str, ...] = ()
    colour: str = ""
    ring: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What is read off at `step`."""

    step: float
    title: str
    lines: tuple[Line, ...] = ()
    heads: tuple[str, ...] = ()

    def text(self) -> str:
        """All of it, as a screen reader says it."""
        said = [self.title]
        for line in self.lines:
            named = [f"{head} {value}".strip() for head, value in zip(self.heads, line.values, strict=False) if value]
            said.append(" ".join((line.words, ", ".join(named))).strip())
        return "; ".join(said)


class ReadOut(QWidget):
    """Paints what is told, in columns; the pointer passes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.told: Told | None = None
        self.hide()

    def show_told(self, told: Told, cursor: float, room: QRectF) -> None:
        """Show it beside `cursor` (x), where there is space within `room`; both in the parent's coordinates."""
        self.told = told
        wide, high = self._size()
        left = cursor + unit() * 0.7
        if left + wide > room.right():
            left = cursor - unit() * 0.7 - wide
        left = max(room.left(), min(left, room.right() - wide))
        self.setGeometry(round(left), round(room.top() + 4), round(wide), round(high))
        self.setVisible(True)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.told is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line, pad = theme.roles, self._line(), self._pad()
        ground = QColor(roles.raised)
        ground.setAlpha(242)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        paint_box(painter, box, 7, ground, mixed(roles.line, roles.ink, 0.12))
        plain, strong = scaled_font(SIZE), scaled_font(SIZE, QFont.Weight.DemiBold)
        names, columns = self._columns()
        top = pad * 0.8
        painter.setFont(strong)
        painter.setPen(QColor(roles.ink))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(pad, top, self.width(), line), middle, self.told.title)
        right = pad + names
        painter.setFont(scaled_font(SIZE * 0.9))
        painter.setPen(QColor(roles.faint))
        for head, wide in zip(self.told.heads, columns, strict=False):
            box = QRectF(right, top, wide, line)
            right += wide
            painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, head)
        for said in self.told.lines:
            top += line
            if said.colour:
                self._dot(painter, QPointF(pad + line * 0.25, top + line / 2), said)
            left = pad + (line * 0.75 if said.colour else 0)
            painter.setFont(plain)
            painter.setPen(QColor(roles.ink if said.values else roles.quiet))
            painter.drawText(QRectF(left, top, self.width(), line), middle, said.words)
            right = pad + names
            for place, (value, wide) in enumerate(zip(said.values, columns, strict=False)):
                painter.setFont(strong if place == 0 else plain)
                painter.setPen(QColor(roles.ink if place == 0 else roles.quiet))
                painter.drawText(QRectF(right, top, wide, line), middle | Qt.AlignmentFlag.AlignRight, value)
                right += wide

    def _dot(self, painter: QPainter, centre: QPointF, said: Line) -> None:
        radius = self._line() * 0.21
        painter.setPen(QPen(QColor(said.colour), 1.6) if said.ring else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if said.ring else QColor(said.colour))
        painter.drawEllipse(centre, radius, radius)

    def _columns(self) -> tuple[float, list[float]]:
        """How wide the names are, and each column of values with the space before it."""
        assert self.told is not None
        plain = QFontMetricsF(scaled_font(SIZE))
        strong = QFontMetricsF(scaled_font(SIZE, QFont.Weight.DemiBold))
        dotted = self._line() * 0.75
        valued = [line for line in self.told.lines if line.values]
        names = max([plain.horizontalAdvance(line.words) + dotted for line in valued], default=0.0)
        names = max(names, strong.horizontalAdvance(self.told.title))
        columns = []
        for place in range(max((len(line.values) for line in valued), default=0)):
            words = [line.values[place] for line in valued if place < len(line.values)]
            head = self.told.heads[place] if place < len(self.told.heads) else ""
            wide = max(strong.horizontalAdvance(word) for word in [*words, head])
            columns.append(wide + self._line() * 0.8)
        return names, columns

    def _size(self) -> tuple[float, float]:
        assert self.told is not None
        names, columns = self._columns()
        plain = QFontMetricsF(scaled_font(SIZE))
        sentences = [line for line in self.told.lines if not line.values]
        dotted = self._line() * 0.75
        widest = max(
            (plain.horizontalAdvance(line.words) + dotted * bool(line.colour) for line in sentences), default=0
        )
        high = self._line() * (1 + len(self.told.lines)) + self._pad() * 1.6
        return max(names + sum(columns), widest) + 2 * self._pad() + 2, high

    @staticmethod
    def _line() -> float:
        return unit() * 1.12

    @staticmethod
    def _pad() -> float:
        return unit() * 0.55


def broken(text: str, wide: int = WIDEST_WORDS) -> list[str]:
    """A sentence, broken into lines that fit a read-out."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= wide:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
