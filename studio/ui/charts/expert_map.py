"""The heatmap of layers × experts: each cell is an expert's load ÷ its fair share, on a fixed scale of 0 to 2.

Two tasks side by side: each cell is how much more of its fair share one task gives an expert than the other does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.core.run.load_stats import dead_experts, utilisation
from studio.core.words import mark, tr
from studio.ui.palette import Stops
from studio.ui.theme import scaled_font, text_width, theme, unit

SCALE_END = 2.0  # the scale's end; more than twice the fair share looks the same
FAIR_SHARE, SCALE = mark("fair share"), ((0.0, "2× +"), (0.5, mark("fair")), (1.0, "0"))
DIFFERENCE = ((0.0, "+1× +"), (0.5, mark("same")), (1.0, "\N{MINUS SIGN}1× +"))
LABEL_SIZE = 0.82  # the size of the words beside the cells


def _scale_text(text: str) -> str:
    """A label of the scale: a word, or a number that is none."""
    return tr(text) if text.isalpha() else text


def margins() -> tuple[float, float]:
    """Pixels reserved for the labels beside the cells: the layers' numbers at the left, the scale at the right.

    The bars of the experts' totals stand beneath the cells, so both leave the same room.
    """
    line = unit()
    scale = max(text_width(_scale_text(text), LABEL_SIZE) for _, text in SCALE + DIFFERENCE) + line * 2.0
    right = max(line * 4.2, scale, text_width(tr(FAIR_SHARE), LABEL_SIZE) + line * 0.5)
    return max(line * 2.9, text_width("888", LABEL_SIZE) + line * 1.7), right


@lru_cache(maxsize=8)
def colour_table(stops: Stops) -> NDArray[np.uint8]:
    """256 RGB rows from `stops`, for utilisation from 0 to SCALE_END."""
    places = [place / SCALE_END for place, _ in stops]
    rgb = np.array([[QColor(c).red(), QColor(c).green(), QColor(c).blue()] for _, c in stops], dtype=float)
    at = np.linspace(0, 1, 256)
    return np.stack([np.interp(at, places, rgb[:, channel]) for channel in range(3)], axis=1).round().astype(np.uint8)


class ExpertMap(QWidget):
    """Paints counts [layers, experts]; the pointer and the arrow keys read off layer, expert and share.

    A click, or Enter, chooses a cell, which stays marked; `cell_chosen` brings it as (row, expert), or None.
    """

    cell_pointed = Signal(object)
    cell_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._counts: NDArray[np.float64] | None = None
        self._used: NDArray[np.float64] | None = None
        self._dead: NDArray[np.bool_] | None = None
        self._other: NDArray[np.float64] | None = None  # the other task's utilisation, where two are compared
        self._tasks = ("", "")
        self._depths: Sequence[int] = ()
        self._image: QImage | None = None
        self._empty = tr("Loads appear with the first steps of a routed method.")
        self._cell: tuple[int, int] | None = None
        self._chosen: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Expert load by layer: nothing routed yet"))
        theme.changed.connect(self._on_theme_changed)

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 18), round(unit() * 14))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 10), round(unit() * 8))

    def show_counts(
        self,
        counts: NDArray[np.float64] | None,
        depths: Sequence[int] | None = None,
        other: NDArray[np.float64] | None = None,
        tasks: tuple[str, str] = ("", ""),
    ) -> None:
        """Paint these counts [layers, experts]; None empties the map.

        depths: each layer's number in the model; counted from 0 where it is unknown. other: the counts of another
        task, from which those of the first are told apart; `tasks` are both names.
        """
        self._counts, self._tasks = counts, tasks
        self._depths = depths if depths is not None else range(0 if counts is None else len(counts))
        self._used = utilisation(counts) if counts is not None else None
        self._other = utilisation(other) if other is not None and counts is not None else None
        self._dead = dead_experts(counts) if counts is not None and other is None else None
        self._cell, self._chosen = self._kept(self._cell), self._kept(self._chosen)
        self._image = None
        self.setAccessibleName(self._sentence())
        self.update()

    def _kept(self, cell: tuple[int, int] | None) -> tuple[int, int] | None:
        if self._counts is None or cell is None:
            return None
        return cell if cell[0] < self._counts.shape[0] and cell[1] < self._counts.shape[1] else None

    @property
    def chosen(self) -> tuple[int, int] | None:
        """The chosen cell as (row, expert)."""
        return self._chosen

    def choose(self, cell: tuple[int, int] | None) -> None:
        """Choose a cell, or none."""
        if cell != self._chosen:
            self._chosen = cell
            self.cell_chosen.emit(cell)
            self.update()

    def values(self) -> NDArray[np.float64] | None:
        """What is painted [layers, experts]: utilisation, or the difference of two tasks'."""
        if self._used is None or self._other is None:
            return self._used
        return self._used - self._other

    def csv(self) -> str:
        """What is painted, as a table with a line for each layer."""
        found = self.values()
        if found is None or self._counts is None:
            return ""
        what = "utilisation" if self._other is None else f"{self._tasks[0]} less {self._tasks[1]}"
        head = ",".join(["layer", *(f"expert {expert}" for expert in range(found.shape[1]))])
        rows = zip(self._depths, found, strict=True)
        lines = [",".join([str(depth), *(f"{value:.4f}" for value in row)]) for depth, row in rows]
        return "\n".join([f"# {what}; 1 is an expert's fair share", head, *lines, ""])

    def show_empty(self, text: str) -> None:
        """Set the text that is shown while there is nothing to paint."""
        if text != self._empty:
            self._empty = text
            self.update()

    def plot_box(self) -> QRectF:
        """Where the cells are, in this widget's coordinates."""
        left, right = margins()
        return QRectF(self.rect()).adjusted(left, 2, -right, -unit() * 2.3)

    def cell_sentence(self, layer: int, expert: int) -> str:
        """A cell's description: layer, expert, its load and its share of the layer."""
        assert self._counts is not None
        assert self._used is not None
        total, place = (
            self._counts[layer].sum(),
            tr("Layer {layer}, expert {expert}", layer=self._depths[layer], expert=expert),
        )
        if self._other is not None:
            pairs = zip(self._tasks, (self._used, self._other), strict=True)
            first, second = (
                tr("{task} {used:.2f} × fair", task=task, used=used[layer, expert]) for task, used in pairs
            )
            return tr("{place}: {first}, {second}", place=place, first=first, second=second)
        if not total:
            return tr("{place}: nothing was routed here", place=place)
        share = 100 * self._counts[layer, expert] / total
        used = self._used[layer, expert]
        said = tr("{place}: {share:.1f} % of the layer's slots, {used:.2f} × fair", place=place, share=share, used=used)
        return tr("{said}, dead", said=said) if self._dead is not None and self._dead[layer, expert] else said

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        roles, line = theme.roles, unit()
        plot = self.plot_box()
        painter.setFont(scaled_font(LABEL_SIZE))
        if self._used is None:
            painter.setPen(QColor(roles.faint))
            box = QRectF(self.rect()).adjusted(line, 0, -line, 0)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty)
            return
        layers, experts = self._used.shape
        if self._image is None:
            self._image = self._made_image()
        painter.drawImage(plot, self._image)
        wide, high = plot.width() / experts, plot.height() / layers
        if min(wide, high) >= 7:
            painter.setPen(QPen(QColor(roles.surface), 1))
            for expert in range(1, experts):
                x = round(plot.left() + expert * wide)
                painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
            for layer in range(1, layers):
                y = round(plot.top() + layer * high)
                painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        self._mark_dead(painter, plot, wide, high)
        painter.setPen(QColor(roles.quiet))
        for expert in ticks(experts, plot.width() / (line * 2)):
            box = QRectF(plot.left() + (expert + 0.5) * wide - line * 2, plot.bottom() + line * 0.1, line * 4, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(expert))
        for layer in ticks(layers, plot.height() / (line * 1.5)):
            box = QRectF(0, plot.top() + (layer + 0.5) * high - line, plot.left() - line * 0.4, line * 2)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, str(self._depths[layer]))
        painter.setPen(QColor(roles.faint))
        below = QRectF(plot.left(), plot.bottom() + line * 1.1, plot.width(), line * 1.1)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, tr("expert"))
        painter.save()
        painter.translate(line * 0.55, plot.center().y())
        painter.rotate(-90)
        painter.drawText(
            QRectF(-line * 4, -line * 0.6, line * 8, line * 1.2), Qt.AlignmentFlag.AlignCenter, tr("layer")
        )
        painter.restore()
        self._scale(painter, QRectF(plot.right() + line * 0.9, plot.top(), line * 0.7, plot.height()))
        for cell, thick in ((self._chosen, 3.0), (self._cell, 2.0)):
            if cell is not None:
                layer, expert = cell
                painter.setPen(QPen(QColor(roles.ink), thick))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(plot.left() + expert * wide, plot.top() + layer * high, wide, high))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        self._point(cell)
        if cell is not None:
            QToolTip.showText(event.globalPosition().toPoint(), self.cell_sentence(*cell), self)
        else:
            QToolTip.hideText()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        self.choose(None if cell == self._chosen else cell)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
        }.get(Qt.Key(event.key()))
        if self._cell is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose(None if self._cell == self._chosen else self._cell)
            return
        if step is None or self._used is None:
            super().keyPressEvent(event)
            return
        layers, experts = self._used.shape
        layer, expert = self._cell or (0, 0)
        self._point(((layer + step[0]) % layers, (expert + step[1]) % experts))

    def _point(self, cell: tuple[int, int] | None) -> None:
        if cell != self._cell:
            self._cell = cell
            self.setAccessibleDescription(self.cell_sentence(*cell) if cell else "")
            self.cell_pointed.emit(cell)
            self.update()

    def _cell_at(self, place: QPointF) -> tuple[int, int] | None:
        plot = self.plot_box()
        if self._used is None or not plot.contains(place):
            return None
        layers, experts = self._used.shape
        layer = min(layers - 1, int((place.y() - plot.top()) / plot.height() * layers))
        expert = min(experts - 1, int((place.x() - plot.left()) / plot.width() * experts))
        return layer, expert

    def _made_image(self) -> QImage:
        assert self._used is not None
        table = colour_table(theme.roles.load)
        painted = self._used if self._other is None else 1 + self._used - self._other
        level = np.nan_to_num(np.clip(painted / SCALE_END, 0, 1), nan=0.5)
        rgb = table[(level * 255).round().astype(int)]
        surface = QColor(theme.roles.surface)
        rgb[~np.isfinite(painted)] = (surface.red(), surface.green(), surface.blue())
        layers, experts = self._used.shape
        data = np.ascontiguousarray(rgb)
        return QImage(data.tobytes(), experts, layers, 3 * experts, QImage.Format.Format_RGB888).copy()

    def _mark_dead(self, painter: QPainter, plot: QRectF, wide: float, high: float) -> None:
        if self._dead is None or not self._dead.any():
            return
        arm = min(min(wide, high) * 0.32, unit() * 0.4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # A dead cell is the scale's strongest blue: only a cross with a rim stands out from it in both themes.
        for colour, width in ((theme.roles.surface, 4.0), (theme.roles.danger, 2.0)):
            painter.setPen(QPen(QColor(colour), width))
            for layer, expert in np.argwhere(self._dead):
                x, y = plot.left() + (expert + 0.5) * wide, plot.top() + (layer + 0.5) * high
                painter.drawLine(QPointF(x - arm, y - arm), QPointF(x + arm, y + arm))
                painter.drawLine(QPointF(x - arm, y + arm), QPointF(x + arm, y - arm))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _scale(self, painter: QPainter, bar: QRectF) -> None:
        table, line = colour_table(theme.roles.load), unit()
        column = np.ascontiguousarray(table[::-1].reshape(256, 1, 3))
        painter.drawImage(bar, QImage(column.tobytes(), 1, 256, 3, QImage.Format.Format_RGB888).copy())
        painter.setPen(QColor(theme.roles.quiet))
        for share, text in SCALE if self._other is None else DIFFERENCE:
            y = bar.top() + share * bar.height()
            y = min(max(y, bar.top() + line * 0.5), bar.bottom() - line * 0.5)
            box = QRectF(bar.right() + line * 0.3, y - line * 0.7, self.width() - bar.right(), line * 1.4)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, _scale_text(text))

    def _sentence(self) -> str:
        if self._used is None or self._counts is None:
            return tr("Expert load by layer: nothing routed yet")
        layers, experts = self._used.shape
        if not np.isfinite(self._used).any():
            return tr(
                "Expert load of {layers} layers with {experts} experts: nothing routed yet",
                layers=layers,
                experts=experts,
            )
        if self._other is not None:
            apart = np.abs(np.nan_to_num(self._used - self._other))
            cell = divmod(int(apart.argmax()), experts)
            return tr(
                "Expert load of {task} less {other}: they differ most in {cell}",
                task=self._tasks[0],
                other=self._tasks[1],
                cell=self.cell_sentence(*cell),
            )
        layer, expert = divmod(int(np.nanargmax(self._used)), experts)
        return tr(
            "Expert load of {layers} layers with {experts} experts: the busiest is expert {expert} of layer {layer}"
            " with {used:.2f} times its fair share; {dead} are dead",
            layers=layers,
            experts=experts,
            expert=expert,
            layer=self._depths[layer],
            used=self._used[layer, expert],
            dead=0 if self._dead is None else int(self._dead.sum()),
        )

    @Slot()
    def _on_theme_changed(self) -> None:
        self._image = None
        self.update()


def ticks(number: int, room: float) -> range:
    """Which of `number` places are labelled when `room` labels fit: every first, second, fifth, tenth..."""
    wanted = max(1.0, number / max(1.0, room))
    stride = next(
        size for size in (1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 100, 128, 256, 512, 1024) if size >= wanted
    )
    return range(0, number, stride)
