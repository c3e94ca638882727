"""A whole number as a slider with its box: its range, what one step more costs, and a pin that keeps it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider

from studio.core.words import sentences, tr
from studio.ui.controls.widgets import Text, WrappedText
from studio.ui.fields.editors import Editor
from studio.ui.fields.field_spec import FieldSpec
from studio.ui.fields.pin_row import PinRow
from studio.ui.theme import unit


class _CalmSlider(QSlider):
    """Turns with the wheel only once it has the focus, so that scrolling the page changes nothing."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Sentence(WrappedText):
    fewest_lines = 2


class SliderRow(PinRow):
    """A field with a slider over `stops`; other values are typed into its box."""

    def __init__(self, spec: FieldSpec, editor: Editor, stops: tuple[int, ...], movable: bool = True) -> None:
        super().__init__(spec, editor, movable)
        self.stops = stops
        self._cost = ""
        self._following = False
        self.slider = _CalmSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"slider_{spec.path}")
        self.slider.setAccessibleName(spec.label)
        self.slider.setRange(0, len(stops) - 1)
        self.slider.setPageStep(1)
        self.slider.setMinimumWidth(round(unit() * 4))
        self.slider.valueChanged.connect(self._on_slid)
        self.across.insertWidget(0, self.slider, 1)
        editor.control.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        editor.control.setFixedWidth(round(unit() * 7.2))
        editor.changed.connect(self._on_value)
        self._on_value()
        self._show()

    def next_stop(self) -> int | None:
        """The next larger value of the slider; None at its end, or where the box holds no number."""
        value = self.editor.value()
        if not isinstance(value, int):
            return None
        return next((stop for stop in self.stops if stop > value), None)

    def show_cost(self, text: str) -> None:
        """Say what one step more costs."""
        if text != self._cost:
            self._cost = text
            self._show()

    def show_unused(self, why: str) -> None:
        self.slider.setEnabled(not why)
        super().show_unused(why)

    def made_help(self) -> Text:
        # A label that only asks for its height would let Qt squeeze the pin above it.
        text = _Sentence("", "faint", 0.87)
        text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        return text

    def sentence(self) -> str:
        span = tr("From {least} to {most}.", least=f"{self.stops[0]:,}", most=f"{self.stops[-1]:,}")
        return sentences(self.spec.description, self._cost or span)

    @Slot(int)
    def _on_slid(self, place: int) -> None:
        if not self._following:
            self.editor.set_value(self.stops[place])

    @Slot()
    def _on_value(self) -> None:
        value = self.editor.value()
        if not isinstance(value, int):
            return
        nearest = min(range(len(self.stops)), key=lambda place: abs(self.stops[place] - value))
        self._following = True
        self.slider.setValue(nearest)
        self._following = False
