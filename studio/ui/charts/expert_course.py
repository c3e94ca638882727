"""One expert's load over the run's steps, of all tasks and of each, against the fair share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.core.run.run_rows import ALL_TASKS
from studio.core.words import tr
from studio.ui.charts.expert_map import LABEL_SIZE, margins
from studio.ui.theme import scaled_font, theme, unit

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Course:
    """An expert's utilisation [steps] at some of the run's steps, by task ("" is all); NaN where nothing was routed."""

    title: str
    steps: NDArray[np.int64]
    used: Mapping[str, Floats]


class ExpertCourse(QWidget):
    """Paints a Course; the step that the map shows is marked, and the pointer reads off the others."""

    def __init__(self) -> None:
        super().__init__()
        self._course: Course | None = None
        self._tasks: Sequence[str] = ()
        self._step: int | None = None
        self._empty = ""
        self._drawn: QPixmap | None = None
        theme.changed.connect(self._on_theme_changed)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.show_course(None, ())

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 18), round(unit() * 6.5))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 10), round(unit() * 4.5))

    def show_course(self, course: Course | None, tasks: Sequence[str], empty: str = "") -> None:
        """Paint a course, whose tasks have the colours of their places in `tasks`; None shows `empty`."""
        self._course, self._tasks, self._empty, self._drawn = course, tuple(tasks), empty, None
        self.setAccessibleName(empty if course is None else self._sentence(course))
        self.update()

    def show_step(self, step: int | None) -> None:
        """Mark a step."""
        if step != self._step:
            self._step = step
            self.update()

    def plot_box(self) -> QRectF:
        left, right = margins()
        return QRectF(self.rect()).adjusted(left, unit() * 1.4, -right, -unit() * 1.2)

    @staticmethod
    def _sentence(course: Course) -> str:
        whole = course.used[ALL_TASKS]
        known = whole[np.isfinite(whole)]
        if not len(known):
            return tr("{title}: nothing was routed", title=course.title)
        return tr(
            "{title}, load over its fair share: {used:.2f} at step {step}, between {least:.2f} and {most:.2f} since"
            " step {first}",
            title=course.title,
            used=known[-1],
            step=course.steps[-1],
            least=known.min(),
            most=known.max(),
            first=course.steps[0],
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._drawn = None
        super().resizeEvent(event)

    @Slot()
    def _on_theme_changed(self) -> None:
        self._drawn = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(scaled_font(LABEL_SIZE))
        roles, line = theme.roles, unit()
        if self._course is None:
            painter.setPen(QColor(roles.faint))
            box = QRectF(self.rect()).adjusted(line, 0, -line, 0)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty)
            return
        if self._drawn is None:
            self._drawn = self._draw(self._course)
        painter.drawPixmap(0, 0, self._drawn)
        if self._step is not None:
            plot = self.plot_box()
            x = self._x(plot, self._step)
            painter.setPen(QPen(QColor(roles.faint), 0, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _draw(self, course: Course) -> QPixmap:
        """The curves, which stay while the marked step moves: drawn anew for each picture they would take longest."""
        ratio = self.devicePixelRatio()
        drawn = QPixmap(self.size() * ratio)
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(Qt.GlobalColor.transparent)
        painter, plot = QPainter(drawn), self.plot_box()
        painter.setFont(scaled_font(LABEL_SIZE))
        self._words(painter, plot, course)
        known = [used[np.isfinite(used)] for used in course.used.values()]
        top = max([2.0, *(float(used.max()) for used in known if len(used))])
        self._axis(painter, plot, top)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for task, used in sorted(course.used.items(), reverse=True):  # all tasks together last, on top
            painter.setPen(self._pen(task))
            for points in self._lines(plot, used, top):
                painter.drawPolyline(points)
        painter.end()
        return drawn

    def _pen(self, task: str) -> QPen:
        if task == ALL_TASKS:
            return QPen(QColor(theme.roles.ink), 2)
        index = self._tasks.index(task) if task in self._tasks else 0
        return QPen(QColor(theme.roles.task(index)), 1.2)

    def _words(self, painter: QPainter, plot: QRectF, course: Course) -> None:
        """The title, and the tasks in their colours as far as there is room."""
        x, high = plot.left(), unit() * 1.2
        for task in (ALL_TASKS, *(task for task in self._tasks if task in course.used)):
            words = course.title if task == ALL_TASKS else task
            wide = painter.fontMetrics().horizontalAdvance(words)
            if x + wide > self.width():
                return
            painter.setPen(self._pen(task).color())
            painter.drawText(QRectF(x, 0, wide + 4, high), Qt.AlignmentFlag.AlignVCenter, words)
            x += wide + unit() * 0.8

    def _axis(self, painter: QPainter, plot: QRectF, top: float) -> None:
        roles, line = theme.roles, unit()
        for share in range(int(top) + 1):
            y = plot.bottom() - plot.height() * share / top
            painter.setPen(QPen(QColor(roles.line), 1, Qt.PenStyle.DashLine if share == 1 else Qt.PenStyle.SolidLine))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(roles.quiet))
            box = QRectF(0, y - line * 0.6, plot.left() - line * 0.4, line * 1.2)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{share}×")
        assert self._course is not None
        first, last = self._course.steps[0], self._course.steps[-1]
        box = QRectF(plot.left(), plot.bottom() + 2, plot.width(), line * 1.1)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, tr("step {step}", step=first))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, str(last))

    def _x(self, plot: QRectF, step: float) -> float:
        assert self._course is not None
        first, last = self._course.steps[0], max(self._course.steps[0] + 1, self._course.steps[-1])
        return float(plot.left() + plot.width() * (step - first) / (last - first))

    def _lines(self, plot: QRectF, used: Floats, top: float) -> list[QPolygonF]:
        """The curve as connected pieces, broken where nothing was routed."""
        assert self._course is not None
        pieces: list[QPolygonF] = []
        points: list[QPointF] = []
        for step, value in zip(self._course.steps.tolist(), used.tolist(), strict=True):
            if value == value:
                points.append(QPointF(self._x(plot, step), plot.bottom() - plot.height() * value / top))
            elif points:
                pieces.append(QPolygonF(points))
                points = []
        return [*pieces, QPolygonF(points)] if points else pieces

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot, course = self.plot_box(), self._course
        if course is None or not plot.contains(event.position()):
            QToolTip.hideText()
            return
        first, last = course.steps[0], course.steps[-1]
        step = first + (event.position().x() - plot.left()) / plot.width() * (last - first)
        at = int(np.abs(course.steps - step).argmin())
        lines = [tr("step {step}", step=course.steps[at])]
        lines += [
            tr("{task}: {used:.2f} × fair", task=task or tr("all tasks"), used=used[at])
            for task, used in course.used.items()
        ]
        QToolTip.showText(event.globalPosition().toPoint(), "\n".join(lines), self)
