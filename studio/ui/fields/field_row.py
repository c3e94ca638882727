"""A field in the form: label, control, and a line under it with its sentence or its problem."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLayout, QSpacerItem, QVBoxLayout, QWidget

from studio.core.foreign.visible_text import unmarked
from studio.core.words import sentences, tr
from studio.ui.controls.flow_layout import is_taken_away
from studio.ui.controls.widgets import Text
from studio.ui.fields.editors import Editor
from studio.ui.fields.field_spec import FieldSpec
from studio.ui.theme import unit


class FieldRow(QWidget):
    """Shows one field; its problem takes the place of its sentence.

    `head` holds the label, `across` the control: a row of another kind puts more beside them, and says in `head_lines`
    how high its head is then, in lines of text.
    """

    head_lines = 0.0

    def __init__(self, spec: FieldSpec, editor: Editor) -> None:
        super().__init__()
        self.spec = spec
        self.editor = editor
        self._unused = ""
        self._problem = ""
        self._label = Text(spec.label, size=0.97)
        self._label.setBuddy(editor.control)
        self._help = self.made_help()
        in_recipe = tr("In a recipe: {field}", field=spec.path)
        self._label.setToolTip(unmarked(f"{sentences(spec.description, spec.found)}\n{in_recipe}"))
        self.head = QHBoxLayout()
        self.head.addWidget(self._label, 1)
        self.across = QHBoxLayout()
        self.across.setSpacing(round(unit() * 0.6))
        self.across.addWidget(editor.control)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.22))
        column.addLayout(self.head)
        column.addLayout(self.across)
        column.addWidget(self._help)
        column.addStretch(1)
        self._help.setText(spec.description)
        # While a sentence has become longer and the page has not, Qt would take the room from the control.
        if (inside := editor.control.layout()) is not None:
            inside.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)
        else:
            editor.control.setMinimumHeight(editor.control.minimumSizeHint().height())

    def drop_label(self) -> None:
        """Show no label, where a card's title is one."""
        self._label.hide()

    def made_help(self) -> Text:
        """The line under the control."""
        text = Text("", "faint", 0.87)
        text.setWordWrap(True)
        return text

    def show_problem(self, text: str) -> None:
        """Show what is wrong with the field; an empty text brings its sentence back."""
        self._problem = text
        self._show()

    def show_method(self, method: str) -> None:
        """Grey the field out when the method does not use it."""
        unused = bool(self.spec.methods) and method not in self.spec.methods
        self.show_unused(tr("Not used by {method}.", method=method) if unused else "")

    def show_unused(self, why: str) -> None:
        """Grey the field out, and say why; an empty text brings it back."""
        self._unused = why
        self.editor.control.setEnabled(not why)
        self._label.set_role("faint" if why else "ink")
        self._show()

    @property
    def problem(self) -> str:
        return self._problem

    def sentence(self) -> str:
        """What is shown under the control while nothing is wrong."""
        return self.spec.description

    def _show(self) -> None:
        self._help.setText(self._problem or self._unused or self.sentence())
        self._help.set_role("danger" if self._problem else "faint")
        self.editor.control.setProperty("problem", bool(self._problem))
        self.editor.control.update()


class FieldGrid(QWidget):
    """Lays its widgets out in as many columns as there is room for; one that is hidden leaves no gap."""

    def __init__(self, widgets: Iterable[QWidget] = (), widest: float = 17.0) -> None:
        super().__init__()
        self._widgets = list(widgets)
        rows = [each for each in self._widgets if isinstance(each, FieldRow)]
        highest = max((row.head_lines for row in rows), default=0.0)
        for row in rows:
            if row.head_lines < highest:  # so that controls beside one another are in line
                row.head.addSpacerItem(QSpacerItem(0, round(unit() * highest)))
        self._widest = widest
        self._columns = 2
        self._placed: list[QWidget] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(round(unit() * 1.4))
        self._grid.setVerticalSpacing(round(unit() * 0.8))
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = max(1, min(4, int(self.width() / (unit() * self._widest))))
        if columns != self._columns:
            self._columns, self._placed = columns, []
            self._lay_out()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # one of the widgets may have been shown or hidden
            self._lay_out()
        return super().event(event)

    def _lay_out(self) -> None:
        shown = [widget for widget in self._widgets if not is_taken_away(widget)]
        if shown == self._placed:
            return
        self._placed = shown
        for column in range(max(self._columns, self._grid.columnCount())):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)
        for widget in self._widgets:
            self._grid.removeWidget(widget)
            if widget.parent() is not self:
                widget.setParent(self)
        for number, widget in enumerate(shown):
            self._grid.addWidget(widget, number // self._columns, number % self._columns)
