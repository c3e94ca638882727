"""What is beside the map of experts gives way to what comes, and comes back, whichever of them changes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.core.run.run_record import RunRecord
from studio.ui.run.experts_panel import ROOM_FOR_DETAILS, ExpertsPanel
from studio.ui.theme import unit
from tests.fake_run import make_fake_run
from tests.ui.conftest import come


def settle() -> None:
    for _ in range(6):
        QApplication.processEvents()


def test_that_details_give_way_to_what_comes_without_a_resize(qtbot: QtBot, tmp_path: Path) -> None:
    around = QWidget()  # which has the size that its page gives it, and not the one that it would like
    qtbot.addWidget(around)
    panel = ExpertsPanel()
    panel.setParent(around)
    panel.resize(420, round(unit() * (ROOM_FOR_DETAILS + 1)))
    around.resize(panel.size())
    around.show()
    panel.open(make_fake_run(tmp_path, steps=5))
    panel.show_record(RunRecord())
    come(lambda: not panel.loads.is_reading)
    settle()
    assert panel.details.isVisible()
    panel.verdict.setText("a sentence of many words " * 20)
    panel.verdict.show()
    settle()
    assert not panel.details.isVisible()
    panel.verdict.hide()
    settle()
    assert panel.details.isVisible()
    panel.loads.close()
    come(lambda: not panel.loads.is_reading)
