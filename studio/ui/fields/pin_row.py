"""A field with a pin, which keeps its value where offers would move it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal

from studio.core.words import mark, tr
from studio.ui.controls.widgets import Button, dress_button
from studio.ui.fields.editors import Editor
from studio.ui.fields.field_row import FieldRow
from studio.ui.fields.field_spec import FieldSpec
from studio.ui.theme import unit

PIN = mark("Keep this value: offers then change other things")
PIN_HEIGHT = 1.45  # in lines of text
UNMOVED = mark("Offers never change this")


class _Pin(Button):
    """As low as the label beside it."""

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 1.7), round(unit() * PIN_HEIGHT))


class PinRow(FieldRow):
    """A field that offers may move, if it is `movable`, unless its pin is set; `pinned` when the pin is pressed."""

    pinned = Signal()
    head_lines = PIN_HEIGHT

    def __init__(self, spec: FieldSpec, editor: Editor, movable: bool = True) -> None:
        super().__init__(spec, editor)
        self._movable = movable
        self.pin = _Pin("")
        dress_button(self.pin, f"pin_{spec.path}", "", "pin", "quiet", tr(PIN if movable else UNMOVED))
        self.pin.setCheckable(True)
        self.pin.setEnabled(movable)
        self.pin.clicked.connect(self.pinned)
        self.head.addWidget(self.pin)
        self.set_pinned(False)

    @property
    def is_pinned(self) -> bool:
        """Whether offers must leave the value as it is."""
        return self.pin.isChecked()

    def set_pinned(self, pinned: bool) -> None:
        """Keep the value, or let offers move it."""
        pinned = pinned or not self._movable
        self.pin.setChecked(pinned)
        label = self.spec.label
        kept, free = tr("{field}: kept", field=label), tr("{field}: may be moved", field=label)
        self.pin.setAccessibleName(kept if pinned else free)
