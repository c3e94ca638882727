from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.controls import following_pane
from studio.ui.controls.flow_layout import FlowLayout
from studio.ui.controls.following_pane import FollowingPane


def test_that_a_layout_in_use_gives_space_to_what_is_added_and_takes_it_back(qtbot: QtBot) -> None:
    window, legend = QWidget(), QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.addWidget(legend)
    column.addStretch(1)
    flow = FlowLayout(legend)
    window.resize(300, 200)
    window.show()
    qtbot.waitUntil(lambda: legend.width() > 0)
    before = legend.height()
    labels = [QLabel(f"curve number {number}") for number in range(12)]
    for label in labels:
        flow.addWidget(label)
    qtbot.waitUntil(lambda: legend.height() > before + 2 * labels[0].sizeHint().height())
    assert len({label.geometry().getRect() for label in labels}) == 12
    assert all(legend.rect().contains(label.geometry()) for label in labels)
    high = legend.height()
    for label in labels[2:]:
        flow.removeWidget(label)
        label.deleteLater()
    qtbot.waitUntil(lambda: legend.height() < high)


def test_that_a_pane_keeps_its_end_in_view_until_a_person_scrolls_away(qtbot: QtBot) -> None:
    pane = FollowingPane()
    qtbot.addWidget(pane)
    pane.resize(300, 120)
    pane.show()
    bar = pane.verticalScrollBar()

    def rests_at_its_end() -> bool:
        return not pane._counting.isActive() and 0 < bar.maximum() == bar.value()

    pane.setPlainText("a sentence that is broken into lines where there is no room for it\n" * 60)
    qtbot.waitUntil(rests_at_its_end)
    pane.resize(180, 90)
    qtbot.waitUntil(rests_at_its_end)
    pane.appendPlainText("and one more\n" * (following_pane.BLOCKS_A_TURN + 5))
    qtbot.waitUntil(rests_at_its_end)
    assert pane.document().lineCount() > 200, "wrapped lines are counted"
    qtbot.keyClick(pane, Qt.Key.Key_PageUp)
    bar.triggerAction(bar.SliderAction.SliderToMinimum)
    pane.appendPlainText("unseen")
    qtbot.waitUntil(lambda: not pane._counting.isActive())
    assert bar.value() == 0
    bar.triggerAction(bar.SliderAction.SliderToMaximum)
    pane.appendPlainText("seen")
    qtbot.waitUntil(rests_at_its_end)


def test_that_a_pane_counts_no_lines_while_nobody_sees_it(qtbot: QtBot) -> None:
    pane = FollowingPane()
    qtbot.addWidget(pane)
    counting = pane.findChild(QTimer)
    pane.appendPlainText("before it is shown")
    assert not counting.isActive()
    pane.show()
    pane.appendPlainText("while it is shown")
    assert counting.isActive()
    pane.hide()
    assert not counting.isActive(), "a window that closes leaves no timer behind"
    pane.appendPlainText("while it is hidden")
    assert not counting.isActive()
    pane.show()
    assert counting.isActive(), "what came meanwhile is counted then"
