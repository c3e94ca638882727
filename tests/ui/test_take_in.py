"""An adapter or a run from elsewhere is opened in the window; its base is asked for where it is not here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QUrl
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from studio.core.problem import Problem
from studio.ui.desk import Answer
from studio.ui.dialogs.take_in import TakeInDialog
from studio.ui.sidebar import dropped_folder
from studio.ui.window import MainWindow
from studio.ui.window_size import LEAST
from tests.fake_run import make_fake_run
from tests.ui.test_desk import FakeDesk


def made(qtbot: QtBot) -> tuple[TakeInDialog, FakeDesk]:
    fake = FakeDesk()
    dialog = TakeInDialog(desk=fake)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    return dialog, fake


def test_that_a_base_that_is_not_here_is_asked_for_by_name_and_hash(qtbot: QtBot, tmp_path: Path, runs: Path) -> None:
    dialog, fake = made(qtbot)
    dialog.take_in(tmp_path, runs)
    assert fake.asked == [{"do": "import", "folder": str(tmp_path), "runs": str(runs)}]
    about = json.dumps({"name": "small.gguf", "revision": "sha256:abc"})
    fake.answered.emit(Answer(1, problems=(Problem("x", "not here.", "Name it.", "base-model", about),)))
    said = dialog.findChild(QLabel, "take_in_said").text()
    assert "small.gguf" in said
    assert "sha256:abc" in said
    assert dialog.findChild(QPushButton, "take_in_base_file").isVisible()
    dialog._on_base(str(tmp_path / "small.gguf"))
    assert fake.asked[1]["base"] == str(tmp_path / "small.gguf")
    done = {"kind": "adapter", "name": "from-ada", "folder": str(tmp_path), "method": "mixlora", "base": {"name": "s"}}
    fake.answered.emit(Answer(2, done=done))
    assert "from-ada is here" in dialog.findChild(QLabel, "take_in_said").text()
    with qtbot.waitSignal(dialog.export_wanted, check_params_cb=lambda folder: folder.path == tmp_path):
        dialog.findChild(QPushButton, "take_in_export").click()


def test_that_what_is_wrong_with_a_folder_is_said(qtbot: QtBot, tmp_path: Path, runs: Path) -> None:
    dialog, fake = made(qtbot)
    dialog.take_in(tmp_path, runs)
    fake.answered.emit(Answer(1, problems=(Problem("x", "this is neither a run nor an adapter.", "Name another."),)))
    assert "neither a run nor an adapter" in dialog.findChild(QLabel, "take_in_said").text()
    assert not dialog.findChild(QPushButton, "take_in_export").isVisible()
    dialog.hide()


def test_that_it_stays_over_its_window_however_much_is_wrong(
    qtbot: QtBot, open_window: Callable[..., MainWindow], runs: Path, tmp_path: Path
) -> None:
    window, fake = open_window(size=(LEAST.width(), LEAST.height())), FakeDesk()
    dialog = TakeInDialog(window, desk=fake)  # type: ignore[arg-type]
    dialog.take_in(tmp_path, runs)
    low = dialog.height()
    dialog.move(window.geometry().bottomLeft() - QPoint(0, low))
    wrong = tuple(Problem("x", f"file {number} of the adapter is missing.", "Copy it again.") for number in range(9))
    fake.answered.emit(Answer(1, problems=wrong))
    qtbot.waitUntil(lambda: dialog.height() > low)
    assert window.frameGeometry().contains(dialog.geometry())
    dialog.hide()


def test_that_a_run_that_was_dropped_is_shown(
    qtbot: QtBot, open_window: Callable[..., MainWindow], runs: Path, tmp_path: Path
) -> None:
    window, fake = open_window(), FakeDesk()
    window.dialogs.taking = TakeInDialog(window, desk=fake)  # type: ignore[arg-type]
    window.dialogs.taking.run_taken.connect(window.dialogs.run_taken)
    window.sidebar.folder_dropped.emit(tmp_path)
    assert fake.asked[0]["folder"] == str(tmp_path)
    folder = make_fake_run(runs, steps=2)
    fake.answered.emit(Answer(1, done={"kind": "run", "folder": str(folder.path)}))
    assert window.pages.run is not None
    assert window.pages.run.folder.path == folder.path


def test_that_only_a_single_folder_can_be_dropped(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    for paths, taken in (([tmp_path], tmp_path), ([file], None), ([tmp_path, tmp_path], None), ([], None)):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        assert dropped_folder(data) == taken
