"""What is chosen looks the same in lists, tables and menus: pale and rounded, in both themes."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QListWidget, QMenu, QTableWidget, QTableWidgetItem, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.palette import mixed
from studio.ui.theme import theme
from tests.ui.conftest import ink, picture


def _list() -> QWidget:
    made = QListWidget()
    made.addItems(["one", "two"])
    made.setCurrentRow(0)
    return made


def _table() -> QWidget:
    made = QTableWidget(2, 3)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setShowGrid(False)
    for column in range(3):
        made.setItem(0, column, QTableWidgetItem("x"))
    made.selectRow(0)
    return made


@pytest.mark.parametrize("choice", ["dark", "light"])
@pytest.mark.parametrize("make", [_list, _table])
def test_that_a_chosen_row_is_pale_and_its_corners_are_round(qtbot: QtBot, choice: str, make: object) -> None:
    theme.choose(choice)  # type: ignore[arg-type]
    view = make()  # type: ignore[operator]
    qtbot.addWidget(view)
    view.resize(400, 200)
    with qtbot.waitExposed(view):
        view.show()
    shown = picture(view.viewport())
    assert ink(shown, theme.roles.accent_wash, 2) > 1500
    assert ink(shown, theme.roles.accent) < 40
    assert ink(shown[:2, :2], theme.roles.accent_wash, 2) == 0  # the corner


def test_that_a_menus_entry_and_a_dropped_list_are_painted_alike(qtbot: QtBot) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    action = menu.addAction("Rename\tF2")
    menu.addAction("Delete")
    menu.popup(menu.pos())
    menu.setActiveAction(action)
    assert ink(picture(menu), theme.roles.accent_wash, 2) > 300
    assert ink(picture(menu), theme.roles.surface, 2) > 300
    menu.close()
    box = QComboBox()
    qtbot.addWidget(box)
    box.addItems(["a", "b", "c"])
    box.resize(200, 30)
    with qtbot.waitExposed(box):
        box.show()
    box.showPopup()
    around = box.view().parentWidget()
    shown = picture(around)
    pale = ink(shown, theme.roles.accent_wash, 2) + ink(shown, mixed(theme.roles.surface, theme.roles.raised, 0.7), 2)
    assert pale > 300
    assert ink(shown, theme.roles.accent) == 0
    box.hidePopup()
