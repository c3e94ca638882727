"""The settings, the page about the studio, and the notice of a run's end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QPushButton, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.settings import Settings
from studio.ui.dialogs.about import AboutDialog, versions
from studio.ui.dialogs.settings import SettingsDialog
from studio.ui.end_notice import EndNotice, end_words
from studio.ui.runs.summary import RunGlance, RunSummary
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun, make_fake_run
from tests.patience import PATIENCE

Open = Callable[..., MainWindow]


def press(qtbot: QtBot, widget: QWidget, name: str) -> None:
    qtbot.mouseClick(widget.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


@pytest.fixture
def dialog(qtbot: QtBot) -> SettingsDialog:
    dialog = SettingsDialog(Settings())
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_that_a_folder_of_runs_that_cannot_be_is_refused_in_words(
    qtbot: QtBot, dialog: SettingsDialog, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    field = dialog.findChild(QLineEdit, "field_setting.runs")
    field.setText(str(tmp_path / "file"))
    with qtbot.assertNotEmitted(dialog.chosen):
        press(qtbot, dialog, "settings_done")
        qtbot.waitUntil(lambda: "is a file, not a folder" in dialog.rows["runs"].problem)
    missing = tmp_path / "drive" / "runs"
    field.setText(str(missing))
    with qtbot.assertNotEmitted(dialog.chosen):
        press(qtbot, dialog, "settings_done")
        qtbot.waitUntil(lambda: "Press Done again to make it" in dialog.rows["runs"].problem)
    assert not missing.exists()
    with qtbot.waitSignal(dialog.chosen) as caught:
        press(qtbot, dialog, "settings_done")
    assert missing.is_dir()
    assert caught.args[0].runs_folder() == missing


def test_that_a_missing_folder_of_runs_is_told_and_made_by_nobody(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    window = open_window()
    gone = tmp_path / "unmounted" / "runs"
    window.store.replace(Settings(runs=str(gone)))
    qtbot.waitUntil(lambda: bool(window.notices.problems()))
    assert [notice.what for notice in window.notices.problems()] == ["The folder of runs is not there."]
    assert window.findChild(QPushButton, "open_settings") is not None
    window.run_actions.start_new(Recipe(tasks=(TaskTable(name="sums", train="sums.jsonl"),)))
    qtbot.waitUntil(lambda: not window.queue._beginning)
    assert not gone.parent.exists()
    assert [notice.what for notice in window.notices.problems()] == ["The folder of runs is not there."]
    window.store.replace(Settings(runs=str(tmp_path)))
    assert window.notices.problems() == []


def test_that_f1_tells_versions_and_keys(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F1)
    dialog = window.findChild(AboutDialog)
    assert dialog.isVisible()
    press(qtbot, dialog, "about_copy")
    copied = QGuiApplication.clipboard().text()
    assert "torch 2" in copied
    assert "Python" in copied
    assert dict(versions())["PySide6"].startswith("6")
    press(qtbot, dialog, "about_close")


def test_that_telling_versions_imports_none_of_them() -> None:
    script = (
        "import sys; from studio.ui.dialogs.about import versions; versions();"
        "assert not {'torch', 'transformers', 'peft'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=PATIENCE)


class Shown:
    """What the system's notice was given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, there: bool = True) -> None:
        self.told: list[str] = []
        monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: there))
        monkeypatch.setattr(QSystemTrayIcon, "supportsMessages", staticmethod(lambda: there))
        monkeypatch.setattr(QSystemTrayIcon, "show", lambda tray: None)
        monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda tray, title, *more: self.told.append(title))


def run_in(runs: Path, state: str) -> RunSummary:
    return replace(RunGlance(make_fake_run(runs, steps=1)).look(), state=state, name="sums")


@pytest.mark.parametrize(
    ("on", "in_front", "there", "state", "told"),
    [
        (True, False, True, "finished", ["'sums' has finished"]),
        (True, False, True, "failed", ["'sums' has failed"]),
        (True, False, True, "paused", []),
        (True, True, True, "finished", []),
        (False, False, True, "finished", []),
        (True, False, False, "finished", []),
    ],
)
def test_that_the_system_tells_of_an_end_that_nobody_watches(
    qtbot: QtBot,
    runs: Path,
    monkeypatch: pytest.MonkeyPatch,
    on: bool,
    in_front: bool,
    there: bool,
    state: str,
    told: list[str],
) -> None:
    shown = Shown(monkeypatch, there)
    window = QWidget()
    qtbot.addWidget(window)
    monkeypatch.setattr("studio.ui.end_notice._is_in_front", lambda window: in_front)
    notice = EndNotice(window)
    notice.on = on
    live = run_in(runs, "running")
    notice.look((live,))
    notice.look((replace(live, state="unreadable"),))  # another program holds it for a moment
    notice.look((replace(live, state=state),))
    notice.look((replace(live, state=state),))
    assert shown.told == told
    notice.leave()


def test_that_a_run_that_was_over_before_the_window_opened_is_not_told(
    qtbot: QtBot, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Shown(monkeypatch)
    window = QWidget()
    qtbot.addWidget(window)
    notice = EndNotice(window)
    notice.look((run_in(runs, "finished"),))
    assert shown.told == []


def test_that_running_out_of_memory_is_said(runs: Path) -> None:
    run = run_in(runs, "failed")
    assert end_words(replace(run, out_of_memory=True)) == "'sums' ran out of memory"


def test_that_a_run_that_ends_on_another_page_is_told_with_a_way_to_it(
    qtbot: QtBot, runs: Path, open_window: Open
) -> None:
    with FakeRun(runs, name="sums", total_steps=2, layers=2) as run:
        run.start().train(1)
        window = open_window()
        qtbot.waitUntil(lambda: window.pages.run is not None, timeout=20_000)
        assert window.pages.run.folder == run.folder, "the window opens on the run that trains"
        qtbot.waitUntil(lambda: window.sidebar.model.rowCount() == 1)
        window.pages.show_new_run()
        run.train(1).end()
        qtbot.waitUntil(lambda: any("has finished" in each.what for each in window.notices.notices()))
        press(qtbot, window, "show_run")
        assert window.pages.shows_run
