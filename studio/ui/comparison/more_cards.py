"""The comparison's expert maps side by side, and the table of what differs between the recipes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.core.foreign.visible_text import unmarked
from studio.core.words import in_a_row, sentences, tr
from studio.ui.charts.expert_map import ExpertMap
from studio.ui.comparison.differences import differences
from studio.ui.comparison.variants import Variant
from studio.ui.controls.widgets import ElidedText, WrappedText
from studio.ui.theme import unit

MAPS = 4  # maps that have room beside one another


class MapsView(QWidget):
    """The last loads of each routed variant's first run, all on the same fixed scale."""

    def __init__(self) -> None:
        super().__init__()
        self.maps: list[ExpertMap] = []
        self._titles: list[ElidedText] = []
        self._said = WrappedText("", "quiet", 0.95)
        self._said.setObjectName("maps_said")
        self._across = QHBoxLayout()
        self._across.setSpacing(round(unit() * 0.6))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._across, 1)
        column.addWidget(self._said)

    def show_variants(self, variants: Sequence[Variant]) -> None:
        """Draw the maps of these variants; those that do not route have none, and are named."""
        routed = [each for each in variants if each.runs[0].loads is not None]
        while len(self.maps) < min(MAPS, len(routed)):
            self._add()
        for number, (drawn, title) in enumerate(zip(self.maps, self._titles, strict=True)):
            there = number < min(MAPS, len(routed))
            box = drawn.parentWidget()
            if box is not None:
                box.setVisible(there)
            if there:
                loads = routed[number].runs[0].loads
                title.setText(routed[number].label)
                drawn.show_counts(loads.astype(np.float64) if loads is not None else None)
        plain = [each.label for each in variants if each.runs[0].loads is None]
        parts = []
        if plain:
            parts.append(tr("Without experts, or before the first step: {plain}.", plain=in_a_row(*plain)))
        if len(routed) > MAPS:
            parts.append(
                tr("The first {some} of {all} are shown; select fewer runs for the others.", some=MAPS, all=len(routed))
            )
        self._said.setText(sentences(*parts))
        self._said.setVisible(bool(parts))

    def _add(self) -> None:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        title, drawn = ElidedText("", strong=True), ExpertMap()
        column.addWidget(title)
        column.addWidget(drawn, 1)
        self._across.addWidget(box, 1)
        self.maps.append(drawn)
        self._titles.append(title)


class DifferencesView(QTableWidget):
    """A row for each field in which the recipes differ, a column for each variant."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("recipe_differences")
        self.setAccessibleName(tr("What differs between the recipes"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.verticalHeader().hide()
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._shown: object = None

    def show_variants(self, variants: Sequence[Variant]) -> None:
        """List the differences between these variants."""
        found = differences([variant.runs[0].recipe for variant in variants])
        now = (found, [variant.label for variant in variants])
        if now == self._shown:
            return
        self._shown = now
        self.clear()
        self.setRowCount(len(found))
        self.setColumnCount(1 + len(variants))
        self.setHorizontalHeaderLabels([tr("Field"), *(variant.label for variant in variants)])
        for row, each in enumerate(found):
            for column, text in enumerate((f"{each.title[:1].upper()}{each.title[1:]}", *each.values)):
                item = QTableWidgetItem(text)
                item.setToolTip(unmarked(text))
                self.setItem(row, column, item)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
