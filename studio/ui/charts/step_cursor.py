"""The cursor of a chart over steps: where the pointer rests, or what is pointed at elsewhere, and what is read off."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakMethod

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPen

from studio.ui.charts.read_out import ReadOut, Told
from studio.ui.theme import theme


class StepCursor(QObject):
    """A vertical line with a read-out; `moved` brings the step that is read off here, and None when there is none.

    `read_out` says what is read off near a step; None where there is nothing.
    """

    moved = Signal(object)
    double_clicked = Signal()

    def __init__(self, plot: pg.PlotWidget, read_out: Callable[[float], Told | None]) -> None:
        super().__init__(plot)
        self._plot = plot
        self._box = plot.getPlotItem().getViewBox()
        self._read = WeakMethod(read_out)  # a chart that holds itself would outlive its page
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.setVisible(False)
        plot.getPlotItem().addItem(self._line, ignoreBounds=True)
        self._read_out = ReadOut(plot)
        self._pointer: QPointF | None = None  # where it rests, in the scene
        self._elsewhere: float | None = None
        self._told_at: float | None = None
        plot.viewport().installEventFilter(self)

    @property
    def told(self) -> Told | None:
        """What is read off now."""
        return None if self._read_out.isHidden() else self._read_out.told

    def show_elsewhere(self, step: float | None) -> None:
        """Show the line at a step that is pointed at elsewhere, without a read-out; None hides it."""
        self._elsewhere = step
        self.say_again()

    def forget(self) -> None:
        """The pointer has left."""
        self._pointer = None
        self.say_again()

    def say_again(self) -> None:
        """Read off what lies under the pointer now: the curves have grown, or the view has changed."""
        told = self._under_the_pointer()
        step = told.step if told is not None else self._elsewhere
        self._line.setVisible(step is not None)
        if step is not None:
            self._line.setPos(step)
        if told is not None:
            left = self._plot.mapFromScene(self._box.sceneBoundingRect().topLeft()).x()
            across = self._plot.mapFromScene(QPointF(self._box.mapViewToScene(QPointF(told.step, 0.0)).x(), 0)).x()
            self._read_out.show_told(told, across, QRectF(left, 0, self._box.width(), self._plot.height()))
        else:
            self._read_out.hide()
        pointed = told.step if told is not None else None
        if pointed != self._told_at:
            self._told_at = pointed
            self.moved.emit(pointed)

    def ink(self) -> None:
        self._line.setPen(QPen(QColor(theme.roles.faint), 0, Qt.PenStyle.DashLine))
        self._read_out.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.forget()
        elif isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            # Not pyqtgraph's signal, which leaves out what comes within 10 ms of another, so that the last move of a
            # quick one was lost and the line stood where the pointer had been.
            self._pointer = self._plot.mapToScene(event.position().toPoint())
            self.say_again()
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.double_clicked.emit()
        return super().eventFilter(watched, event)

    def _under_the_pointer(self) -> Told | None:
        if self._pointer is None or not self._box.sceneBoundingRect().contains(self._pointer):
            return None
        read = self._read()
        return read(float(self._box.mapSceneToView(self._pointer).x())) if read is not None else None
