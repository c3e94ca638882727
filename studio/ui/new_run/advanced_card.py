"""Everything that has a good default: folded away, table by table."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.words import mark, tr
from studio.ui.controls.widgets import Card, Text, button
from studio.ui.fields.field_row import FieldGrid, FieldRow
from studio.ui.icons import icon
from studio.ui.theme import unit

PARTS = {
    "model": mark("How the model is held"),
    "method": mark("How the adapter is made"),
    "training": mark("How it learns, and what is kept"),
    "machine": mark("What it may use of this machine"),
}


class AdvancedCard(Card):
    """The rows by their table; `advanced` is the button that unfolds them."""

    def __init__(self, rows: dict[str, FieldRow]) -> None:
        super().__init__()
        self._rows = set(rows.values())
        self.fold = button(
            "advanced", tr("Advanced"), "chevron-right", "quiet", tr("Everything that has a good default")
        )
        self.fold.setCheckable(True)
        self.fold.toggled.connect(self._on_folded)
        self.fold.setToolTip("")
        note = Text(tr("{number} more fields, each with a good default", number=len(rows)), "faint", 0.92)
        head = QHBoxLayout()
        head.addWidget(self.fold)
        head.addWidget(note, 1)
        self._inside = QWidget()
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.5))
        for table, title in PARTS.items():
            of_table = [row for path, row in rows.items() if path.rpartition(".")[0] == table]
            # What belongs to no table is about the machine's chance: the seed.
            of_table += [row for path, row in rows.items() if table == "machine" and "." not in path]
            of_table.sort(key=lambda row: row.spec.advanced)
            column.addSpacing(round(unit() * 0.3))
            column.addWidget(Text(tr(title), size=0.97, strong=True))
            column.addWidget(FieldGrid(of_table))
        self._inside.hide()
        self.body.addLayout(head)
        self.body.addWidget(self._inside)

    def unfold_for(self, row: FieldRow) -> None:
        """Unfold where this row is folded away."""
        if row in self._rows:
            self.fold.setChecked(True)

    @Slot(bool)
    def _on_folded(self, shown: bool) -> None:
        self._inside.setVisible(shown)
        self.fold.setIcon(icon("chevron-down" if shown else "chevron-right"))
