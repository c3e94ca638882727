"""One editor for each kind of field; each edits the value that is written to the file."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QSpinBox, QWidget

from studio.core.words import mark, tr
from studio.ui.fields.field_spec import FieldSpec

SPIN_LIMIT = 2**31 - 1
WORDS = (mark("auto"), mark("on"), mark("off"), mark("dark"), mark("light"), mark("system"))


class _CalmSpinBox(QSpinBox):
    """Turns with the wheel only once it has the focus, so that scrolling the page changes nothing."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _CalmComboBox(QComboBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def choice_text(choice: str) -> str:
    """A choice as it is shown; the names of formats, methods and optimisers are the same in every language."""
    return tr(choice) if choice in WORDS else choice


class Editor(QObject):
    """A control that edits one value."""

    changed = Signal()
    control: QWidget

    def value(self) -> Any:
        """The value as it is written to the file, or the typed text where that is not valid."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        raise NotImplementedError

    def choose(self) -> None:
        """Have a person choose the value: in a dialog where there is one for it."""
        self.control.setFocus()

    @Slot()
    def _on_edited(self) -> None:
        self.changed.emit()


class ChoiceEditor(Editor):
    """A word out of several; "on" and "off" stand for true and false."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self.box = _CalmComboBox()
        for choice in spec.choices:
            self.box.addItem(choice_text(choice), choice)
        self.box.currentIndexChanged.connect(self._on_edited)
        self.control = self.box

    def value(self) -> Any:
        return {"on": True, "off": False}.get(self.box.currentData(), self.box.currentData())

    def set_value(self, value: Any) -> None:
        chosen = {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)
        if self.box.findData(chosen) < 0:
            self.box.addItem(chosen, chosen)  # an invalid value is shown as it is, with its problem
        self.box.setCurrentIndex(self.box.findData(chosen))


class WholeEditor(Editor):
    """A whole number; one step below the minimum stands for no number ("auto", "not set")."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self._word = spec.word
        low = int(spec.minimum if spec.minimum is not None else 0)
        high = int(min(spec.maximum if spec.maximum is not None else 1_000_000_000, SPIN_LIMIT))
        self._none = low - 1
        self.box = _CalmSpinBox()
        self.box.setRange(low - 1 if spec.word is not None else low, high)
        self.box.setAccelerated(True)
        self.box.setGroupSeparatorShown(False)
        if spec.word is not None:
            self.box.setSpecialValueText(choice_text(spec.word) if spec.word else tr("not set"))
        if spec.unit:
            self.box.setSuffix(f" {spec.unit}")
        self.box.valueChanged.connect(self._on_edited)
        self.control = self.box

    def value(self) -> Any:
        if self._word is not None and self.box.value() == self._none:
            return self._word or None
        return self.box.value()

    def set_value(self, value: Any) -> None:
        self.box.setValue(self._none if value is None or isinstance(value, str) else int(value))


class NumberEditor(Editor):
    """A number written as people write it (2e-4); text that is not a number stays as it is and becomes a problem."""

    def __init__(self, spec: FieldSpec, whole: bool = False) -> None:
        super().__init__()
        self._whole = whole
        self.line = QLineEdit()
        self.line.textChanged.connect(self._on_edited)
        self.control = self.line

    def value(self) -> Any:
        text = self.line.text().strip().replace(",", ".")
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if self._whole and number.is_integer() else number

    def set_value(self, value: Any) -> None:
        self.line.setText(value if isinstance(value, str) else _number(float(value)))


class TextEditor(Editor):
    """A line of text; an empty one is "not set" where the field may lack."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self._may_lack = spec.may_lack
        self.line = QLineEdit()
        if spec.may_lack:
            self.line.setPlaceholderText(tr("not set"))
        self.line.textChanged.connect(self._on_edited)
        self.control = self.line

    def value(self) -> Any:
        return self.line.text() or (None if self._may_lack else "")

    def set_value(self, value: Any) -> None:
        self.line.setText("" if value is None else str(value))


class NamesEditor(Editor):
    """A word, or a comma-separated list of names or whole numbers; empty where the field is optional."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self._words = spec.choices
        self._may_lack = spec.word is not None
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("not set") if self._may_lack else tr("q_proj, up_proj"))
        self.line.textChanged.connect(self._on_edited)
        self.control = self.line

    def value(self) -> Any:
        text = self.line.text().strip()
        if text in self._words:
            return text
        if not text and self._may_lack:
            return None
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return [int(part) if part.isdecimal() else part for part in parts]

    def set_value(self, value: Any) -> None:
        text = "" if value is None else value if isinstance(value, str) else ", ".join(str(part) for part in value)
        self.line.setText(text)


class SuggestingEditor(Editor):
    """Free text with suggestions, such as the devices of this machine."""

    def __init__(self, spec: FieldSpec, suggestions: tuple[str, ...]) -> None:
        super().__init__()
        self.box = _CalmComboBox()
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.suggest(suggestions)
        self.box.currentTextChanged.connect(self._on_edited)
        self.control = self.box

    def suggest(self, suggestions: tuple[str, ...]) -> None:
        """Offer these words; the text stays."""
        text = self.box.currentText()
        was = self.box.blockSignals(True)
        self.box.clear()
        self.box.addItems(suggestions)
        self.box.setCurrentText(text)
        self.box.blockSignals(was)

    def value(self) -> Any:
        return self.box.currentText().strip()

    def set_value(self, value: Any) -> None:
        self.box.setCurrentText(str(value))


def make_editor(spec: FieldSpec, suggestions: tuple[str, ...] = ()) -> Editor:
    """The editor for a field, with its object name and accessible texts set."""
    made: Editor
    if suggestions:
        made = SuggestingEditor(spec, suggestions)
    elif spec.kind == "choice":
        made = ChoiceEditor(spec)
    elif spec.kind == "whole" and (spec.maximum is None or spec.maximum <= SPIN_LIMIT):
        made = WholeEditor(spec)
    elif spec.kind in ("whole", "number"):
        made = NumberEditor(spec, whole=spec.kind == "whole")
    elif spec.kind == "names":
        made = NamesEditor(spec)
    else:
        made = TextEditor(spec)
    dress(made.control, spec)
    return made


def dress(control: QWidget, spec: FieldSpec) -> None:
    """Name a field's control for tests and screen readers, and give it the field's sentence."""
    control.setObjectName(f"field_{spec.path}")
    control.setAccessibleName(spec.label)
    parts = [part for part in (spec.description, spec.found, spec.range_text) if part]
    control.setAccessibleDescription(" ".join(parts))
    control.setToolTip("\n".join(parts))
    control.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    control.setMinimumWidth(60)
    control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    # A file that is dropped on a field for something else goes to the page, where Qt would insert its address here.
    for line in (control, *control.findChildren(QLineEdit)):
        if not getattr(line, "takes_files", False):
            line.setAcceptDrops(False)


def _number(value: float) -> str:
    if value and abs(value) < 1e-2:
        mantissa, exponent = f"{value:e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return f"{value:.12g}"
