"""Fields that a recipe does not have leave no gap among the others, and come back in their place."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.fields.field_row import FieldGrid
from studio.ui.theme import unit


@pytest.mark.parametrize("columns", [1, 2, 4])
def test_that_a_hidden_field_leaves_no_gap(qtbot: QtBot, columns: int) -> None:
    fields = [QLabel(f"field {number}") for number in range(7)]
    grid, around = FieldGrid(fields), QWidget()
    qtbot.addWidget(around)
    QVBoxLayout(around).addWidget(grid)
    for hidden in (2, 3):
        fields[hidden].hide()
    around.resize(round(unit() * (17 * columns + 9)), 400)
    with qtbot.waitExposed(around):
        around.show()

    def places() -> list[tuple[int, int]]:
        QApplication.processEvents()
        shown = [each for each in fields if not each.isHidden()]
        lefts = sorted({each.x() for each in shown})
        tops = sorted({each.y() for each in shown})
        return [(tops.index(each.y()), lefts.index(each.x())) for each in shown]

    qtbot.waitUntil(lambda: places() == [divmod(number, columns) for number in range(5)])
    fields[2].show()
    qtbot.waitUntil(lambda: places() == [divmod(number, columns) for number in range(6)])
    assert not fields[3].isVisible()
