"""A model's own code is asked about in the window; here it is never executed, which a marker file would show."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from studio.core.foreign import consent
from studio.core.problem import Problem
from studio.core.recipe.recipe import ModelTable, Recipe, TaskTable
from studio.core.recipe.recipe_file import dump_recipe
from studio.ui.controls.widgets import PathText
from studio.ui.desk import Answer
from studio.ui.dialogs.consent import ConsentDialog
from studio.ui.dialogs.settings import SettingsDialog
from studio.ui.new_run.data_check import Question
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun, start_no_worker

Open = Callable[..., MainWindow]
CODE = "from pathlib import Path\nPath({marker!r}).write_text('executed')\n"


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "marker"


@pytest.fixture
def asks(tmp_path: Path, marker: Path) -> Problem:
    """What is asked of a model folder whose config names code of its own."""
    folder = tmp_path / "marked"
    folder.mkdir()
    auto_map = {"AutoModelForCausalLM": "modeling_marked.MarkedForCausalLM"}
    (folder / "config.json").write_text(json.dumps({"model_type": "marked", "auto_map": auto_map}), encoding="utf-8")
    for name in ("configuration_marked.py", "modeling_marked.py"):
        (folder / name).write_text(CODE.format(marker=str(marker)), encoding="utf-8")
    return consent.code_of(folder).problem()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return start_no_worker(monkeypatch, "studio.ui.queue.control.start_worker")


def press(qtbot: QtBot, within: QDialog | MainWindow, name: str) -> None:
    qtbot.mouseClick(within.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def asked(qtbot: QtBot, window: MainWindow) -> ConsentDialog:
    qtbot.waitUntil(lambda: any(each.agree.isEnabled() for each in window.findChildren(ConsentDialog)))
    return next(each for each in window.findChildren(ConsentDialog) if each.isVisible())


def is_asked(window: MainWindow) -> bool:
    return any(each.isVisible() for each in window.findChildren(ConsentDialog))


def ended(run: FakeRun, problem: Problem) -> FakeRun:
    return run.end("failed", (problem,))


def test_that_the_question_names_model_and_files_and_what_agreeing_means(qtbot: QtBot, asks: Problem) -> None:
    dialog = ConsentDialog(asks)
    qtbot.addWidget(dialog)
    dialog.open()
    assert dialog.findChild(QLabel, "consent_model").text() == asks.where
    assert not dialog.agree.isEnabled(), "there is nothing to read yet"
    qtbot.waitUntil(dialog.agree.isEnabled)
    files = dialog.findChild(QPlainTextEdit, "consent_files").toPlainText().splitlines()
    assert files == [str(Path(asks.where) / name) for name in ("configuration_marked.py", "modeling_marked.py")]
    assert "read and change your files, use the network" in dialog.findChild(QLabel, "consent_meaning").text()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert consent.agreed_sources() == [], "Return must not agree"


def test_that_a_run_which_ends_for_lack_of_consent_asks_and_continues_when_agreed(
    qtbot: QtBot, runs: Path, open_window: Open, asks: Problem, marker: Path, started: list[str]
) -> None:
    with FakeRun(runs) as run:
        run.start()
        window = open_window()
        window.pages.show_run(run.folder)
        qtbot.waitUntil(lambda: window.pages.run.tail.record.ready is not None)
        ended(run, asks)
        dialog = asked(qtbot, window)
        qtbot.waitUntil(lambda: window.pages.summary is not None and window.pages.summary.state == "failed")
        press(qtbot, dialog, "consent_agree")
    assert consent.is_agreed(asks.where, asks.about)
    qtbot.waitUntil(lambda: started == [run.folder.id])
    assert not marker.exists()


def test_that_not_now_agrees_to_nothing_and_the_question_can_be_asked_again(
    qtbot: QtBot, runs: Path, open_window: Open, asks: Problem, started: list[str]
) -> None:
    with FakeRun(runs) as run:
        ended(run.start(), asks)
    window = open_window()
    window.pages.show_run(run.folder)
    again = window.findChild(QPushButton, "consent")
    qtbot.waitUntil(again.isVisible)
    assert not is_asked(window), "a run that ended long ago must not ask by itself"
    press(qtbot, window, "consent")
    press(qtbot, asked(qtbot, window), "consent_not_now")
    qtbot.waitUntil(lambda: not is_asked(window))
    assert consent.agreed_sources() == []
    assert started == []
    assert again.isVisible()


def test_that_a_check_that_lacks_consent_asks_instead_of_complaining(
    qtbot: QtBot, open_window: Open, asks: Problem
) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: window.pages.new_run is not None)
    window.pages.new_run.data_check._asked[1] = Question("check", {})
    window.pages.new_run.data_check._on_answer(Answer(1, problems=(asks,)))
    dialog = asked(qtbot, window)
    assert window.notices.notices() == []
    press(qtbot, dialog, "consent_not_now")


@pytest.mark.slow
def test_that_the_desk_itself_asks_before_it_reads_the_tokenizer_of_such_a_model(
    qtbot: QtBot, open_window: Open, asks: Problem, marker: Path, tmp_path: Path
) -> None:
    save_file({"weight": np.zeros(4, dtype=np.float32)}, Path(asks.where) / "model.safetensors")
    (Path(asks.where) / "tokenizer.json").write_text("{}", encoding="utf-8")
    train = tmp_path / "train.jsonl"
    train.write_text('{"prompt": "one", "completion": "two"}\n', encoding="utf-8")
    recipe = Recipe(model=ModelTable(source=asks.where), tasks=(TaskTable(name="one", train=str(train)),))
    file = tmp_path / "recipe.toml"
    file.write_text(dump_recipe(recipe), encoding="utf-8")
    window = open_window(file)
    qtbot.waitUntil(lambda: window.pages.new_run is not None and window.pages.new_run._draft is not None)
    press(qtbot, window, "check_data")
    qtbot.waitUntil(lambda: is_asked(window), timeout=60_000)
    dialog = asked(qtbot, window)
    assert dialog.findChild(QLabel, "consent_model").text() == asks.where
    assert not marker.exists()
    with qtbot.waitSignal(dialog.agreed) as caught:
        # Nothing is checked again: what is agreed to here would run.
        dialog.agreed.disconnect(window.dialogs.agreed)
        press(qtbot, dialog, "consent_agree")
    assert caught.args == [asks]
    assert consent.is_agreed(asks.where, asks.about)


def test_that_the_settings_list_what_was_agreed_to_and_take_it_back(qtbot: QtBot, open_window: Open) -> None:
    for name in ("maker/one", "maker/two"):
        consent.agree(name, "a" * 64)
    window = open_window()
    window.dialogs.show_settings()
    dialog = window.findChild(SettingsDialog)
    shown = [each.text() for each in dialog.trusted.findChildren(PathText)]
    assert shown == ["maker/one", "maker/two"], "of two in one long folder it is seen which is taken back"
    remove = dialog.findChildren(QPushButton, "trusted_remove")
    assert len(remove) == 2
    qtbot.mouseClick(remove[0], Qt.MouseButton.LeftButton)
    assert consent.agreed_sources() == ["maker/two"]
    qtbot.waitUntil(lambda: len(dialog.findChildren(QPushButton, "trusted_remove")) == 1)
    dialog.reject()
    qtbot.waitUntil(lambda: window.findChild(SettingsDialog) is None)  # not kept until the window closes
