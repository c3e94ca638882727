from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from studio.core.problem import Problem
from studio.ui.desk import Answer, Desk
from studio.ui.dialogs.export import ExportDialog, export_facts, unused_folder
from studio.ui.window import MainWindow
from tests.fake_run import make_fake_run

# Answers as the desk does, but in two chunks that end inside a line; "die" leaves without an answer.
SCRIPT = """
import json, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    if asked["do"] == "die":
        print("last words", file=sys.stderr)
        sys.exit(3)
    text = json.dumps({"id": asked["id"], "progress": "half way"}) + "\\n"
    text += json.dumps({"id": asked["id"], "done": {"echo": asked["word"]}}, ensure_ascii=False) + "\\n"
    raw = text.encode()
    for part in (raw[: len(raw) // 2], raw[len(raw) // 2 :]):
        sys.stdout.buffer.write(part)
        sys.stdout.flush()
        time.sleep(0.05)
"""


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(command=(sys.executable, "-c", SCRIPT))
    yield made
    made.leave()


def test_that_answers_come_whole_even_in_pieces(qtbot: QtBot, desk: Desk) -> None:
    answers: list[Answer] = []
    desk.answered.connect(answers.append)
    first = desk.ask("echo", word="Übung")
    second = desk.ask("echo", word="two")
    qtbot.waitUntil(lambda: len(answers) == 4)
    assert answers[0] == Answer(first, progress="half way")
    assert answers[1] == Answer(first, done={"echo": "Übung"})
    assert answers[3] == Answer(second, done={"echo": "two"})


def test_that_a_desk_that_dies_is_reported_with_its_last_words_and_started_again(qtbot: QtBot, desk: Desk) -> None:
    with qtbot.waitSignal(desk.answered) as caught:
        number = desk.ask("die")
    answer = caught.args[0]
    assert answer.id == number
    assert "ended before it answered" in answer.failed
    assert "last words" in answer.notices()[0].report()
    with qtbot.waitSignal(desk.answered, check_params_cb=lambda answer: answer.done is not None):
        desk.ask("echo", word="again")


def test_that_a_desk_that_cannot_be_started_is_reported(qtbot: QtBot, tmp_path: Path) -> None:
    desk = Desk(command=(str(tmp_path / "no-python"),))
    with qtbot.waitSignal(desk.answered) as caught:
        desk.ask("check")
    assert "could not be started" in caught.args[0].failed
    desk.leave()


class FakeDesk(QObject):
    """Takes requests and gives what the test says."""

    answered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, str]] = []

    def ask(self, do: str, **arguments: str) -> int:
        self.asked.append({"do": do, **arguments})
        return len(self.asked)

    def leave(self) -> None:
        self.asked.clear()


def test_that_an_export_shows_its_progress_and_what_was_verified(qtbot: QtBot, runs: Path, tmp_path: Path) -> None:
    fake = FakeDesk()
    dialog = ExportDialog(desk=fake)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    folder = make_fake_run(runs, steps=2)
    dialog.show_run(folder)
    out = dialog.findChild(QLineEdit, "export_out")
    assert out.text().endswith("peft")
    qtbot.mouseClick(dialog.findChild(QPushButton, "export_go"), Qt.MouseButton.LeftButton)
    assert fake.asked == [{"do": "export", "run": str(folder.path), "to": "peft", "out": out.text()}]
    assert not dialog.findChild(QPushButton, "export_go").isEnabled()
    fake.answered.emit(Answer(1, progress="Writing 240 experts."))
    assert dialog.findChild(QLabel, "export_said").text() == "Writing 240 experts."
    done = {"path": str(tmp_path), "bytes": 1 << 20, "verified": {"max_logit_difference": 1e-6, "experts": 240}}
    fake.answered.emit(Answer(1, done=done))
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert "Exported and verified." in texts
    assert {"Max logit difference", "1e-6", "Experts", "240"} <= set(texts)
    assert dialog.findChild(QPushButton, "export_folder").isVisible()
    dialog.hide()


def test_that_an_export_into_a_relative_folder_is_asked_for_by_its_whole_path(
    qtbot: QtBot, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fake = FakeDesk()
    dialog = ExportDialog(desk=fake)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show_run(make_fake_run(runs, steps=2))
    dialog.findChild(QLineEdit, "export_out").setText(" mine/out ")
    qtbot.mouseClick(dialog.findChild(QPushButton, "export_go"), Qt.MouseButton.LeftButton)
    assert fake.asked[0]["out"] == str(tmp_path / "mine" / "out")
    dialog.hide()


def test_that_an_export_that_fails_says_why_and_can_be_tried_again(qtbot: QtBot, runs: Path) -> None:
    fake = FakeDesk()
    dialog = ExportDialog(desk=fake)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show_run(make_fake_run(runs, steps=2))
    qtbot.mouseClick(dialog.findChild(QPushButton, "export_go"), Qt.MouseButton.LeftButton)
    fake.answered.emit(Answer(1, problems=(Problem("out", "the folder is not empty.", "Choose another."),)))
    assert dialog.findChild(QLabel, "export_said").text() == "The folder is not empty. Choose another."
    assert dialog.findChild(QPushButton, "export_go").isEnabled()
    dialog.hide()


def test_that_an_export_is_never_offered_over_another(tmp_path: Path) -> None:
    assert unused_folder(tmp_path / "peft") == tmp_path / "peft"
    (tmp_path / "peft").mkdir()
    (tmp_path / "peft-2").mkdir()
    assert unused_folder(tmp_path / "peft") == tmp_path / "peft-3"


def test_that_facts_are_words_not_codes() -> None:
    assert export_facts({"verified": {"fresh_process": True, "rows": 8}}) == {"Fresh process": "yes", "Rows": "8"}


@pytest.fixture
def exporting(qtbot: QtBot, runs: Path, open_window: Callable[..., MainWindow]) -> tuple[MainWindow, FakeDesk, Path]:
    """A window in which an export is under way, its desk, and the folder that the export fills."""
    folder = make_fake_run(runs, steps=2)
    window, fake = open_window(), FakeDesk()
    window.pages.show_run(folder)
    window.dialogs.export = ExportDialog(window, desk=fake)  # type: ignore[arg-type]
    window.dialogs.show_export(folder)
    qtbot.mouseClick(window.findChild(QPushButton, "export_go"), Qt.MouseButton.LeftButton)
    out = Path(window.findChild(QLineEdit, "export_out").text())
    partial = out.with_name(f".{out.name}.partial")
    partial.mkdir(parents=True)
    (partial / "adapter.safetensors").write_bytes(b"half")
    return window, fake, partial


def test_that_a_closed_window_waits_for_its_export(exporting: tuple[MainWindow, FakeDesk, Path]) -> None:
    window, fake, _ = exporting
    assert not window.close()
    assert window.isVisible()
    assert any("closes when the export has finished" in notice.what for notice in window.notices.notices())
    fake.answered.emit(Answer(1, done={"path": "peft"}))
    assert not window.isVisible()


def test_that_a_second_close_cancels_the_export_and_leaves_nothing_half_written(
    exporting: tuple[MainWindow, FakeDesk, Path],
) -> None:
    window, _, partial = exporting
    window.close()
    assert window.close()
    assert not window.isVisible()
    assert not partial.exists()
