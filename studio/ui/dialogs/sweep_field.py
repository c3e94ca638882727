"""One swept field in the dialog: which field, and its values as a person types them."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from studio.core.recipe.recipe import Recipe
from studio.core.recipe.sweep import value_text
from studio.core.words import tr
from studio.ui.controls.widgets import Button, button
from studio.ui.fields.field_spec import FieldSpec
from studio.ui.new_run.recipe_fields import table_fields

FIRST = ("training.learning_rate", "method.rank", "method.alpha", "method.name", "method.experts", "method.top_k")
"""What is most often tried, at the head of the list."""
WITHOUT_EFFECT = frozenset(
    f"training.{name}" for name in ("save_every", "evaluate_every", "keep", "keep_best", "micro_batch", "checkpointing")
)
"""Fields that change when or how something is computed, and not what is learned."""
_BETWEEN = re.compile(r"[,;\s]+")


def sweepable(recipe: Recipe) -> dict[str, FieldSpec]:
    """The fields that can be swept with this recipe, by their paths, those that are tried most first."""
    found = {
        spec.path: spec
        for table in ("training", "method")
        for spec in table_fields(table)
        if spec.kind in ("number", "whole", "choice")
        and spec.path not in WITHOUT_EFFECT
        and (not spec.methods or recipe.method.name in spec.methods)
    }
    return {path: found[path] for path in sorted(found, key=lambda path: FIRST.index(path) if path in FIRST else 99)}


def value_of(recipe: Recipe, path: str) -> Any:
    """The recipe's own value of a field."""
    table, _, name = path.rpartition(".")
    return getattr(getattr(recipe, table), name)


def proposed(spec: FieldSpec, value: Any) -> list[Any]:
    """Values to begin with: the recipe's own, half of it and twice as much; of a choice, all that there are."""
    if spec.kind == "choice":
        return [each for each in spec.choices if each != "auto"]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value:
        return [value] if value not in (None, "") else []
    tried = [value // 2, value, value * 2] if isinstance(value, int) else [value / 2, value, value * 2]
    low, high = spec.minimum, spec.maximum
    return [each for each in tried if (low is None or each >= low) and (high is None or each <= high)]


def read_values(spec: FieldSpec, text: str) -> list[Any]:
    """The values in a text such as "1e-4, 3e-4"; what is not of the field's kind stays text, which its check names."""
    return [_read(spec, each) for each in _BETWEEN.split(text.strip()) if each]


def _read(spec: FieldSpec, text: str) -> Any:
    if spec.kind == "choice":
        return {"on": True, "off": False}.get(text, text)
    for kind in (int, float) if spec.kind == "whole" else (float,):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


class SweepField(QObject):
    """A line of the dialog; `changed` when its field or its values did, `removed` when it is to go."""

    changed = Signal()
    removed = Signal()

    def __init__(self, recipe: Recipe, path: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._recipe, self._specs = recipe, sweepable(recipe)
        self.field = QComboBox()
        self.field.setObjectName("sweep_field")
        self.field.setAccessibleName(tr("Field of which several values are tried"))
        for each, spec in self._specs.items():
            self.field.addItem(spec.label, each)
        self.field.setCurrentIndex(self.field.findData(path))
        self.values = QLineEdit()
        self.values.setObjectName("sweep_values")
        self.values.setAccessibleName(tr("Values to try, with commas between them"))
        self.remove: Button = button(
            "sweep_remove", "", "close", "quiet", tr("Leave this field as it is in the recipe")
        )
        self._propose()
        self.field.currentIndexChanged.connect(self._on_field)
        self.values.textChanged.connect(self._on_values)
        self.remove.clicked.connect(self.removed)

    @property
    def path(self) -> str:
        return str(self.field.currentData())

    @property
    def given(self) -> list[Any]:
        """The values as they would stand in a recipe."""
        return read_values(self._specs[self.path], self.values.text())

    @property
    def widgets(self) -> tuple[QWidget, QWidget, QWidget]:
        return self.field, self.values, self.remove

    def give(self, values: list[Any]) -> None:
        """Show these values."""
        self.values.setText(", ".join(map(value_text, values)))

    def show_problem(self, wrong: bool) -> None:
        """Mark the values as what a problem is about, or not."""
        self.values.setProperty("problem", wrong)
        self.values.update()

    def _propose(self) -> None:
        spec = self._specs[self.path]
        self.give(proposed(spec, value_of(self._recipe, self.path)))
        self.values.setToolTip(f"{spec.description} {spec.range_text}".strip())
        self.values.setCursorPosition(0)

    @Slot(int)
    def _on_field(self, _index: int) -> None:
        was = self.values.blockSignals(True)
        self._propose()
        self.values.blockSignals(was)
        self.changed.emit()

    @Slot(str)
    def _on_values(self, _text: str) -> None:
        self.changed.emit()
