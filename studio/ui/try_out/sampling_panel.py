"""How answers are drawn, and what the model is told to be: folded away until somebody wants it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.core.chat.sampling import Sampling, read_sampling
from studio.core.problem import ProblemError
from studio.core.words import mark, sentences, tr
from studio.ui.controls.widgets import Text, WrappedText
from studio.ui.fields.editors import NumberEditor, WholeEditor
from studio.ui.fields.field_spec import fields_of
from studio.ui.theme import unit

LABELS = {"max_new_tokens": mark("Longest answer"), "top_p": "Top-p", "top_k": "Top-k"}


class SamplingPanel(QWidget):
    """Edits a Sampling and the system prompt."""

    def __init__(self) -> None:
        super().__init__()
        gap = round(unit() * 0.5)
        self.system = QLineEdit()
        self.system.setObjectName("try_system")
        self.system.setAccessibleName(tr("System prompt"))
        self.system.setPlaceholderText(tr("What the model is told to be; empty as in training without one"))
        self._editors = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(gap)
        grid.setVerticalSpacing(round(unit() * 0.2))
        for column, spec in enumerate(fields_of(Sampling)):
            editor = WholeEditor(spec) if spec.kind == "whole" else NumberEditor(spec)
            editor.set_value(spec.default)
            editor.control.setObjectName(f"try_{spec.name}")
            label = tr(LABELS.get(spec.name, spec.label))
            editor.control.setAccessibleName(label)
            editor.control.setToolTip(sentences(tr(spec.description), spec.range_text))
            editor.control.setMinimumWidth(round(unit() * 3.5))
            editor.changed.connect(self._on_changed)
            self._editors[spec.name] = editor
            grid.addWidget(Text(label, "quiet", 0.92), 0, column)
            grid.addWidget(editor.control, 1, column)
            grid.setColumnStretch(column, 1)
        self.fault = WrappedText("", "danger", 0.92)
        self.fault.hide()
        told = QHBoxLayout()
        told.setSpacing(gap)
        told.addWidget(Text(tr("System prompt"), "quiet", 0.92))
        told.addWidget(self.system, 1)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(0, 0, 0, 0)
        column_.setSpacing(gap)
        column_.addLayout(told)
        column_.addLayout(grid)
        column_.addWidget(self.fault)

    def values(self) -> dict[str, object]:
        """The settings as they are; raises ProblemError where one cannot be."""
        return read_sampling({name: editor.value() for name, editor in self._editors.items()}).model_dump()

    def next_seed(self) -> None:
        """Take the next seed, so that the same question is answered in another way; none while nothing can be asked."""
        seed = self._editors["seed"]
        if not self.fault.text():
            seed.set_value(int(seed.value()) + 1)

    @property
    def is_greedy(self) -> bool:
        return self._editors["temperature"].value() == 0

    @Slot()
    def _on_changed(self) -> None:
        try:
            self.values()
        except ProblemError as error:
            self.fault.setText(sentences(*(each.sentence for each in error.problems)))
        else:
            self.fault.setText("")
        self.fault.setVisible(bool(self.fault.text()))
